#include <SQLiteCpp/Statement.h>

#include "fixture.hpp"
#include "serve/store/turn_view.hpp"

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

// Likewise version 2, on top of it.
constexpr const char* kVersion2 = R"sql(
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
PRAGMA user_version = 2;
)sql";

// Likewise version 3, with a request for the next CA.
constexpr const char* kVersion3 = R"sql(
ALTER TABLE pending_request DROP COLUMN bootstrap;
ALTER TABLE pending_request ADD COLUMN client TEXT NOT NULL DEFAULT '';
UPDATE pending_request SET client = client_address;
DROP INDEX pending_of_address;
CREATE INDEX pending_of_client ON pending_request (client, expires_at) WHERE state = 0;
CREATE INDEX pending_ended ON pending_request (expires_at) WHERE state <> 1;
UPDATE pending_request SET next_ca = 1 WHERE id = 2;
PRAGMA user_version = 3;
)sql";

// A request of an IPv6 client that waits, and one that was approved.
constexpr const char* kPending2 = R"sql(
INSERT INTO pending_request VALUES (1, 'p', x'01', x'7431', 0, 1790000000, 1790003600, NULL, '', '', 'ref',
    't1', 'CN=one', '', 'CN=one', '2001:db8::1', '', 'challenge missing', 0, 0, x'3000', x'3001', x'',
    '', x'', x'3005', 'iss-local', '');
INSERT INTO pending_request VALUES (2, 'p', x'02', x'7432', 1, 1790000000, 1790003600, 1790000001,
    'alice', '', 'ref', 't2', 'CN=two', '', 'CN=two', '192.0.2.7', '', 'challenge accepted', 0, 0,
    x'3000', x'3001', x'', '', x'3004', x'', 'iss-local', '')
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
    auto path = dir / "state.db";
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

std::filesystem::path make_version2(const TempDir& dir) {
    auto path = make_version1(dir);
    SQLite::Database database = stranger(path);
    database.exec(kVersion2);
    database.exec(kPending2);
    return path;
}

std::filesystem::path make_version3(const TempDir& dir) {
    auto path = make_version2(dir);
    stranger(path).exec(kVersion3);
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
        CHECK(stranger(path).execAndGet("PRAGMA user_version").getInt64() == 4);
        CHECK(stranger(path).execAndGet("PRAGMA integrity_check").getString() == "ok");
    }

    TEST_CASE("requests that wait in a database of version 2 wait on, and are counted") {
        const TempDir dir;
        const auto store = must(Store::open(make_version2(dir), key_of()));
        const auto all = must(store->pending_requests({}));
        REQUIRE(all.size() == 2);
        CHECK(all[0].subject == "CN=one");
        CHECK(all[0].client_address == "2001:db8::1");
        CHECK(all[0].spki == Buffer{0x30, 0x01});
        CHECK(all[0].issuer_id == "iss-local");
        CHECK(all[1].decided_by == "alice");
        CHECK(all[1].signer_certificate == Buffer{0x30, 0x04});
        CHECK(must(store->approved(10)).size() == 1);
        const std::vector<Effects> none;
        const auto view = must(TurnView::make(*store, none));
        CHECK(must(view->pending_count("p", "192.0.2.7", kNow)).of_profile == 1);
        CHECK(must(store->decide_pending(1, Verdict::Reject, "", alice())).subject == "CN=one");
        CHECK(stranger(dir / "state.db").execAndGet("PRAGMA integrity_check").getString() == "ok");
    }

    TEST_CASE("requests of version 3 for the next CA are still for that, without its name") {
        const TempDir dir;
        const auto store = must(Store::open(make_version3(dir), key_of()));
        const auto all = must(store->pending_requests({}));
        REQUIRE(all.size() == 2);
        CHECK_FALSE(all[0].next_ca);
        CHECK(all[1].next_ca);
        CHECK(all[1].next_ca_spki_sha256.empty());
        CHECK(all[1].name == Buffer{0x30, 0x00});
    }

    TEST_CASE("only the server brings it up to date") {
        const TempDir dir;
        const auto path = make_version1(dir);
        const std::string before = test::read_file(path);
        const Error error = error_of(Store::open_existing(path, key_of()));
        CHECK(error.what == "has schema version 1, this program wants 4");
        CHECK(error.hint == "certctl-scep serve brings it up to date when it starts");
        CHECK(Store::probe(path, key_of()));
        CHECK(test::read_file(path) == before);
        CHECK(must(Store::open(path, key_of())));
        CHECK(must(Store::open_existing(path, key_of())));
    }

    TEST_CASE("S27 under a wrong audit key nothing is brought up to date, and preflight says so") {
        const TempDir dir;
        const auto path = make_version1(dir);
        const Error error = error_of(Store::open(path, key_of(8)));
        CHECK(error.what == "audit row 1 does not fit under the audit key");
        CHECK(stranger(path).execAndGet("PRAGMA user_version").getInt64() == 1);
        const Status probed = Store::probe(path, key_of(8));
        REQUIRE_FALSE(probed);
        CHECK(probed.error().what == error.what);
        CHECK(must(Store::open(path, key_of())));
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
        const TempDir third;
        const TempDir fourth;
        must(Store::open(make_version1(dir), key_of()));
        must(Store::open(make_version2(third), key_of()));
        must(Store::open(make_version3(fourth), key_of()));
        must(Store::open(other / "state.db", key_of()));
        CHECK(schema(dir / "state.db") == schema(other / "state.db"));
        CHECK(schema(third / "state.db") == schema(other / "state.db"));
        CHECK(schema(fourth / "state.db") == schema(other / "state.db"));
    }
}

}  // namespace scep::store
