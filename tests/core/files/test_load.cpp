#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>

#include <doctest/doctest.h>

#include "core/files/files.hpp"
#include "support/temp_dir.hpp"

namespace {

using namespace scep;
using scep::test::TempDir;

template <class T>
std::string why(const Result<T>& result) {
    REQUIRE_FALSE(result.has_value());
    return to_text(result.error());
}

// A pipe that holds `content`.
int pipe_with(std::string_view content) {
    std::array<int, 2> ends{};
    REQUIRE(::pipe(ends.data()) == 0);
    REQUIRE(::write(ends[1], content.data(), content.size()) ==
            static_cast<ssize_t>(content.size()));
    ::close(ends[1]);
    return ends[0];
}

// Puts a descriptor, or a pipe that holds `content`, in the place of standard input.
class Input {
  public:
    explicit Input(int descriptor) : saved_(::dup(STDIN_FILENO)) {
        REQUIRE(::dup2(descriptor, STDIN_FILENO) == STDIN_FILENO);
        ::close(descriptor);
    }

    explicit Input(std::string_view content) : Input(pipe_with(content)) {}

    Input(const Input&) = delete;
    Input& operator=(const Input&) = delete;

    ~Input() {
        ::dup2(saved_, STDIN_FILENO);
        ::close(saved_);
    }

  private:
    int saved_;
};

}  // namespace

TEST_SUITE("core/files") {
    TEST_CASE("a device without end is no file, one without content is empty") {
        CHECK(why(files::load("/dev/zero")).find("is a device, want a file") != std::string::npos);
        CHECK(files::load("/dev/null")->empty());
    }

    TEST_CASE("a file is read whole") {
        const TempDir dir;
        const auto path = dir.write("a", std::string("x\0y", 3));
        CHECK(to_string(*files::load(path)) == std::string("x\0y", 3));
        CHECK(files::load(dir.write("empty", ""))->empty());
    }

    TEST_CASE("what this user may not do is told from what is not there") {
        const TempDir dir;
        CHECK_FALSE(files::is_forbidden(dir.write("a", "x")));
        CHECK_FALSE(files::is_forbidden(dir / "none"));
        const auto closed = dir.write("closed", "x", 0000);
        const bool root = ::geteuid() == 0;  // may do everything
        CHECK(files::is_forbidden(closed) == !root);
        CHECK(files::is_forbidden(closed, files::Access::Write) == !root);
    }

    TEST_CASE("what is behind a closed directory is not missing") {
        const TempDir dir;
        CHECK_FALSE(files::is_missing(dir.write("a", "x")));
        CHECK(files::is_missing(dir / "none"));
        CHECK(files::is_missing(dir / "a" / "none"));
        std::filesystem::create_symlink("none", dir / "dangling");
        CHECK_FALSE(files::is_missing(dir / "dangling"));
        std::filesystem::create_directory(dir / "closed");
        REQUIRE(::chmod((dir / "closed").c_str(), 0) == 0);
        const bool root = ::geteuid() == 0;  // may look everywhere
        CHECK(files::is_missing(dir / "closed" / "none") == root);
        REQUIRE(::chmod((dir / "closed").c_str(), 0700) == 0);
    }

    TEST_CASE("a file is read through a symbolic link") {
        const TempDir dir;
        std::filesystem::create_symlink(dir.write("a", "content"), dir / "link");
        CHECK(to_string(*files::load(dir / "link")) == "content");
    }

    TEST_CASE("what cannot be read is said with its path") {
        const TempDir dir;
        const auto missing = dir / "none";
        CHECK(why(files::load(missing)) ==
              missing.string() + ": cannot open: no such file or directory");
        CHECK(why(files::load(dir.path())) ==
              dir.path().string() + ": is a directory, want a file");
        CHECK(files::load(missing).error().code == Errc::Io);
    }

    TEST_CASE("a file at the limit is read and one beyond it is not") {
        const TempDir dir;
        CHECK(files::load(dir.write("a", "12345"), 5).has_value());
        const auto path = dir.write("b", "123456");
        CHECK(why(files::load(path, 5)) == path.string() + ": is larger than 5 bytes");
    }

    TEST_CASE("a dash is standard input, with the same limit") {
        {
            const Input input("from a pipe");
            CHECK(to_string(*files::load("-")) == "from a pipe");
        }
        const Input input("123456");
        CHECK(why(files::load("-", 5)) == "<stdin>: is larger than 5 bytes");
    }

    TEST_CASE("a pipe that is longer than one read is read whole") {
        const std::string content(60000, 'x');  // less than a pipe holds
        const Input input(content);
        CHECK(files::load("-")->size() == content.size());
    }

    TEST_CASE("S28 a secret that group or others may read is refused with the way out") {
        const TempDir dir;
        for (const ::mode_t mode : {0644U, 0640U, 0604U, 0610U}) {
            CAPTURE(mode);
            const auto path = dir.write("key", "secret", mode);
            const auto loaded = files::load_secret(path);
            REQUIRE_FALSE(loaded.has_value());
            CHECK(loaded.error().code == Errc::Config);
            CHECK(loaded.error().hint == "chmod 0600 " + path.string());
        }
        const auto path = dir.write("key", "secret", 0644);
        CHECK(why(files::load_secret(path)) == path.string() + ": mode is 0644, want 0600");
        for (const ::mode_t mode : {0600U, 0400U})
            CHECK(files::load_secret(dir.write("key", "secret", mode)).has_value());
    }

    TEST_CASE("S28 the credentials directory lends its leave to its own files alone") {
        const TempDir dir, credentials;
        const auto inside = credentials.write("key", "secret", 0644);
        CHECK(files::load_secret(inside, credentials.path()).has_value());
        const auto outside = dir.write("key", "secret", 0644);
        CHECK_FALSE(files::load_secret(outside, credentials.path()).has_value());
        std::filesystem::create_symlink(outside, credentials / "link");
        CHECK_FALSE(files::load_secret(credentials / "link", credentials.path()).has_value());
        const std::filesystem::path sibling = credentials.path().string() + "-other";
        CHECK_FALSE(files::load_secret(outside, sibling).has_value());
    }

    TEST_CASE("one line end after a challenge is dropped") {
        const TempDir dir;

        struct Row {
            std::string_view content, want;
        };

        for (const Row& row : {Row{"abc", "abc"},
                               Row{"abc\n", "abc"},
                               Row{"abc\r\n", "abc"},
                               Row{"abc\n\n", "abc\n"},
                               Row{"abc\r", "abc\r"},
                               Row{" abc ", " abc "}}) {
            CAPTURE(row.content);
            CHECK(as_text(*files::load_challenge(dir.write("c", row.content))) == row.want);
        }
    }

    TEST_CASE("a challenge from standard input has no mode that matters") {
        const TempDir dir;
        const auto path = dir.write("c", "abc\n", 0644);
        const Input input(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
        CHECK(as_text(*files::load_challenge("-")) == "abc");
    }

    TEST_CASE("an empty, an overlong and a public challenge are refused") {
        const TempDir dir;
        const auto path = dir.write("c", "\n");
        CHECK(why(files::load_challenge(path)) == path.string() + ": the challenge is empty");
        CHECK(files::load_challenge(path).error().code == Errc::Config);
        CHECK_FALSE(files::load_challenge(dir.write("c", "")).has_value());
        const std::string longest(limits::kMaxChallengeOctets, 'x');
        CHECK(files::load_challenge(dir.write("c", longest + "\n")).has_value());
        CHECK_FALSE(files::load_challenge(dir.write("c", longest + "x")).has_value());
        CHECK_FALSE(files::load_challenge(dir.write("c", "abc", 0644)).has_value());
    }

    TEST_CASE("an audit key is 64 hexadecimal digits in a private file") {
        const TempDir dir;
        CHECK(files::load_audit_key(dir / "none").error().code == Errc::Io);
        CHECK(files::load_audit_key(dir.write("open", std::string(64, 'a'), 0640)).error().what ==
              "mode is 0640, want 0600");
        for (const std::string text : {"", "abc", "hello", "\n"}) {
            const auto key = files::load_audit_key(dir.write("k", text));
            REQUIRE_FALSE(key.has_value());
            CHECK(key.error().code == Errc::Config);
            CHECK(key.error().what == "is not an audit key, want 64 hexadecimal digits");
        }
        for (const std::string end : {"", "\n"})
            CHECK(*files::load_audit_key(dir.write("k", std::string(64, 'A') + end)) ==
                  SecretBytes(32, 0xaa));
        const auto shown = dir.write("shown", std::string(64, 'a'), 0644);
        CHECK(files::load_audit_key(shown, dir.path()).has_value());
    }

    TEST_CASE("a path and a link to it name one file, another file of that name does not") {
        const TempDir dir;
        const auto path = dir.write("a", "1");
        std::filesystem::create_symlink(path, dir / "link");
        const auto identity = files::identify(path);
        REQUIRE(identity.has_value());
        CHECK(files::identify(dir / "link") == identity);
        std::filesystem::rename(path, dir / "kept");
        CHECK_FALSE(files::identify(path).has_value());
        CHECK(files::identify(dir.write("a", "1")) != identity);
        CHECK(files::identify(dir / "kept") == identity);
    }

    TEST_CASE("inspect says mode, owner, size and kind") {
        const TempDir dir;
        const auto info = files::inspect(dir.write("a", "12345", 0640));
        REQUIRE(info.has_value());
        CHECK(info->mode == 0640);
        CHECK(info->owner == ::geteuid());
        CHECK(info->size == 5);
        CHECK(info->regular);
        CHECK(files::inspect(dir.path())->directory);
        CHECK_FALSE(files::inspect(dir / "none").has_value());
    }

    TEST_CASE("a dangling link exists") {
        const TempDir dir;
        std::filesystem::create_symlink(dir / "nowhere", dir / "link");
        CHECK(files::exists(dir / "link"));
        CHECK_FALSE(files::exists(dir / "nowhere"));
    }

    TEST_CASE("a place is writable when the file or its directory is") {
        const TempDir dir;
        CHECK(files::check_writable(dir / "new").has_value());
        CHECK(files::check_writable(dir.write("old", "x")).has_value());
        CHECK(dir.names() == std::set<std::string>{"old"});  // found out without writing
        const Status missing = files::check_writable(dir / "none/state.db");
        REQUIRE_FALSE(missing.has_value());
        CHECK(to_text(missing.error()) == (dir / "none/state.db").string() + ": cannot be made: " +
                                              (dir / "none").string() + " does not exist");
        CHECK(missing.error().hint == "mkdir -p -m 0700 " + (dir / "none").string());
        CHECK_FALSE(files::check_writable(dir / "old/state.db").has_value());
        std::filesystem::create_directory(dir / "sub");
        CHECK_FALSE(files::check_writable(dir / "sub").has_value());
    }

    TEST_CASE("the kernel's own file systems are not writable and not on a network") {
        CHECK_FALSE(files::check_writable("/proc/no-such-place/state.db").has_value());
        CHECK(files::network_file_system("/proc/no-such-place/state.db").value().empty());
    }
}
