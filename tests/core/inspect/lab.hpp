// Messages to look at, and what to look with.
#pragma once

#include <algorithm>

#include <doctest/doctest.h>

#include "core/inspect/examination.hpp"
#include "core/inspect/report.hpp"
#include "core/scep/messages.hpp"
#include "support/pki.hpp"

namespace scep::test {

inline constexpr std::string_view kChallenge = "correct-horse-7391";

inline inspect::Libraries& libraries() {
    static inspect::Libraries all;
    return all;
}

// Without keys. The parties' certificates are good at this time.
inline inspect::Means bare_means() {
    inspect::Means means{.now = kNow, .libraries = &libraries()};
    means.at = party("client").certificate.not_before() + std::chrono::hours(1);
    return means;
}

// With the RA's key, as the operator of the server has it.
inline inspect::Means server_means() {
    inspect::Means means = bare_means();
    means.keys.push_back({.key = std::shared_ptr<crypto::PrivateKey>(private_key("ra")),
                          .certificates = {party("ra").certificate},
                          .source = "ra.key"});
    return means;
}

inline capture::Captured captured(Buffer message) {
    return {.source = "message.der", .forms = {"DER"}, .bytes = std::move(message)};
}

// A CSR of the client's key with a challenge that is nowhere else.
inline Buffer csr(std::string_view challenge = kChallenge) {
    const SecretBytes der = must(x509::build_request(
        {.subject = must(x509::Name::from_text("CN=client")), .challenge = to_secret(challenge)},
        *party("client").key,
        crypto::Digest::Sha256));
    return {der.begin(), der.end()};
}

inline Buffer request(Bytes content, const std::string& recipient = "ra") {
    const Buffer envelope = enveloped_message(content, recipient);
    return build(request_spec(envelope));
}

inline Buffer request() {
    return request(csr());
}

inline inspect::Examination look(const capture::Captured& message, const inspect::Means& means) {
    return std::move(inspect::examine({&message, 1}, means).front());
}

inline const check::Finding* find(const inspect::Examination& examination, std::string_view rule) {
    const auto found = std::ranges::find(examination.findings, rule, &check::Finding::id);
    return found == examination.findings.end() ? nullptr : &*found;
}

// The rules that found something, for messages of failed checks.
inline std::string rules_of(const inspect::Examination& examination) {
    std::string out;
    for (const check::Finding& finding : examination.findings)
        out += finding.id + ": " + finding.message + "\n";
    return out;
}

// There is a finding by that rule, and it says what to do.
inline bool names(const inspect::Examination& examination, std::string_view rule) {
    const check::Finding* finding = find(examination, rule);
    if (finding == nullptr)
        MESSAGE(rules_of(examination));
    return finding != nullptr && !finding->hint.empty() && !finding->cite.empty();
}

inline std::string fact(const inspect::Examination& examination, std::string_view key) {
    const auto found = std::ranges::find(examination.facts, key, &inspect::Fact::key);
    return found == examination.facts.end() ? std::string() : found->value;
}

inline inspect::Outcome outcome(const inspect::Examination& examination, std::string_view subject) {
    const auto found =
        std::ranges::find(examination.verifications, subject, &inspect::Verification::subject);
    REQUIRE(found != examination.verifications.end());
    return found->outcome;
}

}  // namespace scep::test
