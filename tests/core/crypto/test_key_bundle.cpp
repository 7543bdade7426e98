// Key files that are encrypted; tests/e2e/decode_inputs.sh has those of the openssl command.
#include <doctest/doctest.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>

#include "core/asn1/pem.hpp"
#include "core/crypto/key_bundle.hpp"
#include "keys.hpp"

using namespace scep;
using namespace scep::crypto;
using namespace scep::crypto::test;

namespace {

constexpr std::string_view kPassphrase = "correct horse";

PkeyPtr make_key() {
    return PkeyPtr(EVP_EC_gen("P-256"));
}

Buffer taken(BIO* bio) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio, &data);
    return Buffer(data, data + size);
}

Buffer encrypted_pem(EVP_PKEY* key) {
    const BioPtr bio(BIO_new(BIO_s_mem()));
    REQUIRE(PEM_write_bio_PKCS8PrivateKey(bio.get(),
                                          key,
                                          EVP_aes_256_cbc(),
                                          kPassphrase.data(),
                                          static_cast<int>(kPassphrase.size()),
                                          nullptr,
                                          nullptr) == 1);
    return taken(bio.get());
}

Buffer pfx(EVP_PKEY* key, const char* passphrase) {
    const Pkcs12Ptr container(PKCS12_create_ex(
        passphrase, nullptr, key, nullptr, nullptr, 0, 0, 1, 1, 0, nullptr, nullptr));
    const BioPtr bio(BIO_new(BIO_s_mem()));
    REQUIRE(i2d_PKCS12_bio(bio.get(), container.get()) == 1);
    return taken(bio.get());
}

Buffer public_half(const EVP_PKEY* key) {
    std::uint8_t* raw = nullptr;
    const int size = i2d_PUBKEY(key, &raw);
    const OpensslBytes owner(raw);
    return Buffer(raw, raw + size);
}

Error refusal(Bytes file, const std::optional<SecretBytes>& passphrase) {
    Result<KeyBundle> opened = open_key_file(file, "ra.key", passphrase, kStrictKeys);
    REQUIRE_FALSE(opened);
    CHECK(opened.error().where.source == "ra.key");
    return std::move(opened).error();
}

}  // namespace

TEST_SUITE("core/crypto/key_bundle") {
    TEST_CASE("an encrypted key is opened with its passphrase, in PEM, DER and PKCS#12") {
        const PkeyPtr key = make_key();
        const Buffer pem = encrypted_pem(key.get());
        const Buffer der = to_buffer(asn1::parse_pem(as_text(pem), "test").value().front().content);
        for (const Buffer& file : {pem, der, pfx(key.get(), kPassphrase.data())}) {
            const auto opened = open_key_file(file, "ra.key", to_secret(kPassphrase), kStrictKeys);
            REQUIRE(opened);
            CHECK(equal(opened->key->public_key().spki(), public_half(key.get())));
            CHECK(opened->certificates.empty());
            CHECK(refusal(file, to_secret("wrong")).what ==
                  "cannot be decrypted with this passphrase");
            const Error none = refusal(file, std::nullopt);
            CHECK(none.what == "the private key is encrypted, and no passphrase was given");
            CHECK(none.hint == "--passin pass:..., env:NAME or file:PATH");
        }
    }

    TEST_CASE("an unencrypted key needs none, and a passphrase does no harm") {
        const PkeyPtr key = make_key();
        const auto own = PrivateKey::generate_ec(Curve::P256).value();
        const SecretBytes pem = own->to_pkcs8_pem();
        for (const auto& passphrase : {std::optional<SecretBytes>{}, {to_secret(kPassphrase)}}) {
            const auto opened = open_key_file(pem, "ra.key", passphrase, kStrictKeys);
            REQUIRE(opened);
            CHECK(opened->key->public_key() == own->public_key());
        }
        CHECK(open_key_file(pfx(key.get(), ""), "ra.key", std::nullopt, kStrictKeys));
    }

    TEST_CASE("cut or damaged files are one clear error, and no message has anything of them") {
        const PkeyPtr key = make_key();
        for (const Buffer& file : {encrypted_pem(key.get()), pfx(key.get(), kPassphrase.data())})
            for (std::size_t size = 0; size < file.size(); size += 7) {
                CAPTURE(size);
                const Error error = refusal(Bytes(file).first(size), to_secret(kPassphrase));
                CHECK(to_text(error).find(kPassphrase) == std::string::npos);
            }
        CHECK(refusal(encrypted_pem(key.get()), SecretBytes(2000, 'x')).what == "too long");
    }
}
