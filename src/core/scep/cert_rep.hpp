// The client's side of a CertRep (RFC 8894 section 3.3.2): every check a reply must pass, each with
// an error of its own.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/scep/ca_certificates.hpp"
#include "core/scep/pki_message.hpp"

namespace scep {

// What a reply is held against.
struct SentRequest {
    TransactionId transaction_id{};
    Buffer sender_nonce{};
    crypto::PublicKey key{};  // of the CSR
    x509::Certificate signer{};
    crypto::Decrypter* decrypter = nullptr;         // the signer's key
    crypto::PasswordDecrypter* password = nullptr;  // the request's challenge; null: none
};

struct EnrolmentOutcome {
    PkiStatus status = PkiStatus::Failure;
    std::optional<FailInfo> fail_info{};     // FAILURE
    std::string fail_info_text{};            // as the server wrote it, not escaped
    x509::Certificate certificate{};         // SUCCESS
    std::vector<x509::Certificate> chain{};  // SUCCESS: from the issuer upwards
    x509::Certificate signer{};              // of the reply
    std::vector<std::string> algorithms{};   // of the reply: "SHA-256", "AES-128-CBC"
};

// The envelope of a SUCCESS is opened with the signer's key, by key transport or key agreement,
// or else under the challenge of the request.
//
// body    the reply to PKIOperation
// ca      the only certificates whose signature counts (SECURITY rule S30)
// errors  Der or Protocol: it is no CertRep. Policy: signer not of `ca`, algorithm refused (hint
//         --insecure where that helps), transactionID or recipientNonce differ, the certificate is
//         for another key. Crypto: signature, decryption, chain.
Result<EnrolmentOutcome> read_cert_rep(const crypto::Library& library,
                                       Bytes body,
                                       const SentRequest& sent,
                                       const AuthenticatedCa& ca,
                                       TimePoint now);

}  // namespace scep
