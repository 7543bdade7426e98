#include "core/crypto/decoy.hpp"

#include <algorithm>
#include <array>

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

// SEC 2 sections 2.4.2, 2.5.1, 2.6.1
constexpr std::string_view kP256Order =
    "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
constexpr std::string_view kP384Order =
    "ffffffffffffffffffffffffffffffffffffffffffffffff"
    "c7634d81f4372ddf581a0db248b0a77aecec196accc52973";
constexpr std::string_view kP521Order =
    "01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa"
    "51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409";

constexpr std::string_view kPair = "ECDSA-Sig-Value";

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

bool is_below(Bytes number, Bytes limit) noexcept {
    if (number.size() != limit.size())
        return number.size() < limit.size();
    return std::ranges::lexicographical_compare(number, limit);
}

// The length (PKCS#1 v1.5 exactly, PSS at most), and a number below the modulus.
bool is_rsa_number(const PublicKey& key, SignatureKind kind, Bytes signature) {
    const std::size_t size = (key.bits() + 7) / 8;
    if (signature.size() > size || (kind == SignatureKind::RsaPkcs1 && signature.size() < size))
        return false;
    asn1::Reader in(key.key_octets());
    Result<asn1::Reader> numbers = in.expect_into(asn1::kSequence, "RSAPublicKey");
    if (!numbers)
        return false;
    const Result<asn1::Element> modulus = numbers->next("modulus");
    return modulus && is_below(signature, modulus->content.last(size));
}

Bytes order_of(Curve curve) {
    static const std::array<Buffer, 3> orders{
        *from_hex(kP256Order), *from_hex(kP384Order), *from_hex(kP521Order)};
    return orders[static_cast<std::size_t>(curve)];
}

Result<Bytes> read_number(asn1::Reader& in) {
    SCEP_TRY(element, in.expect(asn1::kInteger, kPair));
    SCEP_TRY(number, asn1::unsigned_integer(element, kPair));
    return number;
}

// ECDSA-Sig-Value ::= SEQUENCE { r INTEGER, s INTEGER }: each from 1 to the order less 1, and in
// DER, which is found out by writing it anew as OpenSSL does.
bool is_ecdsa_pair(const PublicKey& key, Bytes signature) {
    asn1::Reader in(signature, asn1::Rules::Der);
    Result<asn1::Reader> pair = in.expect_into(asn1::kSequence, kPair);
    if (!pair)
        return false;
    const Result<Bytes> r = read_number(*pair);
    const Result<Bytes> s = read_number(*pair);
    if (!r || !s)
        return false;
    asn1::Writer again(signature.size());
    again.sequence([&] {
        again.unsigned_integer(*r);
        again.unsigned_integer(*s);
    });
    const auto in_range = [order = order_of(key.curve())](Bytes number) {
        return !number.empty() && is_below(number, order);
    };
    return equal(again.bytes(), signature) && in_range(*r) && in_range(*s);
}

}  // namespace

const Decoy& decoy(KeyType type) {
    static const Decoy rsa = make_rsa();
    static const Decoy ec = make_ec();
    return type == KeyType::Rsa ? rsa : ec;
}

void verify_decoy(const Library& library, KeyType type) {
    const Decoy& made = decoy(type);
    if (const auto key = parse_public_key(made.spki);
        key && fits(library, *key, made.algorithm, made.signature))
        static_cast<void>(verify(library, *key, made.algorithm, made.spki, made.signature));
}

bool fits(const Library& library,
          const PublicKey& key,
          const SignatureAlgorithm& algorithm,
          Bytes signature) {
    if (!signature_context(library, key.evp(), key.type(), algorithm, SignatureUse::Verify))
        return false;
    return key.type() == KeyType::Rsa ? is_rsa_number(key, algorithm.kind, signature)
                                      : is_ecdsa_pair(key, signature);
}

}  // namespace scep::crypto
