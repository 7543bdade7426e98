// Names as people read and write them: RFC 4514, and openssl's form with slashes.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "core/base/encoding.hpp"
#include "core/base/escape.hpp"
#include "core/x509/name.hpp"

namespace scep::x509 {

namespace {

struct Keyword {
    std::string_view text;
    asn1::Oid type;
};

// What operators write. The first of each type is what asn1::name() writes.
constexpr std::array kKeywords{
    Keyword{"CN", oid::kCommonName},
    Keyword{"commonName", oid::kCommonName},
    Keyword{"SN", oid::kSurname},
    Keyword{"surname", oid::kSurname},
    Keyword{"serialNumber", oid::kSerialNumber},
    Keyword{"C", oid::kCountryName},
    Keyword{"countryName", oid::kCountryName},
    Keyword{"L", oid::kLocalityName},
    Keyword{"localityName", oid::kLocalityName},
    Keyword{"ST", oid::kStateOrProvinceName},
    Keyword{"S", oid::kStateOrProvinceName},
    Keyword{"stateOrProvinceName", oid::kStateOrProvinceName},
    Keyword{"street", oid::kStreetAddress},
    Keyword{"streetAddress", oid::kStreetAddress},
    Keyword{"O", oid::kOrganizationName},
    Keyword{"organizationName", oid::kOrganizationName},
    Keyword{"OU", oid::kOrganizationalUnitName},
    Keyword{"organizationalUnitName", oid::kOrganizationalUnitName},
    Keyword{"title", oid::kTitle},
    Keyword{"GN", oid::kGivenName},
    Keyword{"givenName", oid::kGivenName},
    Keyword{"dnQualifier", oid::kDnQualifier},
    Keyword{"pseudonym", oid::kPseudonym},
    Keyword{"DC", oid::kDomainComponent},
    Keyword{"domainComponent", oid::kDomainComponent},
    Keyword{"UID", oid::kUserId},
    Keyword{"userId", oid::kUserId},
    Keyword{"emailAddress", oid::kEmailAddress},
    Keyword{"email", oid::kEmailAddress},
    Keyword{"E", oid::kEmailAddress},
    Keyword{"unstructuredName", oid::kUnstructuredName},
    Keyword{"unstructuredAddress", oid::kUnstructuredAddress},
};

constexpr std::size_t kShownOctets = 100;  // of what is no type

char lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool same_word(std::string_view a, std::string_view b) noexcept {
    return std::ranges::equal(a, b, {}, lower, lower);
}

Error usage(std::string what) {
    return {.code = Errc::Usage,
            .what = std::move(what),
            .hint =
                "write a name as CN=cam-1,O=Example or /O=Example/CN=cam-1, with a backslash "
                "before a separator that belongs to a value"};
}

bool is_hex_digit(char c) noexcept {
    return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'f');
}

constexpr std::string_view kSpecial = ",+\"\\<>;=#/ ";

// A value with its escapes undone, up to an unescaped separator.
class TextReader {
  public:
    TextReader(std::string_view text, bool slashes) noexcept : rest_(text), slashes_(slashes) {}

    bool at_end() const noexcept { return rest_.empty(); }

    std::string_view take_type() {
        const std::size_t end = rest_.find('=');
        std::string_view type = rest_.substr(0, end);
        found_equals_ = end != std::string_view::npos;
        rest_.remove_prefix(found_equals_ ? end + 1 : rest_.size());
        while (type.starts_with(' '))
            type.remove_prefix(1);
        while (type.ends_with(' '))
            type.remove_suffix(1);
        return type;
    }

    bool found_equals() const noexcept { return found_equals_; }

    // Blanks around a value count only when escaped.
    Result<std::string> take_value() {
        SCEP_CHECK(check_start());
        std::string out;
        std::size_t keep = 0;  // size up to the last character that must stay
        while (!rest_.empty() && !is_separator(rest_[0])) {
            const bool plain_blank = rest_[0] == ' ';
            if (plain_blank && out.empty()) {
                rest_.remove_prefix(1);
                continue;
            }
            SCEP_TRY(c, take_char());
            out += c;
            keep = plain_blank ? keep : out.size();
        }
        out.resize(keep);
        return out;
    }

    // The separator after a value; ',' at the end.
    Result<char> take_separator() {
        if (rest_.empty())
            return ',';
        const char c = rest_[0];
        rest_.remove_prefix(1);
        if (rest_.empty())
            return fail(usage(fmt::format("the name ends with '{}'", c)));
        return c == '+' ? '+' : ',';
    }

  private:
    bool is_separator(char c) const noexcept {
        return c == '+' || (slashes_ ? c == '/' : c == ',' || c == ';');
    }

    // RFC 4514 section 2.4; openssl's form has no such thing.
    Status check_start() const {
        const auto first = rest_.find_first_not_of(' ');
        if (!slashes_ && first != std::string_view::npos && rest_[first] == '#')
            return fail(
                usage("a value that begins with # is one in hexadecimal, which is not "
                      "taken here; \\# is the character"));
        return {};
    }

    Result<char> take_char() {
        const char c = rest_[0];
        rest_.remove_prefix(1);
        if (c == '"' && !slashes_)
            return fail(usage("quotes around a value are not taken; \\\" is the character"));
        if (c != '\\')
            return c;
        if (rest_.size() >= 2 && is_hex_digit(rest_[0]) && is_hex_digit(rest_[1])) {
            const std::optional<Buffer> octet = from_hex(rest_.substr(0, 2));
            rest_.remove_prefix(2);
            return static_cast<char>(octet->front());
        }
        if (rest_.empty() || kSpecial.find(rest_[0]) == std::string_view::npos)
            return fail(usage("a backslash stands before a character that needs none"));
        const char escaped = rest_[0];
        rest_.remove_prefix(1);
        return escaped;
    }

    std::string_view rest_;
    bool slashes_;
    bool found_equals_ = false;
};

Status check_value(const NameAttribute& attribute, std::string_view type_text) {
    const asn1::Element element{.tag = asn1::kUtf8String, .content = as_bytes(attribute.value)};
    if (attribute.value.empty())
        return fail(usage(fmt::format("{} has no value", type_text)));
    if (attribute.value.size() > limits::kMaxStringOctets)
        return fail(
            Errc::Usage,
            fmt::format(
                "the value of {} is longer than {} octets", type_text, limits::kMaxStringOctets));
    if (!asn1::text(element, {}))
        return fail(Error{.code = Errc::Usage,
                          .what = fmt::format("the value of {} is not UTF-8", type_text),
                          .hint = "names are typed in UTF-8, see locale(1)"});
    const bool ascii =
        std::ranges::all_of(as_bytes(attribute.value), [](std::uint8_t c) { return c < 0x80; });
    if (attribute.string_type == asn1::kIa5String && !ascii)
        return fail(usage(fmt::format("the value of {} is not ASCII", type_text)));
    if (attribute.type == oid::kCountryName &&
        (attribute.value.size() != 2 || attribute.string_type != asn1::kPrintableString))
        return fail(usage("C wants a country code of two letters"));
    return {};
}

Result<NameAttribute> take_attribute(TextReader& in) {
    const std::string_view type_text = in.take_type();
    if (!in.found_equals())
        return fail(usage(
            fmt::format("'{}' is not of the form type=value", shorten(type_text, kShownOctets))));
    const std::optional<asn1::Oid> type = attribute_type_from_text(type_text);
    if (!type)
        return fail(
            usage(fmt::format("'{}' is not an attribute type", shorten(type_text, kShownOctets))));
    NameAttribute out{.type = *type};
    SCEP_TRY(value, in.take_value());
    out.value = std::move(value);
    out.string_type = attribute_string_type(out.type, out.value);
    SCEP_CHECK(check_value(out, type_text));
    return out;
}

void append_escaped(std::string& out, std::string_view value) {
    for (std::size_t i = 0; i < value.size(); ++i) {
        const char c = value[i];
        const bool edge_blank = c == ' ' && (i == 0 || i + 1 == value.size());
        const bool special = std::string_view(",+\"\\<>;").find(c) != std::string_view::npos;
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
            out += fmt::format("\\{:02X}", static_cast<unsigned char>(c));
        else if (special || edge_blank || (c == '#' && i == 0))
            out += {'\\', c};
        else
            out += c;
    }
}

std::string attribute_text(const NameAttribute& attribute) {
    std::string out = asn1::name(attribute.type) + '=';
    // Some devices are set up with it in the subject, and names are printed and logged everywhere.
    if (attribute.type == oid::kChallengePassword)
        out += "(not shown)";
    else if (asn1::is_text(attribute.string_type))
        append_escaped(out, attribute.value);
    else
        out += attribute.value;
    return out;
}

}  // namespace

asn1::Tag attribute_string_type(const asn1::Oid& type, std::string_view value) noexcept {
    if (type == oid::kEmailAddress || type == oid::kDomainComponent)
        return asn1::kIa5String;
    return asn1::string_type_for(value);
}

std::optional<asn1::Oid> attribute_type_from_text(std::string_view text) {
    const auto found = std::ranges::find_if(
        kKeywords, [&](const Keyword& keyword) { return same_word(keyword.text, text); });
    if (found != kKeywords.end())
        return found->type;
    const Result<asn1::Oid> dotted = asn1::parse_oid(text);
    return dotted ? std::optional(*dotted) : std::nullopt;
}

Result<Name> Name::from_text(std::string_view text) {
    const bool slashes = text.starts_with('/');
    TextReader in(text.substr(slashes ? 1 : 0), slashes);
    std::vector<NameAttribute> attributes;
    std::size_t rdn = 0;
    while (!in.at_end()) {
        if (attributes.size() == limits::kMaxNameComponents)
            return fail(
                usage(fmt::format("the name has more than {} parts", limits::kMaxNameComponents)));
        SCEP_TRY(attribute, take_attribute(in));
        attribute.rdn = rdn;
        attributes.push_back(std::move(attribute));
        SCEP_TRY(separator, in.take_separator());
        rdn += separator == '+' ? 0 : 1;
    }
    if (!slashes) {  // RFC 4514 section 2.1: the text starts with the last RDN
        std::ranges::stable_sort(attributes, std::ranges::greater{}, &NameAttribute::rdn);
        for (NameAttribute& attribute : attributes)
            attribute.rdn = rdn - 1 - attribute.rdn;
    }
    return from_attributes(std::move(attributes));
}

std::string Name::to_text() const {
    std::string out;
    for (auto last = attributes_.end(); last != attributes_.begin();) {
        auto first = last;
        while (first != attributes_.begin() && std::prev(first)->rdn == std::prev(last)->rdn)
            --first;
        for (auto attribute = first; attribute != last; ++attribute) {
            if (!out.empty())
                out += attribute == first ? ',' : '+';
            out += attribute_text(*attribute);
        }
        last = first;
    }
    return out;
}

}  // namespace scep::x509
