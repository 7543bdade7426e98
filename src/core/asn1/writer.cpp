#include "core/asn1/writer.hpp"

#include <array>

#include <fmt/format.h>

namespace scep::asn1 {

namespace {

// Length octets after the first, big-endian; returns how many.
std::size_t long_length(std::size_t length, std::array<std::uint8_t, sizeof(std::size_t)>& octets) {
    std::size_t count = 0;
    for (std::size_t rest = length; rest != 0; rest >>= 8U)
        ++count;
    for (std::size_t i = 0; i < count; ++i)
        octets.at(i) = static_cast<std::uint8_t>(length >> (8U * (count - 1 - i)));
    return count;
}

}  // namespace

void Writer::tag_octets(Tag tag, bool constructed) {
    const auto lead = static_cast<std::uint8_t>((static_cast<unsigned>(tag.tag_class) << 6U) |
                                                (constructed ? 0x20U : 0U));
    if (tag.number < 0x1f) {
        out_.push_back(static_cast<std::uint8_t>(lead | tag.number));
        return;
    }
    out_.push_back(lead | 0x1fU);
    std::size_t groups = 1;
    for (std::uint32_t rest = tag.number >> 7U; rest != 0; rest >>= 7U)
        ++groups;
    for (std::size_t i = groups; i-- > 0;)
        out_.push_back(
            static_cast<std::uint8_t>(((tag.number >> (7U * i)) & 0x7fU) | (i == 0 ? 0U : 0x80U)));
}

void Writer::header(Tag tag, bool constructed, std::size_t length) {
    tag_octets(tag, constructed);
    if (length < 0x80) {
        out_.push_back(static_cast<std::uint8_t>(length));
        return;
    }
    std::array<std::uint8_t, sizeof(std::size_t)> octets{};
    const std::size_t count = long_length(length, octets);
    out_.push_back(static_cast<std::uint8_t>(0x80U | count));
    out_.insert(out_.end(), octets.begin(), octets.begin() + static_cast<std::ptrdiff_t>(count));
}

std::size_t Writer::open(Tag tag, bool constructed) {
    tag_octets(tag, constructed);
    out_.push_back(0);
    return out_.size() - 1;
}

void Writer::close(std::size_t length_at) {
    const std::size_t length = out_.size() - length_at - 1;
    if (length < 0x80) {
        out_[length_at] = static_cast<std::uint8_t>(length);
        return;
    }
    std::array<std::uint8_t, sizeof(std::size_t)> octets{};
    const std::size_t count = long_length(length, octets);
    out_[length_at] = static_cast<std::uint8_t>(0x80U | count);
    out_.insert(out_.begin() + static_cast<std::ptrdiff_t>(length_at) + 1,
                octets.begin(),
                octets.begin() + static_cast<std::ptrdiff_t>(count));
}

void Writer::primitive(Tag tag, Bytes content) {
    header(tag, false, content.size());
    append(out_, content);
}

void Writer::boolean(bool value) {
    const std::uint8_t octet = value ? 0xff : 0;
    primitive(kBoolean, Bytes(&octet, 1));
}

void Writer::integer(std::uint64_t value) {
    std::array<std::uint8_t, sizeof value> octets{};
    for (std::size_t i = 0; i < octets.size(); ++i)
        octets.at(i) = static_cast<std::uint8_t>(value >> (8U * (octets.size() - 1 - i)));
    unsigned_integer(octets);
}

void Writer::unsigned_integer(Bytes magnitude) {
    while (!magnitude.empty() && magnitude.front() == 0)
        magnitude = magnitude.subspan(1);
    const bool pad = magnitude.empty() || (magnitude.front() & 0x80U) != 0;
    header(kInteger, false, magnitude.size() + (pad ? 1 : 0));
    if (pad)
        out_.push_back(0);
    append(out_, magnitude);
}

void Writer::bit_string(Bytes octets, unsigned unused_bits) {
    header(kBitString, false, octets.size() + 1);
    out_.push_back(static_cast<std::uint8_t>(unused_bits));
    append(out_, octets);
}

void Writer::named_bits(std::uint32_t bits) {
    Buffer octets;
    unsigned highest = 0;
    for (unsigned i = 0; i < 32; ++i) {
        if ((bits & (1U << i)) == 0)
            continue;
        octets.resize(i / 8 + 1);
        octets[i / 8] = static_cast<std::uint8_t>(octets[i / 8] | (0x80U >> (i % 8)));
        highest = i;
    }
    bit_string(octets, octets.empty() ? 0 : 7 - highest % 8);
}

void Writer::time(TimePoint time) {
    const CivilTime c = to_civil(time);
    const bool utc = c.year >= 1950 && c.year < 2050;
    const std::string rest =
        fmt::format("{:02}{:02}{:02}{:02}{:02}Z", c.month, c.day, c.hour, c.minute, c.second);
    if (utc)
        string(kUtcTime, fmt::format("{:02}{}", c.year % 100, rest));
    else
        string(kGeneralizedTime, fmt::format("{:04}{}", c.year, rest));
}

void Writer::set_of(std::vector<Buffer> elements, Tag tag) {
    sort_set_of(elements);
    constructed(tag, [&] {
        for (const Buffer& element : elements)
            raw(element);
    });
}

void Writer::algorithm(const Oid& algorithm_oid, bool with_null) {
    sequence([&] {
        oid(algorithm_oid);
        if (with_null)
            null();
    });
}

// A plain lexicographic order: it differs from X.690's zero-padded one only where one encoding is
// a prefix of another, which complete encodings never are.
void sort_set_of(std::vector<Buffer>& elements) {
    std::ranges::sort(elements, [](const Buffer& a, const Buffer& b) {
        return std::ranges::lexicographical_compare(a, b);
    });
}

bool is_printable_string(std::string_view text) noexcept {
    return std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view(" '()+,-./:=?").find(c) != std::string_view::npos;
    });
}

Tag string_type_for(std::string_view text) noexcept {
    return is_printable_string(text) ? kPrintableString : kUtf8String;
}

}  // namespace scep::asn1
