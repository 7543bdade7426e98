// All examinations of a run, for people and for programs.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/inspect/examination.hpp"

namespace scep::inspect {

struct Presentation {
    bool tree = true;
    std::optional<std::size_t> depth{};  // of the tree; nullopt: all of it
    bool hex = false;                    // octets of the tree's values too
    bool show_secrets = false;
    std::size_t width = 0;  // columns; 0: lines are not folded
    // Colours a word: a severity, an outcome.
    std::function<std::string(std::string_view)> paint = [](std::string_view word) {
        return std::string(word);
    };
};

// What peers wrote is escaped (SECURITY rule S23).
std::string report_text(std::span<const Examination> examinations, const Presentation& how);

// Schema "certctl-scep/decode-pkimessage/1", as the manual describes it. `errors` are of files in
// which nothing was recognised.
std::string report_json(std::span<const Examination> examinations,
                        std::span<const Error> errors,
                        const Presentation& how);

// The table of rules in the same schema.
std::string rules_json();

std::size_t count(std::span<const Examination> all, check::Severity severity);

// "2 messages: 1 error, 0 warnings, 3 notices"
std::string summary(std::span<const Examination> examinations);

// What the message is: "pkiMessage, PKCSReq (19)".
std::string title(const Examination& examination);

}  // namespace scep::inspect
