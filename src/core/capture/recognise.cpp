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

// What a message is quoted in comes before what holds nothing else: PEM may be in a reply's body,
// base64 in a URL.
bool add_text(Collection& out, const Captured& frame, std::string_view text) {
    if (add_har(out, frame, text) && (!out.empty() || out.refused()))
        return true;
    if (add_http(out, frame, text) && !out.empty())
        return true;
    if (add_query_lines(out, frame, text) && !out.empty())
        return true;
    if (add_text_message(out, frame, text))
        return true;
    if (looks_like_capabilities(as_bytes(text))) {
        add_capabilities(out, frame, as_bytes(text));
        return true;
    }
    return add_packet_dump(out, frame, text) || add_quoted(out, frame, text);
}

Status read_any(Collection& out, Bytes input) {
    const Captured frame = out.blank();
    if (is_packet_capture(input))
        return add_packet_capture(out, frame, input);
    // No message is text: its tags are control characters, and its length is hardly below 128. But
    // what is no text may hold some.
    const bool long_form = input.size() > 1 && input[0] == '0' && input[1] >= 0x80U;
    if ((is_text(input) && !long_form) || !add_body(out, frame, input))
        static_cast<void>(add_text(out, frame, as_text(input)));
    return {};
}

}  // namespace

Result<std::vector<Captured>> recognise(Bytes input, std::string_view source) {
    Collection out(source);
    SCEP_CHECK(read_any(out, input));
    return std::move(out).finish(likeness(input));
}

}  // namespace scep::capture
