#include <algorithm>

#include <fmt/format.h>

#include "core/capture/asn1_form.hpp"
#include "core/capture/http_exchange.hpp"
#include "core/capture/text_codec.hpp"
#include "core/capture/text_lines.hpp"
#include "core/scep/words.hpp"

namespace scep::capture {

namespace {

constexpr std::string_view kAround = " \t\"'`<>|";

bool ends_with_word(std::string_view text, std::string_view word) noexcept {
    return text.size() >= word.size() && same_word(text.substr(text.size() - word.size()), word);
}

// Where a line has the '=' of a query; nothing else has to be looked at.
std::size_t find_query(std::string_view line) noexcept {
    std::size_t equals = line.find('=');
    for (; equals != std::string_view::npos; equals = line.find('=', equals + 1)) {
        if (ends_with_word(line.substr(0, equals), "operation"))
            return equals;
        // All base64 of a message begins with an M.
        if (ends_with_word(line.substr(0, equals), "message") &&
            line.substr(equals).starts_with("=M"))
            return equals;
    }
    return std::string_view::npos;
}

void replace_all(std::string& text, std::string_view what, char by) {
    std::size_t to = 0;
    for (std::size_t from = 0; from < text.size(); ++to) {
        const bool here = std::string_view(text).substr(from, what.size()) == what;
        text[to] = here ? by : text[from];
        from += here ? what.size() : 1;
    }
    text.resize(to);
}

// JSON's and HTML's spellings of '&'.
std::string plain(std::string_view line) {
    std::string out(line);
    for (const std::string_view spelling : {"\\u0026", "&amp;"})
        if (out.find(spelling) != std::string::npos)
            replace_all(out, spelling, '&');
    return out;
}

struct Spot {
    std::string_view method{}, target{};
    std::string_view before{}, behind{};
    bool alone = false;  // the line is nothing else
    bool cut = false;    // no end of it is seen
};

// A target may have blanks where a form decoder was at work, so quotes and " HTTP/1.1" end it
// rather than the first blank.
Spot spot_of(std::string_view line, std::size_t at) {
    const std::size_t left = line.find_last_of(kAround, at);
    const std::size_t begin = left == std::string_view::npos ? 0 : left + 1;
    Spot out{.before = line.substr(0, begin)};
    std::string_view rest = line.substr(begin);
    const std::size_t version = rest.find(" HTTP/");
    const std::size_t quote = rest.find_first_of("\"'`<>");
    const bool quoted = out.before.find_last_of("\"'`<") != std::string_view::npos;
    std::size_t end = std::min(version, quote);
    out.alone = trimmed(out.before).empty();
    out.cut = end == std::string_view::npos && quoted;
    if (end == std::string_view::npos)
        end = out.alone || quoted ? rest.size() : std::min(rest.find(' '), rest.size());
    out.target = rest.substr(0, end);
    out.behind = rest.substr(end);
    out.method = "GET";
    for (const std::string_view method : {"POST", "HEAD"})
        if (trimmed(out.before).ends_with(method))
            out.method = method;
    return out;
}

std::optional<unsigned> three_digits(std::string_view word) noexcept {
    if (word.size() != 3 || word.find_first_not_of("0123456789") != std::string_view::npos)
        return std::nullopt;
    return static_cast<unsigned>((word[0] - '0') * 100 + (word[1] - '0') * 10 + (word[2] - '0'));
}

std::string_view take_word(std::string_view& text) noexcept {
    text = trimmed(text);
    const std::string_view word = text.substr(0, text.find_first_of(kBlanks));
    text.remove_prefix(word.size());
    return word;
}

// nginx and Apache write the status behind the request, HAProxy in front, after its five timers.
std::optional<unsigned> logged_status(const Spot& spot) {
    const std::size_t quote = spot.behind.find('"');
    if (quote != std::string_view::npos) {
        std::string_view behind = spot.behind.substr(quote + 1);
        if (const auto status = three_digits(take_word(behind)))
            return status;
    }
    std::string_view before = spot.before;
    while (!before.empty()) {
        const std::string_view word = take_word(before);
        if (std::ranges::count(word, '/') == 4)
            return three_digits(take_word(before));
    }
    return std::nullopt;
}

void add_line(Collection& out, const Captured& frame, std::string_view line, std::size_t number) {
    const std::string text = plain(line);
    const std::size_t at = find_query(text);
    if (at == std::string::npos)
        return;
    const Spot spot = spot_of(text, at);
    Captured captured = frame;
    captured.place += fmt::format("{}line {}", captured.place.empty() ? "" : ", ", number);
    captured.forms.emplace_back(spot.alone ? "URL" : "log line");
    captured.status = logged_status(spot);
    captured.time = log_time(line);
    if (spot.cut)
        captured.remarks.push_back(
            {.id = "line-cut",
             .text = fmt::format("the line ends inside the request, after {} characters{}",
                                 line.size(),
                                 cut_where(line.size())),
             .damage = true});
    std::string target(spot.target);
    // A query alone, or the end of one: what would be asked for is clear.
    if (target.find('?') == std::string::npos)
        target.insert(0, "?");
    if (!parameter(target.substr(target.find('?') + 1), "operation"))
        target.append("&operation=PKIOperation");
    static_cast<void>(add_request(out,
                                  std::move(captured),
                                  {.is_request = true,
                                   .method = spot.method,
                                   .target = target,
                                   .body_not_saved = spot.method == "POST"}));
}

}  // namespace

bool add_query_lines(Collection& out, const Captured& frame, std::string_view text) {
    bool any = false;
    std::size_t number = 0, others = 0;
    // Most texts have no such line at all.
    if (find_query(text) == std::string_view::npos)
        return false;
    while (!text.empty()) {
        const std::string_view line = take_line(text);
        ++number;
        if (find_query(line) == std::string_view::npos) {
            others += trimmed(line).empty() ? 0U : 1U;
            continue;
        }
        any = true;
        if (out.full()) {
            out.stop();
            break;
        }
        add_line(out, frame, line.substr(0, kMaxEncoded), number);
    }
    if (any)
        out.skip("lines without SCEP", others);
    return any;
}

}  // namespace scep::capture
