#include "core/x509/request.hpp"

#include <array>

#include <fmt/format.h>

#include "core/x509/extensions.hpp"

namespace scep::x509 {

namespace {

using asn1::Element;
using asn1::Reader;

// RFC 2986 knows version 0 only; clients built on OpenSSL write 1 or 2, taking it for v2 or v3.
constexpr std::uint32_t kLastVersion = 2;

Error protocol(std::string_view field, std::size_t offset, std::string what, std::string cite) {
    return {.code = Errc::Protocol,
            .what = std::move(what),
            .where = {.offset = offset, .field = std::string(field)},
            .cite = std::move(cite)};
}

bool carries_extensions(const asn1::Oid& attribute) noexcept {
    return attribute == oid::kExtensionRequest || attribute == oid::kMicrosoftExtensionRequest ||
           attribute == oid::kExtensionReq;
}

}  // namespace

// Fills one CertificationRequest in the order of RFC 2986 section 4.
class RequestParser {
  public:
    RequestParser(Bytes der,
                  std::size_t base_offset,
                  std::optional<Error>* challenge_error = nullptr)
        : challenge_error_(challenge_error) {
        out_.der_ = std::make_shared<const SecretBytes>(der.begin(), der.end());
        out_.base_offset_ = base_offset;
    }

    Result<CertificationRequest> parse() && {
        Reader outer(out_.der(), asn1::Rules::Ber, out_.base_offset_);
        // CertificationRequest ::= SEQUENCE
        SCEP_TRY(in, outer.expect_into(asn1::kSequence, "CertificationRequest"));
        SCEP_CHECK(outer.finish("CertificationRequest"));
        // certificationRequestInfo CertificationRequestInfo
        SCEP_TRY(info, in.expect(asn1::kSequence, "certificationRequestInfo"));
        out_.info_ = info.tlv;
        SCEP_TRY(info_in, in.enter(info, "certificationRequestInfo"));
        SCEP_CHECK(parse_info(info_in));
        // signatureAlgorithm AlgorithmIdentifier
        SCEP_TRY(algorithm, in.expect(asn1::kSequence, "CertificationRequest.signatureAlgorithm"));
        out_.signature_algorithm_ = algorithm.tlv;
        // signature BIT STRING
        SCEP_TRY(signature, in.expect(asn1::kBitString, "CertificationRequest.signature"));
        SCEP_TRY(octets, asn1::bit_string_octets(signature, "CertificationRequest.signature"));
        out_.signature_ = octets;
        SCEP_CHECK(in.finish("CertificationRequest"));
        return std::move(out_);
    }

  private:
    Status parse_info(Reader in) {
        // version INTEGER { v1(0) }
        SCEP_TRY(version_element, in.expect(asn1::kInteger, "certificationRequestInfo.version"));
        SCEP_TRY(version, asn1::small_integer(version_element, "certificationRequestInfo.version"));
        if (version > kLastVersion)
            return fail(protocol("certificationRequestInfo.version",
                                 version_element.offset,
                                 fmt::format("got {}, want 0", version),
                                 "RFC 2986 section 4.1"));
        // subject Name
        SCEP_TRY(subject, in.expect(asn1::kSequence, "certificationRequestInfo.subject"));
        SCEP_TRY(name,
                 Name::parse(subject.tlv, "certificationRequestInfo.subject", subject.offset));
        out_.subject_ = std::move(name);
        // subjectPKInfo SubjectPublicKeyInfo
        SCEP_TRY(spki, in.expect(asn1::kSequence, "certificationRequestInfo.subjectPKInfo"));
        out_.spki_ = spki.tlv;
        // attributes [0] IMPLICIT SET OF Attribute; some clients leave the empty one out
        SCEP_TRY(attributes, in.optional(asn1::context(0), "certificationRequestInfo.attributes"));
        SCEP_CHECK(in.finish("certificationRequestInfo"));
        if (!attributes)
            return {};
        SCEP_TRY(set, in.enter(*attributes, "certificationRequestInfo.attributes"));
        return parse_attributes(set);
    }

    // Attribute ::= SEQUENCE { type OBJECT IDENTIFIER, values SET OF ANY }
    Status parse_attributes(Reader in) {
        constexpr std::string_view kField = "certificationRequestInfo.attributes";
        std::array<asn1::Oid, limits::kMaxAttributes> seen;
        std::size_t count = 0;
        while (!in.at_end()) {
            const std::size_t offset = in.offset();
            SCEP_TRY(attribute, in.expect_into(asn1::kSequence, kField));
            SCEP_TRY(type_element, attribute.expect(asn1::kObjectIdentifier, kField));
            SCEP_TRY(type, asn1::object_identifier(type_element, kField));
            SCEP_TRY(values, attribute.expect_into(asn1::kSet, kField));
            SCEP_CHECK(attribute.finish(kField));
            const auto end = seen.begin() + static_cast<std::ptrdiff_t>(count);
            if (std::find(seen.begin(), end, type) != end)
                return fail(protocol(kField,
                                     offset,
                                     fmt::format("attribute {} is there twice", asn1::name(type)),
                                     "RFC 2986 section 4.1"));
            if (count == seen.size())
                return fail(protocol(
                    kField, offset, fmt::format("more than {} attributes", seen.size()), {}));
            seen.at(count++) = type;
            if (type == oid::kChallengePassword)
                SCEP_CHECK(take_or_tell(parse_challenge(values)));
            else if (carries_extensions(type))
                SCEP_CHECK(parse_extension_request(values));
        }
        return {};
    }

    Status take_or_tell(Status challenge) {
        if (challenge || challenge_error_ == nullptr)
            return challenge;
        *challenge_error_ = std::move(challenge).error();
        return {};
    }

    // challengePassword: SET { DirectoryString }. Some clients wrap the string once more, in a
    // SEQUENCE or a SET; an empty SET or string means that there is none.
    Status parse_challenge(Reader values) {
        constexpr std::string_view kField = "challengePassword";
        if (values.at_end())
            return {};
        SCEP_TRY(value, values.next(kField));
        if (!values.at_end())
            return fail(
                protocol(kField, values.offset(), "more than one value", "RFC 2985 section 5.4.1"));
        if (value.tag != asn1::kSequence && value.tag != asn1::kSet)
            return take_challenge(value, false);
        SCEP_TRY(inner, values.enter(value, kField));
        if (inner.at_end())
            return {};
        SCEP_TRY(string, inner.next(kField));
        SCEP_CHECK(inner.finish(kField));
        return take_challenge(string, true);
    }

    Status take_challenge(const Element& string, bool nested) {
        SCEP_TRY(value, challenge_text(string));
        if (!value.empty())
            out_.challenge_ = ChallengePassword{
                .value = std::move(value), .string_type = string.tag, .nested = nested};
        return {};
    }

    // As asn1::text(), but no copy of the challenge outlives the call unwiped: wide and Latin-1
    // strings go through a character at a time, the others are UTF-8 already.
    static Result<SecretBytes> challenge_text(const Element& string) {
        constexpr std::string_view kField = "challengePassword";
        if (string.content.size() > limits::kMaxChallengeOctets)
            return fail(protocol(
                kField,
                string.offset,
                fmt::format("string is longer than {} octets", limits::kMaxChallengeOctets),
                {}));
        SecretBytes out;
        out.reserve(string.content.size() * 2);  // Latin-1 at most doubles
        Element piece = string;
        for (Bytes rest = string.content; !rest.empty();) {
            piece.content = rest.first(std::min(rest.size(), piece_size(string.tag, rest)));
            SCEP_TRY(text, asn1::text(piece, kField));
            const Bytes utf8 = as_bytes(text);
            out.insert(out.end(), utf8.begin(), utf8.end());
            wipe(text.data(), text.size());
            rest = rest.subspan(piece.content.size());
        }
        if (string.content.empty())  // the tag still has to be a string's
            SCEP_CHECK(asn1::text(string, kField).map([](const std::string&) {}));
        return out;
    }

    static std::size_t piece_size(asn1::Tag tag, Bytes rest) noexcept {
        if (tag == asn1::kBmpString)
            return rest[0] >= 0xd8 && rest[0] < 0xdc ? 4 : 2;
        if (tag == asn1::kUniversalString)
            return 4;
        return tag == asn1::kTeletexString ? 1 : rest.size();
    }

    // extensionRequest under any of its three types: SET { Extensions }
    Status parse_extension_request(Reader values) {
        constexpr std::string_view kField = "extensionRequest";
        if (values.at_end())
            return {};
        SCEP_TRY(list, values.expect(asn1::kSequence, kField));
        if (!values.at_end())
            return fail(
                protocol(kField, values.offset(), "more than one value", "RFC 2985 section 5.4.2"));
        SCEP_CHECK(read_extensions(values, list, kField, out_.extensions_));
        if (!out_.sans_.empty())
            return {};
        const Extension* names = find_extension(out_.extensions_, oid::kSubjectAltName);
        if (names == nullptr)
            return {};
        SCEP_TRY(sans, parse_general_names(names->value, names->offset));
        out_.sans_ = std::move(sans);
        return {};
    }

    std::optional<Error>* challenge_error_;  // null: it is an error like any other
    CertificationRequest out_;
};

Result<CertificationRequest> CertificationRequest::parse(Bytes der, std::size_t base_offset) {
    return RequestParser(der, base_offset).parse();
}

Result<CertificationRequest> CertificationRequest::parse_but_challenge(
    Bytes der, std::size_t base_offset, std::optional<Error>& challenge_error) {
    return RequestParser(der, base_offset, &challenge_error).parse();
}

Result<crypto::PublicKey> CertificationRequest::public_key(const crypto::KeyRules& rules) const {
    return crypto::parse_public_key(
        spki_, rules, base_offset_ + static_cast<std::size_t>(spki_.data() - der().data()));
}

Result<crypto::SignatureAlgorithm> CertificationRequest::signature_algorithm() const {
    Reader in(signature_algorithm_,
              asn1::Rules::Ber,
              base_offset_ + static_cast<std::size_t>(signature_algorithm_.data() - der().data()));
    SCEP_TRY(identifier, asn1::algorithm_identifier(in, "CertificationRequest.signatureAlgorithm"));
    return crypto::signature_algorithm(identifier, std::nullopt);
}

Status CertificationRequest::verify_signature(const crypto::Library& library,
                                              const crypto::PublicKey& key) const {
    SCEP_TRY(algorithm, signature_algorithm());
    return crypto::verify(library, key, algorithm, info_, signature_);
}

}  // namespace scep::x509
