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

}  // namespace

bool add_text_message(Collection& out, const Captured& frame, std::string_view text) {
    if (add_pem(out, frame, text))
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
