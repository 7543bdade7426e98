// Repeats, manual approval and polls (SECURITY rules S12, S13; RFC 8894 section 4.4).
#include <algorithm>

#include <doctest/doctest.h>

#include "serve/endpoint/issue.hpp"
#include "serve/endpoint/world.hpp"

using namespace scep;
using namespace scep::test;

namespace {

using std::chrono::hours;

ProfileRecipe manual() {
    ProfileRecipe out;
    out.settings.approval = config::Approval::Manual;
    return out;
}

store::Effects waiting_request(const World& w, int number) {
    store::Effects out;
    out.pending.push_back({.key = {.transaction_id = {static_cast<std::uint8_t>(number)}},
                           .expires_at = w.now + hours(1),
                           .client_address = "192.0.2.7"});
    return out;
}

// As the server does on noticing an approval.
endpoint::Outcome issue(World& w, std::int64_t id) {
    SeededRandom random(11);
    w.view.at(id).state = store::PendingState::Approved;
    w.view.at(id).decided_by = "alice";
    endpoint::Outcome out = endpoint::issue_approved(
        w.profile.snapshot, w.view, w.view.at(id), {.reference = "ref", .now = w.now}, random);
    w.view.apply(out.effects);
    return out;
}

}  // namespace

TEST_SUITE("serve/endpoint transactions") {
    TEST_CASE("S12 the same request again gets the same certificate, until the window closes") {
        World w;
        const Buffer message = make_message({}, w.profile.ra.certificate);
        const endpoint::Outcome first = w.send(message);
        w.now += hours(1);
        const endpoint::Outcome again = w.send(message);
        CHECK(is_success(w, again));
        CHECK(again.effects.issuances.empty());
        CHECK(again.serial == first.serial);
        CHECK(reason_of(again) == "the same request again");
        w.now += std::chrono::seconds(1);
        const endpoint::Outcome late = w.send(message);
        CHECK(late.effects.issuances.size() == 1);
        CHECK(late.serial != first.serial);
    }

    TEST_CASE("S12 other octets for the signer's key do not make another transaction") {
        World w;
        const Buffer message = make_message({}, w.profile.ra.certificate);
        const endpoint::Outcome first = w.send(message);
        const x509::Certificate signer = must(parse_pki_message(message)).signer;
        const auto key = std::ranges::search(message, signer.spki());
        const auto begin = static_cast<std::size_t>(key.begin() - message.begin());
        constexpr std::size_t kHeaders = 36;  // down to the modulus
        int same = 0;
        for (std::size_t bit = 0; bit < kHeaders * 8; ++bit) {
            Buffer mutant = message;
            mutant[begin + bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
            const endpoint::Outcome outcome = w.send(mutant);
            CAPTURE(bit);
            CHECK(outcome.effects.issuances.empty());
            same += outcome.serial == first.serial ? 1 : 0;
        }
        CHECK(same > 0);
    }

    TEST_CASE("S12 a revoked certificate is not given again") {
        World w;
        const Buffer message = make_message({}, w.profile.ra.certificate);
        const endpoint::Outcome first = w.send(message);
        w.view.issued(0).revoked_at = w.now;
        const endpoint::Outcome again = w.send(message);
        CHECK(again.effects.issuances.size() == 1);
        CHECK(again.serial != first.serial);
    }

    TEST_CASE(
        "S12 another request of the same transaction is a new one once the first was issued") {
        World w;
        const endpoint::Outcome first = w.send(RequestRecipe{});
        const endpoint::Outcome second = w.send(RequestRecipe{.sans = {"dns:a.example"}});
        CHECK(second.effects.issuances.size() == 1);
        CHECK(second.serial != first.serial);
    }

    TEST_CASE(
        "S12 a refused device may correct itself, and a stranger cannot take its transaction") {
        World w;
        CHECK(fails_with(w, w.send(RequestRecipe{.challenge = "wrong"}), FailInfo::BadRequest));
        RequestRecipe stranger{.device_key = other_rsa_key()};
        CHECK(is_success(w, w.send(stranger)));
        CHECK(is_success(w, w.send(RequestRecipe{})));
        CHECK(w.view.issuance_count() == 2);
    }

    TEST_CASE("manual approval: PENDING, polls, and the certificate once it was approved") {
        World w(manual());
        const endpoint::Outcome first = w.send(RequestRecipe{});
        CHECK(is_pending(w, first));
        CHECK(first.effects.events.back().outcome == "pending");
        CHECK(read_reply(w.profile, first).signed_data.content == std::nullopt);
        CHECK(is_pending(w, w.poll({})));
        CHECK(is_pending(w, w.send(RequestRecipe{})));
        CHECK(w.view.pending_total() == 1);

        const endpoint::Outcome issued = issue(w, 1);
        CHECK(issued.decision == "success");
        CHECK(issued.effects.events.back().reason == "approved by alice");
        const endpoint::Outcome poll = w.poll({});
        CHECK(is_success(w, poll));
        CHECK(poll.serial == issued.serial);
        const PkiMessage reply = read_reply(w.profile, poll);
        CHECK(issued_certificates(reply, shared_rsa_key(), "CN=device-1").front().serial_hex() ==
              issued.serial);
        CHECK(is_success(w, w.poll({})));
        CHECK(w.send(RequestRecipe{}).serial == issued.serial);
        CHECK(w.view.issuance_count() == 1);
    }

    TEST_CASE("a poll that comes before the server noticed the approval issues by itself") {
        World w(manual());
        w.send(RequestRecipe{});
        w.view.at(1).state = store::PendingState::Approved;
        const endpoint::Outcome poll = w.poll({});
        CHECK(is_success(w, poll));
        CHECK(poll.effects.issuances.size() == 1);
        CHECK(poll.subject == "CN=device-1");
        CHECK(is_success(w, w.poll({})));
        CHECK(w.view.issuance_count() == 1);
    }

    TEST_CASE("a missing challenge waits for the operator, a wrong one does not") {
        World w(manual());
        CHECK(is_pending(w, w.send(RequestRecipe{.challenge = ""})));
        CHECK(w.view.at(1).authorisation == "challenge missing");
        CHECK(fails_with(w, w.send(RequestRecipe{.challenge = "wrong"}), FailInfo::BadRequest));
        World automatic;
        CHECK(fails_with(
            automatic, automatic.send(RequestRecipe{.challenge = ""}), FailInfo::BadRequest));
    }

    TEST_CASE("S12 a different request is refused only while the first is pending") {
        World w(manual());
        w.send(RequestRecipe{});
        const RequestRecipe other{.sans = {"dns:a.example"}};
        CHECK(fails_with(w, w.send(other), FailInfo::BadRequest));
        w.view.at(1).state = store::PendingState::Rejected;
        CHECK(is_pending(w, w.send(other)));
    }

    TEST_CASE("when its row is gone, an issued request is known by its certificate") {
        World w(manual());
        w.send(RequestRecipe{});
        issue(w, 1);
        w.send(RequestRecipe{.transaction_id = "transaction-2"});
        w.view.prune(1);
        w.view.prune(2);
        const endpoint::Outcome poll = w.poll({});
        CHECK(is_success(w, poll));
        CHECK(poll.serial == w.view.issued(0).serial);
        CHECK(fails_with(w, w.poll({.transaction_id = "transaction-2"}), FailInfo::BadCertId));
    }

    TEST_CASE("a rejected request is told so, an expired one is gone") {
        World w(manual());
        w.send(RequestRecipe{});
        w.view.at(1).state = store::PendingState::Rejected;
        w.view.at(1).reason = "not one of ours";
        const endpoint::Outcome poll = w.poll({});
        CHECK(fails_with(w, poll, FailInfo::BadRequest));
        CHECK(reason_of(poll).find("not one of ours") != std::string::npos);

        World late(manual());
        late.send(RequestRecipe{});
        late.now += late.profile.snapshot.settings.pending_ttl;
        CHECK(fails_with(late, late.poll({}), FailInfo::BadCertId));
        CHECK(is_pending(late, late.send(RequestRecipe{})));
        CHECK(late.view.pending_total() == 2);
    }

    TEST_CASE("S13 approval runs the policy again, as it is then") {
        World w(manual());
        w.send(RequestRecipe{.sans = {"dns:a.example"}});
        w.profile.snapshot.certificate_profile.san_types = {"ip"};
        const endpoint::Outcome outcome = issue(w, 1);
        CHECK(outcome.decision == "failure");
        CHECK(w.view.issuance_count() == 0);
        CHECK(w.view.at(1).state == store::PendingState::Rejected);
        CHECK(fails_with(w, w.poll({}), FailInfo::BadRequest));
    }

    TEST_CASE("S13 a poll wants the original signer's key; unknown and another's answer alike") {
        World w(manual());
        w.send(RequestRecipe{});
        const endpoint::Outcome stranger = w.poll({.device_key = other_rsa_key()});
        const endpoint::Outcome unknown = w.poll({.transaction_id = "transaction-2"});
        CHECK(fails_with(w, stranger, FailInfo::BadCertId));
        CHECK(fails_with(w, unknown, FailInfo::BadCertId));
        CHECK(read_reply(w.profile, stranger).fail_info_text ==
              read_reply(w.profile, unknown).fail_info_text);
    }

    TEST_CASE("S13 a poll costs no private-key operation but the signature of its reply") {
        World w(manual());
        w.send(RequestRecipe{});
        const auto counting = std::make_shared<CountingDecrypter>(w.profile.ra.key);
        w.profile.snapshot.ra.front().decrypter = counting;
        CHECK(is_pending(w, w.poll({})));
        CHECK(counting->count == 0);
        CHECK(is_pending(w, w.send(RequestRecipe{})));
        CHECK(counting->count == 1);
    }

    TEST_CASE("S09 approval looks again at the certificate that is renewed") {
        ProfileRecipe recipe = manual();
        recipe.settings.renewal_window.reset();
        World w(recipe);
        w.send(RequestRecipe{});
        issue(w, 1);
        const x509::Certificate old = must(x509::Certificate::parse(w.view.issued(0).certificate));
        const RequestRecipe renewal{.challenge = "",
                                    .device_key = other_rsa_key(),
                                    .signer_key = shared_rsa_key(),
                                    .signer = old,
                                    .type = MessageType::RenewalReq,
                                    .transaction_id = "renewal-1"};
        CHECK(is_pending(w, w.send(renewal)));
        CHECK(w.view.at(2).authorisation == "renewal of " + old.serial_hex());
        SUBCASE("good") {
            CHECK(issue(w, 2).decision == "success");
        }
        SUBCASE("revoked meanwhile") {
            w.view.issued(0).revoked_at = w.now;
            CHECK(issue(w, 2).decision == "failure");
            CHECK(w.view.issuance_count() == 1);
        }
        SUBCASE("its issuer renamed meanwhile") {
            w.view.issued(0).issuer_id = "former";
            const endpoint::Outcome outcome = issue(w, 2);
            CHECK(outcome.decision == "failure");
            CHECK(reason_of(outcome).find("was it issued under another id?") != std::string::npos);
        }
        SUBCASE("expired meanwhile") {
            w.now = old.not_after() + std::chrono::seconds(1);
            CHECK(issue(w, 2).decision == "failure");
        }
    }

    TEST_CASE("S24 strangers cannot fill the operator's list") {
        World w(manual());
        for (int i = 0; i < limits::kMaxPendingOfClient; ++i)
            w.view.apply(waiting_request(w, i));
        const endpoint::Outcome outcome = w.send(RequestRecipe{.challenge = ""});
        CHECK(fails_with(w, outcome, FailInfo::BadRequest));
        CHECK(reason_of(outcome).find("too many pending requests") != std::string::npos);
        CHECK(is_pending(w, w.send(RequestRecipe{})));  // with the challenge there is room
        CHECK(w.view.at(std::int64_t(w.view.pending_total())).signer_certificate.empty());
    }

    TEST_CASE("a state that cannot be read is HTTP 503, and nothing is issued") {
        World w;
        w.view.break_down();
        const endpoint::Outcome outcome = w.send(RequestRecipe{});
        CHECK(outcome.reply.status == 503);
        CHECK(outcome.effects.empty());
    }
}
