// What a live server said to a client that asks and never enrols: the facts of the rules for URLs.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/scep/capabilities.hpp"
#include "core/x509/certificate.hpp"

namespace scep::check {

struct Probe {
    std::string url{}, host{};
    bool tls = false;                    // https
    bool trust_known = false;            // --tls-ca was given
    std::optional<Error> unreachable{};  // nothing else is known then
    std::optional<Error> untrusted{};    // the TLS certificate does not verify against --tls-ca
    std::string tls_version{};           // "TLSv1.3"
    std::vector<x509::Certificate> tls_chain{};  // as sent
    std::optional<Capabilities> capabilities{};
    std::string capabilities_refusal{};             // why there are none
    std::vector<x509::Certificate> certificates{};  // of GetCACert
    std::string certificates_refusal{};             // why there are none
    std::string mtls_url{};            // the sibling route; empty: the URL's path has none
    std::optional<int> status{};       // of GetCACaps at `url`
    std::optional<int> mtls_status{};  // of GetCACaps there without a certificate; 0: hung up
};

// A profile with mtls_only: closed here, and its sibling asks for a certificate. What it says is
// for clients that have one.
bool is_for_certificates_only(const Probe& probe) noexcept;

// One thing to be shown beside the findings.
struct Fact {
    std::string name{};   // "ra_certificate"
    std::string value{};  // of a certificate, its subject and key
    std::optional<TimePoint> not_after{};
};

std::vector<Fact> facts_of(const Probe& probe);

}  // namespace scep::check
