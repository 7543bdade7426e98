#include <algorithm>

#include <fmt/format.h>

#include "core/base/escape.hpp"
#include "core/inspect/report.hpp"
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

class TextReport {
  public:
    TextReport(std::span<const Examination> all, const Presentation& how) : all_(all), how_(how) {}

    std::string text() && {
        for (std::size_t i = 0; i < all_.size(); ++i)
            add(i);
        return std::move(out_) + summary(all_) + '\n';
    }

  private:
    void add(std::size_t index) {
        const Examination& each = all_[index];
        add_heading(index);
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

    void add_heading(std::size_t index) {
        const Examination& each = all_[index];
        std::string where = each.captured->source;
        if (!each.captured->place.empty())
            where += ", " + each.captured->place;
        const std::string number =
            all_.size() > 1 ? fmt::format("message {}: ", index + 1) : std::string();
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
        const Secrets secrets = how_.show_secrets ? Secrets::Shown : Secrets::Hidden;
        const Tree tree = annotate(bytes, shape_of(bytes), 0, secrets);
        out_ += tree_text(tree,
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

    std::span<const Examination> all_;
    const Presentation& how_;
    std::string out_{};
};

}  // namespace

std::size_t count(std::span<const Examination> all, check::Severity severity) {
    std::size_t out = 0;
    for (const Examination& each : all)
        out += static_cast<std::size_t>(
            std::ranges::count(each.findings, severity, &check::Finding::severity));
    return out;
}

std::string summary(std::span<const Examination> examinations) {
    return fmt::format("{}: {}, {}, {}",
                       plural(examinations.size(), "message"),
                       plural(count(examinations, check::Severity::Error), "error"),
                       plural(count(examinations, check::Severity::Warning), "warning"),
                       plural(count(examinations, check::Severity::Notice), "notice"));
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

std::string report_text(std::span<const Examination> examinations, const Presentation& how) {
    return TextReport(examinations, how).text();
}

}  // namespace scep::inspect
