// For programs. Keys are promises.
#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/base/encoding.hpp"
#include "core/inspect/report.hpp"
#include "core/inspect/tree_json.hpp"

namespace scep::inspect {

namespace {

using Json = nlohmann::ordered_json;

// Facts that a message can have several of are lists, also where there is one.
constexpr std::array<std::string_view, 8> kLists{"capability",
                                                 "certificate",
                                                 "fingerprint_sha256",
                                                 "issued",
                                                 "key_transport",
                                                 "next_ca",
                                                 "recipient",
                                                 "subject_alt_name"};
static_assert(std::ranges::is_sorted(kLists));

Json or_null(const std::string& text) {
    return text.empty() ? Json(nullptr) : Json(text);
}

Json facts_json(const std::vector<Fact>& facts) {
    Json out = Json::object();
    for (const Fact& fact : facts) {
        const std::string key(fact.key);
        if (std::ranges::binary_search(kLists, fact.key))
            out[key].push_back(fact.value);
        else
            out[key] = fact.value;
    }
    return out;
}

Json to_json(const check::Finding& finding) {
    return {{"rule", finding.id},
            {"severity", check::name(finding.severity)},
            {"message", finding.message},
            {"offset", finding.where.offset ? Json(*finding.where.offset) : Json(nullptr)},
            {"field", or_null(finding.where.field)},
            {"subject", or_null(finding.where.subject)},
            {"cite", or_null(finding.cite)},
            {"hint", or_null(finding.hint)}};
}

std::string_view direction_text(capture::Direction direction) noexcept {
    switch (direction) {
        case capture::Direction::Request:
            return "request";
        case capture::Direction::Reply:
            return "reply";
        case capture::Direction::Unknown:
            break;
    }
    return "unknown";
}

Json tree_of(Bytes bytes, const Presentation& how) {
    const Secrets secrets = how.show_secrets ? Secrets::Shown : Secrets::Hidden;
    return tree_json(annotate(bytes, shape_of(bytes), 0, secrets),
                     {.depth = how.depth, .hex = how.hex, .show_secrets = how.show_secrets});
}

Json to_json(const Examination& each, const Presentation& how) {
    const capture::Captured& captured = *each.captured;
    Json out{{"source", captured.source},
             {"place", or_null(captured.place)},
             {"direction", direction_text(captured.direction)},
             {"forms", captured.forms},
             {"kind", name(each.kind)},
             {"size", captured.bytes.size()},
             {"peer", each.peer ? Json(*each.peer) : Json(nullptr)},
             {"summary", facts_json(each.facts)}};
    out["verification"] = Json::array();
    for (const Verification& verification : each.verifications)
        out["verification"].push_back({{"subject", verification.subject},
                                       {"outcome", name(verification.outcome)},
                                       {"reason", or_null(verification.reason)}});
    out["findings"] = Json::array();
    for (const check::Finding& finding : each.findings)
        out["findings"].push_back(to_json(finding));
    if (!how.tree)
        return out;
    out["tree"] =
        captured.content == capture::Content::Asn1 ? tree_of(captured.bytes, how) : Json(nullptr);
    out["content_tree"] = each.content.empty() ? Json(nullptr) : tree_of(each.content, how);
    return out;
}

Json to_json(const Error& error) {
    return {{"source", or_null(error.where.source)},
            {"message", error.what},
            {"hint", or_null(error.hint)}};
}

}  // namespace

std::string report_json(std::span<const Examination> examinations,
                        std::span<const Error> errors,
                        const Presentation& how) {
    Json out{{"schema", "certctl-scep/decode-pkimessage/1"}};
    out["summary"] = {{"messages", examinations.size()},
                      {"errors", count(examinations, check::Severity::Error)},
                      {"warnings", count(examinations, check::Severity::Warning)},
                      {"notices", count(examinations, check::Severity::Notice)}};
    out["messages"] = Json::array();
    for (const Examination& each : examinations)
        out["messages"].push_back(to_json(each, how));
    out["unrecognised"] = Json::array();
    for (const Error& error : errors)
        out["unrecognised"].push_back(to_json(error));
    return out.dump(2, ' ', true, Json::error_handler_t::replace) + '\n';
}

std::string rules_json() {
    Json out{{"schema", "certctl-scep/decode-pkimessage/1"}};
    out["rules"] = Json::array();
    for (const RuleInfo& rule : list_rules())
        out["rules"].push_back({{"id", rule.id},
                                {"severity", check::name(rule.severity)},
                                {"cite", rule.cite},
                                {"summary", rule.summary},
                                {"hint", rule.hint.empty() ? Json(nullptr) : Json(rule.hint)}});
    return out.dump(2) + '\n';
}

}  // namespace scep::inspect
