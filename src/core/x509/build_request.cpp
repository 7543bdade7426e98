// Building a PKCS#10 request: RFC 2986 section 4, RFC 2985 section 5.4.
#include <array>

#include "core/x509/request.hpp"

namespace scep::x509 {

namespace {

// Room for everything of a request but its names, challenge and key, so that the buffer never moves
// and leaves no unwiped copy of the challenge behind.
constexpr std::size_t kOverhead = 1024;
constexpr std::size_t kPerName = 64;

std::size_t expected_size(const RequestFields& fields, const crypto::PublicKey& key) {
    std::size_t size =
        kOverhead + fields.subject.der().size() + fields.challenge.size() + 2 * key.spki().size();
    for (const GeneralName& name : fields.subject_alt_names)
        size += name.content.size() + kPerName;
    return size;
}

SecretBytes take_secret(asn1::Writer&& out) {
    Buffer plain = std::move(out).take();
    SecretBytes secret = to_secret(Bytes(plain));
    wipe(plain.data(), plain.size());
    return secret;
}

// Attribute ::= SEQUENCE { type OBJECT IDENTIFIER, values SET OF ANY }
template <class Value>
SecretBytes attribute(const asn1::Oid& type, std::size_t expected, Value&& value) {
    asn1::Writer out(expected);
    out.sequence([&] {
        out.oid(type);
        out.set([&] { value(out); });
    });
    return take_secret(std::move(out));
}

SecretBytes challenge_attribute(const SecretBytes& challenge, std::size_t expected) {
    return attribute(oid::kChallengePassword, expected, [&](asn1::Writer& out) {
        out.string(asn1::string_type_for(as_text(challenge)), as_text(challenge));
    });
}

SecretBytes extension_attribute(const RequestFields& fields, std::size_t expected) {
    return attribute(oid::kExtensionRequest, expected, [&](asn1::Writer& out) {
        out.sequence([&] {
            out.sequence([&] {
                out.oid(oid::kSubjectAltName);
                if (fields.subject.empty())
                    out.boolean(true);
                out.octet_string_of([&] { write_general_names(out, fields.subject_alt_names); });
            });
        });
    });
}

// CertificationRequestInfo
SecretBytes write_info(const RequestFields& fields,
                       const crypto::PublicKey& key,
                       std::size_t expected) {
    std::array<SecretBytes, 2> attributes;
    if (!fields.challenge.empty())
        attributes[0] = challenge_attribute(fields.challenge, expected);
    if (!fields.subject_alt_names.empty())
        attributes[1] = extension_attribute(fields, expected);
    if (attributes[1] < attributes[0])  // SET OF is sorted, X.690 section 11.6
        std::swap(attributes[0], attributes[1]);
    asn1::Writer out(expected);
    out.sequence([&] {
        out.integer(0);
        out.raw(fields.subject.der());
        out.raw(key.spki());
        out.constructed(asn1::context(0), [&] {
            for (const SecretBytes& one : attributes)
                out.raw(one);
        });
    });
    return take_secret(std::move(out));
}

}  // namespace

Result<SecretBytes> build_request(const RequestFields& fields,
                                  crypto::Signer& key,
                                  crypto::Digest digest) {
    const asn1::Element challenge{.tag = asn1::kUtf8String, .content = fields.challenge};
    if (fields.challenge.size() > limits::kMaxChallengeOctets || !asn1::text(challenge, {}))
        return fail(Errc::Usage, "the challenge is too long or not UTF-8");
    const std::size_t expected = expected_size(fields, key.public_key());
    const SecretBytes info = write_info(fields, key.public_key(), expected);
    const crypto::SignatureAlgorithm algorithm =
        crypto::default_signature(key.public_key(), digest);
    SCEP_TRY(signature, key.sign(algorithm, info));
    asn1::Writer out(expected + signature.size());
    out.sequence([&] {
        out.raw(info);
        crypto::write_signature_algorithm(out, algorithm, crypto::SignatureSpelling::Certificate);
        out.bit_string(signature);
    });
    return take_secret(std::move(out));
}

}  // namespace scep::x509
