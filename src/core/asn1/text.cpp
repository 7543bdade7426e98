// Character strings and times: the third part of reader.hpp.
#include <array>
#include <charconv>

#include <fmt/format.h>

#include "core/asn1/element_error.hpp"
#include "core/asn1/reader.hpp"

namespace scep::asn1 {

namespace {

void append_utf8(std::string& out, std::uint32_t c) {
    const auto put = [&out](std::uint32_t octet) { out += static_cast<char>(octet); };
    if (c < 0x80) {
        put(c);
    } else if (c < 0x800) {
        put(0xc0U | (c >> 6U));
        put(0x80U | (c & 0x3fU));
    } else if (c < 0x10000) {
        put(0xe0U | (c >> 12U));
        put(0x80U | ((c >> 6U) & 0x3fU));
        put(0x80U | (c & 0x3fU));
    } else {
        put(0xf0U | (c >> 18U));
        put(0x80U | ((c >> 12U) & 0x3fU));
        put(0x80U | ((c >> 6U) & 0x3fU));
        put(0x80U | (c & 0x3fU));
    }
}

bool valid_code_point(std::uint32_t c) noexcept {
    return c <= 0x10ffff && (c < 0xd800 || c >= 0xe000);
}

std::uint32_t unit(Bytes in, std::size_t at, std::size_t width) noexcept {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < width; ++i)
        value = (value << 8U) | in[at + i];
    return value;
}

// BMPString (UTF-16 in practice: surrogate pairs are taken) or UniversalString.
std::optional<std::string> from_wide(Bytes in, std::size_t width) {
    if (in.size() % width != 0)
        return std::nullopt;
    std::string out;
    for (std::size_t i = 0; i < in.size(); i += width) {
        std::uint32_t c = unit(in, i, width);
        const bool high = width == 2 && c >= 0xd800 && c < 0xdc00 && i + 4 <= in.size();
        if (high) {
            const std::uint32_t low = unit(in, i + 2, 2);
            if (low < 0xdc00 || low >= 0xe000)
                return std::nullopt;
            c = 0x10000 + ((c - 0xd800) << 10U) + (low - 0xdc00);
            i += 2;
        }
        if (!valid_code_point(c))
            return std::nullopt;
        append_utf8(out, c);
    }
    return out;
}

std::string from_latin1(Bytes in) {
    std::string out;
    for (const std::uint8_t octet : in)
        append_utf8(out, octet);
    return out;
}

bool ascii(Bytes in) noexcept {
    return std::ranges::all_of(in, [](std::uint8_t octet) { return octet < 0x80; });
}

bool utf8(Bytes in) noexcept {
    std::size_t i = 0;
    while (i < in.size()) {
        const std::uint8_t lead = in[i];
        const std::size_t size = lead < 0x80 ? 1 : lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
        if ((lead >= 0x80 && lead < 0xc2) || lead > 0xf4 || in.size() - i < size)
            return false;
        std::uint32_t c = size == 1 ? lead : lead & (0x7fU >> size);
        for (std::size_t k = 1; k < size; ++k) {
            if ((in[i + k] & 0xc0U) != 0x80U)
                return false;
            c = (c << 6U) | (in[i + k] & 0x3fU);
        }
        const bool overlong = (size == 3 && c < 0x800) || (size == 4 && c < 0x10000);
        if (overlong || !valid_code_point(c))
            return false;
        i += size;
    }
    return true;
}

std::optional<std::string> decode(Tag tag, Bytes in) {
    if (tag == kBmpString)
        return from_wide(in, 2);
    if (tag == kUniversalString)
        return from_wide(in, 4);
    if (tag == kTeletexString)
        return from_latin1(in);
    const bool good = tag == kUtf8String ? utf8(in) : ascii(in);
    return good ? std::optional(to_string(in)) : std::nullopt;
}

std::optional<int> two_digits(std::string_view text, std::size_t at) {
    if (at + 2 > text.size() || text[at] < '0' || text[at] > '9' || text[at + 1] < '0' ||
        text[at + 1] > '9')
        return std::nullopt;
    return (text[at] - '0') * 10 + (text[at + 1] - '0');
}

// RFC 5280 section 4.1.2.5.1: two-digit years from 50 on are 19xx.
int century_year(int year) noexcept {
    return year >= 50 ? 1900 + year : 2000 + year;
}

}  // namespace

bool is_text(Tag tag) noexcept {
    constexpr std::array kTags{kUtf8String,
                               kNumericString,
                               kPrintableString,
                               kTeletexString,
                               kIa5String,
                               kVisibleString,
                               kUniversalString,
                               kBmpString};
    return std::ranges::find(kTags, tag) != kTags.end();
}

Result<std::string> text(const Element& element, std::string_view field) {
    if (!is_text(element.tag) || element.constructed)
        return fail(error_at(element,
                             field,
                             fmt::format("got {}{}, want a character string",
                                         element.constructed ? "constructed " : "",
                                         tag_name(element.tag))));
    if (element.content.size() > limits::kMaxStringOctets)
        return fail(error_at(element,
                             field,
                             fmt::format("string has {} octets, the limit is {}",
                                         element.content.size(),
                                         limits::kMaxStringOctets)));
    std::optional<std::string> out = decode(element.tag, element.content);
    if (!out)
        return fail(error_at(
            element, field, fmt::format("octets are not valid in a {}", tag_name(element.tag))));
    return *std::move(out);
}

Result<TimePoint> time(const Element& element, std::string_view field) {
    const bool utc = element.tag == kUtcTime;
    if (element.constructed || (!utc && element.tag != kGeneralizedTime))
        return fail(
            error_at(element, field, fmt::format("got {}, want a time", tag_name(element.tag))));
    const std::string_view digits = as_text(element.content);
    const std::size_t year_size = utc ? 2 : 4;
    const Error bad = error_at(element,
                               field,
                               fmt::format("malformed {}, want {}",
                                           tag_name(element.tag),
                                           utc ? "YYMMDDHHMMSSZ" : "YYYYMMDDHHMMSSZ"));
    if (digits.size() != year_size + 11 || digits.back() != 'Z')
        return fail(bad);
    std::array<int, 7> pairs{};
    for (std::size_t i = 0; i < (year_size + 10) / 2; ++i) {
        const std::optional<int> pair = two_digits(digits, i * 2);
        if (!pair)
            return fail(bad);
        pairs.at(i) = *pair;
    }
    const std::size_t k = utc ? 1 : 2;  // where the month stands
    const int year = utc ? century_year(pairs[0]) : pairs[0] * 100 + pairs[1];
    Result<TimePoint> out = from_civil(
        {year, pairs.at(k), pairs.at(k + 1), pairs.at(k + 2), pairs.at(k + 3), pairs.at(k + 4)});
    if (!out)
        return fail(error_at(element, field, out.error().what));
    return out;
}

}  // namespace scep::asn1
