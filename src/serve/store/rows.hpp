// Rows of what was issued and of the audit chain, to and from statements. Everything here throws
// SQLite::Exception.
#pragma once

#include "serve/store/records.hpp"
#include "serve/store/statement.hpp"

namespace scep::store {

inline constexpr const char* kInsertIssuance =
    "INSERT INTO issuance (profile, issuer_id, serial, subject, subject_alt_names, not_before,"
    " not_after, issued_at, transaction_id, signer_spki_sha256, fingerprint, certificate,"
    " revoked_at, revocation_reason) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)";
inline constexpr const char* kInsertEvent =
    "INSERT INTO audit_event (sequence, time, profile, action, outcome, reason, reference,"
    " transaction_id, subject, subject_alt_names, serial, signer, client_address, mtls_subject, "
    "mac)"
    " VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)";

// For a SELECT, in the order that read_issuance() and read_event() expect.
inline constexpr const char* kIssuanceColumns =
    "profile, issuer_id, serial, subject, subject_alt_names, not_before, not_after, issued_at,"
    " transaction_id, signer_spki_sha256, fingerprint, revoked_at,"
    " revocation_reason";  // read_issuance(): then the certificate
inline constexpr const char* kEventColumns =
    "sequence, time, profile, action, outcome, reason, reference, transaction_id, subject,"
    " subject_alt_names, serial, signer, client_address, mtls_subject, mac";

void insert(SQLite::Statement& statement, const Issuance& issuance);
void insert(SQLite::Statement& statement, const AuditEvent& event);

Issuance read_issuance(const SQLite::Statement& row);
AuditEvent read_event(const SQLite::Statement& row);

// The last of the chain: sequence 0 and an empty mac before the first row. The sequence is SQLite's
// own count, so that a row that went missing at the end leaves a gap.
struct ChainHead {
    std::int64_t sequence = 0;
    Buffer mac{};
};

inline constexpr const char* kSelectHead =
    "SELECT seq, (SELECT mac FROM audit_event ORDER BY sequence DESC LIMIT 1)"
    " FROM sqlite_sequence WHERE name = 'audit_event'";

ChainHead read_head(SQLite::Statement& statement);

}  // namespace scep::store
