// What every FAILURE has to be. Apart from fixture.hpp, which the benchmarks use without doctest.
#pragma once

#include <doctest/doctest.h>

#include "serve/endpoint/fixture.hpp"

namespace scep::test {

// Of this kind, signed, without content, and one audit row.
inline void check_failure(const TestProfile& profile,
                          const endpoint::Outcome& outcome,
                          FailInfo info) {
    REQUIRE(outcome.reply.status == 200);
    CHECK(outcome.reply.content_type == "application/x-pki-message");
    const PkiMessage reply = read_reply(profile, outcome);
    CHECK(reply.type == MessageType::CertRep);
    CHECK(reply.status == PkiStatus::Failure);
    REQUIRE(reply.fail_info.has_value());
    CHECK(to_text(*reply.fail_info) == to_text(info));
    CHECK(reply.fail_info_text.find("reference 0badc0de") != std::string::npos);
    CHECK_FALSE(reply.signed_data.content.has_value());
    CHECK(outcome.effects.issuances.empty());
    REQUIRE(outcome.effects.events.size() == 1);
    CHECK(outcome.effects.events[0].outcome == "failure");
    CHECK(outcome.effects.events[0].reference == "0badc0de");
    CHECK(outcome.effects.events[0].serial.empty());
}

}  // namespace scep::test
