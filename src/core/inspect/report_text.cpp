#include <algorithm>

#include <fmt/format.h>

#include "core/base/escape.hpp"
#include "core/inspect/report.hpp"
#include "core/inspect/report_trees.hpp"
#include "core/inspect/tree_text.hpp"

namespace scep::inspect {

namespace {

constexpr std::size_t kLabelWidth = 18;    // "failInfoText" and blanks
constexpr std::size_t kSeverityWidth = 9;  // "warning" and two blanks
constexpr std::size_t kOutcomeWidth = 13;  // "not checked" and two blanks
constexpr std::size_t kNarrow = 20;        // columns that folded text has at least

std::string plural(std::size_t number, std::string_view word) {
    return fmt::format("{} {}{}", number, word, number == 1 ? "" : "s");
}

class TextReport final : public ReportWriter {
  public:
    TextReport(std::size_t messages, const Presentation& how, const Sink& sink)
        : numbered_(messages > 1), how_(how), sink_(sink), trees_(how.show_secrets) {}

    void add(std::size_t index, const Examination& each) override {
        tally_.add(each);
        add_all(index, each);
        sink_(out_);
        out_.clear();
    }

    // Errors were told where errors go.
    void finish(std::span<const Error> /*errors*/) override {
        if (tally_.messages != 0)
            sink_(summary(tally_) + '\n');
    }

  private:
    void add_all(std::size_t index, const Examination& each) {
        add_heading(index, each);
        for (const Fact& fact : each.facts)
            put(fmt::format("  {:<{}}", fact.label, kLabelWidth), fact.value);
        if (each.peer)
            put(fmt::format("  {:<{}}", "belongs to", kLabelWidth),
                fmt::format("message {}", *each.peer + 1));
        add_verifications(each);
        add_findings(each);
        add_trees(each);
        out_ += '\n';
    }

    void add_heading(std::size_t index, const Examination& each) {
        std::string where = each.captured->source;
        if (!each.captured->place.empty())
            where += ", " + each.captured->place;
        const std::string number =
            numbered_ ? fmt::format("message {}: ", index + 1) : std::string();
        out_ += fmt::format("{}{}: {}\n", number, escape_controls(where), title(each));
    }

    void add_verifications(const Examination& each) {
        if (each.verifications.empty())
            return;
        out_ += "\nverification\n";
        for (const Verification& verification : each.verifications) {
            const std::string_view word = name(verification.outcome);
            put(fmt::format("  {}{:{}}", how_.paint(word), "", kOutcomeWidth - word.size()),
                verification.reason.empty()
                    ? std::string(verification.subject)
                    : fmt::format("{}: {}", verification.subject, verification.reason),
                kOutcomeWidth + 2);
        }
    }

    void add_findings(const Examination& each) {
        if (each.findings.empty())
            return;
        out_ += "\nfindings\n";
        for (const check::Finding& finding : each.findings) {
            const std::string_view word = check::name(finding.severity);
            const std::string text = to_text(
                Error{.what = finding.message, .where = finding.where, .cite = finding.cite});
            put(fmt::format("  {}{:{}}", how_.paint(word), "", kSeverityWidth - word.size()),
                fmt::format("{}: {}", finding.id, text),
                kSeverityWidth + 2);
            if (!finding.hint.empty())
                put(std::string(kSeverityWidth + 2, ' '), "hint: " + finding.hint);
        }
    }

    void add_trees(const Examination& each) {
        if (!how_.tree)
            return;
        if (each.captured->content == capture::Content::Asn1) {
            out_ += "\ntree\n";
            add_tree(each.captured->bytes);
        }
        if (!each.content.empty()) {
            out_ += fmt::format("\ndecrypted content, offsets from its own start\n");
            add_tree(each.content);
        }
    }

    void add_tree(Bytes bytes) {
        const std::optional<Tree> tree = trees_.next(bytes);
        if (!tree) {
            put("  ", ReportTrees::why_left_out());
            return;
        }
        out_ += tree_text(*tree,
                          {.depth = how_.depth,
                           .hex = how_.hex,
                           .show_secrets = how_.show_secrets,
                           .width = how_.width,
                           .paint = how_.paint});
    }

    // `lead`, whose visible width is `indent` (its size when 0), then the text, folded.
    void put(const std::string& lead, std::string_view text, std::size_t indent = 0) {
        if (indent == 0)
            indent = lead.size();
        const std::string safe = escape_controls(text);
        std::string_view rest = safe;
        out_ += lead;
        while (!fits(rest, indent)) {
            const std::size_t room = how_.width - indent;
            std::size_t cut = rest.rfind(' ', room);
            if (cut == std::string_view::npos || cut == 0)
                cut = rest.find(' ', room);
            if (cut == std::string_view::npos)
                break;
            out_.append(rest.substr(0, cut)).append("\n").append(indent, ' ');
            rest.remove_prefix(cut + 1);
        }
        out_.append(rest).append("\n");
    }

    bool fits(std::string_view text, std::size_t indent) const noexcept {
        return how_.width < indent + kNarrow || text.size() <= how_.width - indent;
    }

    bool numbered_;
    Tally tally_{};
    const Presentation& how_;
    const Sink& sink_;
    ReportTrees trees_;
    std::string out_{};
};

}  // namespace

void Tally::add(const Examination& examination) {
    const auto count = [&](check::Severity severity) {
        return static_cast<std::size_t>(
            std::ranges::count(examination.findings, severity, &check::Finding::severity));
    };
    ++messages;
    errors += count(check::Severity::Error);
    warnings += count(check::Severity::Warning);
    notices += count(check::Severity::Notice);
}

std::string summary(const Tally& tally) {
    return fmt::format("{}: {}, {}, {}",
                       plural(tally.messages, "message"),
                       plural(tally.errors, "error"),
                       plural(tally.warnings, "warning"),
                       plural(tally.notices, "notice"));
}

std::string title(const Examination& examination) {
    std::string out(name(examination.kind));
    for (const Fact& fact : examination.facts)
        if (fact.key == "message_type")
            out += ", " + fact.value;
        else if (fact.key == "pki_status")
            out += ", " + fact.value.substr(0, fact.value.find(':'));
    return out;
}

std::unique_ptr<ReportWriter> text_writer(std::size_t messages,
                                          const Presentation& how,
                                          const Sink& sink) {
    return std::make_unique<TextReport>(messages, how, sink);
}

std::string report_text(std::span<const Examination> examinations, const Presentation& how) {
    std::string out;
    const Sink sink = [&](std::string_view piece) { out += piece; };
    TextReport report(examinations.size(), how, sink);
    for (std::size_t i = 0; i < examinations.size(); ++i)
        report.add(i, examinations[i]);
    report.finish({});
    return out;
}

}  // namespace scep::inspect
