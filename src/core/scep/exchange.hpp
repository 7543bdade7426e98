// The client's exchange as a state machine without I/O: GetCACaps, GetCACert, authentication of the
// CA, then any number of PKIOperations.
//
//     Exchange exchange(library, settings);
//     while (exchange.state() asks for a request)
//         exchange.take(what the server answered to exchange.request(), now);
//     ... Ready: exchange.ca() is authenticated; make key, CSR and files, then
//     exchange.enrol(...) and one more request() and take(); exchange.outcome()
//     ... PENDING: exchange.poll(...) and once more, until the CA has decided
//
// A reply that was lost leaves the exchange where it was: request() gives the same octets again,
// which a server takes for the one request that they are.
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
#include "core/scep/http_answer.hpp"
#include "core/scep/issued.hpp"
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

// What is waited for.
enum class ExchangeState : std::uint8_t { Capabilities, CaCertificates, Ready, Operation, Done };

// Who signs a message and opens its reply; borrowed until the reply was taken.
struct MessageSigner {
    const x509::Certificate& certificate;
    crypto::Signer& key;
    crypto::Decrypter& decrypter;  // the same key
};

// What a certificate is asked for with; borrowed until the reply was taken.
struct Enrolment {
    const crypto::PublicKey& key;  // of the CSR
    Bytes request;                 // the CSR, DER
    const x509::Certificate& signer;
    crypto::Signer& signer_key;
    crypto::Decrypter& decrypter;             // the signer's key
    MessageType type = MessageType::PkcsReq;  // or RenewalReq
    std::string transaction_id{};             // empty: made from key or request
};

// The transactionID that enrol() makes when none is given: the hex SHA-256 of the CSR's
// SubjectPublicKeyInfo, but of a RenewalReq that of CSR and signer: a key that is renewed once more
// is another transaction (RFC 8894 section 3.2.1.1).
std::string transaction_id_of(const Enrolment& enrolment);

// What is asked of GetCert, by a certificate's issuer and serial number, and of GetCRL, by those of
// any certificate that the CA issued (RFC 8894 section 3.3.4).
struct Query {
    MessageType type = MessageType::GetCert;
    x509::Name issuer{};
    Buffer serial{};  // contents octets of the INTEGER
    MessageSigner signer;
};

// What the last PKIOperation brought.
struct OperationOutcome {
    PkiStatus status = PkiStatus::Failure;
    std::optional<FailInfo> fail_info{};     // FAILURE
    std::string fail_info_text{};            // as the server wrote it, not escaped
    std::optional<std::uint32_t> hresult{};  // FAILURE of NDES
    x509::Certificate certificate{};         // SUCCESS, but not of GetCRL
    std::vector<x509::Certificate> chain{};  // likewise: from the issuer upwards
    x509::Crl crl{};                         // SUCCESS of GetCRL
    x509::Certificate signer{};              // of the reply
    std::vector<std::string> algorithms{};   // of the reply: "SHA-256", "AES-128-CBC"
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
    // Errors: authenticate_ca(), choose_algorithms(), read_cert_rep(), those of issued.hpp; Policy
    // for HTTP 401 and 403, Protocol for any other status but 200, both with what the server wrote,
    // escaped.
    Status take(const ExchangeReply& reply, TimePoint now);

    // In Operation: does ahead of the reply what does not depend on it, for take() to be sooner.
    void prepare_to_take();

    // From Ready on.
    const AuthenticatedCa& ca() const noexcept { return ca_; }

    const Capabilities& capabilities() const noexcept { return capabilities_; }

    const AlgorithmChoice& algorithms() const noexcept { return algorithms_; }

    // In Ready or Done (assert): builds the PKCSReq or RenewalReq. The senderNonce is 16 fresh
    // octets (RFC 8894 section 3.2.1.5). The transactionID, unless it is given, is
    // transaction_id_of().
    Status enrol(const Enrolment& enrolment, Random& random);

    // In Ready or Done (assert): a CertPoll about what enrol() of the same `enrolment` asked for,
    // in this exchange or in an earlier one whose transactionID it has.
    Status poll(const Enrolment& enrolment, Random& random);

    // In Ready or Done (assert): a GetCert or GetCRL with a random transactionID.
    Status ask(const Query& query, Random& random);

    // In Operation (assert): no reply is waited for any more; state and outcome are those from
    // before the message.
    void give_up() noexcept;

    std::string transaction_id() const { return sent_.transaction_id.to_text(); }

    // Of the message that request() gives in Operation, or gave last.
    MessageType message_type() const noexcept { return type_; }

    // In Done (assert).
    const OperationOutcome& outcome() const;

  private:
    Status take_ca_certificates(const ExchangeReply& reply, TimePoint now);
    Status take_operation(const ExchangeReply& reply, TimePoint now);
    Status take_content(Bytes message_data, TimePoint now);
    void set_transaction(const Enrolment& enrolment);
    Status write_message(MessageType type,
                         Bytes message_data,
                         const MessageSigner& signer,
                         Random& random);

    const crypto::Library& library_;
    ExchangeSettings settings_;
    ExchangeState state_ = ExchangeState::Capabilities;
    ExchangeState before_ = ExchangeState::Ready;  // the Operation
    Capabilities capabilities_{};
    AlgorithmChoice algorithms_{};
    AuthenticatedCa ca_{};
    std::shared_ptr<crypto::PasswordDecrypter> password_{};  // null: no challenge
    SentRequest sent_{};
    MessageType type_ = MessageType::PkcsReq;
    crypto::PublicKey key_{};  // whose certificate is wanted
    x509::Name issuer_{};      // or that of this issuer
    Buffer serial_{};          // and serial number
    Buffer message_{};
    OperationOutcome outcome_{};
};

}  // namespace scep
