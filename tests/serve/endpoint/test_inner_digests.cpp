// Digests inside OAEP and PSS: SHA-1 is common there and taken, MD5 never.
#include <doctest/doctest.h>

#include "serve/endpoint/check_failure.hpp"
#include "support/der_tree.hpp"

using namespace scep;
using namespace scep::test;
using crypto::Digest;

namespace {

// The envelope's one recipient says another key transport than it was made with.
Buffer message_with_transport(const TestProfile& profile, const crypto::KeyTransport& transport) {
    Node envelope = Node::parse(make_envelope({}, profile.ra.certificate));
    asn1::Writer algorithm;
    crypto::write_key_transport(algorithm, transport);
    envelope.at({1, 0, 1, 0, 2}) = Node::parse(algorithm.bytes());
    return sign_message({}, envelope.der());
}

// Signed with PSS, whatever the mask's digest: where the library admits it, the signature verifies.
Buffer message_with_pss(const TestProfile& profile, Digest mgf1) {
    const auto legacy = must(crypto::Library::with_legacy());
    const Key key = rsa_key();
    key->use_library(*legacy);
    const Identity device = make_transient(key, "CN=device-1");
    const Buffer envelope = make_envelope({.device_key = key}, profile.ra.certificate);
    const PkiMessageSpec spec{.transaction_id = {to_buffer(as_bytes("transaction-1"))},
                              .envelope = envelope,
                              .signer = &device.certificate,
                              .algorithm = {.kind = crypto::SignatureKind::RsaPss, .mgf1 = mgf1}};
    Buffer message = must(build_pki_message(*legacy, spec, *key));
    CHECK(verify_message(*legacy, must(parse_pki_message(message)), key->public_key()));
    return message;
}

void check_md5_is_refused(const TestProfile& profile, const Buffer& message) {
    const endpoint::Outcome outcome = post(profile, message);
    check_failure(profile, outcome, FailInfo::BadAlg);
    CHECK(read_reply(profile, outcome).fail_info_text ==
          "refused algorithm: MD5 (reference 0badc0de)");
    CHECK(outcome.detail == "badAlg (0): refused algorithm: MD5");
}

}  // namespace

TEST_SUITE("serve/endpoint inner digests") {
    TEST_CASE("MD5 as OAEP's digest, as its mask's, or as both is badAlg, named once") {
        const TestProfile profile = make_profile({.allow_legacy = {"sha1", "3des", "rsa1024"}});
        for (const auto& [digest, mgf1] : {std::pair{Digest::Md5, Digest::Sha256},
                                           std::pair{Digest::Sha256, Digest::Md5},
                                           std::pair{Digest::Md5, Digest::Md5}})
            check_md5_is_refused(profile, message_with_transport(profile, {true, digest, mgf1}));
    }

    TEST_CASE("MD5 as PSS's mask digest is badAlg, though the signature verifies") {
        const TestProfile profile = make_profile({.allow_legacy = {"sha1", "3des", "rsa1024"}});
        check_md5_is_refused(profile, message_with_pss(profile, Digest::Md5));
    }

    TEST_CASE("SHA-1 inside OAEP and PSS is taken where SHA-1 is not") {
        const TestProfile profile = make_profile();
        const RequestRecipe oaep{.key_transport = {true, Digest::Sha1, Digest::Sha1}};
        CHECK(post(profile, make_message(oaep, profile.ra.certificate)).decision == "success");
        CHECK(post(profile, message_with_pss(profile, Digest::Sha1)).decision == "success");
    }
}
