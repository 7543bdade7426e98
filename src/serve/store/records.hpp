// What the state database keeps, as plain values, and what one request adds to it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/bytes.hpp"
#include "core/base/clock.hpp"

namespace scep::store {

using Sha256 = std::array<std::uint8_t, 32>;

// CRLReason of RFC 5280 section 5.3.1, as far as an end entity certificate can have it.
enum class RevocationReason : std::uint8_t {
    Unspecified = 0,
    KeyCompromise = 1,
    AffiliationChanged = 3,
    Superseded = 4,
    CessationOfOperation = 5,
    PrivilegeWithdrawn = 9
};

struct Issuance {
    std::string profile{};  // path_id
    std::string issuer_id{};
    std::string serial{};             // upper-case hex, as Certificate::serial_hex()
    std::string subject{};            // RFC 4514
    std::string subject_alt_names{};  // "dns:a, ip:192.0.2.1"
    TimePoint not_before{}, not_after{}, issued_at{};
    std::string transaction_id{};
    Sha256 signer_spki_sha256{};
    Sha256 fingerprint{};  // SHA-256 of the certificate
    Buffer certificate{};  // DER
    std::optional<TimePoint> revoked_at{};
    RevocationReason revocation_reason = RevocationReason::Unspecified;  // once revoked
    bool waiting = false;  // for its commit, which may fail: nothing may be told of it yet
};

struct AuditEvent {
    std::int64_t sequence = 0;  // given by the store
    TimePoint time{};
    std::string profile{}, action{};  // "scep_pkcsreq"
    std::string outcome{};            // "success", "failure", "pending"
    std::string reason{};             // "" or why, for the operator: "challenge wrong"
    std::string reference{};          // the request id, also in failInfoText and the log
    std::string transaction_id{}, subject{}, subject_alt_names{}, serial{};
    std::string signer{};  // subject of the signer certificate
    std::string client_address{}, mtls_subject{};
    Buffer mac{};  // of the chain, given by the store (SECURITY rule S27)
};

// What makes two messages one enrolment (SECURITY rule S12).
struct TransactionKey {
    std::string profile{};  // path_id
    Sha256 signer_spki_sha256{};
    Buffer transaction_id{};  // the octets the client sent

    friend bool operator==(const TransactionKey&, const TransactionKey&) = default;
};

enum class PendingState : std::uint8_t { Pending, Approved, Rejected, Issued };

// A request that waits, or waited, for an operator.
struct PendingRequest {
    std::int64_t id = 0;  // given by the store
    TransactionKey key{};
    PendingState state = PendingState::Pending;
    TimePoint received_at{}, expires_at{};
    std::optional<TimePoint> decided_at{};
    std::string decided_by{};  // who decided, as admin knows it
    std::string reason{};      // why it was rejected
    std::string reference{}, transaction_id{}, subject{}, subject_alt_names{}, signer{};
    std::string client_address{}, mtls_subject{};
    std::string authorisation{};   // "challenge accepted", "challenge missing", "renewal"
    bool renewal = false;          // signed by a certificate of ours
    bool next_ca = false;          // enveloped for the next CA, which is to issue:
    Buffer next_ca_spki_sha256{};  // that one; empty, of rows of schema 3: whichever is next
    // What was asked for. Not the CSR itself: it may hold a challenge that others use too.
    Buffer name{};                      // subject, Name TLV
    Buffer spki{};                      // SubjectPublicKeyInfo TLV
    Buffer general_names{};             // subjectAltName, GeneralNames TLV; empty: none
    std::string security_identifier{};  // Microsoft's SID, "S-1-5-21-..."; empty: none
    Buffer signer_certificate{};        // DER, of a renewal: what is renewed
    std::string issuer_id{}, serial{};  // Issued
};

// pending_id of a pending request that waits for its commit, and has none yet.
inline constexpr std::int64_t kUncommitted = -1;

// The last that is known of one enrolment.
struct Transaction {
    TransactionKey key{};
    Sha256 request_sha256{};  // of the CSR's DER
    TimePoint recorded_at{};
    std::int64_t pending_id = 0;        // 0: it was issued at once
    std::string issuer_id{}, serial{};  // of the certificate; empty while there is none
};

// A challenge that is good for a number of uses (SECURITY rule S14).
struct OneTimeChallenge {
    std::int64_t id = 0;                                        // given by the store
    Sha256 digest{};                                            // SHA-256 of the secret
    std::string profile{};                                      // path_id
    std::vector<std::string> subject_pattern{}, san_pattern{};  // as of a certificate profile
    std::string note{};                                         // the operator's
    std::int64_t uses = 1, used = 0;
    TimePoint created_at{}, expires_at{};
    std::optional<TimePoint> revoked_at{};
    std::optional<TimePoint> last_used_at{};
    std::string last_used_by{}, last_serial{};  // client address; serial that was issued
};

struct ChallengeUse {
    std::int64_t id = 0;
    TimePoint time{};
    std::string client_address{}, serial{};
};

// A CRL that was signed (RFC 5280 section 5).
struct CrlRecord {
    std::string issuer_id{};  // with the CA's key: see ca::crl_key()
    std::int64_t number = 0;  // cRLNumber, rising by one
    TimePoint this_update{}, next_update{};
    Buffer der{};
    bool waiting = false;  // for its commit, as an issuance
};

struct Revocation {
    std::string serial{};
    TimePoint revoked_at{};
    RevocationReason reason = RevocationReason::Unspecified;
};

// A pending request that came to its end.
struct PendingOutcome {
    std::int64_t id = 0;
    TransactionKey key{};
    PendingState state = PendingState::Issued;  // Issued, or Rejected when policy said no
    std::string reason{};
    std::string issuer_id{}, serial{};
};

struct CertificateId {
    std::string issuer_id{}, serial{};
};

// What one request writes.
struct Effects {
    std::vector<Issuance> issuances{};
    std::vector<AuditEvent> events{};
    std::vector<Transaction> transactions{};  // new, or in the place of an earlier one
    std::vector<PendingRequest> pending{};    // new; each with its transaction
    std::vector<PendingOutcome> pending_outcomes{};
    std::vector<ChallengeUse> challenge_uses{};
    std::vector<CrlRecord> crls{};
    // A condition, nothing to write: certificates of ours that let a request in must not be revoked
    // when it commits.
    std::vector<CertificateId> unrevoked{};

    bool empty() const noexcept {
        return issuances.empty() && events.empty() && transactions.empty() && pending.empty() &&
               pending_outcomes.empty() && challenge_uses.empty() && crls.empty();
    }
};

}  // namespace scep::store
