// GetCACaps cannot lie: what it names enrols, in every combination, and what it does not name is
// refused.
#include <doctest/doctest.h>

#include "core/scep/capabilities.hpp"
#include "serve/endpoint/world.hpp"

using namespace scep;
using namespace scep::test;
using crypto::Cipher;
using crypto::Digest;

namespace {

struct Offer {
    std::vector<Digest> digests{}, refused_digests{};
    std::vector<Cipher> ciphers{}, refused_ciphers{};
};

Offer offer_of(const endpoint::ProfileSnapshot& profile) {
    const Capabilities named = parse_capabilities(as_bytes(profile.capabilities));
    Offer out;
    const auto sort = [](auto& yes, auto& no, bool offered, auto value) {
        (offered ? yes : no).push_back(value);
    };
    sort(out.digests, out.refused_digests, named.sha1, Digest::Sha1);
    sort(out.digests, out.refused_digests, named.sha256, Digest::Sha256);
    sort(out.digests, out.refused_digests, named.sha384, Digest::Sha384);
    sort(out.digests, out.refused_digests, named.sha512, Digest::Sha512);
    for (const Cipher aes : {Cipher::Aes128Cbc, Cipher::Aes192Cbc, Cipher::Aes256Cbc})
        sort(out.ciphers, out.refused_ciphers, named.aes, aes);
    sort(out.ciphers, out.refused_ciphers, named.des3, Cipher::DesEde3Cbc);
    return out;
}

RequestRecipe with(Digest digest, Cipher cipher, bool oaep) {
    return {.digest = digest,
            .cipher = cipher,
            .key_transport = {.oaep = oaep, .digest = digest, .mgf1 = digest}};
}

// The same digest and cipher come back (RFC 8894 section 3.5.2).
void check_enrols(Digest digest, Cipher cipher, bool oaep, const ProfileRecipe& recipe) {
    CAPTURE(crypto::info(digest).name);
    CAPTURE(crypto::info(cipher).name);
    CAPTURE(oaep);
    World w(recipe);
    const endpoint::Outcome outcome = w.send(with(digest, cipher, oaep));
    REQUIRE(is_success(w, outcome));
    const PkiMessage reply = read_reply(w.profile, outcome);
    const cms::EnvelopedData envelope = must(cms::parse_enveloped_data(*reply.signed_data.content));
    CHECK(crypto::digest_from(reply.signer_info().digest_algorithm.algorithm) == digest);
    CHECK(crypto::cipher_from(envelope.content_encryption.algorithm) == cipher);
}

}  // namespace

TEST_SUITE("serve/endpoint capabilities") {
    TEST_CASE("RFC8894 lines 77, 79: every combination of what GetCACaps names enrols") {
        for (const auto& legacy : {std::vector<std::string>{}, {"sha1", "3des"}}) {
            const ProfileRecipe recipe{.allow_legacy = legacy};
            const Offer offer = offer_of(World(recipe).profile.snapshot);
            CHECK(offer.digests.size() == (legacy.empty() ? 3 : 4));
            CHECK(offer.ciphers.size() == (legacy.empty() ? 3 : 4));
            for (const Digest digest : offer.digests)
                for (const Cipher cipher : offer.ciphers)
                    for (const bool oaep : {false, true})
                        check_enrols(digest, cipher, oaep, recipe);
        }
    }

    TEST_CASE("what it does not name is badAlg") {
        World w;
        const Offer offer = offer_of(w.profile.snapshot);
        for (const Digest digest : offer.refused_digests)
            CHECK(fails_with(w, w.send(with(digest, Cipher::Aes128Cbc, false)), FailInfo::BadAlg));
        for (const Cipher cipher : offer.refused_ciphers)
            CHECK(fails_with(w, w.send(with(Digest::Sha256, cipher, false)), FailInfo::BadAlg));
    }

    TEST_CASE("Renewal is named and done, GetNextCACert only where there is a next CA") {
        World w;
        const Capabilities named = parse_capabilities(as_bytes(w.profile.snapshot.capabilities));
        CHECK(named.renewal);
        CHECK(named.post());
        CHECK_FALSE(named.get_next_ca_cert);
        CHECK(get(w.profile, "operation=GetNextCACert").reply.status == 404);
        CHECK(w.profile.snapshot.capabilities ==
              "POSTPKIOperation\nSHA-256\nSHA-512\nAES\nSCEPStandard\nRenewal\nSHA-384\n");
    }
}
