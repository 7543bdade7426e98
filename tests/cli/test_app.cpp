// What holds for every subcommand.
#include <sys/prctl.h>
#include <sys/resource.h>

#include <cstdlib>

#include <doctest/doctest.h>

#include "run_cli.hpp"
#include "support/pki.hpp"

namespace {

using namespace scep;
using scep::test::kNow;
using Words = std::vector<std::string>;

}  // namespace

TEST_SUITE("cli/app") {
    TEST_CASE("S28 no subcommand that may hold a secret can be dumped or read") {
        // Each ends at its first missing file or variable, which is where secrets would be loaded.
        for (const Words& words : {Words{"ra-gen",
                                         "--ca-cert",
                                         "/none/ca.crt",
                                         "--ca-key",
                                         "/none/ca.key",
                                         "--out-dir",
                                         "/none/out"},
                                   Words{"enroll",
                                         "--url",
                                         "http://127.0.0.1:1/scep",
                                         "--subject",
                                         "CN=a",
                                         "--out-dir",
                                         "/none/out",
                                         "--challenge-env",
                                         "NO_SUCH_VARIABLE"},
                                   Words{"admin", "audit", "verify", "--config", "/none/c.toml"}}) {
            CAPTURE(words.front());
            REQUIRE(::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) == 0);
            CHECK(test::run_cli(words, kNow).code != 0);
            CHECK(::prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0);
            rlimit core{};
            REQUIRE(::getrlimit(RLIMIT_CORE, &core) == 0);
            CHECK(core.rlim_max == 0);
        }
        ::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
    }

    TEST_CASE("help for a subcommand that does not exist is an error") {
        for (const Words& words :
             {Words{"help", "enrol"}, Words{"enrol", "--help"}, Words{"--help", "enrol"}}) {
            CAPTURE(words.front());
            const test::Outcome outcome = test::run_cli(words, kNow);
            CHECK(outcome.code == 2);
            CHECK(outcome.out.empty());
            CHECK(outcome.err ==
                  "certctl-scep: error: no subcommand of certctl-scep is called enrol\n"
                  "hint: did you mean enroll?\n");
        }
        CHECK(test::run_cli({"help", "admin", "isued"}, kNow).code == 2);
        CHECK(test::run_cli({"admin", "issued", "list", "--help"}, kNow).code == 0);
        CHECK(test::run_cli({"admin", "issued", "show", "0A", "--help"}, kNow).code == 0);
        CHECK(test::run_cli({"enroll", "--no-such", "--help"}, kNow).code == 0);
        const test::Outcome help = test::run_cli({"--help"}, kNow);
        CHECK(help.code == 0);
        CHECK(test::run_cli({"help"}, kNow).out == help.out);
        CHECK(test::run_cli({"help", "help"}, kNow).out == help.out);
    }

    TEST_CASE("--color stands anywhere and holds for errors about the rest of the line") {
        for (const Words& words : {Words{"--color", "always", "enrol"},
                                   Words{"--color=always", "enroll", "--no-such"},
                                   Words{"enroll", "--color", "always"},
                                   Words{"admin", "issued", "list", "--color=always", "--limit=x"},
                                   Words{"help", "enrol", "--color", "always"}}) {
            CAPTURE(words.back());
            const test::Outcome outcome = test::run_cli(words, kNow);
            CHECK(outcome.code == 2);
            CHECK(outcome.err.starts_with("certctl-scep: \x1b[1;31merror:\x1b[0m "));
            CHECK(outcome.err.find("\n\x1b[32mhint:\x1b[0m ") != std::string::npos);
        }
        CHECK(test::run_cli({"enrol", "--color", "never"}, kNow).err.find('\x1b') ==
              std::string::npos);
        const test::Outcome wrong = test::run_cli({"--color", "blue", "serve"}, kNow);
        CHECK(wrong.code == 2);
        CHECK(wrong.err.find("--color: blue not in {auto,always,never}") != std::string::npos);
    }

    TEST_CASE("auto colours terminals only, and heeds NO_COLOR and TERM") {
        using cli::choose_colors;
        ::unsetenv("NO_COLOR");
        ::setenv("TERM", "xterm", 1);
        CHECK(choose_colors("auto", {.out = true}).out);
        CHECK_FALSE(choose_colors("auto", {.out = true}).err);
        CHECK_FALSE(choose_colors("never", {.out = true, .err = true}).out);
        ::setenv("NO_COLOR", "", 1);
        CHECK(choose_colors("auto", {.out = true}).out);
        ::setenv("NO_COLOR", "1", 1);
        CHECK_FALSE(choose_colors("auto", {.out = true}).out);
        CHECK(choose_colors("always", {}).err);
        ::unsetenv("NO_COLOR");
        ::setenv("TERM", "dumb", 1);
        CHECK_FALSE(choose_colors("auto", {.err = true}).err);
        ::unsetenv("TERM");
        CHECK(cli::painted(true, "other") == "other");
        CHECK(cli::painted(false, "error:") == "error:");
    }
}
