#include <sys/stat.h>

#include "fixture.hpp"

namespace scep::store {

namespace {

using namespace std::string_literals;

unsigned mode_of(const std::filesystem::path& path) {
    struct stat status {};

    REQUIRE(::stat(path.c_str(), &status) == 0);
    return status.st_mode & 07777U;
}

}  // namespace

TEST_SUITE("serve/store") {
    TEST_CASE("what was written is read back, every field") {
        const TempDir dir;
        const auto store = must(Store::open(dir / "state.db", key_of()));
        must_write(*store, {effects_of("0AFF")});

        const auto found = must(store->issuance("0AFF"));
        REQUIRE(found);
        const Issuance want = issuance_of("0AFF");
        CHECK(found->profile == want.profile);
        CHECK(found->issuer_id == want.issuer_id);
        CHECK(found->serial == want.serial);
        CHECK(found->subject == want.subject);
        CHECK(found->subject_alt_names == want.subject_alt_names);
        CHECK(found->not_before == want.not_before);
        CHECK(found->not_after == want.not_after);
        CHECK(found->issued_at == want.issued_at);
        CHECK(found->transaction_id == want.transaction_id);
        CHECK(found->signer_spki_sha256 == want.signer_spki_sha256);
        CHECK(found->fingerprint == want.fingerprint);
        CHECK(found->certificate == want.certificate);

        const auto events = must(store->audit({}));
        REQUIRE(events.size() == 1);
        const AuditEvent given = event_of("0AFF");
        CHECK(events[0].sequence == 1);
        CHECK(events[0].time == given.time);
        CHECK(events[0].profile == given.profile);
        CHECK(events[0].action == given.action);
        CHECK(events[0].outcome == given.outcome);
        CHECK(events[0].reference == given.reference);
        CHECK(events[0].transaction_id == given.transaction_id);
        CHECK(events[0].subject == given.subject);
        CHECK(events[0].serial == given.serial);
        CHECK(events[0].signer == given.signer);
        CHECK(events[0].client_address == given.client_address);
        CHECK(events[0].mac.size() == 32);
    }

    TEST_CASE("the database and its companions are private whatever the umask") {
        const TempDir dir;
        const mode_t before = ::umask(0);
        const auto store = must(Store::open(dir / "state.db", key_of()));
        must_write(*store, {effects_of("01")});
        ::umask(before);
        CHECK(mode_of(dir / "state.db") == 0600);
        CHECK(mode_of(dir / "state.db-wal") == 0600);
        CHECK(mode_of(dir / "state.db-shm") == 0600);
    }

    TEST_CASE("a duplicate serial of one issuer fails the whole turn and ends writing") {
        const TempDir dir;
        const auto store = must(Store::open(dir / "state.db", key_of()));
        must_write(*store, {effects_of("01")});
        const Error error = error_of(store->write({effects_of("02"), effects_of("01")}));
        CHECK(error.code == Errc::Store);
        CHECK(error.where.source == (dir / "state.db").string());
        CHECK(error.what.find("issuance.serial") != std::string::npos);
        CHECK(!must(store->issuance("02")));
        CHECK(must(store->audit({})).size() == 1);
        CHECK(error_of(store->write({effects_of("03")})).what == error.what);
    }

    TEST_CASE("two issuers may give the same serial") {
        const TempDir dir;
        const auto store = must(Store::open(dir / "state.db", key_of()));
        Effects second = effects_of("01");
        second.issuances[0].issuer_id = "iss-other";
        must_write(*store, {effects_of("01"), second});
        CHECK(must(store->issued({})).size() == 2);
        CHECK(must(store->issuance("01"))->issuer_id == "iss-other");
    }

    TEST_CASE("text of any kind comes back as it was, octets that are not UTF-8 too") {
        const TempDir dir;
        const auto store = must(Store::open(dir / "state.db", key_of()));
        const std::string odd = "CN=\xff\x00\r\n\xe2\x80\xae'; DROP TABLE issuance; --"s;
        Effects effects = effects_of("01");
        effects.issuances[0].subject = odd;
        effects.events[0].subject = odd;
        must_write(*store, {effects});
        CHECK(must(store->issuance("01"))->subject == odd);
        CHECK(must(store->audit({}))[0].subject == odd);
        CHECK(must(store->verify_chain()) == 1);
    }

    TEST_CASE("a turn of nothing is written") {
        const TempDir dir;
        const auto store = must(Store::open(dir / "state.db", key_of()));
        must_write(*store, {});
        must_write(*store, {Effects{}});
        CHECK(must(store->verify_chain()) == 0);
    }

    TEST_CASE("S25 what is said to be done is durable by synchronous FULL over a WAL") {
        const TempDir dir;
        const auto store = must(Store::open(dir / "state.db", key_of()));
        must_write(*store, {effects_of("01")});
        // What a machine that loses its power now would find: the files without a checkpoint.
        std::filesystem::create_directory(dir / "after");
        std::filesystem::copy(dir / "state.db", dir / "after/state.db");
        std::filesystem::copy(dir / "state.db-wal", dir / "after/state.db-wal");
        const auto again = must(Store::open(dir / "after/state.db", key_of()));
        CHECK(must(again->issuance("01")));
        CHECK(must(again->verify_chain()) == 1);
    }

    TEST_CASE("S25 a write that fails is never done, and none is done after it") {
        const TempDir dir;
        const auto store = must(Store::open(dir / "state.db", key_of()));
        must_write(*store, {effects_of("01")});
        Error error;
        {
            const FileSizeLimit none(0);
            error = error_of(store->write({effects_of("02")}));
        }
        CHECK(error.code == Errc::Store);
        CHECK(error.where.source == (dir / "state.db").string());
        CHECK(error.what == "cannot write: disk I/O error (SQLITE_IOERR_WRITE)");
        CHECK(error_of(store->write({effects_of("03")})).what == error.what);
        CHECK(must(store->verify_chain()) == 1);
        CHECK(!must(store->issuance("02")));
    }

    TEST_CASE("S26 a lock of another writer is busy at once, and nothing is written") {
        const TempDir dir;
        const auto store = must(Store::open(dir / "state.db", key_of()));
        SQLite::Database other = stranger(dir / "state.db");
        {
            const SQLite::Transaction held(other, SQLite::TransactionBehavior::IMMEDIATE);
            CHECK(must(store->write({effects_of("01")})) == WriteResult::Busy);
            CHECK(!must(store->issuance("01")));
        }
        must_write(*store, {effects_of("01")});
        CHECK(must(store->audit({})).size() == 1);
    }

    TEST_CASE("S26 two writers continue one chain") {
        const TempDir dir;
        const auto serve = must(Store::open(dir / "state.db", key_of()));
        const auto admin = must(Store::open_existing(dir / "state.db", key_of()));
        must_write(*serve, {effects_of("01"), effects_of("02")});
        must_write(*admin, {{.events = {event_of("admin")}}});
        must_write(*serve, {effects_of("03")});
        const auto events = must(serve->audit({}));
        REQUIRE(events.size() == 4);
        CHECK(events[2].reference == "admin");
        CHECK(events[3].sequence == 4);
        CHECK(must(serve->verify_chain()) == 4);
        CHECK(must(admin->verify_chain()) == 4);
    }

    TEST_CASE("S26 only the server checkpoints") {
        const TempDir dir;
        const auto serve = must(Store::open(dir / "state.db", key_of()));
        must_write(*serve, {effects_of("01")});
        std::filesystem::create_directory(dir / "copy");
        std::filesystem::copy(dir / "state.db", dir / "copy/state.db");
        std::filesystem::copy(dir / "state.db-wal", dir / "copy/state.db-wal");
        const std::string database = test::read_file(dir / "copy/state.db");
        const std::string wal = test::read_file(dir / "copy/state.db-wal");
        {
            const auto admin = must(Store::open_existing(dir / "copy/state.db"));
            CHECK(must(admin->issuance("01")));
        }
        CHECK(test::read_file(dir / "copy/state.db") == database);
        CHECK(test::read_file(dir / "copy/state.db-wal") == wal);
    }

    TEST_CASE("a reader beside an open write transaction sees what is committed") {
        const TempDir dir;
        const auto serve = must(Store::open(dir / "state.db", key_of()));
        must_write(*serve, {effects_of("01")});
        SQLite::Database other = stranger(dir / "state.db");
        const SQLite::Transaction held(other, SQLite::TransactionBehavior::IMMEDIATE);
        other.exec("DELETE FROM issuance");
        const auto admin = must(Store::open_existing(dir / "state.db"));
        CHECK(must(admin->issued({})).size() == 1);
        CHECK(must(admin->audit({})).size() == 1);
    }

    TEST_CASE("a reader after a server that stopped sees everything") {
        const TempDir dir;
        must_write(*must(Store::open(dir / "state.db", key_of())), {effects_of("01")});
        CHECK(!std::filesystem::exists(dir / "state.db-wal"));
        const auto admin = must(Store::open_existing(dir / "state.db"));
        CHECK(must(admin->issued({})).size() == 1);
    }

    TEST_CASE("S25 nothing is said to be written to files that were removed or replaced") {
        for (const std::string suffix : {"", "-wal", "-shm"})
            for (const bool replaced : {false, true}) {
                CAPTURE(suffix);
                CAPTURE(replaced);
                const TempDir dir;
                const auto path = dir / ("state.db" + suffix);
                const auto store = must(Store::open(dir / "state.db", key_of()));
                must_write(*store, {effects_of("01")});
                std::filesystem::rename(path, dir / "moved");
                if (replaced)
                    std::filesystem::copy(dir / "moved", path);
                const Error error = error_of(store->write({effects_of("02")}));
                CHECK(error.code == Errc::Store);
                CHECK(error.where.source == path.string());
                CHECK(error.what == "was removed or replaced while the server had it open");
                CHECK_FALSE(error.hint.empty());
                std::filesystem::rename(dir / "moved", path);
                CHECK(error_of(store->write({effects_of("03")})).what == error.what);
                CHECK_FALSE(must(store->issuance("03")));
            }
    }

    TEST_CASE("a database behind a link is one") {
        const TempDir dir;
        std::filesystem::create_directory(dir / "real");
        must(Store::open(dir / "real/state.db", key_of()));
        std::filesystem::create_symlink(dir / "real/state.db", dir / "link.db");
        const auto store = must(Store::open(dir / "link.db", key_of()));
        must_write(*store, {effects_of("01")});
        std::filesystem::remove(dir / "real/state.db-wal");
        CHECK(error_of(store->write({effects_of("02")})).code == Errc::Store);
    }

    TEST_CASE("S25 a database removed while it was opened takes no write") {
        const TempDir dir;
        const auto store = must(Store::open(dir / "state.db", key_of()));
        for (const std::string& name : dir.names())
            std::filesystem::remove(dir / name);
        CHECK(error_of(store->write({effects_of("01")})).code == Errc::Store);
    }
}

}  // namespace scep::store
