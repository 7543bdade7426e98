#include "core/crypto/decoy.hpp"

#include "core/asn1/writer.hpp"
#include "core/base/encoding.hpp"
#include "core/crypto/signature.hpp"

namespace scep::crypto {

namespace {

constexpr std::uint8_t kFiller = 0x5a;  // below every modulus and order: nothing ends early
constexpr std::size_t kP256Octets = 32;

// X and Y of the base point of P-256 (SEC 2 section 2.4.2), which is as good a key as any.
constexpr std::string_view kP256Point =
    "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
    "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5";

struct Decoy {
    Buffer spki{};
    SignatureAlgorithm algorithm{};
    Buffer signature{};
};

// A prime is as good a modulus as any where nothing is ever signed: RFC 3526 section 3.
Decoy make_rsa() {
    const BnPtr prime(BN_get_rfc3526_prime_2048(nullptr));
    Buffer modulus(static_cast<std::size_t>(BN_num_bytes(prime.get())));
    BN_bn2bin(prime.get(), modulus.data());
    asn1::Writer out(modulus.size() + 64);
    out.sequence([&] {
        out.algorithm(oid::kRsaEncryption, true);
        out.bit_string_of([&] {
            out.sequence([&] {
                out.unsigned_integer(modulus);
                out.integer(limits::kMinRsaExponent);
            });
        });
    });
    return {.spki = std::move(out).take(), .signature = Buffer(modulus.size(), kFiller)};
}

Decoy make_ec() {
    Buffer point{0x04};
    append(point, *from_hex(kP256Point));
    asn1::Writer out(128);
    out.sequence([&] {
        out.sequence([&] {
            out.oid(oid::kEcPublicKey);
            out.oid(oid::kP256);
        });
        out.bit_string(point);
    });
    const Buffer number(kP256Octets, kFiller);
    asn1::Writer signature(80);
    signature.sequence([&] {
        signature.unsigned_integer(number);
        signature.unsigned_integer(number);
    });
    return {.spki = std::move(out).take(),
            .algorithm = {.kind = SignatureKind::Ecdsa},
            .signature = std::move(signature).take()};
}

}  // namespace

void verify_decoy(const Library& library, KeyType type) {
    static const Decoy rsa = make_rsa();
    static const Decoy ec = make_ec();
    const Decoy& decoy = type == KeyType::Rsa ? rsa : ec;
    if (const auto key = parse_public_key(decoy.spki))
        static_cast<void>(verify(library, *key, decoy.algorithm, decoy.spki, decoy.signature));
}

bool fits(const Library& library, const PublicKey& key, const SignatureAlgorithm& algorithm) {
    return signature_context(library, key.evp(), key.type(), algorithm, SignatureUse::Verify)
        .has_value();
}

}  // namespace scep::crypto
