#include "core/capture/asn1_form.hpp"

#include <limits>

#include <fmt/format.h>

#include "core/base/limits.hpp"

namespace scep::capture {

namespace {

constexpr std::uint8_t kSequence = 0x30;
constexpr std::uint8_t kInteger = 0x02;
constexpr std::uint8_t kOctetString = 0x04;
constexpr std::uint8_t kOid = 0x06;
constexpr std::size_t kWorthwhile = 64;  // octets; less than that is no message, only noise

struct Head {
    std::uint8_t tag = 0;
    std::size_t size = 0;    // octets of tag and length
    std::size_t length = 0;  // of the content; the largest number if it does not fit
    bool indefinite = false;
};

// The octets of a tag; more than six are none.
std::optional<std::size_t> tag_size(Bytes in) noexcept {
    constexpr std::size_t kLongest = 6;
    if (in.empty())
        return std::nullopt;
    if ((in[0] & 0x1fU) != 0x1fU)
        return 1;
    for (std::size_t i = 1; i < std::min(in.size(), kLongest); ++i)
        if ((in[i] & 0x80U) == 0)
            return i + 1;
    return std::nullopt;
}

std::optional<Head> head_at(Bytes in, std::size_t at) noexcept {
    in = in.subspan(at);
    const auto tag = tag_size(in);
    if (!tag || in.size() <= *tag)
        return std::nullopt;
    Head head{.tag = in[0], .size = *tag + 1, .length = in[*tag]};
    if (head.length < 0x80U)
        return head;
    const std::size_t octets = head.length & 0x7fU;
    head.indefinite = octets == 0;
    head.length = 0;
    if (in.size() - head.size < octets || octets == 0x7fU)
        return std::nullopt;
    for (std::size_t i = 0; i < octets; ++i) {
        constexpr std::size_t kMost = std::numeric_limits<std::size_t>::max();
        const bool fits = head.length <= (kMost >> 8U);
        head.length = fits ? (head.length << 8U) | in[head.size + i] : kMost;
    }
    head.size += octets;
    return head;
}

// Walks nested values by a count, not by calls: they may be nested as deep as the input is long.
Extent indefinite_extent(Bytes in, std::size_t at) noexcept {
    std::size_t depth = 1;
    while (depth != 0) {
        const auto head = head_at(in, at);
        if (!head)
            return {.octets = in.size(), .indefinite = true};
        at += head->size;
        if (head->tag == 0 && head->length == 0) {
            --depth;
        } else if (head->indefinite) {
            ++depth;
        } else if (head->length > in.size() - at) {
            return {.octets = in.size(), .indefinite = true};
        } else {
            at += head->length;
        }
    }
    return {.octets = at, .complete = true, .indefinite = true};
}

bool starts_with(Bytes in, std::initializer_list<std::uint8_t> prefix) noexcept {
    return in.size() >= prefix.size() && std::ranges::equal(prefix, in.first(prefix.size()));
}

// A password-based scheme of PKCS #5 or PKCS #12 in front of what it encrypts.
bool is_encrypted_key(Bytes algorithm) noexcept {
    return starts_with(algorithm, {kOid, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5}) ||
           starts_with(algorithm, {kOid, 10, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 12, 1});
}

bool is_pkcs7(Bytes content) noexcept {
    return starts_with(content, {kOid, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7});
}

// By the first two values inside, since also the beginning of a key is to be known: PKCS #1 and
// DSA go on with an INTEGER, SEC 1 with an OCTET STRING, PKCS #8 with an algorithm.
std::string_view secret_in(Bytes in) noexcept {
    const auto outer = head_at(in, 0);
    const auto first = outer ? head_at(in, outer->size) : std::nullopt;
    if (!first)
        return {};
    const Bytes content = in.subspan(outer->size + first->size);
    if (first->tag == kSequence)
        return is_encrypted_key(content) ? "an encrypted private key" : "";
    if (first->tag != kInteger || first->length != 1 || content.empty())
        return {};
    const auto second = head_at(content, 1);
    if (!second)
        return {};
    const Bytes inside = content.subspan(1 + second->size);
    if (content[0] == 3 && second->tag == kSequence && is_pkcs7(inside))
        return "a PKCS #12 file";
    if (content[0] > 1)
        return {};
    const bool pkcs8 =
        second->tag == kSequence && !inside.empty() && inside[0] == kOid && !is_pkcs7(inside);
    const bool key = second->tag == kInteger || second->tag == kOctetString || pkcs8;
    return key ? "a private key" : "";
}

// Keys are not quoted, not even in part.
bool refuse_secret(Collection& out, const Captured& frame, Bytes in) {
    const std::string_view what = secret_in(in);
    if (what.empty())
        return false;
    out.refuse("private-key",
               fmt::format("{}{}{}", what, frame.place.empty() ? "" : " at ", frame.place),
               "a key opens messages, it is none: give it as --key");
    return true;
}

void add_one(Collection& out, Captured captured, Bytes in, const Extent& extent) {
    captured.content = Content::Asn1;
    captured.forms.emplace_back(extent.indefinite ? "BER" : "DER");
    const bool known = std::ranges::any_of(
        captured.remarks, [](const Remark& remark) { return remark.id == "body-cut"; });
    if (!extent.complete && !known)
        captured.remarks.push_back(
            {.id = "body-cut",
             .text = extent.indefinite
                         ? fmt::format("the end of the message is missing: its indefinite lengths "
                                       "are still open after {} octets{}",
                                       in.size(),
                                       cut_where(in.size()))
                         : fmt::format("the end of the message is missing: its length says {} "
                                       "octets, {} are here{}",
                                       extent.octets,
                                       in.size(),
                                       cut_where(in.size())),
             .damage = true});
    // One octet more than is kept, so that the collection sees what is too large.
    captured.bytes = to_buffer(in.first(std::min(in.size(), limits::kMaxCapturedOctets + 1)));
    out.add(std::move(captured));
}

// Whole values one behind the other, with nothing between and behind them?
bool all_whole(Bytes in) noexcept {
    while (!in.empty()) {
        const auto extent = extent_of(in);
        if (!extent || !extent->complete || extent->octets < kWorthwhile)
            return false;
        in = in.subspan(extent->octets);
    }
    return true;
}

}  // namespace

std::optional<Extent> extent_of(Bytes in) noexcept {
    if (in.empty() || in[0] != kSequence)
        return std::nullopt;
    const auto head = head_at(in, 0);
    if (!head)
        return in.size() < 8 ? std::optional(Extent{.octets = in.size() + 1}) : std::nullopt;
    if (head->indefinite)
        return indefinite_extent(in, head->size);
    constexpr std::size_t kMost = std::numeric_limits<std::size_t>::max();
    const bool fits = head->length <= kMost - head->size;
    const std::size_t octets = fits ? head->size + head->length : kMost;
    return Extent{.octets = octets, .complete = octets <= in.size()};
}

bool looks_like_asn1(Bytes in) noexcept {
    if (in.size() < 2 || in[0] != kSequence)
        return false;
    const auto outer = head_at(in, 0);
    if (!outer || (outer->length == 0 && !outer->indefinite))
        return false;
    // What follows is universal and constructed or one of the values a message begins with.
    if (in.size() <= outer->size)
        return true;
    const std::uint8_t inner = in[outer->size];
    return inner == kSequence || inner == kOid || inner == kInteger || inner == 0x31;
}

void add_asn1(Collection& out, const Captured& frame, Bytes in) {
    if (refuse_secret(out, frame, in))
        return;
    const auto extent = extent_of(in);
    if (!extent || !extent->complete || extent->octets == in.size() || !all_whole(in)) {
        add_one(out, frame, in, extent.value_or(Extent{.octets = in.size(), .complete = true}));
        return;
    }
    for (std::size_t at = 0; at < in.size();) {
        const auto one = extent_of(in.subspan(at));
        Captured captured = frame;
        captured.place += fmt::format("{}octet {}", captured.place.empty() ? "" : ", ", at);
        const Bytes message = in.subspan(at, one->octets);
        if (!refuse_secret(out, captured, message))
            add_one(out, std::move(captured), message, *one);
        at += one->octets;
    }
}

std::string cut_where(std::size_t octets) {
    constexpr std::size_t kKibi = 1024;
    for (const std::size_t size : {1U, 2U, 4U, 8U, 16U, 32U, 64U})
        if (octets == size * kKibi || octets + 1 == size * kKibi)
            return fmt::format(", as a buffer of {} KiB on the way cuts it", size);
    return {};
}

}  // namespace scep::capture
