// OpenSSL's CMS as the referee: what we write it verifies and decrypts; what it writes, in DER and
// streamed as BER, we read. Over every digest, signature, cipher and key transport.
#include <doctest/doctest.h>
#include <openssl/cms.h>
#include <openssl/rsa.h>

#include "core/cms/messages.hpp"

using namespace scep;
using namespace scep::test;

namespace {

using CmsPtr = crypto::Handle<CMS_ContentInfo, CMS_ContentInfo_free>;

constexpr crypto::Digest kDigests[]{crypto::Digest::Sha1,
                                    crypto::Digest::Sha224,
                                    crypto::Digest::Sha256,
                                    crypto::Digest::Sha384,
                                    crypto::Digest::Sha512};
constexpr crypto::Cipher kCiphers[]{crypto::Cipher::DesEde3Cbc,
                                    crypto::Cipher::Aes128Cbc,
                                    crypto::Cipher::Aes192Cbc,
                                    crypto::Cipher::Aes256Cbc};
constexpr crypto::SignatureKind kSignatures[]{
    crypto::SignatureKind::RsaPkcs1, crypto::SignatureKind::RsaPss, crypto::SignatureKind::Ecdsa};

const crypto::Library& library() {
    return crypto::Library::standard();
}

std::string signer_for(crypto::SignatureKind kind) {
    return kind == crypto::SignatureKind::Ecdsa ? "ec" : "client";
}

crypto::BioPtr memory(Bytes bytes) {
    return crypto::BioPtr(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
}

Buffer drain(BIO& bio) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(&bio, &data);
    return to_buffer(as_bytes({data, static_cast<std::size_t>(size)}));
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

// Finished in memory as DER, or streamed in pieces as BER.
Buffer finish(CMS_ContentInfo& cms, Bytes data, bool stream) {
    const crypto::BioPtr in = memory(data);
    const crypto::BioPtr out(BIO_new(BIO_s_mem()));
    if (stream) {
        REQUIRE(i2d_CMS_bio_stream(out.get(), &cms, in.get(), CMS_STREAM | CMS_BINARY) == 1);
    } else {
        REQUIRE(CMS_final(&cms, in.get(), nullptr, CMS_BINARY) == 1);
        REQUIRE(i2d_CMS_bio(out.get(), &cms) == 1);
    }
    return drain(*out);
}

Buffer openssl_signed(const crypto::SignatureAlgorithm& algorithm, bool stream, bool key_id) {
    // OpenSSL 3.0 cannot stream PSS ("illegal zero content"), so its own DER is scattered for it.
    if (stream && algorithm.kind == crypto::SignatureKind::RsaPss)
        return ber_around_certificates(Node::parse(openssl_signed(algorithm, false, key_id)));
    const unsigned flags = CMS_BINARY | CMS_PARTIAL | (stream ? CMS_STREAM : 0U);
    Party& who = party(signer_for(algorithm.kind));
    const unsigned key_param = algorithm.kind == crypto::SignatureKind::RsaPss ? CMS_KEY_PARAM : 0U;
    const CmsPtr cms(CMS_sign(nullptr, nullptr, nullptr, nullptr, flags));
    REQUIRE(cms);
    const crypto::X509Ptr certificate = openssl_form(who.certificate);
    CMS_SignerInfo* signer =
        CMS_add1_signer(cms.get(),
                        certificate.get(),
                        &who.key->evp(),
                        library().md(algorithm.digest),
                        flags | CMS_NOSMIMECAP | key_param | (key_id ? CMS_USE_KEYID : 0U));
    REQUIRE(signer != nullptr);
    if (algorithm.kind == crypto::SignatureKind::RsaPss) {
        EVP_PKEY_CTX* context = CMS_SignerInfo_get0_pkey_ctx(signer);
        REQUIRE(EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1);
        REQUIRE(EVP_PKEY_CTX_set_rsa_pss_saltlen(context,
                                                 static_cast<int>(algorithm.salt_length)) == 1);
    }
    return finish(*cms, content(), stream);
}

Buffer openssl_enveloped(crypto::Cipher cipher,
                         const crypto::KeyTransport& transport,
                         bool stream,
                         bool key_id) {
    const unsigned flags = CMS_BINARY | CMS_PARTIAL | (stream ? CMS_STREAM : 0U);
    const CmsPtr cms(CMS_encrypt(nullptr, nullptr, library().evp(cipher), flags));
    REQUIRE(cms);
    for (const std::string name : {"other", "ra"}) {
        const crypto::X509Ptr certificate = openssl_form(party(name).certificate);
        CMS_RecipientInfo* recipient = CMS_add1_recipient_cert(
            cms.get(), certificate.get(), flags | CMS_KEY_PARAM | (key_id ? CMS_USE_KEYID : 0U));
        REQUIRE(recipient != nullptr);
        if (!transport.oaep)
            continue;
        EVP_PKEY_CTX* context = CMS_RecipientInfo_get0_pkey_ctx(recipient);
        REQUIRE(EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING) == 1);
        REQUIRE(EVP_PKEY_CTX_set_rsa_oaep_md(context, library().md(transport.digest)) == 1);
        REQUIRE(EVP_PKEY_CTX_set_rsa_mgf1_md(context, library().md(transport.mgf1)) == 1);
    }
    return finish(*cms, content(), stream);
}

std::vector<crypto::KeyTransport> transports() {
    std::vector<crypto::KeyTransport> out{{}};
    for (const crypto::Digest digest : kDigests)
        out.push_back({.oaep = true, .digest = digest, .mgf1 = digest});
    out.push_back({.oaep = true, .digest = crypto::Digest::Sha256, .mgf1 = crypto::Digest::Sha1});
    return out;
}

crypto::SignatureAlgorithm signature(crypto::SignatureKind kind, crypto::Digest digest) {
    return {.kind = kind,
            .digest = digest,
            .mgf1 = digest,
            .salt_length = static_cast<std::uint32_t>(info(digest).size)};
}

}  // namespace

TEST_SUITE("core/cms referee") {
    TEST_CASE("OpenSSL verifies what we sign") {
        for (const crypto::SignatureKind kind : kSignatures)
            for (const crypto::Digest digest : kDigests)
                for (const bool key_identifier : {false, true}) {
                    cms::SignedDataSpec spec = signed_spec(signer_for(kind));
                    spec.algorithm = signature(kind, digest);
                    spec.key_identifier = key_identifier;
                    const std::string name(crypto::name(spec.algorithm));
                    CAPTURE(name);
                    const CmsPtr cms = decode(build(spec, signer_for(kind)));
                    const crypto::BioPtr out(BIO_new(BIO_s_mem()));
                    CHECK(CMS_verify(cms.get(),
                                     nullptr,
                                     nullptr,
                                     nullptr,
                                     out.get(),
                                     CMS_NO_SIGNER_CERT_VERIFY | CMS_BINARY) == 1);
                    CHECK(equal(drain(*out), content()));
                }
    }

    TEST_CASE("we verify what OpenSSL signs, also streamed") {
        for (const crypto::SignatureKind kind : kSignatures)
            for (const crypto::Digest digest : kDigests)
                for (const bool stream : {false, true})
                    for (const bool key_identifier : {false, true}) {
                        const auto algorithm = signature(kind, digest);
                        const std::string name(crypto::name(algorithm));
                        CAPTURE(name);
                        CAPTURE(stream);
                        CAPTURE(key_identifier);
                        const Buffer message = openssl_signed(algorithm, stream, key_identifier);
                        const auto parsed = cms::parse_signed_data(message);
                        REQUIRE(parsed);
                        CHECK(equal(parsed->content.value(), content()));
                        const auto signer = cms::only_signer(*parsed);
                        REQUIRE(signer);
                        const auto found = cms::signer_certificate(*parsed, **signer);
                        REQUIRE(found);
                        const auto key = found->public_key();
                        REQUIRE(key);
                        CHECK(cms::verify_signer(library(), *parsed, **signer, *key));
                    }
    }

    TEST_CASE("OpenSSL decrypts what we encrypt") {
        SeededRandom random(5);
        for (const crypto::Cipher cipher : kCiphers)
            for (const crypto::KeyTransport& transport : transports())
                for (const bool key_identifier : {false, true}) {
                    const std::string name(info(cipher).name);
                    CAPTURE(name);
                    CAPTURE(transport.oaep);
                    Party& ra = party("ra");
                    cms::EnvelopedDataSpec spec = enveloped_spec(content(), ra.certificate);
                    spec.recipients.push_back(&party("other").certificate);
                    spec.cipher = cipher;
                    spec.key_transport = transport;
                    spec.key_identifier = key_identifier;
                    const auto message = cms::build_enveloped_data(library(), spec, random);
                    REQUIRE(message);
                    const CmsPtr cms = decode(*message);
                    const crypto::X509Ptr certificate = openssl_form(ra.certificate);
                    const crypto::BioPtr out(BIO_new(BIO_s_mem()));
                    CHECK(CMS_decrypt(cms.get(),
                                      &ra.key->evp(),
                                      certificate.get(),
                                      nullptr,
                                      out.get(),
                                      CMS_BINARY) == 1);
                    CHECK(equal(drain(*out), content()));
                }
    }

    TEST_CASE("we decrypt what OpenSSL encrypts, also streamed") {
        for (const crypto::Cipher cipher : kCiphers)
            for (const crypto::KeyTransport& transport : transports())
                for (const bool stream : {false, true})
                    for (const bool key_identifier : {false, true}) {
                        const std::string name(info(cipher).name);
                        CAPTURE(name);
                        CAPTURE(transport.oaep);
                        CAPTURE(stream);
                        Party& ra = party("ra");
                        const Buffer message =
                            openssl_enveloped(cipher, transport, stream, key_identifier);
                        const auto parsed = cms::parse_enveloped_data(message);
                        REQUIRE(parsed);
                        const auto plaintext =
                            cms::decrypt(library(), *parsed, ra.certificate, *ra.key);
                        REQUIRE(plaintext);
                        CHECK(equal(*plaintext, content()));
                    }
    }

    TEST_CASE("OpenSSL reads our certs-only") {
        const auto ra = certificate("ra");
        const auto client = certificate("client");
        const CmsPtr cms = decode(cms::build_certs_only({ra.der(), client.der()}));
        const crypto::X509StackPtr certificates(CMS_get1_certs(cms.get()));
        CHECK(sk_X509_num(certificates.get()) == 2);
    }
}
