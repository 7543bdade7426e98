// EC keys, to the letter of RFC 8894 section 3.1: an RA that cannot take key transport, and signers
// that cannot. OpenSSL's CMS makes the envelopes and opens the replies.
#include <doctest/doctest.h>
#include <openssl/cms.h>
#include <openssl/x509.h>

#include "serve/endpoint/world.hpp"

using namespace scep;
using namespace scep::test;

namespace {

struct Free {
    void operator()(CMS_ContentInfo* cms) const { CMS_ContentInfo_free(cms); }

    void operator()(BIO* bio) const { BIO_free(bio); }

    void operator()(X509* certificate) const { X509_free(certificate); }
};

using CmsPtr = std::unique_ptr<CMS_ContentInfo, Free>;
using BioPtr = std::unique_ptr<BIO, Free>;
using X509Ptr = std::unique_ptr<X509, Free>;

BioPtr reading(Bytes octets) {
    return BioPtr(BIO_new_mem_buf(octets.data(), static_cast<int>(octets.size())));
}

Buffer contents(BIO& bio) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(&bio, &data);
    return {data, data + size};
}

X509Ptr to_openssl(const x509::Certificate& certificate) {
    const unsigned char* at = certificate.der().data();
    return X509Ptr(d2i_X509(nullptr, &at, static_cast<long>(certificate.der().size())));
}

// Without a recipient yet.
CmsPtr begin_envelope(Bytes content) {
    return CmsPtr(
        CMS_encrypt(nullptr, reading(content).get(), EVP_aes_128_cbc(), CMS_BINARY | CMS_PARTIAL));
}

Buffer finish_envelope(CMS_ContentInfo& cms, Bytes content) {
    REQUIRE(CMS_final(&cms, reading(content).get(), nullptr, CMS_BINARY) == 1);
    const BioPtr out(BIO_new(BIO_s_mem()));
    REQUIRE(i2d_CMS_bio(out.get(), &cms) == 1);
    return contents(*out);
}

Buffer password_envelope(Bytes content, std::string password) {
    const CmsPtr cms = begin_envelope(content);
    const auto size = static_cast<ossl_ssize_t>(password.size());
    auto* copy = static_cast<unsigned char*>(OPENSSL_memdup(password.data(), password.size()));
    REQUIRE(CMS_add0_recipient_password(cms.get(), -1, NID_undef, NID_undef, copy, size, nullptr) !=
            nullptr);
    return finish_envelope(*cms, content);
}

Buffer agreement_envelope(Bytes content, const x509::Certificate& recipient) {
    const CmsPtr cms = begin_envelope(content);
    const X509Ptr certificate = to_openssl(recipient);
    REQUIRE(CMS_add1_recipient_cert(cms.get(), certificate.get(), 0) != nullptr);
    return finish_envelope(*cms, content);
}

// The certs-only content of a SUCCESS, opened by OpenSSL.
struct OpensWith {
    Key key{};
    std::string password{};
};

Buffer open_reply(const World& w, const endpoint::Outcome& outcome, const OpensWith& with) {
    const PkiMessage reply = read_reply(w.profile, outcome);
    const CmsPtr cms(d2i_CMS_bio(reading(*reply.signed_data.content).get(), nullptr));
    REQUIRE(cms);
    const BioPtr out(BIO_new(BIO_s_mem()));
    if (with.key) {
        REQUIRE(CMS_decrypt_set1_pkey(cms.get(), &with.key->evp(), nullptr) == 1);
    } else {
        auto* copy =
            static_cast<unsigned char*>(OPENSSL_memdup(with.password.data(), with.password.size()));
        REQUIRE(CMS_decrypt_set1_password(
                    cms.get(), copy, static_cast<ossl_ssize_t>(with.password.size())) == 1);
        OPENSSL_free(copy);
    }
    REQUIRE(CMS_decrypt(cms.get(), nullptr, nullptr, nullptr, out.get(), CMS_BINARY) == 1);
    return contents(*out);
}

std::string leaf_of(const Buffer& certs_only) {
    const cms::SignedData parsed = must(cms::parse_signed_data(certs_only));
    return must(x509::Certificate::parse(parsed.certificates.front())).subject_text();
}

ProfileRecipe ec_profile(bool passwords) {
    ProfileRecipe out;
    out.ra_key = ec_key();
    out.settings.password_recipients = passwords;
    return out;
}

RequestRecipe ec_device() {
    RequestRecipe out;
    out.device_key = ec_key();
    return out;
}

}  // namespace

TEST_SUITE("serve/endpoint EC") {
    TEST_CASE("RFC8894 line 44: a password recipient keyed by the challenge, both ways") {
        World w(ec_profile(true));
        const RequestRecipe device = ec_device();
        const Buffer csr = make_csr(device);
        const endpoint::Outcome outcome =
            w.send(sign_message(device, password_envelope(csr, std::string(kChallenge))));
        CHECK(is_success(w, outcome));
        CHECK(leaf_of(open_reply(w, outcome, {.password = std::string(kChallenge)})) ==
              "CN=device-1");
    }

    TEST_CASE("S06 a profile that has not enabled it names what it refuses") {
        World w(ec_profile(false));
        const RequestRecipe device = ec_device();
        const Buffer csr = make_csr(device);
        const endpoint::Outcome outcome =
            w.send(sign_message(device, password_envelope(csr, std::string(kChallenge))));
        CHECK(fails_with(w, outcome, FailInfo::BadAlg));
        CHECK(w.view.issuance_count() == 0);
    }

    TEST_CASE("S01 a wrong password is a message that does not pass its check") {
        World w(ec_profile(true));
        const RequestRecipe device = ec_device();
        const Buffer csr = make_csr(device);
        CHECK(fails_with(w,
                         w.send(sign_message(device, password_envelope(csr, "guess"))),
                         FailInfo::BadMessageCheck));
    }

    TEST_CASE("key agreement with an EC RA; an EC signer's reply comes by key agreement") {
        World w(ec_profile(false));
        const RequestRecipe device = ec_device();
        const Buffer csr = make_csr(device);
        const endpoint::Outcome outcome =
            w.send(sign_message(device, agreement_envelope(csr, w.profile.ra.certificate)));
        CHECK(is_success(w, outcome));
        CHECK(leaf_of(open_reply(w, outcome, {.key = device.device_key})) == "CN=device-1");
    }

    TEST_CASE("an EC signer before an RSA RA, and an EC CSR under an RSA signer") {
        World w;
        const RequestRecipe device = ec_device();
        const endpoint::Outcome own = w.send(device);
        CHECK(is_success(w, own));
        CHECK(leaf_of(open_reply(w, own, {.key = device.device_key})) == "CN=device-1");
        RequestRecipe transient = ec_device();
        transient.signer_key = shared_rsa_key();
        transient.transaction_id = "transaction-2";
        const endpoint::Outcome other = w.send(transient);
        CHECK(is_success(w, other));
        CHECK(leaf_of(open_reply(w, other, {.key = shared_rsa_key()})) == "CN=device-1");
    }

    TEST_CASE("S06 the envelope of a poll, which nobody opens, gets no password out of the reply") {
        World w(ec_profile(true));
        RequestRecipe device = ec_device();
        const Buffer csr = make_csr(device);
        REQUIRE(is_success(
            w, w.send(sign_message(device, password_envelope(csr, std::string(kChallenge))))));
        device.type = MessageType::CertPoll;
        const endpoint::Outcome poll =
            w.send(sign_message(device, password_envelope(csr, "guess")));
        CHECK(is_success(w, poll));
        CHECK(leaf_of(open_reply(w, poll, {.key = device.device_key})) == "CN=device-1");
    }

    TEST_CASE("an EC renewal and its poll are answered without a challenge") {
        ProfileRecipe recipe = ec_profile(true);
        recipe.settings.renewal_window.reset();
        World w(recipe);
        const RequestRecipe device = ec_device();
        const x509::Certificate old = must(x509::Certificate::parse(
            w.send(sign_message(device,
                                agreement_envelope(make_csr(device), w.profile.ra.certificate)))
                .effects.issuances.at(0)
                .certificate));
        RequestRecipe renewal{.challenge = "",
                              .device_key = ec_key(),
                              .signer_key = device.device_key,
                              .signer = old,
                              .type = MessageType::RenewalReq,
                              .transaction_id = "renewal-1"};
        const endpoint::Outcome outcome = w.send(
            sign_message(renewal, agreement_envelope(make_csr(renewal), w.profile.ra.certificate)));
        CHECK(is_success(w, outcome));
        CHECK(leaf_of(open_reply(w, outcome, {.key = device.device_key})) == "CN=device-1");
        renewal.type = MessageType::CertPoll;
        const endpoint::Outcome poll = w.send(sign_message(renewal, std::nullopt));
        CHECK(is_success(w, poll));
        CHECK(leaf_of(open_reply(w, poll, {.key = device.device_key})) == "CN=device-1");
    }
}
