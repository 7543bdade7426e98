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

// What one enrolment is known by, waiting requests, one-time challenges and CRLs. Automatic
// issuance adds one row of scep_transaction to what it writes: one b-tree, found by its key alone.
// The partial indexes hold few rows, and none of those that are written for each certificate.
// Patterns stand one on each line.
constexpr std::string_view kVersion2 = R"sql(
ALTER TABLE issuance ADD COLUMN revoked_at INTEGER;
ALTER TABLE issuance ADD COLUMN revocation_reason INTEGER;
CREATE INDEX issuance_revoked ON issuance (issuer_id, revoked_at) WHERE revoked_at IS NOT NULL;

CREATE TABLE scep_transaction (
    transaction_octets BLOB NOT NULL,
    signer_spki_sha256 BLOB NOT NULL,
    profile            TEXT NOT NULL,
    request_sha256     BLOB NOT NULL,
    recorded_at        INTEGER NOT NULL,
    pending_id         INTEGER NOT NULL,
    issuer_id          TEXT NOT NULL,
    serial             TEXT NOT NULL,
    PRIMARY KEY (transaction_octets, signer_spki_sha256, profile)
) STRICT, WITHOUT ROWID;

CREATE TABLE pending_request (
    id                  INTEGER PRIMARY KEY AUTOINCREMENT,
    profile             TEXT NOT NULL,
    signer_spki_sha256  BLOB NOT NULL,
    transaction_octets  BLOB NOT NULL,
    state               INTEGER NOT NULL CHECK (state BETWEEN 0 AND 3),
    received_at         INTEGER NOT NULL,
    expires_at          INTEGER NOT NULL,
    decided_at          INTEGER,
    decided_by          TEXT NOT NULL,
    reason              TEXT NOT NULL,
    reference           TEXT NOT NULL,
    transaction_id      TEXT NOT NULL,
    subject             TEXT NOT NULL,
    subject_alt_names   TEXT NOT NULL,
    signer              TEXT NOT NULL,
    client_address      TEXT NOT NULL,
    mtls_subject        TEXT NOT NULL,
    authorisation       TEXT NOT NULL,
    renewal             INTEGER NOT NULL,
    next_ca             INTEGER NOT NULL,
    name                BLOB NOT NULL,
    spki                BLOB NOT NULL,
    general_names       BLOB NOT NULL,
    security_identifier TEXT NOT NULL,
    signer_certificate  BLOB NOT NULL,
    bootstrap           BLOB NOT NULL,
    issuer_id           TEXT NOT NULL,
    serial              TEXT NOT NULL
) STRICT;
CREATE INDEX pending_of_profile ON pending_request (profile, expires_at) WHERE state = 0;
CREATE INDEX pending_of_address ON pending_request (client_address, expires_at) WHERE state = 0;
CREATE INDEX pending_approved ON pending_request (id) WHERE state = 1;

CREATE TABLE one_time_challenge (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    digest          BLOB NOT NULL UNIQUE,
    profile         TEXT NOT NULL,
    subject_pattern TEXT NOT NULL,
    san_pattern     TEXT NOT NULL,
    note            TEXT NOT NULL,
    uses            INTEGER NOT NULL,
    used            INTEGER NOT NULL,
    created_at      INTEGER NOT NULL,
    expires_at      INTEGER NOT NULL,
    revoked_at      INTEGER,
    last_used_at    INTEGER,
    last_used_by    TEXT NOT NULL,
    last_serial     TEXT NOT NULL
) STRICT;

CREATE TABLE crl (
    issuer_id   TEXT PRIMARY KEY,
    number      INTEGER NOT NULL,
    this_update INTEGER NOT NULL,
    next_update INTEGER NOT NULL,
    der         BLOB NOT NULL
) STRICT;
)sql";

// Waiting requests are counted by client, of IPv6 the /64 (client_of()). SQL cannot tell that of an
// address: what waits already is counted by its address until it ends. Those that ended are found
// by the time when they are too old to keep.
constexpr std::string_view kVersion3 = R"sql(
ALTER TABLE pending_request DROP COLUMN bootstrap;
ALTER TABLE pending_request ADD COLUMN client TEXT NOT NULL DEFAULT '';
UPDATE pending_request SET client = client_address;
DROP INDEX pending_of_address;
CREATE INDEX pending_of_client ON pending_request (client, expires_at) WHERE state = 0;
CREATE INDEX pending_ended ON pending_request (expires_at) WHERE state <> 1;
)sql";

// A request for the next CA names it by the SHA-256 of its key: by the time it is approved another
// may be next. Those of before name none. What nobody decided is not pruned by its age.
constexpr std::string_view kVersion4 = R"sql(
ALTER TABLE pending_request ADD COLUMN next_ca_spki_sha256 BLOB NOT NULL DEFAULT x'';
DROP INDEX pending_ended;
CREATE INDEX pending_ended ON pending_request (expires_at) WHERE state > 1;
)sql";

constexpr std::array kMigrations{
    kVersion1, kVersion2, kVersion3, kVersion4};  // the n-th leads to user_version n + 1

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
    if (!blank && (identity.application != kApplicationId || identity.version < 0))
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

Status migrate(SQLite::Database& database, const std::function<Status()>& may_upgrade) {
    SQLite::Transaction transaction(database, SQLite::TransactionBehavior::IMMEDIATE);
    const Identity found = identify(database);
    SCEP_CHECK(check_ours(found));
    if (found.version == std::int64_t{kMigrations.size()})
        return {};
    if (found.version > 0)
        SCEP_CHECK(may_upgrade());
    for (auto step = static_cast<std::size_t>(found.version); step < kMigrations.size(); ++step)
        database.exec(std::string(kMigrations[step]));
    database.exec(fmt::format("PRAGMA application_id = {}", kApplicationId));
    database.exec(fmt::format("PRAGMA user_version = {}", kMigrations.size()));
    transaction.commit();
    return {};
}

Result<bool> has_tables(SQLite::Database& database) {
    const Identity found = identify(database);
    SCEP_CHECK(check_ours(found));
    return found.version > 0;
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
