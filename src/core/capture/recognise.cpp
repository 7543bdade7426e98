#include <algorithm>
#include <array>

#include "core/capture/har.hpp"
#include "core/capture/http_exchange.hpp"
#include "core/capture/http_file.hpp"
#include "core/capture/packet_capture.hpp"
#include "core/capture/text_codec.hpp"
#include "core/capture/text_lines.hpp"
#include "core/capture/text_message.hpp"

namespace scep::capture {

namespace {

struct Magic {
    std::string_view octets;
    std::string_view what;
};

using namespace std::string_view_literals;

// What is given by mistake, by its first octets.
constexpr std::array kOthers{Magic{"\x89PNG"sv, "a PNG image"},
                             Magic{"\xff\xd8\xff"sv, "a JPEG image"},
                             Magic{"GIF8"sv, "a GIF image"},
                             Magic{"BM"sv, "a BMP image"},
                             Magic{"%PDF"sv, "a PDF document"},
                             Magic{"PK\x03\x04"sv, "a ZIP archive; unpack it first"},
                             Magic{"\x1f\x8b"sv, "gzip data; unpack it with gunzip first"},
                             Magic{"\x28\xb5\x2f\xfd"sv, "zstd data; unpack it first"},
                             Magic{"\xfd"
                                   "7zXZ"sv,
                                   "xz data; unpack it first"},
                             Magic{"\x7f"
                                   "ELF"sv,
                                   "a program"},
                             Magic{"SQLite format 3"sv, "an SQLite database"}};

void add_capabilities(Collection& out, Captured captured, Bytes body) {
    captured.content = Content::Capabilities;
    captured.direction = Direction::Reply;
    captured.operation = OperationKind::GetCaCaps;
    captured.forms.emplace_back("text");
    captured.bytes = to_buffer(body);
    out.add(std::move(captured));
}

bool is_text(Bytes input) noexcept {
    constexpr std::size_t kLook = 64U << 10U;
    return std::ranges::all_of(input.first(std::min(input.size(), kLook)), [](std::uint8_t octet) {
        return octet >= 0x20U || (octet >= 0x07U && octet <= 0x0dU) || octet == 0x1bU;
    });
}

std::string_view likeness(Bytes input) noexcept {
    if (input.empty())
        return "an empty file";
    if (is_packet_capture(input))
        return "a packet capture";
    for (const Magic& other : kOthers)
        if (as_text(input).starts_with(other.octets))
            return other.what;
    if (std::ranges::all_of(input, [&](std::uint8_t octet) { return octet == input[0]; }))
        return input[0] == 0 ? "nothing but zeros" : "one octet over and over";
    return is_text(input) ? "text" : "binary data";
}

// Hex of a whole packet, with the headers of the network in front of HTTP.
bool add_packet_dump(Collection& out, const Captured& frame, std::string_view text) {
    constexpr std::size_t kHeaders = 256;  // octets at most
    const auto decoded = decode_hex(text);
    if (!decoded)
        return false;
    const std::string_view packet = as_text(decoded->bytes);
    std::size_t at = std::string_view::npos;
    for (const std::string_view word : {"HTTP/1.", "GET /", "POST /"})
        at = std::min(at, packet.substr(0, kHeaders).find(word));
    if (at == std::string_view::npos)
        return false;
    Captured captured = frame;
    captured.forms.push_back(decoded->form);
    return add_http(out, captured, packet.substr(at)) && !out.empty();
}

// Lines as a mail quotes them; empty where none of them may begin a message.
std::string without_mail_marks(std::string_view text) {
    const bool quoted = text.starts_with(">") || text.find("\n>") != std::string_view::npos;
    if (!quoted || text.size() > kMaxEncoded)
        return {};
    std::string out;
    out.reserve(text.size());
    bool any = false;
    while (!text.empty()) {
        std::string_view line = take_line(text);
        const bool marked = line.starts_with('>');
        while (line.starts_with('>') || (marked && line.starts_with(' ')))
            line.remove_prefix(1);
        any = any || (marked && base64_begins(line));
        out.append(line).append("\n");
    }
    return any ? out : std::string();
}

// What a message is quoted in comes before what holds nothing else: PEM may be in a reply's body,
// base64 in a URL.
bool add_text(Collection& out, const Captured& frame, std::string_view text) {
    if (add_har(out, frame, text) && (!out.empty() || out.refused()))
        return true;
    if (add_http(out, frame, text) && !out.empty())
        return true;
    if (add_query_lines(out, frame, text) && !out.empty())
        return true;
    if (const std::string plain = without_mail_marks(text); !plain.empty())
        return add_text_message(out, frame, plain) || add_quoted(out, frame, plain);
    if (add_text_message(out, frame, text))
        return true;
    if (looks_like_capabilities(as_bytes(text))) {
        add_capabilities(out, frame, as_bytes(text));
        return true;
    }
    return add_packet_dump(out, frame, text) || add_quoted(out, frame, text);
}

// What PowerShell makes of a text by `>`: UTF-16 with a mark in front. Other characters than ASCII
// are of no message.
std::optional<std::string> text_of_utf16(Bytes input) {
    const bool little = as_text(input).starts_with("\xff\xfe");
    if (!little && !as_text(input).starts_with("\xfe\xff"))
        return std::nullopt;
    std::string out;
    out.reserve(input.size() / 2);
    for (std::size_t i = 2; i + 1 < input.size(); i += 2) {
        const std::uint8_t low = input[i + (little ? 0 : 1)];
        const std::uint8_t high = input[i + (little ? 1 : 0)];
        out += high == 0 && low < 0x80U ? static_cast<char>(low) : '?';
    }
    return out;
}

// Characters of base64 as XML and HTML escape them.
std::string without_references(std::string_view text) {
    constexpr std::pair<std::string_view, char> kReferences[]{{"&#43;", '+'},
                                                              {"&#x2b;", '+'},
                                                              {"&#x2B;", '+'},
                                                              {"&#47;", '/'},
                                                              {"&#x2f;", '/'},
                                                              {"&#x2F;", '/'},
                                                              {"&#61;", '='},
                                                              {"&#x3d;", '='},
                                                              {"&#x3D;", '='}};
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const std::size_t plain = std::min(text.find("&#"), text.size());
        out += text.substr(0, plain);
        text.remove_prefix(plain);
        const auto* const known = std::ranges::find_if(
            kReferences, [&](const auto& each) { return text.starts_with(each.first); });
        if (known != std::end(kReferences))
            out += known->second;
        else
            out += text.substr(0, 2);
        const std::size_t used = known != std::end(kReferences) ? known->first.size() : 2;
        text.remove_prefix(std::min(used, text.size()));
    }
    return out;
}

// As it is, and where that has nothing, without what a text format escaped.
void add_any_text(Collection& out, const Captured& frame, std::string_view text) {
    const bool referring = text.size() <= kMaxEncoded && text.find("&#") != std::string_view::npos;
    static_cast<void>(referring ? add_text(out, frame, without_references(text))
                                : add_text(out, frame, text));
}

Status read_any(Collection& out, Bytes input) {
    Captured frame = out.blank();
    if (const auto text = text_of_utf16(input)) {
        frame.forms.emplace_back("UTF-16");
        add_any_text(out, frame, *text);
        return {};
    }
    if (as_text(input).starts_with("\xef\xbb\xbf"))
        input = input.subspan(3);
    if (is_packet_capture(input))
        return add_packet_capture(out, frame, input);
    // No message is text: its tags are control characters, and its length is hardly below 128. But
    // what is no text may hold some.
    const bool long_form = input.size() > 1 && input[0] == '0' && input[1] >= 0x80U;
    if ((is_text(input) && !long_form) || !add_body(out, frame, input))
        add_any_text(out, frame, as_text(input));
    return {};
}

}  // namespace

Result<std::vector<Captured>> recognise(Bytes input, std::string_view source) {
    Collection out(source);
    SCEP_CHECK(read_any(out, input));
    return std::move(out).finish(likeness(input));
}

}  // namespace scep::capture
