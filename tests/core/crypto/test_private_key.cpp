#include <doctest/doctest.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>

#include "core/asn1/pem.hpp"
#include "core/crypto/rsa_private_key.hpp"
#include "keys.hpp"

using namespace scep;
using namespace scep::crypto;
using namespace scep::crypto::test;

namespace {

Error refusal(Bytes file) {
    Result<std::unique_ptr<PrivateKey>> key = PrivateKey::parse(file, "ra.key");
    REQUIRE_FALSE(key);
    CHECK(key.error().where.source == "ra.key");
    return std::move(key).error();
}

Error refusal(std::string_view file) {
    return refusal(as_bytes(file));
}

SecretBytes pkcs8_der(std::string_view pem) {
    return asn1::parse_pem(pem, "test").value().front().content;
}

// What is inside PKCS#8: PKCS#1 or SEC1.
Buffer inner_der(std::string_view pem) {
    const SecretBytes der = pkcs8_der(pem);
    asn1::Reader in(der);
    asn1::Reader body = in.expect_into(asn1::kSequence, "test").value();
    (void)body.next("version").value();
    (void)body.next("algorithm").value();
    return to_buffer(body.expect(asn1::kOctetString, "key").value().content);
}

std::vector<Buffer> rsa_numbers() {
    const Buffer der = inner_der(kRsa2048);
    asn1::Reader in(der);
    asn1::Reader body = in.expect_into(asn1::kSequence, "test").value();
    std::vector<Buffer> out;
    while (!body.at_end())
        out.push_back(
            to_buffer(asn1::unsigned_integer(body.next("number").value(), "number").value()));
    return out;  // version, n, e, d, p, q, dp, dq, qinv
}

Buffer pkcs1(const std::vector<Buffer>& numbers) {
    asn1::Writer out;
    out.sequence([&] {
        for (const Buffer& number : numbers)
            out.unsigned_integer(number);
    });
    return std::move(out).take();
}

std::string encrypted(std::string_view pem) {
    const auto key = load(pem);
    const BioPtr bio(BIO_new(BIO_s_mem()));
    REQUIRE(PEM_write_bio_PKCS8PrivateKey(
                bio.get(), &key->evp(), EVP_aes_128_cbc(), "secret", 6, nullptr, nullptr) == 1);
    char* text = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &text);
    return {text, static_cast<std::size_t>(size)};
}

}  // namespace

TEST_SUITE("core/crypto private key files") {
    TEST_CASE("PKCS#8, PKCS#1 and SEC1 are read, as PEM and as DER") {
        for (const auto& [pem, label] :
             {std::pair{kRsa2048, "RSA PRIVATE KEY"}, std::pair{kP256, "EC PRIVATE KEY"}}) {
            const PublicKey expected = load(pem)->public_key();
            const Buffer inner = inner_der(pem);
            const auto same = [&](Bytes file) {
                return PrivateKey::parse(file, "test").value()->public_key() == expected;
            };
            CHECK(same(pkcs8_der(pem)));
            if (pem == kRsa2048) {  // SEC1 inside PKCS#8 leaves out the curve
                CHECK(same(inner));
                CHECK(same(as_bytes(asn1::to_pem(label, inner))));
            }
        }
    }

    TEST_CASE(
        "an RSA key is read without OpenSSL's decoders; what is odd about one is left to them") {
        const SecretBytes whole = pkcs8_der(kRsa2048);
        const Buffer inner = inner_der(kRsa2048);
        CHECK(read_rsa_pkcs8(whole));
        CHECK(read_rsa_pkcs1(inner));
        CHECK_FALSE(read_rsa_pkcs8(inner));
        CHECK_FALSE(read_rsa_pkcs1(whole));
        CHECK_FALSE(read_rsa_pkcs8(pkcs8_der(kP256)));
        for (std::size_t size = 0; size < inner.size(); size += 7)
            CHECK_FALSE(read_rsa_pkcs1(Bytes(inner).first(size)));
        Buffer longer = inner;
        longer.push_back(0);
        CHECK_FALSE(read_rsa_pkcs1(longer));
    }

    TEST_CASE("SEC1 with its curve is read, after an EC PARAMETERS block too") {
        // openssl ec -in p256.pem
        const std::string sec1 =
            "-----BEGIN EC PRIVATE KEY-----\n"
            "MHcCAQEEIP4cH2x/s/Zs9ze814pFMkDaXAhddFctvYeMLw6GaQg6oAoGCCqGSM49\n"
            "AwEHoUQDQgAElP8LaVLuAur6iZVmNsN4QBfSy9fqgiTtfOKw01qctj7oqfTyXW/I\n"
            "VkoYzy6ADrf6inT4R9QtQimZ4A/lOR86Ow==\n"
            "-----END EC PRIVATE KEY-----\n";
        const PublicKey expected = load(kP256)->public_key();
        CHECK(load(sec1)->public_key() == expected);
        CHECK(
            load("-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n" +
                 sec1)
                ->public_key() == expected);
        const SecretBytes der = pkcs8_der(sec1);
        CHECK(PrivateKey::parse(der, "test").value()->public_key() == expected);
    }

    TEST_CASE("what is written is read again") {
        for (const std::string_view pem : {kRsa2048, kP256}) {
            const auto key = load(pem);
            const SecretBytes written = key->to_pkcs8_pem();
            CHECK(as_text(written) == pem);
            CHECK(load(as_text(written))->public_key() == key->public_key());
        }
    }

    TEST_CASE("an encrypted key is refused with the way out") {
        for (const std::string& file : {encrypted(kRsa2048), "# mine\n" + encrypted(kP256)}) {
            const Error error = refusal(file);
            CHECK(error.code == Errc::Config);
            CHECK(error.what == "the private key is encrypted, want an unencrypted one");
            CHECK(error.hint.find("openssl pkey -in ra.key") != std::string::npos);
            CHECK(error.where.line == (file.starts_with('#') ? 2U : 1U));
        }
        const SecretBytes der = pkcs8_der(encrypted(kP256));
        CHECK(refusal(Bytes(der)).what == "the private key is encrypted, want an unencrypted one");
        const Error traditional = refusal(
            "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: "
            "AES-128-CBC,018349B5\n\nAAAA\n-----END RSA PRIVATE KEY-----\n");
        CHECK(traditional.what == "the private key is encrypted, want an unencrypted one");
    }

    TEST_CASE("files without a private key say so") {
        const std::string certificate = asn1::to_pem("CERTIFICATE", Buffer{0x30, 0x00});
        for (const std::string_view file :
             {std::string_view(certificate), std::string_view("hello"), std::string_view()}) {
            const Error error = refusal(file);
            CHECK(error.code == Errc::Config);
            CHECK(error.what == "holds no private key");
            CHECK_FALSE(error.hint.empty());
        }
        const auto key = load(kRsa2048);
        CHECK(refusal(key->public_key().spki()).what == "holds no private key");
    }

    TEST_CASE("the first private key counts, whatever stands before it") {
        const std::string file = asn1::to_pem("CERTIFICATE", Buffer{0x30, 0x00}) +
                                 std::string(kP256) + std::string(kRsa2048);
        CHECK(load(file)->public_key().type() == KeyType::Ec);
    }

    TEST_CASE("leftover bytes, cuts and malformed blocks are told with their line") {
        SecretBytes trailing = pkcs8_der(kP256);
        trailing.push_back(0);
        CHECK(refusal(Bytes(trailing)).what == "bytes left over after the private key");
        const Error in_pem = refusal("\n\n" + asn1::to_pem("PRIVATE KEY", Bytes(trailing)));
        CHECK(in_pem.what == "bytes left over after the private key");
        CHECK(in_pem.where.line == 3);
        const SecretBytes whole = pkcs8_der(kP256);
        const Error cut = refusal(asn1::to_pem("PRIVATE KEY", Bytes(whole).first(60)));
        CHECK(cut.code == Errc::Config);
        CHECK(cut.what == "malformed private key");
        CHECK(refusal("-----BEGIN PRIVATE KEY-----\n!!\n-----END PRIVATE KEY-----\n").what ==
              "block PRIVATE KEY is not base64");
        CHECK(refusal(asn1::to_pem("DSA PRIVATE KEY", Bytes(whole))).what ==
              "DSA PRIVATE KEY is not a kind of private key that can be used");
    }

    TEST_CASE("no truncation of a key file loads") {
        for (const std::string_view pem : {kRsa2048, kP256}) {
            const SecretBytes der = pkcs8_der(pem);
            for (std::size_t i = 0; i < der.size(); ++i)
                CHECK_FALSE(PrivateKey::parse(Bytes(der).first(i), "test"));
        }
    }

    TEST_CASE("small keys and other kinds of keys are refused") {
        const Error small = refusal(kRsa1024);
        CHECK(small.code == Errc::Crypto);
        CHECK(small.what == "RSA key of 1024 bits, want 2048 to 8192");
        CHECK(small.where.line == 1);
        CHECK_FALSE(small.where.offset);
        const Error ed25519 = refusal(
            "-----BEGIN PRIVATE KEY-----\n"
            "MC4CAQAwBQYDK2VwBCIEILlfSHSsWRTHPd3gg3KKZwZyNA+9JeOEp6/CrBhA9xy+\n"
            "-----END PRIVATE KEY-----\n");
        CHECK(ed25519.what == "key type ED25519 is not known, want RSA or EC");
    }

    TEST_CASE("every number of an RSA key must fit the others") {
        const std::vector<Buffer> numbers = rsa_numbers();
        REQUIRE(numbers.size() == 9);
        REQUIRE(PrivateKey::parse(pkcs1(numbers), "test"));
        for (std::size_t i = 1; i < numbers.size(); ++i) {
            CAPTURE(i);
            std::vector<Buffer> bent = numbers;
            bent[i].back() ^= 0x02U;
            const Error error = refusal(pkcs1(bent));
            CHECK(error.code == Errc::Crypto);
        }
        std::vector<Buffer> swapped = numbers;
        std::swap(swapped[4], swapped[5]);
        CHECK(refusal(pkcs1(swapped)).what.starts_with("RSA private key is inconsistent"));
        std::vector<Buffer> without_primes = numbers;
        for (std::size_t i = 4; i < numbers.size(); ++i)
            without_primes[i].clear();
        CHECK(refusal(pkcs1(without_primes)).code == Errc::Crypto);
        for (const std::size_t i : {3U, 4U, 6U, 8U}) {  // d, p, dp, qinv
            CAPTURE(i);
            std::vector<Buffer> wide = numbers;
            wide[i].insert(wide[i].begin(), 257 - wide[i].size() % 256, 0x01);
            CHECK(
                refusal(pkcs1(wide)).what ==
                "RSA private key is inconsistent: a prime, an exponent or the coefficient is wider "
                "than the modulus");
        }
    }

    TEST_CASE("an EC key with another key's point is refused") {
        Buffer der = inner_der(kP256);
        const auto other = PrivateKey::generate_ec(Curve::P256).value();
        const Bytes point = other->public_key().key_octets();
        std::ranges::copy(point, der.end() - static_cast<std::ptrdiff_t>(point.size()));
        asn1::Writer out;
        out.sequence([&] {
            out.integer(0);
            out.sequence([&] {
                out.oid(oid::kEcPublicKey);
                out.oid(oid::kP256);
            });
            out.octet_string(der);
        });
        const Error error = refusal(Bytes(out.bytes()));
        CHECK(error.code == Errc::Crypto);
        CHECK(error.what == "the private and the public half do not belong together");
    }
}

TEST_SUITE("core/crypto key generation") {
    TEST_CASE("the kinds of keys are made as asked") {
        CHECK(generate_key("rsa:2048").value()->public_key().describe() == "RSA 2048 bits");
        CHECK(generate_key("ec:P-256").value()->public_key().describe() == "EC P-256");
        CHECK(generate_key("ec:P-384").value()->public_key().describe() == "EC P-384");
    }

    TEST_CASE("other kinds are Usage errors") {
        for (const std::string_view kind : {"", "rsa", "rsa:1024", "rsa:2049", "ec:P-192", "dsa"}) {
            const auto key = generate_key(kind);
            REQUIRE_FALSE(key);
            CHECK(key.error().code == Errc::Usage);
        }
        CHECK(PrivateKey::generate_rsa(1024).error().code == Errc::Usage);
        CHECK(PrivateKey::generate_rsa(1U << 20U).error().code == Errc::Usage);
    }

    TEST_CASE("the default signature is of the key's kind") {
        CHECK(default_signature(load(kRsa2048)->public_key(), Digest::Sha384) ==
              SignatureAlgorithm{.digest = Digest::Sha384});
        CHECK(default_signature(load(kP256)->public_key(), Digest::Sha256).kind ==
              SignatureKind::Ecdsa);
    }
}
