#include <array>

#include <doctest/doctest.h>

#include "core/base/encoding.hpp"
#include "core/crypto/algorithms.hpp"

using namespace scep;
using namespace scep::crypto;

namespace {

// The bytes must outlive the AlgorithmIdentifier.
asn1::AlgorithmIdentifier parse(const Buffer& der) {
    asn1::Reader in(der);
    return asn1::algorithm_identifier(in, "test").value();
}

template <class Body>
Buffer write(Body&& body) {
    asn1::Writer out;
    body(out);
    return std::move(out).take();
}

Buffer with_integer_parameter(const asn1::Oid& oid) {
    return write([&](asn1::Writer& out) {
        out.sequence([&] {
            out.oid(oid);
            out.integer(7);
        });
    });
}

Buffer bare(const asn1::Oid& oid, bool with_null) {
    return write([&](asn1::Writer& out) { out.algorithm(oid, with_null); });
}

std::string complaint(const Buffer& der, std::optional<Digest> digest = std::nullopt) {
    const Result<SignatureAlgorithm> read = signature_algorithm(parse(der), digest);
    REQUIRE_FALSE(read);
    CHECK(read.error().code == Errc::Protocol);
    return read.error().what;
}

}  // namespace

TEST_SUITE("core/crypto algorithms") {
    TEST_CASE("tables agree with the enumerations that index them") {
        for (const Digest digest : {Digest::Md5,
                                    Digest::Sha1,
                                    Digest::Sha224,
                                    Digest::Sha256,
                                    Digest::Sha384,
                                    Digest::Sha512}) {
            CHECK(info(digest).digest == digest);
            CHECK(digest_from(info(digest).oid) == digest);
            CHECK(digest_from_name(info(digest).name) == digest);
        }
        for (const Cipher cipher : {Cipher::DesCbc,
                                    Cipher::DesEde3Cbc,
                                    Cipher::Aes128Cbc,
                                    Cipher::Aes192Cbc,
                                    Cipher::Aes256Cbc}) {
            CHECK(info(cipher).cipher == cipher);
            CHECK(cipher_from(info(cipher).oid) == cipher);
            CHECK(cipher_from_name(info(cipher).name) == cipher);
        }
        for (const Curve curve : {Curve::P256, Curve::P384, Curve::P521}) {
            CHECK(curve_from(oid_of(curve)) == curve);
            CHECK(curve_from_name(curve_name(curve)) == curve);
        }
    }

    TEST_CASE("names are taken in the spellings operators use") {
        CHECK(digest_from_name("sha256") == Digest::Sha256);
        CHECK(digest_from_name("SHA-512") == Digest::Sha512);
        CHECK(cipher_from_name("aes128") == Cipher::Aes128Cbc);
        CHECK(cipher_from_name("aes-256-cbc") == Cipher::Aes256Cbc);
        CHECK(cipher_from_name("3des") == Cipher::DesEde3Cbc);
        CHECK(cipher_from_name("DES3") == Cipher::DesEde3Cbc);
        CHECK(cipher_from_name("des") == Cipher::DesCbc);
        CHECK(curve_from_name("prime256v1") == Curve::P256);
        CHECK_FALSE(digest_from_name(""));
        CHECK_FALSE(digest_from_name("sha2"));
        CHECK_FALSE(digest_from_name("sha2567"));
        CHECK_FALSE(cipher_from_name("rc2"));
        CHECK_FALSE(curve_from_name("secp256k1"));
    }

    TEST_CASE("signature algorithms are read as they are written") {
        for (const SignatureKind kind :
             {SignatureKind::RsaPkcs1, SignatureKind::RsaPss, SignatureKind::Ecdsa})
            for (const Digest digest :
                 {Digest::Sha1, Digest::Sha224, Digest::Sha256, Digest::Sha384, Digest::Sha512})
                for (const SignatureSpelling spelling :
                     {SignatureSpelling::SignerInfo, SignatureSpelling::Certificate}) {
                    SignatureAlgorithm algorithm{.kind = kind, .digest = digest};
                    if (kind == SignatureKind::RsaPss) {
                        algorithm.mgf1 = digest;
                        algorithm.salt_length = static_cast<std::uint32_t>(info(digest).size);
                    }
                    CAPTURE(name(algorithm));
                    const Buffer der = write([&](asn1::Writer& out) {
                        write_signature_algorithm(out, algorithm, spelling);
                    });
                    CHECK(signature_algorithm(parse(der), digest) == algorithm);
                }
    }

    TEST_CASE("SignerInfos of RSA PKCS#1 v1.5 carry rsaEncryption") {
        const SignatureAlgorithm rsa{};
        const Buffer signer_info = write([&](asn1::Writer& out) {
            write_signature_algorithm(out, rsa, SignatureSpelling::SignerInfo);
        });
        CHECK(to_hex(signer_info) == "300d06092a864886f70d0101010500");
        const Buffer certificate = write([&](asn1::Writer& out) {
            write_signature_algorithm(out, rsa, SignatureSpelling::Certificate);
        });
        CHECK(to_hex(certificate) == "300d06092a864886f70d01010b0500");
    }

    TEST_CASE("a bare key algorithm takes the message's digest and wants one") {
        const Buffer rsa = bare(oid::kRsaEncryption, true);
        CHECK(signature_algorithm(parse(rsa), Digest::Sha512)->digest == Digest::Sha512);
        CHECK(complaint(rsa) == "signature algorithm rsaEncryption names no digest");
        const Buffer ec = bare(oid::kEcPublicKey, false);
        CHECK(signature_algorithm(parse(ec), Digest::Sha384)->kind == SignatureKind::Ecdsa);
        CHECK(complaint(ec) == "signature algorithm id-ecPublicKey names no digest");
    }

    TEST_CASE("missing NULL parameters are taken, others are not") {
        CHECK(signature_algorithm(parse(bare(oid::kSha256WithRsa, false)), std::nullopt));
        CHECK(signature_algorithm(parse(bare(oid::kRsaEncryption, false)), Digest::Sha1));
        CHECK(signature_algorithm(parse(bare(oid::kEcdsaWithSha256, true)), std::nullopt));
        CHECK(complaint(with_integer_parameter(oid::kSha256WithRsa)) ==
              "sha256WithRSAEncryption has parameters, want none");
        CHECK(complaint(with_integer_parameter(oid::kRsaEncryption), Digest::Sha1) ==
              "rsaEncryption has parameters, want none");
    }

    TEST_CASE("the OIW name of SHA-1 with RSA is an alias") {
        const Result<SignatureAlgorithm> read =
            signature_algorithm(parse(bare(oid::kSha1WithRsaOiw, false)), std::nullopt);
        CHECK(read == SignatureAlgorithm{.digest = Digest::Sha1});
        const Buffer written = write([&](asn1::Writer& out) {
            write_signature_algorithm(out, *read, SignatureSpelling::Certificate);
        });
        CHECK(parse(written).algorithm == oid::kSha1WithRsa);
    }

    TEST_CASE("a combined algorithm must agree with the message's digest") {
        CHECK(complaint(bare(oid::kSha256WithRsa, true), Digest::Sha1) ==
              "signature algorithm sha256WithRSAEncryption with digest algorithm SHA-1");
        CHECK(complaint(bare(oid::kEcdsaWithSha384, false), Digest::Sha256) ==
              "signature algorithm ecdsa-with-SHA384 with digest algorithm SHA-256");
    }

    TEST_CASE("MD5 is recognised and unknown algorithms are named") {
        CHECK(signature_algorithm(parse(bare(oid::kMd5WithRsa, true)), std::nullopt)->digest ==
              Digest::Md5);
        CHECK(complaint(bare(oid::kEd25519, false)) ==
              "signature algorithm id-Ed25519 is not known");
        const Buffer unknown = from_hex("3005 0603 2a0304").value();
        CHECK(complaint(unknown) == "signature algorithm 1.2.3.4 is not known");
    }

    TEST_CASE("errors carry the offset of the AlgorithmIdentifier") {
        const Buffer der = bare(oid::kEd25519, false);
        asn1::Reader in(der, asn1::Rules::Ber, 1000);
        const Result<SignatureAlgorithm> read =
            signature_algorithm(asn1::algorithm_identifier(in, "test").value(), std::nullopt);
        REQUIRE_FALSE(read);
        CHECK(read.error().where.offset == 1000);
    }
}

TEST_SUITE("core/crypto PSS and OAEP parameters") {
    TEST_CASE("absent PSS parameters mean SHA-1 and a salt of 20") {
        const Buffer der = from_hex("300d 06092a864886f70d01010a 3000").value();
        const Result<SignatureAlgorithm> read = signature_algorithm(parse(der), std::nullopt);
        CHECK(read == SignatureAlgorithm{.kind = SignatureKind::RsaPss,
                                         .digest = Digest::Sha1,
                                         .mgf1 = Digest::Sha1,
                                         .salt_length = 20});
        const Buffer written = write([&](asn1::Writer& out) {
            write_signature_algorithm(out, *read, SignatureSpelling::SignerInfo);
        });
        CHECK(to_hex(written) == to_hex(der));
    }

    TEST_CASE("PSS parameters are written as RFC 4055 and OpenSSL write them") {
        const SignatureAlgorithm algorithm{.kind = SignatureKind::RsaPss};
        const Buffer der = write([&](asn1::Writer& out) {
            write_signature_algorithm(out, algorithm, SignatureSpelling::Certificate);
        });
        // From a certificate made by openssl req -x509 -sigopt rsa_padding_mode:pss.
        CHECK(to_hex(der) ==
              "304106092a864886f70d01010a3034a00f300d06096086480165030402010500a11c301a06092a864886"
              "f70d010108300d06096086480165030402010500a203020120");
    }

    TEST_CASE("PSS is refused without parameters, with a long salt or an odd trailer") {
        CHECK(complaint(bare(oid::kRsassaPss, false)) == "id-RSASSA-PSS without its parameters");
        CHECK(complaint(bare(oid::kRsassaPss, true)) == "id-RSASSA-PSS without its parameters");
        CHECK(complaint(from_hex("3013 06092a864886f70d01010a 3006 a20402020401").value()) ==
              "id-RSASSA-PSS salt length 1025, the limit is 1024");
        CHECK(complaint(from_hex("3012 06092a864886f70d01010a 3005 a303020102").value()) ==
              "id-RSASSA-PSS trailer field 2, want 1");
    }

    TEST_CASE("PSS parameters with an unknown digest or mask are refused by name") {
        const Buffer digest =
            from_hex("3018 06092a864886f70d01010a 300b a009 3007 0605 2b0e030219").value();
        CHECK(complaint(digest) == "digest 1.3.14.3.2.25 is not known");
        const Buffer mask =
            from_hex("3018 06092a864886f70d01010a 300b a109 3007 0605 2b0e030219").value();
        CHECK(complaint(mask) ==
              "mask generation function 1.3.14.3.2.25 is not known, want MGF1 with its digest");
    }

    TEST_CASE("PSS parameters must agree with the message's digest") {
        const Buffer der = from_hex("300d 06092a864886f70d01010a 3000").value();
        CHECK(complaint(der, Digest::Sha256) ==
              "signature algorithm id-RSASSA-PSS with digest algorithm SHA-256");
    }

    TEST_CASE("key transports are read as they are written") {
        for (const KeyTransport& transport :
             {KeyTransport{},
              KeyTransport{.oaep = true},
              KeyTransport{.oaep = true, .digest = Digest::Sha256, .mgf1 = Digest::Sha256},
              KeyTransport{.oaep = true, .digest = Digest::Sha512, .mgf1 = Digest::Sha1}}) {
            const Buffer der =
                write([&](asn1::Writer& out) { write_key_transport(out, transport); });
            CHECK(key_transport(parse(der)) == transport);
        }
    }

    TEST_CASE("OAEP writes its SHA-1 out and reads it when absent") {
        const Buffer der =
            write([](asn1::Writer& out) { write_key_transport(out, {.oaep = true}); });
        CHECK(to_hex(der) ==
              "303406092a864886f70d0101073027a00b300906052b0e03021a0500a118301606092a864886f70d0101"
              "08300906052b0e03021a0500");
        CHECK(key_transport(parse(from_hex("300d 06092a864886f70d010107 3000").value())) ==
              KeyTransport{.oaep = true});
    }

    TEST_CASE("OAEP takes an empty label written out and refuses another") {
        const Buffer empty = from_hex(
                                 "301e 06092a864886f70d010107 3011 a20f 300d "
                                 "06092a864886f70d010109 0400")
                                 .value();
        CHECK(key_transport(parse(empty)) == KeyTransport{.oaep = true});
        const Buffer label = from_hex(
                                 "301f 06092a864886f70d010107 3012 a210 300e "
                                 "06092a864886f70d010109 040161")
                                 .value();
        CHECK_FALSE(key_transport(parse(label)));
    }

    TEST_CASE("other key transports are refused by name") {
        CHECK(key_transport(parse(bare(oid::kEcPublicKey, false))).error().what ==
              "key transport id-ecPublicKey is not known");
        CHECK(key_transport(parse(bare(oid::kRsaesOaep, false))).error().what ==
              "id-RSAES-OAEP without its parameters");
        CHECK(key_transport(parse(with_integer_parameter(oid::kRsaEncryption))).error().what ==
              "rsaEncryption has parameters, want none");
    }

    TEST_CASE("digest algorithms have parameters only where deployed clients want them") {
        const auto written = [](Digest digest) {
            return to_hex(write([&](asn1::Writer& out) { write_digest_algorithm(out, digest); }));
        };
        CHECK(written(Digest::Sha1) == "300906052b0e03021a0500");
        CHECK(written(Digest::Sha256) == "300b0609608648016503040201");
    }
}

TEST_SUITE("core/crypto library") {
    TEST_CASE("the standard library knows neither single DES nor MD5") {
        const Library& library = Library::standard();
        CHECK_FALSE(library.admits(Digest::Md5));
        CHECK_FALSE(library.admits(Cipher::DesCbc));
        for (const Digest digest : {Digest::Sha1, Digest::Sha224, Digest::Sha256, Digest::Sha512})
            CHECK(library.admits(digest));
        for (const Cipher cipher : {Cipher::DesEde3Cbc, Cipher::Aes128Cbc, Cipher::Aes256Cbc})
            CHECK(library.admits(cipher));
    }

    TEST_CASE("the legacy library admits both and leaves the process as it was") {
        {
            const Result<std::unique_ptr<Library>> legacy = Library::with_legacy();
            REQUIRE(legacy);
            CHECK((*legacy)->admits(Digest::Md5));
            CHECK((*legacy)->admits(Cipher::DesCbc));
            CHECK((*legacy)->admits(Cipher::Aes256Cbc));
        }
        CHECK(EVP_CIPHER_fetch(nullptr, "DES-CBC", nullptr) == nullptr);
        CHECK(OSSL_PROVIDER_available(nullptr, "legacy") == 0);
        CHECK(Library::with_legacy());  // and once more
    }

    TEST_CASE("what is weak can be loaded later, and is not there before") {
        CHECK(Library::with_legacy_later()->evp(Cipher::DesCbc) == nullptr);
        const std::unique_ptr<Library> library = Library::with_legacy_later();
        CHECK(library->admits(Cipher::DesCbc));
        CHECK(library->evp(Cipher::Aes128Cbc) != nullptr);
        CHECK(library->md(Digest::Md5) != nullptr);  // the default provider has it
        REQUIRE(library->load());
        REQUIRE(library->load());
        CHECK(library->evp(Cipher::DesCbc) != nullptr);
        CHECK(library->rc2(128) != nullptr);
    }
}
