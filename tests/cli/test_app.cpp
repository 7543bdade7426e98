// What holds for every subcommand.
#include <sys/prctl.h>
#include <sys/resource.h>

#include <cstdlib>

#include <doctest/doctest.h>
#include <fmt/format.h>

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

    TEST_CASE("help stands behind options of the whole program") {
        const test::Outcome help = test::run_cli({"serve", "--help"}, kNow);
        CHECK(help.code == 0);
        for (const Words& words : {Words{"help", "serve"},
                                   Words{"--color", "always", "help", "serve"},
                                   Words{"--color=never", "help", "serve"},
                                   Words{"help", "--color", "always", "serve"}}) {
            const test::Outcome outcome = test::run_cli(words, kNow);
            CAPTURE(outcome.err);
            CHECK(outcome.code == 0);
            CHECK(outcome.out == help.out);
        }
    }

    TEST_CASE("an empty value is not an option that was not given") {
        for (const Words& command : {Words{"serve"},
                                     Words{"ra-gen"},
                                     Words{"enroll"},
                                     Words{"admin", "issued", "list"},
                                     Words{"admin", "audit", "list"},
                                     Words{"admin", "audit", "verify"}})
            for (const std::string option : {"--config",
                                             "--dev",
                                             "--listen",
                                             "--format",
                                             "--color",
                                             "--days",
                                             "--out-dir",
                                             "--limit",
                                             "--profile",
                                             "--tls-ca"}) {
                Words help = command;
                help.emplace_back("--help");
                if (test::run_cli(help, kNow).out.find(option + ' ') == std::string::npos &&
                    option != "--color")
                    continue;
                for (const Words& value : {Words{option, ""}, Words{option + '='}}) {
                    Words words = command;
                    words.insert(words.end(), value.begin(), value.end());
                    CAPTURE(words);
                    const test::Outcome outcome = test::run_cli(words, kNow);
                    CHECK(outcome.code == 2);
                    CHECK(outcome.out.empty());
                    CHECK(outcome.err == "certctl-scep: error: " + option + " is empty\n");
                }
            }
        CHECK(test::run_cli({"serve", "--config=", "/none/c.toml"}, kNow).err ==
              "certctl-scep: error: --config is empty\n");
    }

    TEST_CASE("a value that looks like an option without one is a value") {
        CHECK(test::run_cli({"serve", "--config", "--x="}, kNow)
                  .err.starts_with("certctl-scep: error: --x=: there is no such"));
    }

    TEST_CASE("an option is given once") {
        CHECK(test::run_cli({"ra-gen", "--out-dir", "a", "--out-dir", "b"}, kNow).err ==
              "certctl-scep: error: --out-dir is given 2 times, want it once\n");
        CHECK(test::run_cli({"serve", "--dev", "a", "--dev", "b"}, kNow).err ==
              "certctl-scep: error: --dev is given 2 times, want it once\n");
        const test::Outcome flags = test::run_cli({"ra-gen", "--force", "--force"}, kNow);
        CHECK(flags.err.find("--out-dir is required") != std::string::npos);
    }

    TEST_CASE("an unknown option is named, long or short") {
        struct Row {
            Words words;
            std::string_view option, hint;
        };

        for (const Row& row :
             {Row{{"serve", "-x"}, "serve has no option -x", "certctl-scep serve --help lists"},
              Row{{"serve", "-config", "f"},
                  "serve has no option -config",
                  "did you mean --config?"},
              Row{{"serve", "--dev", "d", "-x"}, "serve has no option -x", "serve --help lists"},
              Row{{"-v"}, "certctl-scep has no option -v", "certctl-scep --help lists"},
              Row{{"enroll", "--cn", "\xff"}, "enroll has no option --cn", "enroll --help lists"},
              Row{{"serve", "--lisen=x"},
                  "serve has no option --lisen",
                  "did you mean --listen?"}}) {
            CAPTURE(row.option);
            const test::Outcome outcome = test::run_cli(row.words, kNow);
            CHECK(outcome.code == 2);
            CHECK(outcome.err.find(std::string(row.option) + '\n') != std::string::npos);
            CHECK(outcome.err.find("hint: ") != std::string::npos);
            CHECK(outcome.err.find(row.hint) != std::string::npos);
        }
    }

    TEST_CASE("a secret that looks like an option is not repeated") {
        const test::Outcome outcome =
            test::run_cli({"enroll", "--challenge", "--s3cret", "--subject", "CN=a"}, kNow);
        CHECK(outcome.code == 2);
        CHECK(outcome.err.find("s3cret") == std::string::npos);
        CHECK(outcome.err.find("--url is required") != std::string::npos);
    }

    TEST_CASE("numbers are decimal") {
        const Words list{"admin", "audit", "list", "--config", "/none/c.toml"};
        const auto with = [&](std::string option, std::string value) {
            Words words = list;
            words.insert(words.end(), {std::move(option), std::move(value)});
            return test::run_cli(words, kNow).err;
        };
        for (const std::string option : {"--limit", "--after"}) {
            for (const std::string value : {"0x10", "-1", "1.5", "ten"})
                CHECK(with(option, value)
                          .starts_with(
                              fmt::format("certctl-scep: error: {}: got {}, want a whole number\n",
                                          option,
                                          value)));
            CHECK(with(option, "008").find("/none/c.toml") != std::string::npos);
            CHECK(with(option, std::string(19, '9'))
                      .find(", want a whole number of at most 18 digits") != std::string::npos);
        }
    }
}
