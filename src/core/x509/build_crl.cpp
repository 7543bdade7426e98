#include "core/x509/build_crl.hpp"

#include "core/asn1/writer.hpp"

namespace scep::x509 {

namespace {

constexpr std::uint64_t kVersion2 = 1;
constexpr std::size_t kEntryOctets = 64;  // of a usual entry
constexpr std::size_t kFrameOctets = 512;

template <class Value>
void write_extension(asn1::Writer& out, const asn1::Oid& oid, Value&& value) {
    out.sequence([&] {
        out.oid(oid);
        out.octet_string_of(value);
    });
}

void write_entry(asn1::Writer& out, const RevokedCertificate& entry) {
    out.sequence([&] {
        out.unsigned_integer(entry.serial);
        out.time(entry.revoked_at);
        if (entry.reason == 0)
            return;
        out.sequence([&] {
            write_extension(out, oid::kReasonCode, [&] {
                out.primitive(asn1::kEnumerated, Bytes(&entry.reason, 1));
            });
        });
    });
}

// Section 5.2: both are mandatory.
void write_extensions(asn1::Writer& out, const CrlFields& fields) {
    out.sequence([&] {
        write_extension(out, oid::kAuthorityKeyIdentifier, [&] {
            out.sequence([&] { out.primitive(asn1::context(0), fields.authority_key_identifier); });
        });
        write_extension(out, oid::kCrlNumber, [&] { out.integer(fields.number); });
    });
}

void write_tbs(asn1::Writer& out,
               const CrlFields& fields,
               const crypto::SignatureAlgorithm& algorithm) {
    out.sequence([&] {
        out.integer(kVersion2);
        crypto::write_signature_algorithm(out, algorithm, crypto::SignatureSpelling::Certificate);
        out.raw(fields.issuer.der());
        out.time(fields.this_update);
        out.time(fields.next_update);
        if (!fields.revoked.empty())  // section 5.1.2.6: absent rather than empty
            out.sequence([&] {
                for (const RevokedCertificate& entry : fields.revoked)
                    write_entry(out, entry);
            });
        out.explicit_tag(0, [&] { write_extensions(out, fields); });
    });
}

}  // namespace

Result<Buffer> sign_crl(const CrlFields& fields, crypto::Signer& ca, crypto::Digest digest) {
    const crypto::SignatureAlgorithm algorithm = crypto::default_signature(ca.public_key(), digest);
    asn1::Writer tbs(kFrameOctets + fields.revoked.size() * kEntryOctets);
    write_tbs(tbs, fields, algorithm);
    SCEP_TRY(signature, ca.sign(algorithm, tbs.bytes()));
    asn1::Writer out(tbs.size() + signature.size() + kFrameOctets);
    out.sequence([&] {
        out.raw(tbs.bytes());
        crypto::write_signature_algorithm(out, algorithm, crypto::SignatureSpelling::Certificate);
        out.bit_string(signature);
    });
    return std::move(out).take();
}

}  // namespace scep::x509
