// A device on its way through an exchange with a server of this process.
#pragma once

#include <doctest/doctest.h>

#include "core/scep/exchange.hpp"
#include "core/scep/request_signer.hpp"
#include "support/fake_scep_server.hpp"

namespace scep {

using namespace scep::test;

inline constexpr std::string_view kModern = "SCEPStandard\nAES\nSHA-256\nPOSTPKIOperation\n";
inline constexpr std::string_view kChallenge = "secret-challenge";

inline ExchangeReply ok(Bytes body, std::string_view type = kTypePkiMessage) {
    return {.status = 200, .content_type = type, .body = body};
}

inline bool mentions(const Error& error, std::string_view text) {
    return (to_text(error) + "\n" + error.hint).find(text) != std::string::npos;
}

inline const Key& device_key() {
    static const Key key = rsa_key();
    return key;
}

inline FakeScepServer& server() {
    static FakeScepServer instance;
    return instance;
}

inline ExchangeSettings trusting(const FakeScepServer& whom) {
    ExchangeSettings out;
    out.trust.ca_fingerprint = whom.ca.certificate.fingerprint();
    return out;
}

// A device on its way through an exchange.
struct Device {
    explicit Device(ExchangeSettings settings,
                    const crypto::Library& library = crypto::Library::standard())
        : exchange(library, std::move(settings)) {}

    Status meet(Bytes ca_certificates, std::string_view capabilities = kModern, bool tls = false) {
        SCEP_CHECK(exchange.take(ok(as_bytes(capabilities), kTypeCaps), kNow));
        ExchangeReply reply = ok(ca_certificates, kTypeCaRaCert);
        reply.authenticated = tls;
        return exchange.take(reply, kNow);
    }

    Status prepare(const Key& key = device_key(), std::optional<SignerKey> which = std::nullopt) {
        const x509::Name subject = must(x509::Name::from_text("CN=cam-1,O=Lab"));
        request = must(x509::build_request({.subject = subject, .challenge = to_secret(kChallenge)},
                                           *key,
                                           crypto::Digest::Sha256));
        const SignerKey best = best_signer_key(key->public_key(), exchange.ca().recipient_kind);
        signer = must(make_request_signer(*key, which.value_or(best), subject, kNow, random));
        return exchange.enrol({.key = key->public_key(),
                               .request = request,
                               .signer = signer.certificate,
                               .signer_key = *signer.key,
                               .decrypter = *signer.key},
                              random);
    }

    SeededRandom random{5};
    SecretBytes request{};
    RequestSigner signer{};
    Exchange exchange;
};

// From nothing to the server's answer.
inline Status enrol(Device& device,
                    FakeScepServer& with,
                    const Answer& answer,
                    const Key& key = device_key()) {
    SCEP_CHECK(device.meet(with.ca_certificates()));
    SCEP_CHECK(device.prepare(key));
    const Buffer reply = with.operate(device.exchange.request().body, answer);
    return device.exchange.take(ok(reply), kNow);
}

}  // namespace scep
