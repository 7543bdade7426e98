// The lines of the RFC 8894 checklist about who is given what.
#include <doctest/doctest.h>

#include "serve/endpoint/raw_reply.hpp"

using namespace scep;
using namespace scep::test;

namespace {

using std::chrono::hours;

std::string fail_info(const endpoint::Outcome& outcome) {
    return RawReply(outcome).text(oid::kFailInfo);
}

std::string status(const endpoint::Outcome& outcome) {
    return RawReply(outcome).text(oid::kPkiStatus);
}

ProfileRecipe with_pattern(const std::string& pattern) {
    ProfileRecipe out;
    out.certificate_profile.subject_pattern = {pattern};
    return out;
}

// A challenge that was minted for this profile, good once, and what it was shown with.
store::OneTimeChallenge minted(const World& w, std::string_view secret) {
    return {.digest = crypto::sha256(as_bytes(secret)),
            .profile = w.profile.snapshot.settings.path_id,
            .created_at = w.now,
            .expires_at = w.now + hours(1)};
}

RequestRecipe renewal_by(const x509::Certificate& signer, const Key& key) {
    return {.challenge = "",
            .device_key = other_rsa_key(),
            .signer_key = key,
            .signer = signer,
            .type = MessageType::RenewalReq,
            .transaction_id = "renewal"};
}

}  // namespace

TEST_SUITE("serve/endpoint RFC 8894 authorisation") {
    TEST_CASE("RFC8894 line 4: policy refuses what it likes, challenge or not") {
        World w(with_pattern("CN=cam-*"));
        CHECK(fail_info(w.send(RequestRecipe{.subject = "CN=door-1"})) == "2");
        CHECK(status(w.send(RequestRecipe{.subject = "CN=cam-1"})) == "0");
        CHECK(w.view.issuance_count() == 1);
    }

    TEST_CASE("RFC8894 line 16: a certificate of another CA renews nothing") {
        World w;
        const Identity other_ca = make_ca(ec_key(), "CN=Another CA");
        const Identity device = make_identity(
            {.subject = "CN=device-1", .ekus = {oid::kClientAuth}}, shared_rsa_key(), &other_ca);
        CHECK(fail_info(w.send(renewal_by(device.certificate, device.key))) == "1");
        CHECK(w.view.issuance_count() == 0);
    }

    TEST_CASE("RFC8894 line 17: a self-signed certificate of the device's own signs its PKCSReq") {
        World w;
        const Identity device = make_transient(shared_rsa_key(), "CN=device-1");
        const RequestRecipe recipe{.signer = device.certificate};
        const endpoint::Outcome outcome = w.send(recipe);
        CHECK(status(outcome) == "0");
        CHECK(device.certificate.self_issued());
    }

    TEST_CASE(
        "RFC8894 line 20: the reply is encrypted to the certificate that signed the request") {
        for (const std::string_view name : {"PKCSReq", "RenewalReq", "GetCert", "GetCRL"}) {
            CAPTURE(name);
            const Exchange& e = every_exchange().of(name);
            const Node recipients = RawReply(e.outcome).envelope().children.at(1);
            REQUIRE(recipients.children.size() == 1);
            const Node& rid = recipients.children[0].children.at(1);
            CHECK(equal(rid.children.at(0).der(), e.signer.issuer_der()));
            CHECK(equal(rid.children.at(1).content, e.signer.serial()));
        }
    }

    TEST_CASE("RFC8894 line 20: of an EC key by key agreement, which only that key opens") {
        World w({.ra_key = ec_key()});
        const Key device = ec_key();
        const endpoint::Outcome outcome = w.send(RequestRecipe{.device_key = device});
        REQUIRE(status(outcome) == "0");
        CHECK(RawReply(outcome).recipient().tag == asn1::context(1));
        CHECK(CertsOnly(open_reply(outcome, device)).certificates().size() == 2);
        CHECK_THROWS(CertsOnly(open_reply(outcome, ec_key())));
    }

    TEST_CASE("RFC8894 lines 21, 114: a one-time challenge is good once and not for long") {
        World w;
        w.view.add(minted(w, "first"));
        w.view.add(minted(w, "second"));
        const RequestRecipe good{.challenge = "first", .transaction_id = "1"};
        CHECK(status(w.send(good)) == "0");
        RequestRecipe thief{.subject = "CN=thief",
                            .challenge = "first",
                            .device_key = other_rsa_key(),
                            .transaction_id = "2"};
        const endpoint::Outcome again = w.send(thief);
        CHECK(fail_info(again) == "2");
        REQUIRE(again.effects.events.size() == 2);
        CHECK(again.effects.events.front().action == "scep_challenge_reuse");
        w.now += hours(1);
        thief.challenge = "second";
        CHECK(fail_info(w.send(thief)) == "2");
        CHECK(w.view.issuance_count() == 1);
    }

    TEST_CASE("RFC8894 line 24: a profile may want the challenge on a renewal too") {
        for (const bool wanted : {false, true}) {
            ProfileRecipe recipe;
            recipe.settings.renewal_requires_challenge = wanted;
            World w(recipe);
            const x509::Certificate old = w.enrol({});
            w.now = old.not_after() - hours(24);
            RequestRecipe renewal = renewal_by(old, shared_rsa_key());
            CHECK(status(w.send(renewal)) == (wanted ? "2" : "0"));
            renewal.challenge = kChallenge;
            renewal.transaction_id = "renewal-2";
            CHECK(status(w.send(renewal)) == "0");
        }
    }

    TEST_CASE("RFC8894 line 25: a self-signed certificate authenticates nobody") {
        World w;
        const x509::Certificate victim = w.enrol({});
        w.now = victim.not_after() - hours(24);
        const x509::Certificate forged = make_named_like(victim, other_rsa_key());
        const x509::Certificate own = make_transient(other_rsa_key(), "CN=device-1").certificate;
        for (const x509::Certificate& signer : {forged, own}) {
            RequestRecipe recipe = renewal_by(signer, other_rsa_key());
            CHECK(fail_info(w.send(recipe)) == "1");
            recipe.type = MessageType::PkcsReq;
            CHECK(fail_info(w.send(recipe)) == "2");
            recipe.type = MessageType::GetCert;
            recipe.plaintext = issuer_and_serial(w.profile.ca.certificate, victim.serial());
            CHECK(fail_info(w.send(recipe)) == "4");
        }
        CHECK(w.view.issuance_count() == 1);
    }

    TEST_CASE(
        "RFC8894 line 26: without authorisation a request is refused, or held for an operator") {
        const RequestRecipe unauthorised{.challenge = ""};
        World automatic;
        CHECK(fail_info(automatic.send(unauthorised)) == "2");
        ProfileRecipe recipe;
        recipe.settings.approval = config::Approval::Manual;
        World manual(recipe);
        CHECK(status(manual.send(unauthorised)) == "3");
        CHECK(manual.view.pending_total() == 1);
        CHECK(manual.view.issuance_count() == 0);
    }

    TEST_CASE("RFC8894 line 30: polls are PENDING until decided, then SUCCESS or FAILURE") {
        for (const bool approved : {true, false}) {
            ProfileRecipe recipe;
            recipe.settings.approval = config::Approval::Manual;
            World w(recipe);
            CHECK(status(w.send(RequestRecipe{})) == "3");
            for (int i = 0; i < 3; ++i)
                CHECK(status(w.poll({})) == "3");
            w.view.at(1).state =
                approved ? store::PendingState::Approved : store::PendingState::Rejected;
            CHECK(status(w.poll({})) == (approved ? "0" : "2"));
        }
    }

    TEST_CASE("RFC8894 line 35: there is no message that revokes") {
        World w;
        w.enrol({});
        for (unsigned type = 0; type < 64; ++type) {
            if (type == 17 || (type >= 19 && type <= 22))
                continue;
            CAPTURE(type);
            RequestRecipe recipe{.type = static_cast<MessageType>(type)};
            recipe.transaction_id = std::to_string(type);
            CHECK(fail_info(w.send(recipe)) == "2");
        }
        CHECK(w.view.issuance_count() == 1);
        CHECK_FALSE(w.view.issued(0).revoked_at);
    }

    TEST_CASE("RFC8894 line 109: a CertPoll again after the issue is SUCCESS, with the same") {
        EveryExchange all;
        const Exchange& first = all.of("CertPoll, approved");
        const Buffer issued = CertsOnly(open_reply(first.outcome)).certificates().at(0);
        for (int i = 0; i < 2; ++i) {
            const endpoint::Outcome again = all.manual.send(first.request);
            CHECK(status(again) == "0");
            CHECK(CertsOnly(open_reply(again)).certificates().at(0) == issued);
        }
        // The same subject with another key is a device of its own: no policy against it.
        const RequestRecipe same_name{.device_key = other_rsa_key(), .transaction_id = "twin"};
        CHECK(status(all.automatic.send(same_name)) == "0");
    }

    TEST_CASE("RFC8894 line 116: who missed the reply asks again and gets the same certificate") {
        World w;
        const Buffer message = make_message({}, w.profile.ra.certificate);
        const Buffer first = CertsOnly(open_reply(w.send(message))).certificates().at(0);
        CHECK(CertsOnly(open_reply(w.send(message))).certificates().at(0) == first);
        CHECK(w.view.issuance_count() == 1);
    }

    TEST_CASE("RFC8894 line 118: a renewal proves that it has the new key") {
        World w;
        const x509::Certificate old = w.enrol({});
        w.now = old.not_after() - hours(24);
        RequestRecipe renewal = renewal_by(old, shared_rsa_key());
        Buffer csr = make_csr(renewal);
        csr.back() ^= 1U;
        renewal.plaintext = csr;
        CHECK(fail_info(w.send(renewal)) == "1");
        renewal.plaintext.reset();
        CHECK(status(w.send(renewal)) == "0");
    }

    TEST_CASE(
        "RFC8894 line 121: SHA-1 is closed, opened by the profile, and never said otherwise") {
        const RequestRecipe old{.digest = crypto::Digest::Sha1};
        World closed;
        CHECK(fail_info(closed.send(old)) == "0");
        World open({.allow_legacy = {"sha1"}});
        CHECK(status(open.send(old)) == "0");
        CHECK(open.profile.snapshot.capabilities.find("SHA-1\n") != std::string::npos);
        CHECK(closed.profile.snapshot.capabilities.find("SHA-1\n") == std::string::npos);
    }

    TEST_CASE("RFC8894 line 122: TLS with a client certificate stands for no part of the message") {
        const TestProfile profile = make_profile();
        const Identity bootstrap = make_transient(shared_rsa_key(), "CN=device-1");
        const auto over_tls = [&](const Buffer& message) {
            SeededRandom random(1);
            return endpoint::answer(crypto::Library::standard(),
                                    profile.snapshot,
                                    {.method = "POST", .body = message},
                                    {.now = kNow, .bootstrap = bootstrap.certificate},
                                    empty_view(),
                                    random);
        };
        const x509::Certificate& ra = profile.ra.certificate;
        CHECK(fail_info(over_tls(make_message({.challenge = ""}, ra))) == "2");
        CHECK(fail_info(over_tls(sign_message({}, make_csr({})))) == "1");
        CHECK(over_tls(make_csr({})).reply.status == 400);
        CHECK(status(over_tls(make_message({}, ra))) == "0");
    }
}
