#include <fmt/format.h>

#include "core/base/encoding.hpp"
#include "core/files/files.hpp"
#include "fixture.hpp"

namespace scep::store {

namespace {

std::filesystem::path written(const TempDir& dir, int rows) {
    const auto store = must(Store::open(dir / "state.db", key_of()));
    for (int i = 0; i < rows; ++i)
        must_write(*store, {{.events = {event_of("ref")}}});
    return dir / "state.db";
}

Error broken_by(const std::string& sql) {
    const TempDir dir;
    const auto path = written(dir, 4);
    stranger(path).exec(sql);
    Error error = error_of(must(Store::open_existing(path, key_of()))->verify_chain());
    CHECK(error.code == Errc::Crypto);
    return error;
}

}  // namespace

TEST_SUITE("serve/store/chain") {
    TEST_CASE("S27 the chain is HMAC-SHA-256 over length-prefixed rows, as Python computes it") {
        AuditEvent first = event_of("01");
        first.sequence = 1;
        const auto mac = chain_mac(key_of(), {}, first);
        CHECK(to_hex(mac) == "8c1573bf1af2b3109272e7db2ffe2f0eef1ec81c90b74dc1f6308c28841da0a4");
        AuditEvent second = event_of("02");
        second.sequence = 2;
        CHECK(to_hex(chain_mac(key_of(), mac, second)) ==
              "4c428f1d64ff2c1b1637fa2cdcdb042964d25ba07343ec9a8699b9c8356fcab7");
    }

    TEST_CASE("S27 text that moves from one field to the next changes the MAC") {
        AuditEvent a = event_of("ref");
        AuditEvent b = a;
        a.subject = "ab";
        a.subject_alt_names = "c";
        b.subject = "a";
        b.subject_alt_names = "bc";
        CHECK(chain_mac(key_of(), {}, a) != chain_mac(key_of(), {}, b));
    }

    TEST_CASE("S27 every column of a row that was changed is found") {
        for (const std::string column : {"time",
                                         "profile",
                                         "action",
                                         "outcome",
                                         "reason",
                                         "reference",
                                         "transaction_id",
                                         "subject",
                                         "subject_alt_names",
                                         "serial",
                                         "signer",
                                         "client_address",
                                         "mtls_subject",
                                         "mac"}) {
            CAPTURE(column);
            const std::string value = column == "mac" ? "x'00'" : "1";
            const Error error = broken_by(
                fmt::format("UPDATE audit_event SET {} = {} WHERE sequence = 2", column, value));
            CHECK(error.what == "audit row 2 does not fit the chain");
            CHECK(!error.hint.empty());
        }
    }

    TEST_CASE("S27 rows taken out, put in or exchanged are found") {
        CHECK(broken_by("DELETE FROM audit_event WHERE sequence = 1").what ==
              "audit row 1 is missing");
        CHECK(broken_by("DELETE FROM audit_event WHERE sequence = 3").what ==
              "audit row 3 is missing");
        CHECK(broken_by("INSERT INTO audit_event SELECT 5, time, profile, action, outcome, reason,"
                        " reference, transaction_id, subject, subject_alt_names, serial, signer,"
                        " client_address, mtls_subject, mac FROM audit_event WHERE sequence = 4")
                  .what == "audit row 5 does not fit the chain");
        CHECK(broken_by("UPDATE audit_event SET sequence = 9 WHERE sequence = 2;"
                        "UPDATE audit_event SET sequence = 2 WHERE sequence = 3;"
                        "UPDATE audit_event SET sequence = 3 WHERE sequence = 9")
                  .what == "audit row 2 does not fit the chain");
    }

    TEST_CASE("S27 a tail that was merely deleted is found, also after rows were added to it") {
        CHECK(broken_by("DELETE FROM audit_event WHERE sequence > 2").what ==
              "audit row 3 is missing");
        const TempDir dir;
        const auto path = written(dir, 4);
        stranger(path).exec("DELETE FROM audit_event WHERE sequence > 2");
        const auto store = must(Store::open(path, key_of()));
        must_write(*store, {{.events = {event_of("ref")}}});
        CHECK(error_of(store->verify_chain()).what == "audit row 3 is missing");
    }

    // Nothing inside the file can tell; heads kept elsewhere do (SECURITY rule S27).
    TEST_CASE("S27 a tail that was cut together with SQLite's own count is not found") {
        const TempDir dir;
        const auto path = written(dir, 4);
        stranger(path).exec(
            "DELETE FROM audit_event WHERE sequence > 2;"
            "UPDATE sqlite_sequence SET seq = 2 WHERE name = 'audit_event'");
        CHECK(must(must(Store::open_existing(path, key_of()))->verify_chain()) == 2);
    }

    TEST_CASE("S27 another key does not verify, and does not continue the chain") {
        const TempDir dir;
        const auto path = written(dir, 3);
        CHECK(error_of(must(Store::open_existing(path, key_of(8)))->verify_chain()).what ==
              "audit row 1 does not fit the chain");
        const Error refused = error_of(Store::open(path, key_of(8)));
        CHECK(refused.code == Errc::Store);
        CHECK(refused.what == "audit row 3 does not fit under the audit key");
        CHECK(refused.hint.find("audit_key_path") != std::string::npos);
        CHECK(must(Store::open(path, key_of())));
    }

    TEST_CASE("S27 an emptied trail is not begun anew") {
        const TempDir dir;
        const auto path = written(dir, 2);
        stranger(path).exec("DELETE FROM audit_event");
        const Error refused = error_of(Store::open(path, key_of()));
        CHECK(refused.code == Errc::Store);
        CHECK(refused.what == "audit row 2 is missing");
    }

    TEST_CASE("the audit key is made once, private, and read again") {
        const TempDir dir;
        const SecretBytes made = must(create_audit_key(dir / "audit.key"));
        CHECK(made.size() == 32);
        CHECK(made != SecretBytes(32));
        CHECK(std::filesystem::status(dir / "audit.key").permissions() ==
              std::filesystem::perms(0600));
        CHECK(test::read_file(dir / "audit.key") == to_hex(made) + "\n");
        CHECK(error_of(create_audit_key(dir / "audit.key")).code == Errc::Config);
        CHECK(must(files::load_audit_key(dir / "audit.key")) == made);
    }
}

}  // namespace scep::store
