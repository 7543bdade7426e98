#include <doctest/doctest.h>

#include "core/base/limits.hpp"
#include "fixture.hpp"

namespace {

using namespace scep;
using namespace scep::test;

}  // namespace

TEST_SUITE("serve/endpoint") {
    TEST_CASE("S07 what a stranger sends fills no audit row") {
        std::string subject = "CN=device-1";
        for (int i = 0; i < 30; ++i)
            subject += ",OU=" + std::string(1000, 'x');
        RequestRecipe recipe{.subject = subject, .challenge = "wrong"};
        for (int i = 0; i < 60; ++i)
            recipe.sans.push_back("dns:" + std::string(60, 'a') + std::to_string(i) + ".example");
        static const TestProfile profile = make_profile();
        const endpoint::Outcome outcome =
            post(profile, make_message(recipe, profile.ra.certificate));
        REQUIRE(outcome.effects.events.size() == 1);
        const store::AuditEvent& event = outcome.effects.events.front();
        CHECK(event.reason == "badRequest (2): challenge wrong");
        constexpr std::size_t kRemark = 32;  // "... (30158 octets)"
        for (const std::string& value : {event.subject, event.subject_alt_names, event.signer}) {
            CHECK(value.size() > limits::kMaxAuditValue);
            CHECK(value.size() < limits::kMaxAuditValue + kRemark);
            CHECK(value.ends_with(" octets)"));
        }
    }
}
