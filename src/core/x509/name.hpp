// Distinguished names (RFC 5280 section 4.1.2.4) and GeneralNames (section 4.2.1.6).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/asn1/reader.hpp"
#include "core/asn1/writer.hpp"

namespace scep::x509 {

struct NameAttribute {
    asn1::Oid type{};
    asn1::Tag string_type{};
    std::string value{};  // UTF-8; "#" and the hex of the TLV where it is not a character string
    std::size_t rdn = 0;  // index of its RelativeDistinguishedName
};

class Name {
  public:
    Name() = default;  // the empty name

    // From one Name TLV; nothing left over. BER strings are taken. Der otherwise.
    static Result<Name> parse(Bytes tlv, std::string_view field, std::size_t base_offset = 0);

    // From an operator: "CN=cam-1,O=Example" (RFC 4514 order and escapes, most specific first) or
    // "/O=Example/CN=cam-1" (openssl's order). Usage when malformed, and for RFC 4514's values in
    // hexadecimal and RFC 1779's in quotes, which are not taken. PrintableString where the
    // value allows it, UTF8String otherwise; emailAddress and DC are IA5String.
    static Result<Name> from_text(std::string_view text);

    bool empty() const noexcept { return attributes_.empty(); }

    Bytes der() const noexcept { return der_; }  // as it came

    const std::vector<NameAttribute>& attributes() const noexcept { return attributes_; }

    std::vector<std::string> values(const asn1::Oid& type) const;

    std::string to_text() const;  // RFC 4514, escaped; empty for the empty name

    // For a certificate's subject: this name as it stands when its octets are DER throughout and
    // each string is what strict parsers read: UTF8String, IA5String, or a PrintableString or
    // NumericString within its alphabet. Else the same attributes written anew, other strings as
    // attribute_string_type() has it (RFC 5280 section 4.1.2.4).
    Name canonical() const;

    // The same for all names that match: a comparable string, not for people.
    std::string match_key() const;

    // Equal after RFC 5280 section 7.1 normalisation (string types, case and runs of blanks).
    bool matches(const Name& other) const;

    friend bool operator==(const Name& a, const Name& b) noexcept { return a.der_ == b.der_; }

  private:
    static Name from_attributes(std::vector<NameAttribute> attributes);

    Buffer der_{0x30, 0x00};
    std::vector<NameAttribute> attributes_{};
};

// The type to write a value in: IA5String for emailAddress and DC, whatever the value; else
// PrintableString if it fits, UTF8String otherwise.
asn1::Tag attribute_string_type(const asn1::Oid& type, std::string_view value) noexcept;

// "CN", "commonName", "2.5.4.3", in any case. nullopt when it names no attribute type.
std::optional<asn1::Oid> attribute_type_from_text(std::string_view text);

enum class GeneralNameType : std::uint8_t {
    OtherName = 0,
    Rfc822Name = 1,
    DnsName = 2,
    X400Address = 3,
    DirectoryName = 4,
    EdiPartyName = 5,
    Uri = 6,
    IpAddress = 7,
    RegisteredId = 8
};

struct GeneralName {
    GeneralNameType type = GeneralNameType::DnsName;
    Buffer content{};                       // contents octets of the implicitly tagged value
    std::optional<asn1::Oid> other_type{};  // OtherName only
    std::string other_text{};               // OtherName holding a string (userPrincipalName)

    std::string to_text() const;  // "dns:host", "ip:192.0.2.1", "email:a@b", "uri:...", "upn:..."
    friend bool operator==(const GeneralName&, const GeneralName&) = default;
};

// GeneralNames ::= SEQUENCE SIZE (1..MAX) OF GeneralName
Result<std::vector<GeneralName>> parse_general_names(Bytes tlv, std::size_t base_offset = 0);
void write_general_names(asn1::Writer& out, const std::vector<GeneralName>& names);

// OtherName of Microsoft's userPrincipalName, written as UTF8String.
GeneralName user_principal_name(std::string_view text);

// "dns:host", "ip:192.0.2.1", "ip:2001:db8::1", "email:a@b", "uri:https://x", "upn:user@dom".
// Usage.
Result<GeneralName> general_name_from_text(std::string_view text);

}  // namespace scep::x509
