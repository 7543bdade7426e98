// From a configuration, or from what a live server said, to a report: every rule, for everything
// that it is about, with one of three verdicts.
#pragma once

#include <string>
#include <vector>

#include "core/check/clients.hpp"
#include "core/check/deployment.hpp"
#include "core/check/probe.hpp"
#include "core/check/report.hpp"

namespace scep::check {

inline constexpr Seconds kWarnBefore = std::chrono::hours(24 * 30);

struct Judging {
    TimePoint now{};
    Seconds min_remaining = kWarnBefore;
    std::vector<const ClientFamily*> clients{};
    std::vector<std::string> profiles{};  // path ids to report on; empty: all
    bool strict = false;                  // warnings become errors
};

// `deployment` is of the configuration that was read, as far as it was. What follows from a setting
// that could not be read is not said again.
Report judge(const config::Reading& reading, const Deployment& deployment, const Judging& judging);

Report judge(const Probe& probe, const Judging& judging);

// The path_id of the profile that a setting ("scep.corp.chain") is of; "-" for any other.
std::string profile_of(const config::Config& config, std::string_view setting);

}  // namespace scep::check
