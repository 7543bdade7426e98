#include <arpa/inet.h>

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "core/base/encoding.hpp"
#include "core/x509/name.hpp"

namespace scep::x509 {

namespace {

using asn1::Element;
using asn1::Reader;

constexpr std::string_view kField = "GeneralName";
constexpr std::uint32_t kLastChoice = 8;

// Those whose implicitly tagged value is itself constructed: SEQUENCEs, and directoryName, whose
// tag is explicit because Name is a CHOICE.
bool is_constructed(GeneralNameType type) noexcept {
    return type == GeneralNameType::OtherName || type == GeneralNameType::X400Address ||
           type == GeneralNameType::DirectoryName || type == GeneralNameType::EdiPartyName;
}

// OtherName ::= SEQUENCE { type-id OBJECT IDENTIFIER, value [0] EXPLICIT ANY }
Status read_other_name(Reader in, GeneralName& out) {
    SCEP_TRY(type_element, in.expect(asn1::kObjectIdentifier, kField));
    SCEP_TRY(type, asn1::object_identifier(type_element, kField));
    SCEP_TRY(wrapped, in.expect_into(asn1::context(0), kField));
    SCEP_CHECK(in.finish(kField));
    SCEP_TRY(value, wrapped.next(kField));
    SCEP_CHECK(wrapped.finish(kField));
    out.other_type = type;
    if (!asn1::is_text(value.tag) || value.constructed)
        return {};
    SCEP_TRY(text, asn1::text(value, kField));
    out.other_text = std::move(text);
    return {};
}

Result<GeneralName> read_general_name(const Reader& around, const Element& element) {
    if (element.tag.tag_class != asn1::Class::Context || element.tag.number > kLastChoice)
        return fail({.code = Errc::Der,
                     .what = fmt::format(
                         "got {}, want [0] to [{}]", asn1::tag_name(element.tag), kLastChoice),
                     .where = {.offset = element.offset, .field = std::string(kField)},
                     .cite = "RFC 5280 section 4.2.1.6"});
    GeneralName out{.type = static_cast<GeneralNameType>(element.tag.number)};
    if (!is_constructed(out.type)) {
        asn1::Joined joined;
        SCEP_TRY(content, asn1::octets(element, joined, kField));
        out.content = to_buffer(content);
        return out;
    }
    SCEP_TRY(inside, around.enter(element, kField));
    out.content = to_buffer(element.content);
    if (out.type == GeneralNameType::OtherName)
        SCEP_CHECK(read_other_name(inside, out));
    return out;
}

std::string ip_text(Bytes address) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    const int family = address.size() == 4 ? AF_INET : AF_INET6;
    if (address.size() != 4 && address.size() != 16)
        return "#" + to_hex(address);
    return inet_ntop(family, address.data(), text.data(), text.size());
}

std::string other_name_text(const GeneralName& name) {
    if (name.other_type == oid::kUserPrincipalName)
        return "upn:" + name.other_text;
    return fmt::format("othername:{}:{}",
                       name.other_type ? name.other_type->dotted() : "",
                       name.other_text.empty() ? "#" + to_hex(name.content) : name.other_text);
}

std::string directory_text(Bytes content) {
    const Result<Name> name = Name::parse(content, kField);
    return "dirname:" + (name ? name->to_text() : "#" + to_hex(content));
}

std::optional<Buffer> ip_from_text(std::string_view text) {
    const std::string copy(text);
    Buffer address(copy.find(':') == std::string::npos ? 4 : 16);
    const int family = address.size() == 4 ? AF_INET : AF_INET6;
    if (inet_pton(family, copy.c_str(), address.data()) != 1)
        return std::nullopt;
    return address;
}

Error usage(std::string what) {
    return {.code = Errc::Usage,
            .what = std::move(what),
            .hint = "write dns:host, ip:192.0.2.1, email:a@b, uri:https://x or upn:user@domain"};
}

bool visible_ascii(std::string_view text) noexcept {
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7f; });
}

GeneralName make(GeneralNameType type, std::string_view text) {
    return {.type = type, .content = to_buffer(as_bytes(text))};
}

}  // namespace

std::string GeneralName::to_text() const {
    switch (type) {
        case GeneralNameType::OtherName:
            return other_name_text(*this);
        case GeneralNameType::Rfc822Name:
            return "email:" + to_string(content);
        case GeneralNameType::DnsName:
            return "dns:" + to_string(content);
        case GeneralNameType::DirectoryName:
            return directory_text(content);
        case GeneralNameType::Uri:
            return "uri:" + to_string(content);
        case GeneralNameType::IpAddress:
            return "ip:" + ip_text(content);
        case GeneralNameType::RegisteredId: {
            const Result<asn1::Oid> id = asn1::Oid::from_content(content);
            return "rid:" + (id ? id->dotted() : "#" + to_hex(content));
        }
        case GeneralNameType::X400Address:
        case GeneralNameType::EdiPartyName:
            break;
    }
    return fmt::format(
        "{}:#{}", type == GeneralNameType::X400Address ? "x400" : "edi", to_hex(content));
}

Result<std::vector<GeneralName>> parse_general_names(Bytes tlv, std::size_t base_offset) {
    Reader outer(tlv, asn1::Rules::Ber, base_offset);
    SCEP_TRY(in, outer.expect_into(asn1::kSequence, "GeneralNames"));
    SCEP_CHECK(outer.finish("GeneralNames"));
    std::vector<GeneralName> out;
    do {  // SIZE (1..MAX)
        SCEP_TRY(element, in.next(kField));
        if (out.size() == limits::kMaxGeneralNames)
            return fail({.code = Errc::Der,
                         .what = fmt::format("more than {} names", limits::kMaxGeneralNames),
                         .where = {.offset = element.offset, .field = "GeneralNames"}});
        SCEP_TRY(name, read_general_name(in, element));
        out.push_back(std::move(name));
    } while (!in.at_end());
    return out;
}

void write_general_names(asn1::Writer& out, const std::vector<GeneralName>& names) {
    out.sequence([&] {
        for (const GeneralName& name : names) {
            const asn1::Tag tag = asn1::context(static_cast<std::uint32_t>(name.type));
            if (is_constructed(name.type))
                out.constructed(tag, [&] { out.raw(name.content); });
            else
                out.primitive(tag, name.content);
        }
    });
}

GeneralName user_principal_name(std::string_view text) {
    asn1::Writer out;
    out.oid(oid::kUserPrincipalName);
    out.explicit_tag(0, [&] { out.string(asn1::kUtf8String, text); });
    return {.type = GeneralNameType::OtherName,
            .content = std::move(out).take(),
            .other_type = oid::kUserPrincipalName,
            .other_text = std::string(text)};
}

Result<GeneralName> general_name_from_text(std::string_view text) {
    const std::size_t colon = text.find(':');
    const std::string_view kind = text.substr(0, colon);
    const std::string_view value =
        colon == std::string_view::npos ? std::string_view{} : text.substr(colon + 1);
    if (value.empty())
        return fail(usage(fmt::format("'{}' is not of the form type:value", text)));
    if (kind == "upn") {
        const asn1::Element utf8{.tag = asn1::kUtf8String, .content = as_bytes(value)};
        if (!asn1::text(utf8, {}))
            return fail(usage("the userPrincipalName is not UTF-8"));
        return user_principal_name(value);
    }
    if (kind == "ip") {
        std::optional<Buffer> address = ip_from_text(value);
        if (!address)
            return fail(usage(fmt::format("'{}' is not an IP address", value)));
        return GeneralName{.type = GeneralNameType::IpAddress, .content = *std::move(address)};
    }
    if (!visible_ascii(value))
        return fail(usage(fmt::format("'{}' has characters outside ASCII, or blanks", text)));
    if (kind == "dns")
        return make(GeneralNameType::DnsName, value);
    if (kind == "email")
        return make(GeneralNameType::Rfc822Name, value);
    if (kind == "uri")
        return make(GeneralNameType::Uri, value);
    return fail(usage(fmt::format("'{}' is not a type of name", kind)));
}

}  // namespace scep::x509
