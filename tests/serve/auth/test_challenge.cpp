#include <doctest/doctest.h>

#include "serve/auth/challenge.hpp"
#include "support/pki.hpp"

using namespace scep;
using namespace scep::test;

namespace {

x509::CertificationRequest request_with(std::string_view challenge) {
    const x509::RequestFields fields{.subject = must(x509::Name::from_text("CN=device")),
                                     .challenge = to_secret(challenge)};
    static const Key key = ec_key();
    const SecretBytes der = must(x509::build_request(fields, *key, crypto::Digest::Sha256));
    return must(x509::CertificationRequest::parse(der));
}

}  // namespace

TEST_SUITE("serve/auth") {
    TEST_CASE("S14 only the whole challenge is accepted") {
        const auth::StaticChallenge challenge(as_bytes("correct horse"));
        CHECK(challenge.check(request_with("correct horse")) == auth::ChallengeVerdict::Accepted);
        CHECK(challenge.check(request_with("correct hors")) == auth::ChallengeVerdict::Wrong);
        CHECK(challenge.check(request_with("correct horse ")) == auth::ChallengeVerdict::Wrong);
        CHECK(challenge.check(request_with("Correct horse")) == auth::ChallengeVerdict::Wrong);
        CHECK(challenge.check(request_with("")) == auth::ChallengeVerdict::Missing);
    }

    TEST_CASE("S14 an empty configured challenge accepts nothing, not even its absence") {
        const auth::StaticChallenge challenge(Bytes{});
        CHECK(challenge.check(request_with("")) == auth::ChallengeVerdict::Missing);
        CHECK(challenge.check(request_with("x")) == auth::ChallengeVerdict::Wrong);
    }

}  // TEST_SUITE
