#include "core/files/files.hpp"
#include "fixture.hpp"

namespace scep::store {

namespace {

// Alters a database that is otherwise right, then opens it both ways.
Error refused_after(const std::string& sql) {
    const TempDir dir;
    must(Store::open(dir / "state.db", key_of()));
    stranger(dir / "state.db").exec(sql);
    Error error = error_of(Store::open(dir / "state.db", key_of()));
    CHECK(error_of(Store::open_existing(dir / "state.db")).what == error.what);
    CHECK(error.code == Errc::Store);
    CHECK(error.where.source == (dir / "state.db").string());
    return error;
}

}  // namespace

TEST_SUITE("serve/store/open") {
    TEST_CASE("a newer schema is refused and left as it is") {
        const Error error = refused_after("PRAGMA user_version = 5");
        CHECK(error.what == "has schema version 5, this program knows up to 4");
        CHECK(error.hint == "use the newer certctl-scep that wrote it");
    }

    TEST_CASE("a database of another program is refused") {
        CHECK(refused_after("PRAGMA application_id = 17").what ==
              "is an SQLite database of another program");
        const TempDir dir;
        SQLite::Database((dir / "other.db").string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE)
            .exec("CREATE TABLE t (x)");
        CHECK(error_of(Store::open(dir / "other.db", key_of())).what ==
              "is an SQLite database of another program");
        CHECK(refused_after("PRAGMA user_version = -1").what ==
              "is an SQLite database of another program");
    }

    TEST_CASE("S12 a second server is kept out of a database, while the first one lives") {
        const TempDir dir;
        auto first = must(Store::open(dir / "state.db", key_of()));
        const Error error = error_of(Store::open(dir / "state.db", key_of()));
        CHECK(error.code == Errc::Store);
        CHECK(error.what == "another server has it open");
        CHECK(error.where.source == (dir / "state.db").string());
        CHECK_FALSE(error.hint.empty());
        must_write(*first, {effects_of("01")});
        CHECK(must(Store::open_existing(dir / "state.db")));
        CHECK(Store::probe(dir / "state.db", key_of()));
        first.reset();
        CHECK(must(Store::open(dir / "state.db", key_of())));
    }

    TEST_CASE("to look at a database makes no file beside it, with a server and without one") {
        const TempDir dir;
        std::filesystem::create_directory(dir / "odd?#%dir");
        const auto path = dir / "odd?#%dir/state.db";
        auto server = must(Store::open(path, key_of()));
        must_write(*server, {effects_of("01")});
        CHECK(must(must(Store::open_to_read(path))->issuance("01")));
        server.reset();
        CHECK_FALSE(std::filesystem::exists(path.string() + "-wal"));
        std::filesystem::permissions(dir / "odd?#%dir", std::filesystem::perms{0500});
        const auto reader = must(Store::open_to_read(path));
        CHECK(must(reader->issuance("01")));
        CHECK_FALSE(std::filesystem::exists(path.string() + "-wal"));
        CHECK_FALSE(std::filesystem::exists(path.string() + "-shm"));
        std::filesystem::permissions(dir / "odd?#%dir", std::filesystem::perms{0700});
        CHECK(error_of(Store::open_to_read(dir / "none.db")).what == "there is no state database");
    }

    TEST_CASE("a file that is no database is refused and left as it is") {
        const TempDir dir;
        const std::string text(4096, 'x');
        dir.write("state.db", text);
        const Error error = error_of(Store::open(dir / "state.db", key_of()));
        CHECK(error.what == "cannot open: file is not a database (SQLite result 26)");
        CHECK(!error.hint.empty());
        CHECK(error_of(Store::open_existing(dir / "state.db")).code == Errc::Store);
        CHECK(test::read_file(dir / "state.db") == text);
    }

    TEST_CASE("a path that cannot be is refused with the system's reason") {
        const TempDir dir;
        const Error error = error_of(Store::open(dir / "no/state.db", key_of()));
        CHECK(error.code == Errc::Store);
        CHECK(error.what == "cannot create: no such file or directory");
        std::filesystem::create_directory(dir / "directory");
        CHECK(error_of(Store::open(dir / "directory", key_of())).code == Errc::Store);
    }

    TEST_CASE("a dangling symbolic link is not followed to make a file elsewhere") {
        const TempDir dir;
        std::filesystem::create_symlink(dir / "elsewhere.db", dir / "state.db");
        CHECK(error_of(Store::open(dir / "state.db", key_of())).code == Errc::Store);
        CHECK(!std::filesystem::exists(dir / "elsewhere.db"));
    }

    TEST_CASE("opening never creates for admin") {
        const TempDir dir;
        const Error error = error_of(Store::open_existing(dir / "state.db"));
        CHECK(error.code == Errc::Store);
        CHECK(error.what == "there is no state database");
        CHECK(error.hint == "certctl-scep serve makes it when it first starts");
        CHECK(dir.names().empty());
    }

    TEST_CASE("an empty file is made a database by the server alone") {
        const TempDir dir;
        dir.write("state.db", "");
        CHECK(error_of(Store::open_existing(dir / "state.db")).what ==
              "has schema version 0, this program wants 4");
        CHECK(must(Store::open(dir / "state.db", key_of())));
        CHECK(must(Store::open_existing(dir / "state.db")));
    }

    TEST_CASE("a database that cannot be filled is not left behind") {
        const TempDir dir;
        {
            const FileSizeLimit none(0);
            CHECK(error_of(Store::open(dir / "state.db", key_of())).code == Errc::Store);
        }
        CHECK(dir.names().empty());
    }

    TEST_CASE("what was written is there after it was closed and opened") {
        const TempDir dir;
        must_write(*must(Store::open(dir / "state.db", key_of())), {effects_of("01")});
        const auto store = must(Store::open(dir / "state.db", key_of()));
        CHECK(must(store->issuance("01")));
        must_write(*store, {effects_of("02")});
        CHECK(must(store->verify_chain()) == 2);
    }

    TEST_CASE("a first start makes key and database, or neither") {
        const TempDir dir;
        {
            const FileSizeLimit no_database(100);
            CHECK(error_of(Store::create(dir / "state.db", dir / "audit.key")).code == Errc::Store);
        }
        CHECK(dir.names().empty());
        must_write(*must(Store::create(dir / "state.db", dir / "audit.key")), {effects_of("01")});
        const SecretBytes key = must(files::load_audit_key(dir / "audit.key"));
        CHECK(must(must(Store::open_existing(dir / "state.db", key))->verify_chain()) == 1);
        CHECK(error_of(Store::create(dir / "state.db", dir / "audit.key")).code == Errc::Config);
        CHECK(must(files::load_audit_key(dir / "audit.key")) == key);
    }

    TEST_CASE("S27 a first start that fails leaves the key to a database that another one made") {
        const TempDir dir;
        SQLite::Database other((dir / "state.db").string(),
                               SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
        other.exec("CREATE TABLE t (x)");
        CHECK(error_of(Store::create(dir / "state.db", dir / "audit.key")).code == Errc::Store);
        CHECK(must(files::load_audit_key(dir / "audit.key")).size() == 32);
    }

    TEST_CASE("a probe says what opening would, and leaves all as it is") {
        const TempDir dir;
        const auto path = dir / "state.db";
        const auto probe = [&](const SecretBytes& key) {
            const auto names = dir.names();
            Status status = Store::probe(path, key);
            CHECK(dir.names() == names);
            return status;
        };
        CHECK(probe(key_of()));
        dir.write("state.db", "");
        CHECK(probe(key_of()));
        must_write(*must(Store::open(path, key_of())), {effects_of("01")});
        const std::string content = test::read_file(path);
        CHECK(probe(key_of()));
        CHECK(probe(key_of(8)).error().what == "audit row 1 does not fit under the audit key");
        {
            const auto serve = must(Store::open(path, key_of()));
            CHECK(probe(key_of()));
        }
        CHECK(test::read_file(path) == content);
        stranger(path).exec("PRAGMA user_version = 5");
        CHECK(probe(key_of()).error().what == "has schema version 5, this program knows up to 4");
        dir.write("state.db", std::string(4096, 'x'));
        CHECK(probe(key_of()).error().what ==
              "cannot open: file is not a database (SQLite result 26)");
    }

    TEST_CASE("a probe leaves the WAL of a killed server to the start") {
        const TempDir dir;
        std::filesystem::create_directory(dir / "killed");
        const auto path = dir / "killed/state.db";
        {
            const auto serve = must(Store::open(dir / "state.db", key_of()));
            must_write(*serve, {effects_of("01")});
            for (const std::string suffix : {"", "-wal"})
                std::filesystem::copy(dir.path() / ("state.db" + suffix), path.string() + suffix);
        }
        const std::string database = test::read_file(path);
        const std::string wal = test::read_file(path.string() + "-wal");
        REQUIRE_FALSE(wal.empty());
        CHECK(Store::probe(path, key_of()));
        CHECK(test::read_file(path) == database);
        CHECK(test::read_file(path.string() + "-wal") == wal);
    }

    TEST_CASE("a probe leaves an older schema to the start") {
        const TempDir dir;
        SQLite::Database((dir / "state.db").string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE)
            .exec("CREATE TABLE t (x); PRAGMA application_id = 1396917584");
        CHECK(Store::probe(dir / "state.db", key_of()));
    }
}

}  // namespace scep::store
