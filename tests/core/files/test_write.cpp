#include <sys/stat.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include "core/files/files.hpp"
#include "support/small_files.hpp"
#include "support/temp_dir.hpp"

namespace {

using namespace scep;
using files::Overwrite;
using scep::test::read_file;
using scep::test::SmallFiles;
using scep::test::TempDir;

unsigned mode_of(const std::filesystem::path& path) {
    return files::inspect(path)->mode;
}

class Umask {
  public:
    explicit Umask(::mode_t mask) noexcept : saved_(::umask(mask)) {}

    Umask(const Umask&) = delete;
    Umask& operator=(const Umask&) = delete;

    ~Umask() { ::umask(saved_); }

  private:
    ::mode_t saved_;
};

std::vector<files::NewFile> pair_in(const TempDir& dir) {
    return {{dir / "a.crt", to_secret("cert"), 0644}, {dir / "a.key", to_secret("key"), 0600}};
}

}  // namespace

TEST_SUITE("core/files") {
    TEST_CASE("what a killed process left of a file is removed, and nothing else") {
        const TempDir dir;
        const auto put = [&dir](const char* name) {
            REQUIRE(files::write_atomic(dir / name, as_bytes("x"), 0600, Overwrite::Refuse)
                        .has_value());
        };
        put(".a.key.part-Ab3xYz");
        for (const char* name : {"a.key", ".a.key.backup", ".a.key.part-", ".b.key.part-Ab3xYz"})
            put(name);
        files::remove_temporaries(dir / "a.key");
        CHECK_FALSE(files::exists(dir / ".a.key.part-Ab3xYz"));
        for (const char* name : {"a.key", ".a.key.backup", ".a.key.part-", ".b.key.part-Ab3xYz"})
            CHECK(files::exists(dir / name));
        files::remove_temporaries(dir / "none" / "a.key");
    }

    TEST_CASE("the mode is exact whatever the umask") {
        for (const ::mode_t mask : {0000U, 0022U, 0077U, 0777U}) {
            CAPTURE(mask);
            const TempDir dir;
            const Umask umask(mask);
            REQUIRE(files::write_atomic(dir / "a", as_bytes("x"), 0644, Overwrite::Refuse));
            REQUIRE(files::write_atomic(dir / "b", as_bytes("x"), 0600, Overwrite::Replace));
            CHECK(mode_of(dir / "a") == 0644);
            CHECK(mode_of(dir / "b") == 0600);
        }
    }

    TEST_CASE("an existing file stays as it is unless replacing was asked for") {
        const TempDir dir;
        const auto path = dir.write("a", "old", 0644);
        const Status status = files::write_atomic(path, as_bytes("new"), 0600, Overwrite::Refuse);
        REQUIRE_FALSE(status.has_value());
        CHECK(status.error().code == Errc::Config);
        CHECK(to_text(status.error()) == path.string() + ": already exists");
        CHECK(status.error().hint == "--force replaces it");
        CHECK(read_file(path) == "old");
        REQUIRE(files::write_atomic(path, as_bytes("new"), 0600, Overwrite::Replace));
        CHECK(read_file(path) == "new");
        CHECK(mode_of(path) == 0600);
        CHECK(dir.names() == std::set<std::string>{"a"});
    }

    TEST_CASE("a dangling link is not written through") {
        const TempDir dir;
        std::filesystem::create_symlink(dir / "elsewhere", dir / "link");
        CHECK_FALSE(
            files::write_atomic(dir / "link", as_bytes("x"), 0600, Overwrite::Refuse).has_value());
        REQUIRE(files::write_atomic(dir / "link", as_bytes("x"), 0600, Overwrite::Replace));
        CHECK(dir.names() == std::set<std::string>{"link"});
        CHECK_FALSE(std::filesystem::is_symlink(dir / "link"));
    }

    TEST_CASE("a missing directory is named") {
        const TempDir dir;
        const Status status =
            files::write_atomic(dir / "none/a", as_bytes("x"), 0600, Overwrite::Refuse);
        REQUIRE_FALSE(status.has_value());
        CHECK(to_text(status.error()) ==
              (dir / "none/a").string() + ": cannot create: no such file or directory");
    }

    TEST_CASE("a write that the system cuts short is an error and leaves nothing") {
        const TempDir dir;
        const SmallFiles limit(10);
        const Status status = files::write_atomic(
            dir / "a", as_bytes("more than ten bytes"), 0600, Overwrite::Refuse);
        REQUIRE_FALSE(status.has_value());
        CHECK(status.error().code == Errc::Io);
        CHECK(to_text(status.error()) == (dir / "a").string() + ": cannot write: file too large");
        CHECK(dir.names().empty());
    }

    TEST_CASE("a set of files appears together") {
        const TempDir dir;
        REQUIRE(files::write_all(pair_in(dir), Overwrite::Refuse));
        CHECK(dir.names() == std::set<std::string>{"a.crt", "a.key"});
        CHECK(read_file(dir / "a.key") == "key");
        CHECK(mode_of(dir / "a.crt") == 0644);
        CHECK(mode_of(dir / "a.key") == 0600);
    }

    TEST_CASE("a set of files does not appear in part") {
        const TempDir dir;
        dir.write("a.key", "old");
        CHECK_FALSE(files::write_all(pair_in(dir), Overwrite::Refuse));
        CHECK(dir.names() == std::set<std::string>{"a.key"});
        CHECK(read_file(dir / "a.key") == "old");
    }

    TEST_CASE("what a set replaced is put back when it cannot be finished") {
        const TempDir dir;
        dir.write("a.crt", "old", 0640);
        std::filesystem::create_directory(dir / "a.key");
        const Status status = files::write_all(pair_in(dir), Overwrite::Replace);
        REQUIRE_FALSE(status.has_value());
        CHECK(to_text(status.error()) ==
              (dir / "a.key").string() + ": is a directory, want a file");
        CHECK(dir.names() == std::set<std::string>{"a.crt", "a.key"});
        CHECK(read_file(dir / "a.crt") == "old");
        CHECK(mode_of(dir / "a.crt") == 0640);
    }

    TEST_CASE("a set that is not confirmed was never there") {
        const TempDir dir;
        const auto refuse = [&]() -> Status {
            CHECK(dir.names() == std::set<std::string>{"a.crt", "a.key"});
            return fail(Errc::Io, "no");
        };
        CHECK_FALSE(files::write_all(pair_in(dir), Overwrite::Refuse, refuse));
        CHECK(dir.names().empty());
        dir.write("a.crt", "old");
        dir.write("a.key", "old key");
        const auto refuse_replaced = [&]() -> Status {
            CHECK(read_file(dir / "a.crt") != "old");
            return fail(Errc::Io, "no");
        };
        CHECK_FALSE(files::write_all(pair_in(dir), Overwrite::Replace, refuse_replaced));
        CHECK(dir.names() == std::set<std::string>{"a.crt", "a.key"});
        CHECK(read_file(dir / "a.crt") == "old");
        CHECK(read_file(dir / "a.key") == "old key");
        const auto confirm = [] { return Status{}; };
        CHECK(files::write_all(pair_in(dir), Overwrite::Replace, confirm));
        CHECK(dir.names() == std::set<std::string>{"a.crt", "a.key"});
        CHECK(read_file(dir / "a.crt") != "old");
    }

    TEST_CASE("what is not placed is removed with its set") {
        const TempDir dir;
        {
            files::FileSet set;
            REQUIRE(set.write(dir / "a", as_bytes("first"), 0600));
            REQUIRE(set.write(dir / "b", as_bytes("second"), 0644));
            CHECK(dir.names().size() == 2);
            CHECK_FALSE(std::filesystem::exists(dir / "b"));
            REQUIRE(set.place(Overwrite::Refuse));
        }
        CHECK(dir.names() == std::set<std::string>{"a", "b"});
        CHECK(read_file(dir / "b") == "second");
        CHECK(mode_of(dir / "b") == 0644);
        files::FileSet set;
        REQUIRE(set.write(dir / "c", as_bytes("third"), 0600));
        set = files::FileSet();
        CHECK(dir.names() == std::set<std::string>{"a", "b"});
        REQUIRE(set.write(dir / "a", as_bytes("fourth"), 0600));
        CHECK_FALSE(set.place(Overwrite::Refuse));
        CHECK(dir.names() == std::set<std::string>{"a", "b"});
        CHECK(read_file(dir / "a") == "first");
    }

    TEST_CASE("what was made ready is what is written, or goes with its set") {
        const TempDir dir;
        files::FileSet set;
        set.make_ready(dir / "a");
        set.make_ready(dir / "a");  // it is
        set.make_ready(dir / "b");
        const std::set<std::string> made = dir.names();
        CHECK(made.size() == 2);
        REQUIRE(set.write(dir / "a", as_bytes("first"), 0640));
        CHECK(dir.names() == made);
        REQUIRE(set.place(Overwrite::Refuse));
        CHECK(read_file(dir / "a") == "first");
        CHECK(mode_of(dir / "a") == 0640);
        set = files::FileSet();
        CHECK(dir.names() == std::set<std::string>{"a"});
    }

    TEST_CASE("what was made ready may be tidied away before it is written") {
        const TempDir dir;
        files::FileSet set;
        set.make_ready(dir / "a");
        for (const std::string& name : dir.names())
            std::filesystem::remove(dir / name);
        REQUIRE(set.write(dir / "a", as_bytes("first"), 0600));
        REQUIRE(set.place(Overwrite::Refuse));
        CHECK(dir.names() == std::set<std::string>{"a"});
        CHECK(read_file(dir / "a") == "first");
    }

    TEST_CASE("what cannot be made ready is told when it is written") {
        const TempDir dir;
        files::FileSet set;
        set.make_ready(dir / "x/a");
        CHECK_FALSE(set.write(dir / "x/a", as_bytes("first"), 0600));
        std::filesystem::create_directory(dir / "x");
        CHECK(set.write(dir / "x/a", as_bytes("first"), 0600));
    }

    TEST_CASE("what is added stays behind what is there; no file is made for it, none followed") {
        const TempDir dir;
        files::FileSet set;
        CHECK_FALSE(set.append(dir / "a", as_bytes("x")));
        dir.write("a", "one");
        REQUIRE(set.append(dir / "a", as_bytes(" two")));
        REQUIRE(set.write(dir / "b", as_bytes("b"), 0600));
        REQUIRE(set.place(Overwrite::Refuse));
        CHECK(read_file(dir / "a") == "one two");
        CHECK(read_file(dir / "b") == "b");
        std::filesystem::create_symlink("a", dir / "link");
        CHECK_FALSE(set.append(dir / "link", as_bytes(" three")));
        const SmallFiles small(9);
        CHECK_FALSE(set.append(dir / "a", as_bytes(" three")));
    }

    TEST_CASE("an empty file can be written") {
        const TempDir dir;
        REQUIRE(files::write_atomic(dir / "a", {}, 0644, Overwrite::Refuse));
        CHECK(std::filesystem::file_size(dir / "a") == 0);
    }

    TEST_CASE("a directory is made with those above it, and taken away again") {
        const TempDir dir;
        auto made = files::NewDirectory::make(dir / "x/y/z", 0755);
        REQUIRE(made.has_value());
        CHECK(std::filesystem::is_directory(dir / "x/y/z"));
        made->undo();
        CHECK(dir.names().empty());
    }

    TEST_CASE("only what was made is taken away, and only when it is empty") {
        const TempDir dir;
        std::filesystem::create_directory(dir / "x");
        auto made = files::NewDirectory::make(dir / "x/y", 0700);
        REQUIRE(made.has_value());
        dir.write("x/y/kept", "x");
        made->undo();
        CHECK(std::filesystem::exists(dir / "x/y/kept"));
        auto again = files::NewDirectory::make(dir / "x", 0700);
        REQUIRE(again.has_value());
        again->undo();
        CHECK(std::filesystem::is_directory(dir / "x"));
    }

    TEST_CASE("a file in the place of a directory is named, and nothing is left") {
        const TempDir dir;
        dir.write("file", "x");
        const auto made = files::NewDirectory::make(dir / "file/y", 0755);
        REQUIRE_FALSE(made.has_value());
        CHECK(to_text(made.error()) ==
              (dir / "file").string() + ": cannot make the directory: file exists");
        CHECK(dir.names() == std::set<std::string>{"file"});
    }
}
