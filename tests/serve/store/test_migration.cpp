#include <SQLiteCpp/Statement.h>

#include "fixture.hpp"

namespace scep::store {

namespace {

// What the program of schema version 1 executed, to the letter.
constexpr const char* kVersion1 = R"sql(
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
PRAGMA application_id = 1396917584;
PRAGMA user_version = 1;
)sql";

constexpr const char* kIssuance1 = R"sql(
INSERT INTO issuance VALUES (1, 'p', 'iss-local', '0A', 'CN=old', 'dns:a.example', 1789990000,
    1800000000, 1789990000, 'T1', x'010203', x'040506', x'3000');
INSERT INTO audit_event VALUES (1, 1789990000, 'p', 'scep_pkcsreq', 'success', '', 'ref', 'T1',
    'CN=old', 'dns:a.example', '0A', 'CN=old', '192.0.2.1', '', x'')
)sql";

AuditEvent audited1() {
    return {.sequence = 1,
            .time = TimePoint(Seconds(1'789'990'000)),
            .profile = "p",
            .action = "scep_pkcsreq",
            .outcome = "success",
            .reference = "ref",
            .transaction_id = "T1",
            .subject = "CN=old",
            .subject_alt_names = "dns:a.example",
            .serial = "0A",
            .signer = "CN=old",
            .client_address = "192.0.2.1"};
}

// One certificate and its row of the chain, in WAL mode, as that program left it.
std::filesystem::path make_version1(const TempDir& dir) {
    const auto path = dir / "state.db";
    SQLite::Database database(path.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    database.exec("PRAGMA journal_mode = WAL");
    database.exec(kVersion1);
    database.exec(kIssuance1);
    SQLite::Statement statement(database, "UPDATE audit_event SET mac = ?");
    const auto mac = chain_mac(key_of(), {}, audited1());
    statement.bind(1, mac.data(), static_cast<int>(mac.size()));
    statement.exec();
    return path;
}

}  // namespace

TEST_SUITE("serve/store/migration") {
    TEST_CASE("a database of version 1 is brought up to date in place, with all that is in it") {
        const TempDir dir;
        const auto path = make_version1(dir);
        const auto store = must(Store::open(path, key_of()));
        const auto old = must(store->issuance("0A"));
        REQUIRE(old);
        CHECK(old->subject == "CN=old");
        CHECK(old->certificate == Buffer{0x30, 0x00});
        CHECK_FALSE(old->revoked_at);
        CHECK(must(store->verify_chain()) == 1);
        must_write(*store, {effects_of("0B"), waiting_of("t")});
        CHECK(must(store->pending_requests({})).size() == 1);
        CHECK(must(store->verify_chain()) == 2);
        CHECK(must(store->revoke("0A", {}, RevocationReason::Superseded, alice())).revoked_at);
        CHECK(stranger(path).execAndGet("PRAGMA user_version").getInt64() == 2);
        CHECK(stranger(path).execAndGet("PRAGMA integrity_check").getString() == "ok");
    }

    TEST_CASE("only the server brings it up to date") {
        const TempDir dir;
        const auto path = make_version1(dir);
        const std::string before = test::read_file(path);
        const Error error = error_of(Store::open_existing(path, key_of()));
        CHECK(error.what == "has schema version 1, this program wants 2");
        CHECK(error.hint == "certctl-scep serve brings it up to date when it starts");
        CHECK(Store::probe(path, key_of()));
        CHECK(test::read_file(path) == before);
        CHECK(must(Store::open(path, key_of())));
        CHECK(must(Store::open_existing(path, key_of())));
    }

    TEST_CASE("an upgraded database has the tables of a new one") {
        const auto schema = [](const std::filesystem::path& path) {
            SQLite::Database database = stranger(path);
            SQLite::Statement rows(database,
                                   "SELECT type || ' ' || name || ' ' || coalesce(sql, '')"
                                   " FROM sqlite_master ORDER BY type, name");
            std::string out;
            while (rows.executeStep())
                out += rows.getColumn(0).getString() + '\n';
            return out;
        };
        const TempDir dir;
        const TempDir other;
        must(Store::open(make_version1(dir), key_of()));
        must(Store::open(other / "state.db", key_of()));
        CHECK(schema(dir / "state.db") == schema(other / "state.db"));
    }
}

}  // namespace scep::store
