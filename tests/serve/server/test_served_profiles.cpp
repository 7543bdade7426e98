// From what was loaded to what each profile serves: RA pairs, the current CA and the next.
#include <doctest/doctest.h>

#include "core/cms/signed_data.hpp"
#include "core/scep/operation.hpp"
#include "serve/endpoint/endpoint.hpp"
#include "serve/served_profiles.hpp"
#include "support/pki.hpp"

using namespace scep;
using namespace scep::test;

namespace {

struct World {
    Identity ca = make_ca(ec_key());
    Identity next = make_ca(shared_rsa_key(), "CN=Next CA");
    std::vector<Identity> ras{make_ra(rsa_key(), ca)};
    bool with_next_key = true;
};

check::Deployment deploy(const World& world, bool with_next = true) {
    check::Deployment out;
    out.config.issuers.push_back({.id = "iss-local"});
    check::LoadedIssuer& issuer = out.issuers.emplace_back();
    issuer.id = "iss-local";
    issuer.certificate = std::make_shared<const x509::Certificate>(world.ca.certificate);
    issuer.key = world.ca.key;
    if (with_next)
        issuer.next = {world.next.certificate};
    if (with_next && world.with_next_key)
        issuer.next_key = world.next.key;
    check::LoadedProfile& profile = out.profiles.emplace_back();
    profile.settings.path_id = "corp";
    profile.challenge = to_secret("secret");
    for (const Identity& ra : world.ras)
        profile.ra.push_back({std::make_shared<const x509::Certificate>(ra.certificate), ra.key});
    return out;
}

endpoint::ProfileSnapshot snapshot_of(const World& world, bool with_next = true) {
    return std::move(must(serve::make_profiles(deploy(world, with_next))).at("corp").snapshot);
}

std::vector<std::string> subjects(Bytes body) {
    std::vector<std::string> out;
    const cms::SignedData message = must(cms::parse_signed_data(body));
    for (const Bytes der : message.certificates)
        out.push_back(must(x509::Certificate::parse(der)).subject_text());
    return out;
}

std::vector<std::string> announced(const endpoint::ProfileSnapshot& profile) {
    const cms::SignedData message = must(cms::parse_signed_data(profile.next_ca_certificates));
    return subjects(*message.content);
}

http::Reply ask(const endpoint::ProfileSnapshot& profile, std::string_view operation) {
    SeededRandom random(1);
    return endpoint::answer(
               crypto::Library::standard(),
               profile,
               {.method = "GET", .path = "/scep", .query = "operation=" + std::string(operation)},
               {.now = kNow},
               store::EmptyView{},
               random)
        .reply;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_SUITE("serve/served_profiles") {
    TEST_CASE("without a next CA there is none to be announced") {
        const endpoint::ProfileSnapshot profile = snapshot_of({}, false);
        CHECK(profile.next_issuer == nullptr);
        CHECK(profile.ra.size() == 1);
        CHECK(profile.ra[0].issuer == profile.issuer);
        CHECK(ask(profile, "GetNextCACert").status == 404);
        CHECK(profile.capabilities.find("GetNextCACert") == std::string::npos);
    }

    TEST_CASE("RFC8894 line 107: an RSA key of the next CA is a pair that the next CA issues by") {
        const World world;
        const endpoint::ProfileSnapshot profile = snapshot_of(world);
        REQUIRE(profile.next_issuer != nullptr);
        CHECK(profile.next_issuer->id() == "iss-local");
        REQUIRE(profile.ra.size() == 2);
        CHECK(profile.ra[0].issuer == profile.issuer);
        CHECK(profile.ra[1].certificate == world.next.certificate);
        CHECK(profile.ra[1].signer == world.next.key);
        CHECK(profile.ra[1].decrypter == world.next.key);
        CHECK(profile.ra[1].issuer == profile.next_issuer);
    }

    TEST_CASE("RFC8894 line 107: an RA pair of the next CA is another, beside that CA's EC key") {
        World world{.next = make_ca(ec_key(), "CN=Next CA")};
        world.ras.push_back(make_ra(rsa_key(), world.next, "CN=Next RA"));
        world.ras.push_back(make_ra(rsa_key(), world.ca, "CN=Second RA"));
        const endpoint::ProfileSnapshot profile = snapshot_of(world);
        REQUIRE(profile.ra.size() == 4);
        CHECK(profile.ra[1].issuer == profile.next_issuer);
        CHECK(profile.ra[2].issuer == profile.issuer);
        CHECK(profile.ra[3].certificate == world.next.certificate);
        CHECK(profile.ra[3].issuer == profile.next_issuer);
        CHECK(announced(profile) == Names{"CN=Next CA", "CN=Next RA"});
    }

    TEST_CASE("GetCACert lists every RA of today and the CA, and nothing of the next") {
        World world;
        world.ras.push_back(make_ra(rsa_key(), world.next, "CN=Next RA"));
        world.ras.push_back(make_ra(rsa_key(), world.ca, "CN=Second RA"));
        const http::Reply reply = ask(snapshot_of(world), "GetCACert");
        CHECK(reply.content_type == kTypeCaRaCert);
        CHECK(subjects(reply.body) == Names{"CN=Test RA", "CN=Second RA", "CN=Test CA"});
    }

    TEST_CASE(
        "RFC8894 line 105: GetNextCACert is answered where there is a next CA, with or without its "
        "key") {
        for (const bool with_key : {true, false}) {
            const World world{.with_next_key = with_key};
            const endpoint::ProfileSnapshot profile = snapshot_of(world);
            CHECK((profile.next_issuer != nullptr) == with_key);
            CHECK(profile.ra.size() == (with_key ? 2 : 1));
            CHECK(profile.capabilities ==
                  "POSTPKIOperation\nSHA-256\nSHA-512\nAES\nSCEPStandard\nRenewal\nSHA-384\n"
                  "GetNextCACert\n");
            const http::Reply reply = ask(profile, "GetNextCACert");
            CHECK(reply.status == 200);
            CHECK(reply.content_type == "application/x-x509-next-ca-cert");
            CHECK(equal(reply.body, profile.next_ca_certificates));
            CHECK(announced(profile) == Names{"CN=Next CA"});
        }
    }

    TEST_CASE("S06 profiles with password recipients share what deriving keys may cost the loop") {
        check::Deployment two = deploy({});
        two.profiles.push_back(two.profiles[0]);
        two.profiles[1].settings.path_id = "lab";
        const auto refilled = [&](bool both) {
            two.profiles[0].settings.password_recipients = true;
            two.profiles[1].settings.password_recipients = both;
            const auto profiles = must(serve::make_profiles(two));
            auth::DerivationBudget& budget = *profiles.at("corp").snapshot.derivations;
            const auth::DerivationBudget::Instant start{std::chrono::hours(1)};
            std::int64_t client = 0;
            const auto take = [&](auto instant) {
                const std::string address = "192.0.2." + std::to_string(++client % 250);
                return budget.take(address, limits::kDerivation, instant);
            };
            while (take(start)) {
            }
            return take(start + limits::kDerivationOfProfileEvery);
        };
        CHECK(refilled(false));
        CHECK_FALSE(refilled(true));
    }

    TEST_CASE("what follows a leaf in the reply is of the CA that issued it") {
        const World world;
        const endpoint::ProfileSnapshot profile = snapshot_of(world);
        const auto& current = profile.issued_chain;
        const auto& next = profile.next_issued_chain;
        REQUIRE(current.size() == 1);
        REQUIRE(next.size() == 1);
        CHECK(equal(current[0], world.ca.certificate.der()));
        CHECK(equal(next[0], world.next.certificate.der()));
    }

    TEST_CASE("former CAs are known, and told to nobody") {
        const World world;
        check::Deployment deployment = deploy(world);
        const x509::Certificate former = make_ca(ec_key(), "CN=Former CA").certificate;
        deployment.issuers[0].previous = {former};
        const endpoint::ProfileSnapshot profile =
            std::move(must(serve::make_profiles(deployment)).at("corp").snapshot);
        REQUIRE(profile.former_cas.size() == 1);
        CHECK(profile.former_cas[0] == former);
        CHECK(equal(profile.ca_certificates, snapshot_of(world).ca_certificates));
        CHECK(announced(profile) == Names{"CN=Next CA"});
    }
}
