// SCEP pkiMessage and its attributes (RFC 8894 section 3.2): parse, verify, build.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/cms/enveloped_data.hpp"
#include "core/cms/signed_data.hpp"
#include "core/x509/request.hpp"

namespace scep {

// RFC 8894 section 3.2.1.2. Values outside the list are kept as numbers.
enum class MessageType : std::uint32_t {
    CertRep = 3,
    RenewalReq = 17,
    UpdateReq = 18,
    PkcsReq = 19,
    CertPoll = 20,
    GetCert = 21,
    GetCrl = 22
};
std::string to_text(MessageType type);  // "PKCSReq (19)", "unknown (42)"

enum class PkiStatus : std::uint32_t { Success = 0, Failure = 2, Pending = 3 };
std::string to_text(PkiStatus status);

enum class FailInfo : std::uint32_t {
    BadAlg = 0,
    BadMessageCheck = 1,
    BadRequest = 2,
    BadTime = 3,
    BadCertId = 4
};
std::string to_text(FailInfo info);  // "badAlg (0)"

// Echoed with the bytes and string type it came with.
struct TransactionId {
    Buffer octets{};
    asn1::Tag string_type = asn1::kPrintableString;

    std::string to_text() const;  // for rows and logs; not escaped

    friend bool operator==(const TransactionId& a, const TransactionId& b) noexcept {
        return a.octets == b.octets;
    }
};

// Borrows from the bytes it was parsed from. Signer and transactionID are always there. Another
// attribute may be malformed: its field is as if it were absent, and the defect says so, so that a
// server can answer with a FAILURE. Who wants every attribute in order asks check_well_formed.
struct PkiMessage {
    cms::SignedData signed_data{};
    x509::Certificate signer{};
    MessageType type{};  // 0, which is no type of SCEP's, when request_defect is about it
    TransactionId transaction_id{};
    Buffer sender_nonce{};     // 0 to 64 octets; empty: absent
    Buffer recipient_nonce{};  // empty: absent
    std::optional<PkiStatus> status{};
    std::optional<FailInfo> fail_info{};
    std::string fail_info_text{};
    std::optional<TimePoint> signing_time{};

    // The first defect of each kind; where.field names the attribute. messageType (malformed or
    // missing) and senderNonce are what a request is answered by; it has no use for the others.
    std::optional<Error> request_defect{};
    std::optional<Error> other_defect{};

    const cms::SignerInfo& signer_info() const noexcept { return signed_data.signer_infos.front(); }
};

// Shape, signer, attributes; verifies nothing (SECURITY rule S03: verify_message is next). What
// fails here is answered with HTTP 400: signer and transactionID are not known. A defect of another
// SCEP attribute does not fail it, see PkiMessage. `signers` are further certificates the
// SignerInfo may name when the message carries none (a client's CA and RA certificates). Der,
// Protocol.
Result<PkiMessage> parse_pki_message(Bytes message,
                                     std::span<const x509::Certificate> signers = {});

// The message's first attribute defect, if it has one: for a reader that goes no further then.
// Der, Protocol.
Status check_well_formed(const PkiMessage& message);

// Which of the algorithms a message names are refused by `library` or unknown: for failInfoText and
// logs, "DES-CBC", "MD5". Looks into the envelope when there is one that parses. Empty: all fine.
std::vector<std::string> refused_algorithms(const crypto::Library& library,
                                            const PkiMessage& message,
                                            const std::optional<cms::EnvelopedData>& envelope);

// Signature, messageDigest and contentType. `key` is the signer's, already checked.
Status verify_message(const crypto::Library& library,
                      const PkiMessage& message,
                      const crypto::PublicKey& key);

struct PkiMessageSpec {
    MessageType type = MessageType::PkcsReq;
    TransactionId transaction_id{};
    Bytes sender_nonce{};
    Bytes recipient_nonce{};  // empty: not written
    std::optional<PkiStatus> status{};
    std::optional<FailInfo> fail_info{};
    std::string fail_info_text{};  // UTF-8; empty: not written
    std::optional<Bytes>
        envelope{};  // ContentInfo of EnvelopedData; nullopt: no content (FAILURE, PENDING)
    const x509::Certificate* signer = nullptr;
    bool include_signer = true;
    std::vector<Bytes> extra_certificates{};
    crypto::SignatureAlgorithm algorithm{};
};

Result<Buffer> build_pki_message(const crypto::Library& library,
                                 const PkiMessageSpec& spec,
                                 crypto::Signer& key);

// --- the server's side of the envelope ---------------------------------------------------------

// Everything behind the envelope in one step and with one outcome (SECURITY rule S01): decrypts,
// and takes exactly one CSR followed by exactly one PKCS#7 padding. An error for every failure:
// wrong recipient or password, RSA padding, cipher padding, not a CSR, bytes after it. The work
// done is the same. What the error says is for the operator alone: to the peer all of them are one
// answer. The caller has judged the algorithms by then (cms::key_management).
Result<x509::CertificationRequest> open_request(const crypto::Library& library,
                                                const cms::EnvelopedData& envelope,
                                                const cms::Opening& opening);
// The same of cms::opening_for(envelope, certificate, key).
Result<x509::CertificationRequest> open_request(const crypto::Library& library,
                                                const cms::EnvelopedData& envelope,
                                                const x509::Certificate& certificate,
                                                crypto::Decrypter& key);

// The messageData of GetCert and GetCRL (RFC 8894 section 3.3.4).
struct IssuerAndSerialNumber {
    x509::Name issuer{};
    Buffer serial{};  // contents octets of the INTEGER
};

// As open_request().
Result<IssuerAndSerialNumber> open_issuer_and_serial(const crypto::Library& library,
                                                     const cms::EnvelopedData& envelope,
                                                     const cms::Opening& opening);

}  // namespace scep
