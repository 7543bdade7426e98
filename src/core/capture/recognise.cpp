#include <algorithm>
#include <array>

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

bool is_text(Bytes input) noexcept {
    constexpr std::size_t kLook = 64U << 10U;
    return std::ranges::all_of(input.first(std::min(input.size(), kLook)), [](std::uint8_t octet) {
        return octet >= 0x20U || (octet >= 0x07U && octet <= 0x0dU) || octet == 0x1bU;
    });
}

std::string_view likeness(Bytes input) noexcept {
    if (input.empty())
        return "an empty file";
    for (const Magic& other : kOthers)
        if (as_text(input).starts_with(other.octets))
            return other.what;
    if (std::ranges::all_of(input, [&](std::uint8_t octet) { return octet == input[0]; }))
        return input[0] == 0 ? "nothing but zeros" : "one octet over and over";
    return is_text(input) ? "text" : "binary data";
}

void read_any(Collection& out, Bytes input) {
    if (!is_text(input) || !add_text_message(out, out.blank(), as_text(input)))
        static_cast<void>(add_body(out, out.blank(), input));
}

}  // namespace

Result<std::vector<Captured>> recognise(Bytes input, std::string_view source) {
    Collection out(source);
    read_any(out, input);
    return std::move(out).finish(likeness(input));
}

}  // namespace scep::capture
