#include <sys/wait.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include "core/files/files.hpp"
#include "support/pki.hpp"
#include "support/temp_dir.hpp"

namespace scep::files {

namespace {

// Whether another process gets the lock.
bool is_free(const std::filesystem::path& directory) {
    const pid_t child = ::fork();
    if (child == 0)
        ::_exit(DirectoryLock::take(directory) ? 0 : 1);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace

TEST_SUITE("core/files/lock") {
    TEST_CASE("a directory is locked as long as the lock lives, and stays empty") {
        const test::TempDir dir;
        {
            const DirectoryLock lock = test::must(DirectoryLock::take(dir.path()));
            CHECK_FALSE(is_free(dir.path()));
            const auto second = DirectoryLock::take(dir.path());
            REQUIRE_FALSE(second);
            CHECK(second.error().code == Errc::Config);
            CHECK(second.error().where.source == dir.path().string());
        }
        CHECK(is_free(dir.path()));
        CHECK(dir.names().empty());
    }

    TEST_CASE("what cannot be locked keeps nobody out") {
        CHECK(DirectoryLock::take("/nonexistent"));
    }
}

}  // namespace scep::files
