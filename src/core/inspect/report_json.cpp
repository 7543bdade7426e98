// For programs. Keys are promises.
#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/base/encoding.hpp"
#include "core/inspect/report.hpp"
#include "core/inspect/report_trees.hpp"
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

// null and its reason where there is no room for it.
void add_tree(
    std::string_view key, Bytes bytes, const Presentation& how, ReportTrees& trees, Json& out) {
    Json& slot = out[std::string(key)] = nullptr;
    if (bytes.empty())
        return;
    if (const std::optional<Tree> tree = trees.next(bytes))
        slot = tree_json(*tree,
                         {.depth = how.depth, .hex = how.hex, .show_secrets = how.show_secrets});
    else
        out["trees_left_out"] = ReportTrees::why_left_out();
}

Json to_json(const Examination& each, const Presentation& how, ReportTrees& trees) {
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
    const bool asn1 = captured.content == capture::Content::Asn1;
    add_tree("tree", asn1 ? Bytes(captured.bytes) : Bytes{}, how, trees, out);
    add_tree("content_tree", each.content, how, trees, out);
    return out;
}

Json to_json(const Error& error) {
    return {{"source", or_null(error.where.source)},
            {"message", error.what},
            {"hint", or_null(error.hint)}};
}

constexpr int kIndent = 2;

// As it stands on that level of a larger document. No string in it has a line end of its own. The
// value is gone before its text is written: both are large.
void write(Json value, std::size_t level, const Sink& sink) {
    const std::string text = value.dump(kIndent, ' ', true, Json::error_handler_t::replace);
    value = nullptr;
    const std::string margin = '\n' + std::string(level * kIndent, ' ');
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        sink(std::string_view(text).substr(at, end - at));
        if (end < text.size())
            sink(margin);
        at = end + 1;
    }
}

class JsonReport final : public ReportWriter {
  public:
    JsonReport(const Presentation& how, const Sink& sink)
        : how_(how), sink_(sink), trees_(how.show_secrets) {}

    void add(std::size_t /*index*/, const Examination& each) override {
        begin();
        sink_(tally_.messages == 0 ? "\n    " : ",\n    ");
        tally_.add(each);
        write(to_json(each, how_, trees_), 2, sink_);
    }

    void finish(std::span<const Error> errors) override {
        begin();
        sink_(tally_.messages == 0 ? "],\n" : "\n  ],\n");
        Json unrecognised = Json::array();
        for (const Error& error : errors)
            unrecognised.push_back(to_json(error));
        sink_("  \"unrecognised\": ");
        write(std::move(unrecognised), 1, sink_);
        Json summary{{"messages", tally_.messages},
                     {"errors", tally_.errors},
                     {"warnings", tally_.warnings},
                     {"notices", tally_.notices}};
        sink_(",\n  \"summary\": ");
        write(std::move(summary), 1, sink_);
        sink_("\n}\n");
    }

  private:
    void begin() {
        if (!begun_)
            sink_("{\n  \"schema\": \"certctl-scep/decode-pkimessage/1\",\n  \"messages\": [");
        begun_ = true;
    }

    const Presentation& how_;
    const Sink& sink_;
    ReportTrees trees_;
    Tally tally_{};
    bool begun_ = false;
};

}  // namespace

std::unique_ptr<ReportWriter> json_writer(const Presentation& how, const Sink& sink) {
    return std::make_unique<JsonReport>(how, sink);
}

std::string report_json(std::span<const Examination> examinations,
                        std::span<const Error> errors,
                        const Presentation& how) {
    std::string out;
    const Sink sink = [&](std::string_view piece) { out += piece; };
    JsonReport report(how, sink);
    for (std::size_t i = 0; i < examinations.size(); ++i)
        report.add(i, examinations[i]);
    report.finish(errors);
    return out;
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
