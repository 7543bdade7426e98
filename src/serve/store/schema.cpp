#include "serve/store/schema.hpp"

#include <array>
#include <cstdint>

#include <SQLiteCpp/Transaction.h>
#include <fmt/format.h>

namespace scep::store {

namespace {

constexpr std::int64_t kApplicationId = 0x53434550;  // "SCEP", for file(1) and for us

// Times are seconds since 1970 UTC. A serial is unique per issuer (RFC 5280 section 4.1.2.2), and
// looked up without one. Profile, action and outcome have no index: they have few values, so a list
// of the newest soon fills from the end of the table, while an index on each would cost every
// issuance that commits alone 20 of 70 microseconds (measured).
constexpr std::string_view kVersion1 = R"sql(
CREATE TABLE issuance (
    id                 INTEGER PRIMARY KEY,
    profile            TEXT NOT NULL,
    issuer_id          TEXT NOT NULL,
    serial             TEXT NOT NULL,
    subject            TEXT NOT NULL,
    subject_alt_names  TEXT NOT NULL,
    not_before         INTEGER NOT NULL,
    not_after          INTEGER NOT NULL,
    issued_at          INTEGER NOT NULL,
    transaction_id     TEXT NOT NULL,
    signer_spki_sha256 BLOB NOT NULL,
    fingerprint        BLOB NOT NULL,
    certificate        BLOB NOT NULL,
    UNIQUE (serial, issuer_id)
) STRICT;

CREATE TABLE audit_event (
    sequence          INTEGER PRIMARY KEY AUTOINCREMENT,
    time              INTEGER NOT NULL,
    profile           TEXT NOT NULL,
    action            TEXT NOT NULL,
    outcome           TEXT NOT NULL,
    reason            TEXT NOT NULL,
    reference         TEXT NOT NULL,
    transaction_id    TEXT NOT NULL,
    subject           TEXT NOT NULL,
    subject_alt_names TEXT NOT NULL,
    serial            TEXT NOT NULL,
    signer            TEXT NOT NULL,
    client_address    TEXT NOT NULL,
    mtls_subject      TEXT NOT NULL,
    mac               BLOB NOT NULL
) STRICT;
CREATE INDEX audit_event_transaction ON audit_event (transaction_id);
)sql";

constexpr std::array kMigrations{kVersion1};  // the n-th leads to user_version n + 1

struct Identity {
    std::int64_t application = 0, version = 0, tables = 0;
};

Identity identify(SQLite::Database& database) {
    return {.application = database.execAndGet("PRAGMA application_id").getInt64(),
            .version = database.execAndGet("PRAGMA user_version").getInt64(),
            .tables = database.execAndGet("SELECT count(*) FROM sqlite_master").getInt64()};
}

Status check_ours(const Identity& identity) {
    const bool blank = identity.application == 0 && identity.version == 0 && identity.tables == 0;
    if (!blank && identity.application != kApplicationId)
        return fail(Error{.code = Errc::Store,
                          .what = "is an SQLite database of another program",
                          .hint = "state_path names a file that certctl-scep makes itself"});
    if (identity.version > std::int64_t{kMigrations.size()})
        return fail(Error{.code = Errc::Store,
                          .what = fmt::format("has schema version {}, this program knows up to {}",
                                              identity.version,
                                              kMigrations.size()),
                          .hint = "use the newer certctl-scep that wrote it"});
    return {};
}

}  // namespace

Status migrate(SQLite::Database& database) {
    SQLite::Transaction transaction(database, SQLite::TransactionBehavior::IMMEDIATE);
    const Identity found = identify(database);
    SCEP_CHECK(check_ours(found));
    if (found.version == std::int64_t{kMigrations.size()})
        return {};
    for (auto step = static_cast<std::size_t>(found.version); step < kMigrations.size(); ++step)
        database.exec(std::string(kMigrations[step]));
    database.exec(fmt::format("PRAGMA application_id = {}", kApplicationId));
    database.exec(fmt::format("PRAGMA user_version = {}", kMigrations.size()));
    transaction.commit();
    return {};
}

Result<bool> is_current(SQLite::Database& database) {
    const Identity found = identify(database);
    SCEP_CHECK(check_ours(found));
    return found.version == std::int64_t{kMigrations.size()};
}

Status check_schema(SQLite::Database& database) {
    const Identity found = identify(database);
    SCEP_CHECK(check_ours(found));
    if (found.version < std::int64_t{kMigrations.size()})
        return fail(Error{
            .code = Errc::Store,
            .what = fmt::format(
                "has schema version {}, this program wants {}", found.version, kMigrations.size()),
            .hint = "certctl-scep serve brings it up to date when it starts"});
    return {};
}

}  // namespace scep::store
