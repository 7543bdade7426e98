// After a rollover: what the former CA issued is still ours (SECURITY rule S09).
#include <array>

#include <doctest/doctest.h>

#include "serve/endpoint/raw_reply.hpp"

using namespace scep;
using namespace scep::test;

namespace {

// The state of before, under a new CA.
struct Rolled {
    explicit Rolled(bool known = true, const config::Profile& settings = {})
        : before({.ca_subject = "CN=Former CA"}),
          first(before.send(RequestRecipe{})),
          old(must(x509::Certificate::parse(first.effects.issuances.at(0).certificate))),
          after({.settings = settings,
                 .former_cas = known ? std::vector{before.profile.ca.certificate}
                                     : std::vector<x509::Certificate>{}},
                2) {
        after.view.apply(first.effects);
        after.now = old.not_after() - std::chrono::hours(24);
    }

    RequestRecipe signed_by(const x509::Certificate& signer, MessageType type) const {
        return {.challenge = "",
                .device_key = other_rsa_key(),
                .signer_key = shared_rsa_key(),
                .signer = signer,
                .type = type,
                .transaction_id = "after"};
    }

    RequestRecipe renewal() const { return signed_by(old, MessageType::RenewalReq); }

    World before;
    endpoint::Outcome first;
    x509::Certificate old;
    World after;
};

// What a reply holds, opened by whom it is for.
std::vector<x509::Certificate> certificates_in(const Rolled& r,
                                               const endpoint::Outcome& outcome,
                                               const x509::Certificate& recipient) {
    const PkiMessage reply = read_reply(r.after.profile, outcome);
    const cms::EnvelopedData envelope = must(cms::parse_enveloped_data(*reply.signed_data.content));
    const SecretBytes content =
        must(cms::decrypt(crypto::Library::standard(), envelope, recipient, *shared_rsa_key()));
    std::vector<x509::Certificate> out;
    for (const Bytes der : must(cms::parse_signed_data(content)).certificates)
        out.push_back(must(x509::Certificate::parse(der)));
    return out;
}

std::shared_ptr<const ca::Issuer> issuer_of(const Identity& ca, ca::Term term) {
    return std::make_shared<const ca::Issuer>(
        must(ca::Issuer::make("iss-local", ca.certificate, {}, ca.key, {}, term)));
}

// `current` issues in this world from now on, and opens what is for it; `next` is to take over.
void roll_over(World& w, const Identity& current, const Identity& next) {
    const auto issuer = issuer_of(current, ca::Term::Current);
    const auto next_issuer = issuer_of(next, ca::Term::Next);
    w.profile.ra = current;
    w.profile.snapshot =
        endpoint::make_snapshot({.settings = w.profile.snapshot.settings,
                                 .issuer = issuer,
                                 .next_issuer = next_issuer,
                                 .ra = {{current.certificate, current.key, current.key, issuer},
                                        {next.certificate, next.key, next.key, next_issuer}},
                                 .challenge = to_secret(kChallenge)});
}

}  // namespace

TEST_SUITE("serve/endpoint rollover") {
    TEST_CASE("S09 a certificate of the former CA renews, under the new one") {
        Rolled r;
        const endpoint::Outcome outcome = r.after.send(r.renewal());
        CHECK(is_success(r.after, outcome));
        REQUIRE(outcome.effects.issuances.size() == 1);
        const auto issued =
            must(x509::Certificate::parse(outcome.effects.issuances[0].certificate));
        CHECK(x509::check_issued_by(
            crypto::Library::standard(), issued, r.after.profile.ca.certificate));
    }

    TEST_CASE("S09 it is nobody's where the former CA is not named") {
        Rolled r(false);
        CHECK(fails_with(r.after, r.after.send(r.renewal()), FailInfo::BadMessageCheck));
    }

    TEST_CASE("S09 the former CA's signature alone is not enough, nor is a row alone") {
        Rolled r;
        SUBCASE("a certificate that it gave elsewhere") {
            const Identity& former = r.before.profile.ca;
            const RequestRecipe renewal = r.signed_by(
                make_identity({.subject = "CN=device-1"}, shared_rsa_key(), &former).certificate,
                MessageType::RenewalReq);
            CHECK(fails_with(r.after, r.after.send(renewal), FailInfo::BadMessageCheck));
        }
        SUBCASE("its name and a victim's serial number, signed by the device") {
            const RequestRecipe renewal =
                r.signed_by(make_named_like(r.old, shared_rsa_key()), MessageType::RenewalReq);
            CHECK(fails_with(r.after, r.after.send(renewal), FailInfo::BadMessageCheck));
        }
        SUBCASE("revoked") {
            r.after.view.issued(0).revoked_at = kNow;
            CHECK(fails_with(r.after, r.after.send(r.renewal()), FailInfo::BadRequest));
        }
        CHECK(r.after.view.issuance_count() == 1);
    }

    TEST_CASE("an approved renewal by a certificate of the former CA is issued by the new one") {
        Rolled r(true, {.approval = config::Approval::Manual});
        CHECK(is_pending(r.after, r.after.send(r.renewal())));
        r.after.view.at(1).state = store::PendingState::Approved;
        CHECK(is_success(r.after, r.after.send(r.renewal())));
        CHECK(r.after.view.issuance_count() == 2);
    }

    TEST_CASE("what waits for the next CA is issued by that one, whichever is next by then") {
        const std::array cas{make_ca(shared_rsa_key(), "CN=A"),
                             make_ca(other_rsa_key(), "CN=B"),
                             make_ca(ec_key(), "CN=C"),
                             make_ca(rsa_key(), "CN=D")};
        World w({.settings = {.approval = config::Approval::Manual}});
        roll_over(w, cas[0], cas[1]);
        CHECK(w.send(make_message({}, cas[1].certificate)).effects.pending.size() == 1);
        const auto issued_by = [&](const Identity& ca) {
            w.view.at(1).state = store::PendingState::Approved;
            const endpoint::Outcome outcome = w.poll({});
            REQUIRE(outcome.effects.issuances.size() == 1);
            const auto issued =
                must(x509::Certificate::parse(outcome.effects.issuances[0].certificate));
            CHECK(must(issued.issuer()) == must(ca.certificate.subject()));
        };
        SUBCASE("none rolled over") {
            issued_by(cas[1]);
        }
        SUBCASE("it is the current one, and another is next") {
            roll_over(w, cas[1], cas[2]);
            issued_by(cas[1]);
        }
        SUBCASE("it has gone: no other stands in, whose certificate the device would not take") {
            roll_over(w, cas[2], cas[3]);
            w.view.at(1).state = store::PendingState::Approved;
            const endpoint::Outcome outcome = w.poll({});
            CHECK(outcome.effects.issuances.empty());
            CHECK(reply_of(w, outcome).status == PkiStatus::Failure);
            CHECK(reason_of(outcome).find("neither the next nor the current one") !=
                  std::string::npos);
        }
        SUBCASE("a row of schema 3 does not name it") {
            w.view.at(1).next_ca_spki_sha256.clear();
            issued_by(cas[1]);
        }
    }

    TEST_CASE("GetCert finds what the former CA issued, with that CA beside it") {
        Rolled r;
        const x509::Certificate& former = r.before.profile.ca.certificate;
        RequestRecipe query = r.signed_by(r.old, MessageType::GetCert);
        query.plaintext = issuer_and_serial(former, r.old.serial());
        const endpoint::Outcome outcome = r.after.send(query);
        CHECK(is_success(r.after, outcome));
        CHECK(certificates_in(r, outcome, r.old) == std::vector{r.old, former});
    }

    TEST_CASE("a repeat over the rollover gets the certificate of then, and its CA") {
        Rolled r;
        r.after.now = kNow;
        RequestRecipe again;
        again.signer = make_transient(shared_rsa_key(), again.subject).certificate;
        const endpoint::Outcome outcome = r.after.send(again);
        CHECK(is_success(r.after, outcome));
        CHECK(certificates_in(r, outcome, *again.signer) ==
              std::vector{r.old, r.before.profile.ca.certificate});
    }

    TEST_CASE("the former CA signs no lists any more") {
        Rolled r;
        RequestRecipe query = r.signed_by(r.old, MessageType::GetCrl);
        query.plaintext = issuer_and_serial(r.before.profile.ca.certificate, r.old.serial());
        CHECK(fails_with(r.after, r.after.send(query), FailInfo::BadCertId));
    }
}
