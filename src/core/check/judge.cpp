#include "core/check/judge.hpp"

#include <algorithm>
#include <array>

#include "core/check/rule.hpp"

namespace scep::check {

namespace {

void add_reading(const config::Config& config,
                 const std::vector<Error>& errors,
                 std::string_view rule_id,
                 std::vector<Finding>& out) {
    Reporter reporter(rule(rule_id), out);
    for (const Error& error : errors) {
        Finding& finding = reporter.add(
            profile_of(config, error.where.field), error.where, error.what, error.hint);
        finding.code = error.code;
        finding.cite = error.cite;  // the rule's is the manual, which says no more
    }
}

// What a setting is a part of: "scep.corp" and "ra" for "scep.corp.ra_key_path" and for
// "scep.corp.ra[0].cert_path". Two settings hold a challenge, and several an RA pair.
struct Part {
    std::string_view table{}, key{};

    bool operator==(const Part&) const = default;
};

Part part_of(std::string_view setting) {
    setting = setting.substr(0, setting.find('['));
    const std::size_t dot = setting.rfind('.');
    if (dot == std::string_view::npos)
        return {{}, setting};
    Part out{setting.substr(0, dot), setting.substr(dot + 1)};
    for (const std::string_view whole : {"challenge_password", "ra_"})
        if (out.key.starts_with(whole))
            out.key = whole;
    if (out.key == "ra")
        out.key = "ra_";
    return out;
}

// The setting that an error is about, or that its hint takes a misspelt one for.
bool is_about(const Error& error, const Part& wanted) {
    const Part part = part_of(error.where.field);
    if (part == wanted)
        return true;
    constexpr std::string_view kQuestion = "did you mean ";
    if (part.table != wanted.table || !error.hint.starts_with(kQuestion))
        return false;
    std::string meant(part.table);
    meant.append(".").append(error.hint, kQuestion.size(), error.hint.size());
    return part_of(meant) == wanted;
}

// A misspelt key leaves another setting unset: the operator mends the one, and has both.
bool follows(const Finding& finding, const std::vector<Error>& errors) {
    constexpr std::array<std::string_view, 2> kOfReferences{"profile-issuer",
                                                            "profile-certificate-profile"};
    if (errors.empty())
        return false;
    if (std::ranges::find(kOfReferences, finding.id) != kOfReferences.end())
        return true;
    const bool absence = finding.message == kNotSet || finding.id == "ra-present";
    const Part part = part_of(finding.where.field);
    return absence &&
           std::ranges::any_of(errors, [&](const Error& error) { return is_about(error, part); });
}

Verdict verdict_of(const Rule& rule,
                   const std::string& endpoint,
                   bool applies,
                   const std::vector<Finding>& findings) {
    const bool found = std::ranges::any_of(findings, [&](const Finding& finding) {
        return finding.id == rule.id && finding.profile == endpoint;
    });
    if (found)
        return Verdict::Failed;
    return applies ? Verdict::Passed : Verdict::NotApplicable;
}

// `known`: the facts are there to be judged at all.
std::vector<Check> checks_of(const Facts& facts, bool known, const std::vector<Finding>& findings) {
    std::vector<Check> out;
    const auto add = [&](const Rule& rule, const std::string& endpoint, bool applies) {
        out.push_back({rule.id, endpoint, verdict_of(rule, endpoint, applies, findings)});
    };
    const auto applies = [&](const Rule& rule, const LoadedProfile* profile) {
        const bool found_while_reading = rule.id == "configuration" || rule.id == "environment";
        return (known || found_while_reading) &&
               (rule.applies == nullptr || rule.applies(facts, profile));
    };
    for (const Rule& rule : rules()) {
        if ((rule.scope == Scope::Url) != (facts.probe != nullptr))
            continue;
        const auto& profiles = facts.deployment.profiles;
        if (rule.scope == Scope::Profile)
            for (const LoadedProfile& profile : profiles)
                add(rule, profile.settings.path_id, applies(rule, &profile));
        if (rule.scope != Scope::Profile)
            add(rule, std::string(kServer), applies(rule, nullptr));
        else if (profiles.empty())
            add(rule, std::string(kServer), false);
    }
    return out;
}

// A rule of the server may find something in a profile: that is a check of its own.
void add_unplanned(const std::vector<Finding>& findings, std::vector<Check>& checks) {
    for (const Finding& finding : findings) {
        const bool planned = std::ranges::any_of(checks, [&](const Check& check) {
            return check.rule == finding.id && check.profile == finding.profile;
        });
        if (!planned)
            checks.push_back({rule(finding.id).id, finding.profile, Verdict::Failed});
    }
}

void keep_profiles(const std::vector<std::string>& wanted, Report& report) {
    const auto unwanted = [&](const auto& thing) {
        return thing.profile != kServer && std::ranges::find(wanted, thing.profile) == wanted.end();
    };
    if (wanted.empty())
        return;
    std::erase_if(report.checks, unwanted);
    std::erase_if(report.findings, unwanted);
}

void escalate(Report& report) {
    for (Finding& finding : report.findings)
        if (finding.severity == Severity::Warning) {
            finding.severity = Severity::Error;
            ++report.escalated;
        }
}

// That a client would fail is no reason for serve not to start.
bool stops_serve(const Finding& finding) {
    return finding.severity == Severity::Error && !finding.id.starts_with("client-");
}

Report finish(Report report, const Judging& judging) {
    add_unplanned(report.findings, report.checks);
    keep_profiles(judging.profiles, report);
    report.strict = judging.strict;
    if (judging.strict)
        escalate(report);
    return report;
}

}  // namespace

std::string profile_of(const config::Config& config, std::string_view setting) {
    for (const config::Profile& profile : config.profiles) {
        const std::string table = "scep." + profile.name;
        if (setting == table || setting.starts_with(table + '.') ||
            setting.starts_with(table + '['))
            return profile.path_id;
    }
    return std::string(kServer);
}

Report judge(const config::Reading& reading, const Deployment& deployment, const Judging& judging) {
    const Facts facts{.deployment = deployment,
                      .now = judging.now,
                      .min_remaining = judging.min_remaining,
                      .clients = judging.clients};
    Report out{
        .target = reading.config.path.empty() ? "(environment)" : reading.config.path.string(),
        .time = judging.now};
    add_reading(reading.config, reading.errors, "configuration", out.findings);
    add_reading(reading.config, reading.warnings, "environment", out.findings);
    if (reading.parsed)
        std::ranges::copy_if(
            run_rules(facts), std::back_inserter(out.findings), [&](const Finding& finding) {
                return !follows(finding, reading.errors);
            });
    out.checks = checks_of(facts, reading.parsed, out.findings);
    out.would_start = std::ranges::none_of(out.findings, stops_serve);
    return finish(std::move(out), judging);
}

Report judge(const Probe& probe, const Judging& judging) {
    const Deployment none;
    const Facts facts{.deployment = none,
                      .now = judging.now,
                      .min_remaining = judging.min_remaining,
                      .probe = &probe};
    Report out{.target = probe.url, .live = true, .time = judging.now, .facts = facts_of(probe)};
    out.findings = run_rules(facts);
    out.checks = checks_of(facts, true, out.findings);
    return finish(std::move(out), judging);
}

}  // namespace scep::check
