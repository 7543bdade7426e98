// SECURITY rule S01 on the wire: what a peer could tell apart behind the envelope it gets in the
// same octets, while the audit row says what it was.
#include <doctest/doctest.h>
#include <openssl/rsa.h>

#include "serve/endpoint/check_failure.hpp"
#include "serve/endpoint/damaged_envelopes.hpp"

using namespace scep;
using namespace scep::test;

namespace {

// A key pair that no writer of ours would make.
crypto::PkeyPtr rsa_key_of_exponent(unsigned long exponent) {
    const crypto::PkeyCtxPtr context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
    const crypto::BnPtr number(BN_new());
    EVP_PKEY* key = nullptr;
    REQUIRE(BN_set_word(number.get(), exponent) == 1);
    REQUIRE(EVP_PKEY_keygen_init(context.get()) == 1);
    REQUIRE(EVP_PKEY_CTX_set_rsa_keygen_bits(context.get(), 2048) == 1);
    REQUIRE(EVP_PKEY_CTX_set1_rsa_keygen_pubexp(context.get(), number.get()) == 1);
    REQUIRE(EVP_PKEY_generate(context.get(), &key) == 1);
    return crypto::PkeyPtr(key);
}

Buffer spki_of(const EVP_PKEY& key) {
    unsigned char* raw = nullptr;
    const int size = i2d_PUBKEY(&key, &raw);
    const crypto::OpensslBytes der(raw);
    REQUIRE(size > 0);
    return {der.get(), der.get() + size};
}

// from a CertificationRequest
Node& spki(Node& csr) {
    return csr.at({0, 2});
}

// With SHA-256, over the CertificationRequestInfo as it stands.
void sign_again(Node& csr, EVP_PKEY& key) {
    const Buffer info = csr.at({0}).der();
    const crypto::MdCtxPtr context(EVP_MD_CTX_new());
    REQUIRE(EVP_DigestSignInit_ex(
                context.get(), nullptr, "SHA256", nullptr, nullptr, &key, nullptr) == 1);
    std::size_t size = 0;
    REQUIRE(EVP_DigestSign(context.get(), nullptr, &size, info.data(), info.size()) == 1);
    Buffer signature(size);
    REQUIRE(EVP_DigestSign(context.get(), signature.data(), &size, info.data(), info.size()) == 1);
    signature.resize(size);
    signature.insert(signature.begin(), 0);  // no unused bits
    csr.at({2}).content = signature;
}

Buffer csr_with_key_type(const asn1::Oid& type) {
    Node csr = Node::parse(make_csr({}));
    spki(csr).at({0, 0}).content = to_buffer(type.content());
    sign_again(csr, shared_rsa_key()->evp());
    return csr.der();
}

Buffer csr_with_signature_algorithm(const asn1::Oid& algorithm) {
    Node csr = Node::parse(make_csr({}));
    csr.at({1, 0}).content = to_buffer(algorithm.content());
    return csr.der();
}

Buffer csr_with_exponent(unsigned long exponent) {
    const crypto::PkeyPtr key = rsa_key_of_exponent(exponent);
    Node csr = Node::parse(make_csr({}));
    spki(csr) = Node::parse(spki_of(*key));
    sign_again(csr, *key);
    return csr.der();
}

Buffer csr_with_point_beside_the_curve() {
    Node csr = Node::parse(make_csr({.device_key = ec_key()}));
    spki(csr).at({1}).content.back() ^= 1U;
    return csr.der();
}

Buffer csr_with_wrong_signature(const Key& key) {
    Node csr = Node::parse(make_csr({.device_key = key}));
    csr.at({2}).content.back() ^= 1U;
    return csr.der();
}

Buffer csr_with_signature(const Key& key, Bytes signature) {
    Node csr = Node::parse(make_csr({.device_key = key}));
    csr.at({2}).content = Buffer{0};
    append(csr.at({2}).content, signature);
    return csr.der();
}

// The content key is wrapped for the RA, but what it wraps is lost.
Buffer message_that_does_not_decrypt(const TestProfile& profile) {
    Node envelope = Node::parse(make_envelope({}, profile.ra.certificate));
    envelope.at({1, 0, 1, 0, 3}).content.back() ^= 1U;
    return sign_message({}, envelope.der());
}

// The reply without its signature, which an EC key makes anew each time.
Buffer without_signature(const endpoint::Outcome& outcome) {
    Node reply = Node::parse(outcome.reply.body);
    reply.at({1, 0, 4, 0, 5}).content.clear();
    return reply.der();
}

}  // namespace

TEST_SUITE("serve/endpoint one answer") {
    TEST_CASE("S01 whatever is damaged behind the envelope, and however it is encrypted") {
        for (const Key& ra_key : {shared_rsa_key(), ec_key()}) {
            const TestProfile profile = profile_for_damage(ra_key);
            const DamagedEnvelopes damaged(profile);
            const Recipient by_key = DamagedEnvelopes::kind_of(profile.ra);
            CHECK(post(profile, damaged.good(by_key)).decision == "success");
            CHECK(post(profile, damaged.good(Recipient::Password)).decision == "success");
            REQUIRE(damaged.rows().size() >= 16);
            const endpoint::Outcome first = post(profile, damaged.rows().front().message);
            int host = 0;
            for (const DamagedEnvelope& row : damaged.rows()) {
                CAPTURE(row.name);
                CAPTURE(int(row.recipient));
                // Each from another address, which has derivations left.
                SeededRandom random(1);
                const endpoint::Outcome outcome = post(profile,
                                                       row.message,
                                                       kNow,
                                                       empty_view(),
                                                       random,
                                                       "198.51.100." + std::to_string(++host));
                check_failure(profile, outcome, FailInfo::BadMessageCheck);
                CHECK(without_signature(outcome) == without_signature(first));
                if (by_key == Recipient::Transport)
                    CHECK(outcome.reply.body == first.reply.body);
                CHECK(outcome.reply.headers == first.reply.headers);
            }
        }
    }

    TEST_CASE("S01 a CSR that is wrong in any way is answered as one that does not decrypt") {
        const TestProfile profile = make_profile();
        const endpoint::Outcome blind = post(profile, message_that_does_not_decrypt(profile));
        check_failure(profile, blind, FailInfo::BadMessageCheck);
        CHECK(blind.effects.events.at(0).reason.ends_with("not exactly one CSR and its padding"));

        struct Row {
            std::string_view name;
            Buffer csr;
            std::string_view reason;
        };

        const asn1::Oid unknown{"1.2.3.4"};
        const std::vector<Row> rows{
            {"an unknown key type", csr_with_key_type(unknown), "key type 1.2.3.4 is not known"},
            {"Ed25519, which OpenSSL knows and we do not",
             csr_with_key_type(oid::kEd25519),
             "key type"},
            {"an unknown signature algorithm", csr_with_signature_algorithm(unknown), "1.2.3.4"},
            {"an algorithm for another type of key",
             csr_with_signature_algorithm(oid::kEcdsaWithSha256),
             "does not fit an RSA key"},
            {"MD5", csr_with_signature_algorithm(oid::kMd5WithRsa), "MD5 is refused"},
            {"RSA with exponent 3, and signed by it", csr_with_exponent(3), "exponent"},
            {"a point beside its curve", csr_with_point_beside_the_curve(), "point"},
            {"an RSA signature that is wrong",
             csr_with_wrong_signature(shared_rsa_key()),
             "does not verify"},
            {"an EC signature that is wrong",
             csr_with_wrong_signature(ec_key()),
             "does not verify"},
            {"no signature", csr_with_signature(shared_rsa_key(), {}), "does not verify"},
            {"a signature beyond the modulus",
             csr_with_signature(shared_rsa_key(), Buffer(256, 0xff)),
             "does not verify"},
            {"an EC signature that is no pair of numbers",
             csr_with_signature(ec_key(), Buffer(64, 0x30)),
             "does not verify"}};
        for (const Row& row : rows) {
            CAPTURE(row.name);
            const Buffer envelope = make_envelope({.plaintext = row.csr}, profile.ra.certificate);
            const endpoint::Outcome outcome = post(profile, sign_message({}, envelope));
            check_failure(profile, outcome, FailInfo::BadMessageCheck);
            CHECK(outcome.reply.body == blind.reply.body);
            CHECK(outcome.reply.headers == blind.reply.headers);
            const std::string& reason = outcome.effects.events.at(0).reason;
            CAPTURE(reason);
            CHECK(reason.find(row.reason) != std::string::npos);
            CHECK(reason != blind.effects.events.at(0).reason);
        }
    }

    TEST_CASE("the CSRs of these tests are good but for the one thing that is wrong") {
        const TestProfile profile = make_profile();
        const Buffer envelope =
            make_envelope({.plaintext = csr_with_exponent(65537)}, profile.ra.certificate);
        CHECK(post(profile, sign_message({}, envelope)).decision == "success");
    }
}
