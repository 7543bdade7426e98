// One SCEP profile: request bytes in, reply bytes and effects out, no sockets. The whole protocol,
// testable without a port.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/config/config.hpp"
#include "core/http/message.hpp"
#include "core/scep/operation.hpp"
#include "core/scep/pki_message.hpp"
#include "serve/auth/challenge.hpp"
#include "serve/ca/issuer.hpp"
#include "serve/store/store.hpp"

namespace scep::endpoint {

struct Ra {
    x509::Certificate certificate{};
    std::shared_ptr<crypto::PrivateKey> key{};
};

// Everything one profile needs, loaded and checked; immutable.
struct ProfileSnapshot {
    config::Profile settings{};
    x509::CertificateProfile certificate_profile{};
    std::shared_ptr<const ca::Issuer> issuer{};
    std::vector<Ra> ra{};
    std::shared_ptr<const auth::StaticChallenge> challenge{};
    std::string capabilities{};  // GetCACaps body
    Buffer ca_certificates{};    // GetCACert body
    std::string_view ca_certificates_type{};
};

// Fills the bodies that every GetCACaps and GetCACert repeats.
ProfileSnapshot make_snapshot(config::Profile settings,
                              x509::CertificateProfile certificate_profile,
                              std::shared_ptr<const ca::Issuer> issuer,
                              std::vector<Ra> ra,
                              Bytes challenge);

struct Context {
    std::string reference{};  // request id; also in failInfoText and the log
    std::string client_address{};
    TimePoint now{};
};

struct Outcome {
    http::Reply reply{};
    store::Effects effects{};
    // for the one log line of this request
    std::string action{};    // "GetCACaps", "PKCSReq"
    std::string decision{};  // "success", "failure badAlg", "refused"
    std::string detail{};    // why, escaped
};

// `library` is crypto::Library::standard() in serve.
Outcome answer(const crypto::Library& library,
               const ProfileSnapshot& profile,
               const http::Request& request,
               const Context& context,
               Random& random);

}  // namespace scep::endpoint
