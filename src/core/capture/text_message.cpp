#include "core/capture/text_message.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "core/capture/asn1_form.hpp"
#include "core/capture/pem_text.hpp"
#include "core/capture/text_codec.hpp"

namespace scep::capture {

namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";  // U+FFFD in UTF-8

void add_decoded(Collection& out, const Captured& frame, Decoded decoded) {
    Captured captured = frame;
    captured.forms.push_back(std::move(decoded.form));
    std::ranges::move(decoded.remarks, std::back_inserter(captured.remarks));
    add_asn1(out, captured, decoded.bytes);
}

// "0\xc2\x82": the length octet 0x82 of a SEQUENCE as UTF-8; "0\xef\xbf\xbd": as nothing any more.
bool add_recoded(Collection& out, const Captured& frame, std::string_view text) {
    Captured captured = frame;
    if (text.starts_with("0\xc2")) {
        const auto octets = octets_of_utf8(text.substr(0, kMaxEncoded));
        if (!octets || !looks_like_asn1(*octets))
            return false;
        captured.forms.emplace_back("UTF-8");
        captured.remarks.push_back({.id = "utf8-of-octets",
                                    .text = "a text tool took the octets for Latin-1 and wrote "
                                            "them as UTF-8, which was undone"});
        add_asn1(out, captured, *octets);
        return true;
    }
    if (!text.starts_with("0" + std::string(kReplacement)))
        return false;
    captured.remarks.push_back({.id = "octets-replaced",
                                .text = "a text tool replaced what is not UTF-8 by U+FFFD: octets "
                                        "are lost for good; capture the binary, or as base64",
                                .damage = true});
    add_asn1(out, captured, as_bytes(text));
    return true;
}

struct Part {
    std::string_view text{};
    std::size_t line = 1;
};

// Several messages, each on a line or lines of its own: one begins where the one before it has
// ended, by its padding, a blank line, or by what its length says.
std::vector<Part> base64_parts(std::string_view text) {
    std::vector<Part> out;
    std::string_view rest = text;
    std::size_t wanted = 0, have = 0;  // characters
    bool ended = true;
    for (std::size_t line_number = 1; !rest.empty(); ++line_number) {
        const auto begin = static_cast<std::size_t>(rest.data() - text.data());
        const std::string_view line = trimmed(take_line(rest));
        const auto size =
            ended || (wanted != 0 && have >= wanted) ? base64_begins(line) : std::nullopt;
        if (size) {
            out.push_back({text.substr(begin), line_number});
            wanted = *size;
            have = 0;
        }
        have += line.size();
        ended = line.empty() || line.ends_with('=') || line.ends_with("%3D");
    }
    for (std::size_t i = 0; i + 1 < out.size(); ++i)
        out[i].text.remove_suffix(out[i + 1].text.size());
    return out;
}

bool add_base64_parts(Collection& out, const Captured& frame, std::string_view text) {
    const std::vector<Part> parts = base64_parts(text);
    if (parts.size() < 2)
        return false;
    for (const Part& part : parts) {
        if (out.full()) {
            out.stop();
            break;
        }
        Captured captured = frame;
        captured.place += fmt::format("{}line {}", captured.place.empty() ? "" : ", ", part.line);
        if (auto decoded = decode_base64(part.text))
            add_decoded(out, captured, std::move(*decoded));
        else
            out.skip("lines that are no base64");
    }
    return !out.empty();
}

}  // namespace

bool add_text_message(Collection& out, const Captured& frame, std::string_view text) {
    if (add_pem(out, frame, text) || add_base64_parts(out, frame, text))
        return true;
    auto decoded = decode_base64(text);
    if (!decoded) {
        decoded = decode_hex(text);
        if (decoded && !looks_like_asn1(decoded->bytes))
            decoded.reset();
    }
    if (!decoded)
        return false;
    add_decoded(out, frame, std::move(*decoded));
    return true;
}

bool add_body(Collection& out, const Captured& frame, Bytes body) {
    if (looks_like_asn1(body)) {
        add_asn1(out, frame, body);
        return true;
    }
    return add_recoded(out, frame, as_text(body)) || add_text_message(out, frame, as_text(body));
}

}  // namespace scep::capture
