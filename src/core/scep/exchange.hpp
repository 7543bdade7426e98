// The client's exchange as a state machine without I/O: GetCACaps, GetCACert, authentication of the
// CA, PKIOperation.
//
//     Exchange exchange(library, settings);
//     while (exchange.state() asks for a request)
//         exchange.take(what the server answered to exchange.request(), now);
//     ... Ready: exchange.ca() is authenticated; make key, CSR and files, then
//     exchange.enrol(...) and one more request() and take(); exchange.outcome()
//
// The order is SECURITY rule S29: nothing that enrol() was given can be in a request before take()
// has authenticated the CA.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "core/scep/algorithm_choice.hpp"
#include "core/scep/ca_certificates.hpp"
#include "core/scep/cert_rep.hpp"
#include "core/scep/operation.hpp"

namespace scep {

enum class HttpMethod : std::uint8_t { Auto, Get, Post };  // of PKIOperation

struct ExchangeSettings {
    TrustSettings trust{};
    AlgorithmSettings algorithms{};
    HttpMethod http = HttpMethod::Auto;  // Auto: POST where the server says so, else GET
    RecipientSetting recipient = RecipientSetting::Auto;
    // The one in the CSR, to weigh and to encrypt with; empty: none. Borrowed until the reply was
    // taken.
    Bytes challenge{};
};

struct ExchangeRequest {
    bool post = false;
    std::string query{};         // raw
    std::string content_type{};  // of the body
    Buffer body{};
};

struct ExchangeReply {
    int status = 0;                   // HTTP; 0: there was none
    std::string_view content_type{};  // told in errors, never decides
    Bytes body{};
    bool authenticated = false;  // came over TLS verified against the operator's trust anchors
};

// What is waited for.
enum class ExchangeState : std::uint8_t { Capabilities, CaCertificates, Ready, Operation, Done };

// Everything a PKIOperation is made of; borrowed until the reply was taken.
struct Enrolment {
    const crypto::PublicKey& key;  // of the CSR
    Bytes request;                 // the CSR, DER
    const x509::Certificate& signer;
    crypto::Signer& signer_key;
    crypto::Decrypter& decrypter;  // the signer's key
};

class Exchange {
  public:
    // `library` decides which algorithms are admitted; it must outlive the exchange.
    Exchange(const crypto::Library& library, ExchangeSettings settings)
        : library_(library), settings_(std::move(settings)) {}

    ExchangeState state() const noexcept { return state_; }

    // In Capabilities, CaCertificates and Operation (assert).
    ExchangeRequest request() const;

    // In the same states. An error ends the exchange. GetCACaps never fails: an HTTP error, an
    // empty body or a page of HTML means no capabilities (RFC 8894 section 3.5.2).
    // Errors: authenticate_ca(), choose_algorithms(), read_cert_rep(); Policy for HTTP 401 and 403,
    // Protocol for any other status but 200, both with what the server wrote, escaped.
    Status take(const ExchangeReply& reply, TimePoint now);

    // From Ready on.
    const AuthenticatedCa& ca() const noexcept { return ca_; }

    const Capabilities& capabilities() const noexcept { return capabilities_; }

    const AlgorithmChoice& algorithms() const noexcept { return algorithms_; }

    // In Ready (assert): builds the PKCSReq. The transactionID is the hex SHA-256 of the CSR's
    // SubjectPublicKeyInfo, the senderNonce 16 fresh octets (RFC 8894 sections 3.2.1.1, 3.2.1.5).
    Status enrol(const Enrolment& enrolment, Random& random);

    std::string transaction_id() const { return sent_.transaction_id.to_text(); }

    // In Done (assert).
    const EnrolmentOutcome& outcome() const;

  private:
    Status take_ca_certificates(const ExchangeReply& reply, TimePoint now);
    Status take_operation(const ExchangeReply& reply, TimePoint now);

    const crypto::Library& library_;
    ExchangeSettings settings_;
    ExchangeState state_ = ExchangeState::Capabilities;
    Capabilities capabilities_{};
    AlgorithmChoice algorithms_{};
    AuthenticatedCa ca_{};
    std::shared_ptr<crypto::PasswordDecrypter> password_{};  // null: no challenge
    SentRequest sent_{};
    Buffer message_{};
    EnrolmentOutcome outcome_{};
};

}  // namespace scep
