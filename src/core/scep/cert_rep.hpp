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
    x509::Certificate signer{};
    crypto::Decrypter* decrypter = nullptr;         // the signer's key
    crypto::PasswordDecrypter* password = nullptr;  // the request's challenge; null: none
};

// A reply that passed every check.
struct CertRep {
    PkiStatus status = PkiStatus::Failure;
    std::optional<FailInfo> fail_info{};        // FAILURE
    std::string fail_info_text{};               // as the server wrote it, not escaped
    std::optional<std::uint32_t> hresult{};     // FAILURE of NDES: what Windows says
    x509::Certificate signer{};                 // of the reply
    std::vector<std::string> algorithms{};      // of the reply: "SHA-256", "AES-128-CBC"
    std::optional<SecretBytes> message_data{};  // SUCCESS: certs-only SignedData
};

// The envelope of a SUCCESS is opened with the signer's key, by key transport or key agreement,
// or else under the challenge of the request.
//
// body    the reply to PKIOperation
// ca      the only certificates whose signature counts (SECURITY rule S30)
// errors  Der or Protocol: it is no CertRep. Policy: signer not of `ca`, algorithm refused (hint
//         --insecure where that helps), transactionID or recipientNonce differ. Crypto: signature,
//         decryption.
Result<CertRep> read_cert_rep(const crypto::Library& library,
                              Bytes body,
                              const SentRequest& sent,
                              const AuthenticatedCa& ca);

}  // namespace scep
