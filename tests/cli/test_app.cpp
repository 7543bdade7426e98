// What holds for every subcommand.
#include <sys/prctl.h>
#include <sys/resource.h>

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
}
