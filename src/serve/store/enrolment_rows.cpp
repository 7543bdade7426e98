#include "serve/store/enrolment_rows.hpp"

#include "core/base/network.hpp"

namespace scep::store {

namespace {

// One on each line; no pattern holds a line break (Store::add_challenge).
std::string to_lines(const std::vector<std::string>& patterns) {
    std::string out;
    for (const std::string& pattern : patterns)
        out += pattern + '\n';
    return out;
}

std::vector<std::string> from_lines(std::string_view lines) {
    std::vector<std::string> out;
    while (!lines.empty()) {
        const std::size_t end = lines.find('\n');
        out.emplace_back(lines.substr(0, end));
        lines.remove_prefix(end == std::string_view::npos ? lines.size() : end + 1);
    }
    return out;
}

std::int64_t number_of(PendingState state) {
    return static_cast<std::uint8_t>(state);
}

}  // namespace

void put(SQLite::Statement& statement, const Transaction& transaction, std::int64_t pending_id) {
    Run(statement)
        .bind(Bytes(transaction.key.transaction_id))
        .bind(Bytes(transaction.key.signer_spki_sha256))
        .bind(transaction.key.profile)
        .bind(Bytes(transaction.request_sha256))
        .bind(transaction.recorded_at)
        .bind(pending_id)
        .bind(transaction.issuer_id)
        .bind(transaction.serial)
        .step();
}

void put(SQLite::Statement& statement, const CrlRecord& crl) {
    Run(statement)
        .bind(crl.issuer_id)
        .bind(crl.number)
        .bind(crl.this_update)
        .bind(crl.next_update)
        .bind(Bytes(crl.der))
        .step();
}

void insert(SQLite::Statement& statement, const PendingRequest& request) {
    const std::string client = client_of(request.client_address);
    Run(statement)
        .bind(request.key.profile)
        .bind(Bytes(request.key.signer_spki_sha256))
        .bind(Bytes(request.key.transaction_id))
        .bind(number_of(request.state))
        .bind(request.received_at)
        .bind(request.expires_at)
        .bind(request.decided_at)
        .bind(request.decided_by)
        .bind(request.reason)
        .bind(request.reference)
        .bind(request.transaction_id)
        .bind(request.subject)
        .bind(request.subject_alt_names)
        .bind(request.signer)
        .bind(request.client_address)
        .bind(client)
        .bind(request.mtls_subject)
        .bind(request.authorisation)
        .bind(std::int64_t{request.renewal})
        .bind(std::int64_t{request.next_ca})
        .bind(Bytes(request.next_ca_spki_sha256))
        .bind(Bytes(request.name))
        .bind(Bytes(request.spki))
        .bind(Bytes(request.general_names))
        .bind(request.security_identifier)
        .bind(Bytes(request.signer_certificate))
        .bind(request.issuer_id)
        .bind(request.serial)
        .step();
}

void insert(SQLite::Statement& statement, const OneTimeChallenge& challenge) {
    const std::string subjects = to_lines(challenge.subject_pattern);
    const std::string names = to_lines(challenge.san_pattern);
    Run(statement)
        .bind(Bytes(challenge.digest))
        .bind(challenge.profile)
        .bind(subjects)
        .bind(names)
        .bind(challenge.note)
        .bind(challenge.uses)
        .bind(challenge.used)
        .bind(challenge.created_at)
        .bind(challenge.expires_at)
        .bind(challenge.revoked_at)
        .bind(challenge.last_used_at)
        .bind(challenge.last_used_by)
        .bind(challenge.last_serial)
        .step();
}

void end(SQLite::Statement& statement, const PendingOutcome& outcome) {
    Run(statement)
        .bind(number_of(outcome.state))
        .bind(outcome.reason)
        .bind(outcome.issuer_id)
        .bind(outcome.serial)
        .bind(outcome.id)
        .step();
}

void use(SQLite::Statement& statement, const ChallengeUse& use) {
    Run(statement).bind(use.time).bind(use.client_address).bind(use.serial).bind(use.id).step();
}

Transaction read_transaction(const SQLite::Statement& row, const TransactionKey& key) {
    Columns columns(row);
    return {.key = key,
            .request_sha256 = columns.digest(),
            .recorded_at = columns.time(),
            .pending_id = columns.number(),
            .issuer_id = columns.text(),
            .serial = columns.text()};
}

PendingRequest read_pending(const SQLite::Statement& row) {
    Columns columns(row);
    return {.id = columns.number(),
            .key = {.profile = columns.text(),
                    .signer_spki_sha256 = columns.digest(),
                    .transaction_id = columns.blob()},
            .state = static_cast<PendingState>(columns.number()),
            .received_at = columns.time(),
            .expires_at = columns.time(),
            .decided_at = columns.time_or_null(),
            .decided_by = columns.text(),
            .reason = columns.text(),
            .reference = columns.text(),
            .transaction_id = columns.text(),
            .subject = columns.text(),
            .subject_alt_names = columns.text(),
            .signer = columns.text(),
            .client_address = columns.text(),
            .mtls_subject = columns.text(),
            .authorisation = columns.text(),
            .renewal = columns.number() != 0,
            .next_ca = columns.number() != 0,
            .next_ca_spki_sha256 = columns.blob(),
            .name = columns.blob(),
            .spki = columns.blob(),
            .general_names = columns.blob(),
            .security_identifier = columns.text(),
            .signer_certificate = columns.blob(),
            .issuer_id = columns.text(),
            .serial = columns.text()};
}

OneTimeChallenge read_challenge(const SQLite::Statement& row) {
    Columns columns(row);
    return {.id = columns.number(),
            .digest = columns.digest(),
            .profile = columns.text(),
            .subject_pattern = from_lines(columns.text()),
            .san_pattern = from_lines(columns.text()),
            .note = columns.text(),
            .uses = columns.number(),
            .used = columns.number(),
            .created_at = columns.time(),
            .expires_at = columns.time(),
            .revoked_at = columns.time_or_null(),
            .last_used_at = columns.time_or_null(),
            .last_used_by = columns.text(),
            .last_serial = columns.text()};
}

CrlRecord read_crl(const SQLite::Statement& row) {
    Columns columns(row);
    return {.issuer_id = columns.text(),
            .number = columns.number(),
            .this_update = columns.time(),
            .next_update = columns.time(),
            .der = columns.blob()};
}

Revocation read_revocation(const SQLite::Statement& row) {
    Columns columns(row);
    return {.serial = columns.text(),
            .revoked_at = columns.time(),
            .reason = static_cast<RevocationReason>(columns.number())};
}

}  // namespace scep::store
