// The raw-CSR path (setting raw_csr).
#include <doctest/doctest.h>

#include "core/base/encoding.hpp"
#include "serve/endpoint/world.hpp"

using namespace scep;
using namespace scep::test;

namespace {

ProfileRecipe raw() {
    ProfileRecipe out;
    out.settings.raw_csr = true;
    return out;
}

Buffer signed_data_around(Bytes content) {
    return sign_message({}, to_buffer(content));
}

std::vector<x509::Certificate> certificates(const endpoint::Outcome& outcome) {
    const cms::SignedData parsed = must(cms::parse_signed_data(outcome.reply.body));
    std::vector<x509::Certificate> out;
    for (const Bytes der : parsed.certificates)
        out.push_back(must(x509::Certificate::parse(der)));
    return out;
}

}  // namespace

TEST_SUITE("serve/endpoint raw CSR") {
    TEST_CASE("a bare CSR, its base64, and SignedData around either, get certs-only PKCS#7") {
        const Buffer csr = make_csr({});
        const std::string text = to_base64(csr);
        for (const Buffer& message : {csr,
                                      to_buffer(as_bytes(text)),
                                      signed_data_around(csr),
                                      signed_data_around(as_bytes(text))}) {
            World w(raw());
            const endpoint::Outcome outcome = w.send(message);
            CHECK(outcome.reply.status == 200);
            CHECK(outcome.reply.content_type == "application/x-pki-message");
            const auto found = certificates(outcome);
            REQUIRE(found.size() == 2);
            CHECK(found[0].subject_text() == "CN=device-1");
            CHECK(found[1] == w.profile.ca.certificate);
            CHECK(outcome.effects.issuances.size() == 1);
            CHECK(outcome.effects.issuances[0].transaction_id == "device-1");
            CHECK(outcome.effects.events.at(0).reason == "raw CSR, challenge accepted");
        }
    }

    TEST_CASE("it is closed unless the profile opens it") {
        World w;
        CHECK(w.send(make_csr({})).reply.status == 400);
        CHECK(w.view.issuance_count() == 0);
    }

    TEST_CASE("a wrong or missing challenge is 403, a bad CSR 400") {
        World w(raw());
        CHECK(w.send(make_csr({.challenge = "wrong"})).reply.status == 403);
        CHECK(w.send(make_csr({.challenge = ""})).reply.status == 403);
        Buffer forged = make_csr({});
        forged.back() ^= 1U;
        CHECK(w.send(forged).reply.status == 400);
        CHECK(w.send(make_csr({.sans = {"uri:https://a.example"}})).reply.status == 403);
        CHECK(w.view.issuance_count() == 0);
    }

    TEST_CASE("the same CSR again gets the same certificate") {
        World w(raw());
        const Buffer csr = make_csr({});
        const endpoint::Outcome first = w.send(csr);
        const endpoint::Outcome again = w.send(csr);
        CHECK(again.serial == first.serial);
        CHECK(again.effects.issuances.empty());
    }

    TEST_CASE("wrong challenges share one budget; an exhausted one refuses the right one too") {
        World w(raw());
        const Buffer wrong = make_csr({.challenge = "wrong"});
        for (int i = 0; i < limits::kChallengeFailures; ++i)
            REQUIRE(w.send(wrong).reply.status == 403);
        const endpoint::Outcome beyond = w.send(make_csr({}));
        CHECK(beyond.reply.status == 429);
        CHECK(beyond.reply.headers.back() ==
              std::pair<std::string, std::string>("Retry-After", "10"));
        CHECK(is_success(w, w.send(RequestRecipe{})));  // a message is another matter
        w.now += std::chrono::hours(1);                 // somebody sets the clock
        CHECK(w.send(make_csr({})).reply.status == 429);
        w.instant += limits::kChallengeFailureEvery;
        CHECK(w.send(make_csr({})).reply.status == 200);
    }

    TEST_CASE("a message with an envelope never falls into it") {
        World w(raw());
        RequestRecipe damaged;
        damaged.plaintext = Buffer{0x30, 0x03, 0x02, 0x01, 0x00};
        CHECK(fails_with(w, w.send(damaged), FailInfo::BadMessageCheck));
    }

    TEST_CASE("it cannot wait for an operator") {
        ProfileRecipe recipe = raw();
        recipe.settings.approval = config::Approval::Manual;
        World w(recipe);
        CHECK(w.send(make_csr({})).reply.status == 403);
    }
}
