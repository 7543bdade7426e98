// Renewal is recognised by who signed (SECURITY rule S09).
#include <doctest/doctest.h>

#include "serve/endpoint/world.hpp"

using namespace scep;
using namespace scep::test;

namespace {

// A renewal: new key, signed by the old certificate.
RequestRecipe renewal_of(const x509::Certificate& old, const Key& old_key) {
    return {.challenge = "",
            .device_key = other_rsa_key(),
            .signer_key = old_key,
            .signer = old,
            .type = MessageType::RenewalReq,
            .transaction_id = "renewal-1"};
}

constexpr auto kDay = std::chrono::hours(24);

struct Enrolled {
    explicit Enrolled(const ProfileRecipe& recipe = {})
        : w(recipe), old(w.enrol({})), renewal(renewal_of(old, shared_rsa_key())) {
        w.now = old.not_after() - kDay;
    }

    World w;
    x509::Certificate old;
    RequestRecipe renewal;
};

}  // namespace

TEST_SUITE("serve/endpoint renewal") {
    TEST_CASE("a certificate of ours renews without a challenge, with 17 and with 19") {
        for (const MessageType type : {MessageType::RenewalReq, MessageType::PkcsReq}) {
            Enrolled e;
            e.renewal.type = type;
            const endpoint::Outcome outcome = e.w.send(e.renewal);
            CHECK(is_success(e.w, outcome));
            REQUIRE(outcome.effects.issuances.size() == 1);
            CHECK(outcome.effects.issuances[0].serial != e.old.serial_hex());
            REQUIRE(outcome.effects.unrevoked.size() == 1);  // when it commits
            CHECK(outcome.effects.unrevoked[0].serial == e.old.serial_hex());
        }
    }

    TEST_CASE("it is no repeat of its own issuance, though transaction and key are the same") {
        Enrolled e;
        RequestRecipe again;
        again.signer = e.old;  // certmonger keeps transactionID, key and CSR
        again.signer_key = shared_rsa_key();
        const endpoint::Outcome first = e.w.send(again);
        CHECK(is_success(e.w, first));
        REQUIRE(first.effects.issuances.size() == 1);
        const endpoint::Outcome repeat = e.w.send(again);
        CHECK(is_success(e.w, repeat));
        CHECK(repeat.effects.issuances.empty());
        CHECK(repeat.serial == first.serial);
    }

    TEST_CASE("S09 what a renewal's signer may not be, each with its reason") {
        Enrolled e;
        SUBCASE("revoked") {
            e.w.view.issued(0).revoked_at = e.w.now;
            const endpoint::Outcome outcome = e.w.send(e.renewal);
            CHECK(fails_with(e.w, outcome, FailInfo::BadRequest));
            CHECK(reason_of(outcome).find("revoked") != std::string::npos);
        }
        SUBCASE("revoked, with a good challenge as well") {
            e.w.view.issued(0).revoked_at = e.w.now;
            e.renewal.type = MessageType::PkcsReq;
            e.renewal.challenge = kChallenge;
            CHECK(fails_with(e.w, e.w.send(e.renewal), FailInfo::BadRequest));
        }
        SUBCASE("of another profile") {
            e.w.view.issued(0).profile = "lab";
            const endpoint::Outcome outcome = e.w.send(e.renewal);
            CHECK(fails_with(e.w, outcome, FailInfo::BadRequest));
            CHECK(reason_of(outcome).find("of profile \"lab\"") != std::string::npos);
        }
        SUBCASE("expired") {
            e.w.now = e.old.not_after() + std::chrono::seconds(1);
            const endpoint::Outcome outcome = e.w.send(e.renewal);
            CHECK(fails_with(e.w, outcome, FailInfo::BadRequest));
            CHECK(reason_of(outcome).find("expired") != std::string::npos);
        }
        SUBCASE("too young") {
            e.w.now = kNow + kDay;
            const endpoint::Outcome outcome = e.w.send(e.renewal);
            CHECK(fails_with(e.w, outcome, FailInfo::BadRequest));
            CHECK(reason_of(outcome).find("too early") != std::string::npos);
        }
        SUBCASE("our issuer's name and a victim's serial number, signed by itself") {
            const Identity forger{make_named_like(e.old, other_rsa_key()), other_rsa_key()};
            RequestRecipe forged = renewal_of(forger.certificate, other_rsa_key());
            const endpoint::Outcome outcome = e.w.send(forged);
            CHECK(fails_with(e.w, outcome, FailInfo::BadMessageCheck));
            forged.type = MessageType::PkcsReq;
            CHECK(fails_with(e.w, e.w.send(forged), FailInfo::BadRequest));
        }
        SUBCASE("a stranger's") {
            RequestRecipe stranger{.type = MessageType::RenewalReq};
            const endpoint::Outcome outcome = e.w.send(stranger);
            CHECK(fails_with(e.w, outcome, FailInfo::BadMessageCheck));
            CHECK(reason_of(outcome).find("not ours") != std::string::npos);
        }
        CHECK(e.w.view.issuance_count() == 1);
    }

    TEST_CASE("another subject or SAN is another identity, unless the profile allows a change") {
        for (const bool allowed : {false, true}) {
            ProfileRecipe recipe;
            recipe.settings.allow_subject_change = allowed;
            Enrolled e(recipe);
            SUBCASE("subject") {
                e.renewal.subject = "CN=device-2";
            }
            SUBCASE("SAN") {
                e.renewal.sans = {"dns:device-2.example"};
            }
            const endpoint::Outcome outcome = e.w.send(e.renewal);
            CHECK(is_success(e.w, outcome) == allowed);
            if (!allowed)
                CHECK(reason_of(outcome).find("allow_subject_change") == std::string::npos);
        }
    }

    TEST_CASE("renewal_grace, renewal_window and renewal_requires_challenge are obeyed") {
        ProfileRecipe recipe;
        SUBCASE("grace") {
            recipe.settings.renewal_grace = kDay;
            recipe.certificate_profile.max_ttl = 90 * kDay;  // the CA goes on
            Enrolled e(recipe);
            e.w.now = e.old.not_after() + kDay;
            CHECK(is_success(e.w, e.w.send(e.renewal)));
            e.w.now += std::chrono::seconds(1);
            e.renewal.transaction_id = "renewal-2";
            CHECK(fails_with(e.w, e.w.send(e.renewal), FailInfo::BadRequest));
        }
        SUBCASE("any time") {
            recipe.settings.renewal_window.reset();
            Enrolled e(recipe);
            e.w.now = kNow;
            CHECK(is_success(e.w, e.w.send(e.renewal)));
        }
        SUBCASE("both") {
            recipe.settings.renewal_requires_challenge = true;
            Enrolled e(recipe);
            CHECK(fails_with(e.w, e.w.send(e.renewal), FailInfo::BadRequest));
            e.renewal.challenge = "wrong";
            CHECK(fails_with(e.w, e.w.send(e.renewal), FailInfo::BadRequest));
            e.renewal.challenge = kChallenge;
            CHECK(is_success(e.w, e.w.send(e.renewal)));
        }
    }

    TEST_CASE("outside the window a PKCSReq with a good challenge is an ordinary enrolment") {
        Enrolled e;
        e.w.now = kNow;
        e.renewal.type = MessageType::PkcsReq;
        e.renewal.challenge = kChallenge;
        CHECK(is_success(e.w, e.w.send(e.renewal)));
        e.renewal.transaction_id = "renewal-2";
        e.renewal.challenge = "wrong";
        CHECK(fails_with(e.w, e.w.send(e.renewal), FailInfo::BadRequest));
    }

    TEST_CASE("a captured renewal with swapped content is not one") {
        Enrolled e;
        const Buffer good = make_message(e.renewal, e.w.profile.ra.certificate);
        RequestRecipe victim = e.renewal;
        victim.subject = "CN=victim";
        const Buffer other = make_envelope(victim, e.w.profile.ra.certificate);
        const endpoint::Outcome outcome = e.w.send(with_content(good, other));
        CHECK(fails_with(e.w, outcome, FailInfo::BadMessageCheck));
    }
}
