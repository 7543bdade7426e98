// Rows of transactions, waiting requests, one-time challenges and CRLs, to and from statements.
// Everything here throws SQLite::Exception.
#pragma once

#include "serve/store/records.hpp"
#include "serve/store/statement.hpp"

namespace scep::store {

inline constexpr const char* kPutTransaction =
    "INSERT INTO scep_transaction (transaction_octets, signer_spki_sha256, profile, request_sha256,"
    " recorded_at, pending_id, issuer_id, serial) VALUES (?,?,?,?,?,?,?,?)"
    " ON CONFLICT DO UPDATE SET request_sha256 = excluded.request_sha256,"
    " recorded_at = excluded.recorded_at, pending_id = excluded.pending_id,"
    " issuer_id = excluded.issuer_id, serial = excluded.serial";
inline constexpr const char* kSelectTransaction =
    "SELECT request_sha256, recorded_at, pending_id, issuer_id, serial FROM scep_transaction"
    " WHERE transaction_octets = ? AND signer_spki_sha256 = ? AND profile = ?";

// Without the id, which SQLite gives.
inline constexpr const char* kInsertPending =
    "INSERT INTO pending_request (profile, signer_spki_sha256, transaction_octets, state,"
    " received_at, expires_at, decided_at, decided_by, reason, reference, transaction_id, subject,"
    " subject_alt_names, signer, client_address, client, mtls_subject, authorisation, renewal,"
    " next_ca, next_ca_spki_sha256, name, spki, general_names, security_identifier,"
    " signer_certificate, issuer_id, serial)"
    " VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)";
inline constexpr const char* kPendingColumns =
    "id, profile, signer_spki_sha256, transaction_octets, state, received_at, expires_at,"
    " decided_at, decided_by, reason, reference, transaction_id, subject, subject_alt_names,"
    " signer, client_address, mtls_subject, authorisation, renewal, next_ca, next_ca_spki_sha256, "
    "name,"
    " spki, general_names, security_identifier, signer_certificate, issuer_id, serial";
// What was rejected or issued stays as it is; see is_open().
inline constexpr const char* kEndPending =
    "UPDATE pending_request SET state = ?, reason = ?, issuer_id = ?, serial = ?"
    " WHERE id = ? AND state IN (0, 1)";

inline constexpr const char* kInsertChallenge =
    "INSERT INTO one_time_challenge (digest, profile, subject_pattern, san_pattern, note, uses,"
    " used, created_at, expires_at, revoked_at, last_used_at, last_used_by, last_serial)"
    " VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)";
inline constexpr const char* kChallengeColumns =
    "id, digest, profile, subject_pattern, san_pattern, note, uses, used, created_at, expires_at,"
    " revoked_at, last_used_at, last_used_by, last_serial";
inline constexpr const char* kUseChallenge =
    "UPDATE one_time_challenge SET used = used + 1, last_used_at = ?, last_used_by = ?,"
    " last_serial = ? WHERE id = ?";
// What effects that were decided earlier rest on no more.
inline constexpr const char* kFindSpentChallenge =
    "SELECT 1 FROM one_time_challenge WHERE id = ? AND (revoked_at IS NOT NULL OR used >= uses)";
inline constexpr const char* kFindDecidedPending =
    "SELECT 1 FROM pending_request WHERE id = ? AND state NOT IN (0, 1)";
inline constexpr const char* kFindRevokedIssuance =
    "SELECT 1 FROM issuance WHERE serial = ? AND issuer_id = ? AND revoked_at IS NOT NULL";

// The latest of each issuer is kept. A number that is not higher was given by another writer
// meanwhile, whose CRL stays.
inline constexpr const char* kPutCrl =
    "INSERT INTO crl (issuer_id, number, this_update, next_update, der) VALUES (?,?,?,?,?)"
    " ON CONFLICT DO UPDATE SET number = excluded.number, this_update = excluded.this_update,"
    " next_update = excluded.next_update, der = excluded.der WHERE excluded.number > crl.number";
inline constexpr const char* kSelectCrl =
    "SELECT issuer_id, number, this_update, next_update, der FROM crl WHERE issuer_id = ?";

inline constexpr const char* kSelectRevocations =
    "SELECT serial, revoked_at, revocation_reason FROM issuance"
    " WHERE issuer_id = ? AND revoked_at IS NOT NULL AND not_after >= ? ORDER BY revoked_at, id";

// Whether an outcome still changes it.
inline bool is_open(const PendingRequest& request) noexcept {
    return request.state == PendingState::Pending || request.state == PendingState::Approved;
}

void put(SQLite::Statement& statement, const Transaction& transaction, std::int64_t pending_id);
void put(SQLite::Statement& statement, const CrlRecord& crl);
void insert(SQLite::Statement& statement, const PendingRequest& request);
void insert(SQLite::Statement& statement, const OneTimeChallenge& challenge);
void end(SQLite::Statement& statement, const PendingOutcome& outcome);
void use(SQLite::Statement& statement, const ChallengeUse& use);

Transaction read_transaction(const SQLite::Statement& row, const TransactionKey& key);
PendingRequest read_pending(const SQLite::Statement& row);
OneTimeChallenge read_challenge(const SQLite::Statement& row);
CrlRecord read_crl(const SQLite::Statement& row);
Revocation read_revocation(const SQLite::Statement& row);

}  // namespace scep::store
