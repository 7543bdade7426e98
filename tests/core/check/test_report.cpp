// The forms of a report; the schemas of JUnit and SARIF are for the end-to-end test.
#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "core/check/report.hpp"
#include "core/check/rule.hpp"
#include "support/pki.hpp"

namespace {

using namespace scep;
using Json = nlohmann::json;

check::Report sample() {
    check::Report out{.target = "/etc/x/c.toml", .time = test::kNow, .would_start = false};
    out.checks = {{.rule = "tls-valid", .profile = "-"},
                  {.rule = "ra-key-mode", .profile = "corp", .verdict = check::Verdict::Failed},
                  {.rule = "ra-expiry", .profile = "corp", .verdict = check::Verdict::Failed},
                  {.rule = "ca-chain", .profile = "-", .verdict = check::Verdict::NotApplicable}};
    out.findings = {{.id = "ra-key-mode",
                     .severity = check::Severity::Error,
                     .profile = "corp",
                     .where = {.source = "/etc/x/ra.key"},
                     .message = "mode is 0644, want 0600",
                     .cite = "SECURITY S28",
                     .hint = "chmod 0600 /etc/x/ra.key"},
                    {.id = "ra-expiry",
                     .severity = check::Severity::Warning,
                     .profile = "corp",
                     .where = {.source = "c.toml", .line = 7, .column = 3, .field = "scep.corp"},
                     .message = "50% of \x1b[31m, \xe2\x80\xae: \n<done>"}};
    return out;
}

std::string plain(std::string_view word) {
    return std::string(word);
}

}  // namespace

TEST_SUITE("core/check/report") {
    TEST_CASE("text groups by endpoint, gives the next step and ends with the outcome") {
        CHECK(check::report_text(sample(), plain) ==
              "/scep/corp\n"
              "  error    ra-key-mode: /etc/x/ra.key: mode is 0644, want 0600 (SECURITY S28)\n"
              "           hint: chmod 0600 /etc/x/ra.key\n"
              "  warning  ra-expiry: c.toml:7:3: scep.corp: 50% of \\x1b[31m, \\u{202e}: "
              "\\x0a<done>\n"
              "\n"
              "checks: 1 passed, 1 not applicable\n"
              "1 error, 1 warning, 0 notices: serve would not start\n");
    }

    TEST_CASE("JSON begins with its schema and tells the server from the root profile") {
        check::Report report = sample();
        report.findings[0].profile = "-";
        report.findings[1].profile = "";
        const std::string text = check::report_json(report);
        CHECK(text.starts_with("{\n  \"schema\": \"certctl-scep/preflight/1\""));
        const Json json = Json::parse(text);
        CHECK(json["summary"]["errors"] == 1);
        CHECK(json["summary"]["would_start"] == false);
        CHECK(json["findings"][0]["profile"].is_null());
        CHECK(json["findings"][1]["profile"] == "");
        CHECK(json["findings"][1]["where"]["line"] == 7);
        CHECK(json["checks"][3]["verdict"] == "not-applicable");
    }

    TEST_CASE("JUnit has a suite for each endpoint and fails for errors alone") {
        const std::string text = check::report_junit(sample());
        CHECK(text.find("<testsuite name=\"server\"") != std::string::npos);
        CHECK(text.find("<testsuite name=\"/scep/corp\"") != std::string::npos);
        CHECK(text.find("failures=\"1\"") != std::string::npos);
        CHECK(text.find("<skipped message=\"not applicable\"") != std::string::npos);
        CHECK(text.find('\x1b') == std::string::npos);
        CHECK(text.find("&lt;done&gt;") != std::string::npos);
    }

    TEST_CASE("SARIF describes every rule and places every finding") {
        const Json json = Json::parse(check::report_sarif(sample()));
        const Json& run = json["runs"][0];
        CHECK(run["tool"]["driver"]["rules"].size() == check::rules().size());
        const Json& result = run["results"][1];
        CHECK(run["tool"]["driver"]["rules"][result["ruleIndex"].get<std::size_t>()]["id"] ==
              "ra-expiry");
        CHECK(result["level"] == "warning");
        CHECK(result["locations"][0]["physicalLocation"]["region"]["startLine"] == 7);
        CHECK(run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] ==
              "file:///etc/x/ra.key");
    }

    TEST_CASE("annotations for GitHub are one line each, escaped as it wants") {
        const std::string text = check::report_github(sample());
        CHECK(text.starts_with(
            "::error file=/etc/x/ra.key,title=ra-key-mode::/etc/x/ra.key: mode is 0644, want 0600 "
            "(SECURITY S28; /scep/corp)%0Ahint: chmod 0600 /etc/x/ra.key\n"));
        CHECK(text.find("::warning file=c.toml,title=ra-expiry,line=7,col=3::c.toml:7:3: "
                        "scep.corp: 50%25 of") != std::string::npos);
        CHECK(std::ranges::count(text, '\n') == 3);
    }
}
