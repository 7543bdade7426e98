// OpenSSL's CMS as the referee of key agreement and of passwords: what we encrypt it decrypts, what
// it encrypts, in DER and streamed as BER, we read. Over every curve, derivation, wrap and cipher.
#include <doctest/doctest.h>
#include <openssl/cms.h>
#include <openssl/ec.h>

#include "core/cms/messages.hpp"
#include "support/pki.hpp"

using namespace scep;
using namespace scep::test;

namespace {

using CmsPtr = crypto::Handle<CMS_ContentInfo, CMS_ContentInfo_free>;

constexpr crypto::Digest kKdfs[]{crypto::Digest::Sha1,
                                 crypto::Digest::Sha224,
                                 crypto::Digest::Sha256,
                                 crypto::Digest::Sha384,
                                 crypto::Digest::Sha512};
constexpr crypto::KeyWrap kWraps[]{
    crypto::KeyWrap::Aes128, crypto::KeyWrap::Aes192, crypto::KeyWrap::Aes256};
constexpr crypto::Curve kCurves[]{crypto::Curve::P256, crypto::Curve::P384, crypto::Curve::P521};
constexpr crypto::Cipher kCiphers[]{
    crypto::Cipher::Aes128Cbc, crypto::Cipher::Aes192Cbc, crypto::Cipher::Aes256Cbc};
constexpr std::string_view kPassword = "swordfish swims at night";

const crypto::Library& library() {
    return crypto::Library::standard();
}

// One certificate for each curve.
const Identity& party_on(crypto::Curve curve) {
    static const std::array<Identity, 3> all = [] {
        std::array<Identity, 3> out;
        for (const crypto::Curve each : kCurves)
            out[static_cast<std::size_t>(each)] =
                make_transient(ec_key(each), "CN=" + std::string(crypto::curve_name(each)));
        return out;
    }();
    return all[static_cast<std::size_t>(curve)];
}

crypto::X509Ptr openssl_form(const x509::Certificate& certificate) {
    const unsigned char* at = certificate.der().data();
    return crypto::X509Ptr(d2i_X509(nullptr, &at, static_cast<long>(certificate.der().size())));
}

CmsPtr decode(Bytes message) {
    const unsigned char* at = message.data();
    CmsPtr cms(d2i_CMS_ContentInfo(nullptr, &at, static_cast<long>(message.size())));
    REQUIRE(cms);
    CHECK(at == message.data() + message.size());
    return cms;
}

Buffer drain(BIO& bio) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(&bio, &data);
    return to_buffer(as_bytes({data, static_cast<std::size_t>(size)}));
}

Buffer finish(CMS_ContentInfo& cms, bool stream) {
    const Bytes data = content();
    const crypto::BioPtr in(BIO_new_mem_buf(data.data(), static_cast<int>(data.size())));
    const crypto::BioPtr out(BIO_new(BIO_s_mem()));
    if (stream) {
        REQUIRE(i2d_CMS_bio_stream(out.get(), &cms, in.get(), CMS_STREAM | CMS_BINARY) == 1);
    } else {
        REQUIRE(CMS_final(&cms, in.get(), nullptr, CMS_BINARY) == 1);
        REQUIRE(i2d_CMS_bio(out.get(), &cms) == 1);
    }
    return drain(*out);
}

struct Agreement {
    crypto::Curve curve{};
    crypto::KeyAgreement algorithm{};
    crypto::Cipher cipher = crypto::Cipher::Aes128Cbc;
    bool cofactor = false;
    bool key_id = false;
    bool stream = false;
};

const EVP_CIPHER* openssl_wrap(crypto::KeyWrap wrap) {
    switch (wrap) {
        case crypto::KeyWrap::Aes128:
            return EVP_aes_128_wrap();
        case crypto::KeyWrap::Aes192:
            return EVP_aes_192_wrap();
        case crypto::KeyWrap::Aes256:
            break;
    }
    return EVP_aes_256_wrap();
}

void add_agreement(CMS_ContentInfo& cms, const Agreement& row, unsigned flags) {
    const crypto::X509Ptr certificate = openssl_form(party_on(row.curve).certificate);
    CMS_RecipientInfo* recipient = CMS_add1_recipient_cert(
        &cms, certificate.get(), flags | CMS_KEY_PARAM | (row.key_id ? CMS_USE_KEYID : 0U));
    REQUIRE(recipient != nullptr);
    EVP_PKEY_CTX* context = CMS_RecipientInfo_get0_pkey_ctx(recipient);
    REQUIRE(EVP_PKEY_CTX_set_ecdh_kdf_md(context, library().md(row.algorithm.kdf)) == 1);
    REQUIRE(EVP_PKEY_CTX_set_ecdh_cofactor_mode(context, row.cofactor ? 1 : 0) == 1);
    REQUIRE(EVP_EncryptInit_ex(CMS_RecipientInfo_kari_get0_ctx(recipient),
                               openssl_wrap(row.algorithm.wrap),
                               nullptr,
                               nullptr,
                               nullptr) == 1);
}

Buffer openssl_agreed(const Agreement& row) {
    const unsigned flags = CMS_BINARY | CMS_PARTIAL | (row.stream ? CMS_STREAM : 0U);
    const CmsPtr cms(CMS_encrypt(nullptr, nullptr, library().evp(row.cipher), flags));
    REQUIRE(cms);
    add_agreement(*cms, row, flags);
    return finish(*cms, row.stream);
}

Buffer openssl_with_password(crypto::Cipher cipher, bool stream) {
    const unsigned flags = CMS_BINARY | CMS_PARTIAL | (stream ? CMS_STREAM : 0U);
    const CmsPtr cms(CMS_encrypt(nullptr, nullptr, library().evp(cipher), flags));
    REQUIRE(cms);
    Buffer password = to_buffer(as_bytes(kPassword));
    auto* owned = static_cast<unsigned char*>(OPENSSL_memdup(password.data(), password.size()));
    REQUIRE(CMS_add0_recipient_password(cms.get(),
                                        -1,
                                        NID_undef,
                                        NID_undef,
                                        owned,
                                        static_cast<ossl_ssize_t>(password.size()),
                                        nullptr) != nullptr);
    return finish(*cms, stream);
}

bool openssl_decrypts(Bytes message, const Identity& who) {
    const CmsPtr cms = decode(message);
    const crypto::X509Ptr certificate = openssl_form(who.certificate);
    const crypto::BioPtr out(BIO_new(BIO_s_mem()));
    return CMS_decrypt(
               cms.get(), &who.key->evp(), certificate.get(), nullptr, out.get(), CMS_BINARY) ==
               1 &&
           equal(drain(*out), content());
}

bool openssl_decrypts_with_password(Bytes message) {
    const CmsPtr cms = decode(message);
    Buffer password = to_buffer(as_bytes(kPassword));
    const crypto::BioPtr out(BIO_new(BIO_s_mem()));
    return CMS_decrypt_set1_password(
               cms.get(), password.data(), static_cast<ossl_ssize_t>(password.size())) == 1 &&
           CMS_decrypt(cms.get(), nullptr, nullptr, nullptr, out.get(), CMS_BINARY) == 1 &&
           equal(drain(*out), content());
}

Result<SecretBytes> we_decrypt(Bytes message, const Identity& who) {
    SCEP_TRY(parsed, cms::parse_enveloped_data(message));
    return cms::decrypt(library(), parsed, who.certificate, *who.key);
}

Result<SecretBytes> we_decrypt_with_password(Bytes message) {
    SCEP_TRY(parsed, cms::parse_enveloped_data(message));
    crypto::PasswordDecrypter password(to_secret(kPassword));
    const cms::RecipientInfo* recipient =
        cms::first_recipient(parsed, cms::RecipientKind::Password);
    REQUIRE(recipient != nullptr);
    return cms::decrypt(library(), parsed, {.recipient = recipient, .password = &password});
}

}  // namespace

TEST_SUITE("core/cms referee recipients") {
    TEST_CASE("OpenSSL decrypts what we encrypt by key agreement") {
        SeededRandom random(5);
        for (const crypto::Curve curve : kCurves)
            for (const crypto::Digest kdf : kKdfs)
                for (const crypto::KeyWrap wrap : kWraps)
                    for (const bool key_identifier : {false, true}) {
                        const std::string name(crypto::curve_name(curve));
                        CAPTURE(name);
                        CAPTURE(key_identifier);
                        const Identity& who = party_on(curve);
                        cms::EnvelopedDataSpec spec = enveloped_spec(content(), who.certificate);
                        spec.recipients.push_back(&party("other").certificate);
                        spec.cipher = crypto::Cipher::Aes256Cbc;
                        spec.key_agreement = {.kdf = kdf, .wrap = wrap};
                        spec.key_identifier = key_identifier;
                        const auto message = cms::build_enveloped_data(library(), spec, random);
                        REQUIRE(message);
                        CHECK(openssl_decrypts(*message, who));
                    }
    }

    TEST_CASE("also as it is by default, over the ciphers") {
        SeededRandom random(5);
        for (const crypto::Curve curve : kCurves)
            for (const crypto::Cipher cipher : kCiphers) {
                const Identity& who = party_on(curve);
                cms::EnvelopedDataSpec spec = enveloped_spec(content(), who.certificate);
                spec.cipher = cipher;
                const auto message = cms::build_enveloped_data(library(), spec, random);
                REQUIRE(message);
                CHECK(openssl_decrypts(*message, who));
            }
    }

    TEST_CASE("we decrypt what OpenSSL encrypts by key agreement, also streamed") {
        for (const crypto::Curve curve : kCurves)
            for (const crypto::Digest kdf : kKdfs)
                for (const crypto::KeyWrap wrap : kWraps)
                    for (const bool stream : {false, true})
                        for (const bool odd : {false, true}) {
                            const std::string name(crypto::curve_name(curve));
                            CAPTURE(name);
                            CAPTURE(stream);
                            CAPTURE(odd);
                            const Buffer message =
                                openssl_agreed({.curve = curve,
                                                .algorithm = {.kdf = kdf, .wrap = wrap},
                                                .cofactor = odd,
                                                .key_id = odd,
                                                .stream = stream});
                            const auto plaintext = we_decrypt(message, party_on(curve));
                            REQUIRE(plaintext);
                            CHECK(equal(*plaintext, content()));
                        }
    }

    TEST_CASE("also over the ciphers") {
        for (const crypto::Cipher cipher : {crypto::Cipher::DesEde3Cbc,
                                            crypto::Cipher::Aes128Cbc,
                                            crypto::Cipher::Aes192Cbc,
                                            crypto::Cipher::Aes256Cbc}) {
            const Buffer message = openssl_agreed({.cipher = cipher});
            CHECK(equal(we_decrypt(message, party_on(crypto::Curve::P256)).value(), content()));
        }
    }

    TEST_CASE("OpenSSL decrypts what we encrypt under a password") {
        SeededRandom random(5);
        for (const crypto::Cipher cipher : {crypto::Cipher::DesEde3Cbc,
                                            crypto::Cipher::Aes128Cbc,
                                            crypto::Cipher::Aes192Cbc,
                                            crypto::Cipher::Aes256Cbc}) {
            const auto message = cms::build_enveloped_data(
                library(),
                {.content = content(), .password = as_bytes(kPassword), .cipher = cipher},
                random);
            REQUIRE(message);
            CHECK(openssl_decrypts_with_password(*message));
            CHECK(equal(we_decrypt_with_password(*message).value(), content()));
        }
    }

    TEST_CASE("we decrypt what OpenSSL encrypts under a password, also streamed") {
        for (const crypto::Cipher cipher : kCiphers)
            for (const bool stream : {false, true}) {
                CAPTURE(stream);
                const Buffer message = openssl_with_password(cipher, stream);
                const auto plaintext = we_decrypt_with_password(message);
                REQUIRE(plaintext);
                CHECK(equal(*plaintext, content()));
            }
    }

    TEST_CASE("S06 of OpenSSL's passwords over 3DES only the name is told") {
        const Buffer message = openssl_with_password(crypto::Cipher::DesEde3Cbc, false);
        const auto refused = we_decrypt_with_password(message);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().code == Errc::Protocol);
        CHECK(refused.error().what == "id-alg-PWRI-KEK over DES-EDE3-CBC, want AES-CBC");
    }

    TEST_CASE("one envelope for an RSA key, an EC key and a password opens with each") {
        SeededRandom random(5);
        const Identity& ec = party_on(crypto::Curve::P384);
        const Party& ra = party("ra");
        const auto message =
            cms::build_enveloped_data(library(),
                                      {.content = content(),
                                       .recipients = {&ra.certificate, &ec.certificate},
                                       .password = as_bytes(kPassword)},
                                      random);
        REQUIRE(message);
        CHECK(openssl_decrypts(*message, ec));
        CHECK(openssl_decrypts_with_password(*message));
        const auto parsed = cms::parse_enveloped_data(*message);
        CHECK(equal(cms::decrypt(library(), *parsed, ra.certificate, *ra.key).value(), content()));
        CHECK(equal(we_decrypt(*message, ec).value(), content()));
        CHECK(equal(we_decrypt_with_password(*message).value(), content()));
    }
}
