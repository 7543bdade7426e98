// What a check says: an id that never changes, how bad it is, where, by which rule, and what to do.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"

namespace scep::check {

enum class Severity : std::uint8_t { Notice, Warning, Error };  // SHOULD NOT know; SHOULD; MUST

struct Finding {
    std::string id{};  // "ra-key-mode"
    Severity severity = Severity::Error;
    std::string profile{};  // path_id concerned; "-" for the server as a whole
    Where where{};
    std::string message{};  // lower case, no full stop, no secrets
    std::string cite{};     // "RFC 8894 section 3.1", "SECURITY S28"
    std::string hint{};
    Errc code = Errc::Config;  // Io where the system refuses, not the configuration: exit code 3
    bool forbidden = false;    // not judged: this user may not look at what it is about
};

// "/scep", "/scep/corp"; "server" for "-".
std::string endpoint_text(std::string_view profile);

bool has_error(const std::vector<Finding>& findings) noexcept;

// One line, without the hint: "ra.key: mode is 0644, want 0600 (SECURITY S28; /scep/corp)".
std::string to_text(const Finding& finding);
std::string_view name(Severity severity) noexcept;  // "error"

}  // namespace scep::check
