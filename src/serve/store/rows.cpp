#include "serve/store/rows.hpp"

namespace scep::store {

void insert(SQLite::Statement& statement, const Issuance& issuance) {
    Run run(statement);
    run.bind(issuance.profile)
        .bind(issuance.issuer_id)
        .bind(issuance.serial)
        .bind(issuance.subject)
        .bind(issuance.subject_alt_names)
        .bind(issuance.not_before)
        .bind(issuance.not_after)
        .bind(issuance.issued_at)
        .bind(issuance.transaction_id)
        .bind(Bytes(issuance.signer_spki_sha256))
        .bind(Bytes(issuance.fingerprint))
        .bind(Bytes(issuance.certificate))
        .bind(issuance.revoked_at);
    if (issuance.revoked_at)
        run.bind(std::int64_t{static_cast<std::uint8_t>(issuance.revocation_reason)});
    else
        run.bind_null();
    run.step();
}

void insert(SQLite::Statement& statement, const AuditEvent& event) {
    Run(statement)
        .bind(event.sequence)
        .bind(event.time)
        .bind(event.profile)
        .bind(event.action)
        .bind(event.outcome)
        .bind(event.reason)
        .bind(event.reference)
        .bind(event.transaction_id)
        .bind(event.subject)
        .bind(event.subject_alt_names)
        .bind(event.serial)
        .bind(event.signer)
        .bind(event.client_address)
        .bind(event.mtls_subject)
        .bind(Bytes(event.mac))
        .step();
}

Issuance read_issuance(const SQLite::Statement& row) {
    Columns columns(row);
    Issuance out{
        .profile = columns.text(),
        .issuer_id = columns.text(),
        .serial = columns.text(),
        .subject = columns.text(),
        .subject_alt_names = columns.text(),
        .not_before = columns.time(),
        .not_after = columns.time(),
        .issued_at = columns.time(),
        .transaction_id = columns.text(),
        .signer_spki_sha256 = columns.digest(),
        .fingerprint = columns.digest(),
        .revoked_at = columns.time_or_null(),
        .revocation_reason = static_cast<RevocationReason>(columns.number_or_null().value_or(0))};
    if (!columns.done())
        out.certificate = columns.blob();
    return out;
}

AuditEvent read_event(const SQLite::Statement& row) {
    Columns columns(row);
    return {.sequence = columns.number(),
            .time = columns.time(),
            .profile = columns.text(),
            .action = columns.text(),
            .outcome = columns.text(),
            .reason = columns.text(),
            .reference = columns.text(),
            .transaction_id = columns.text(),
            .subject = columns.text(),
            .subject_alt_names = columns.text(),
            .serial = columns.text(),
            .signer = columns.text(),
            .client_address = columns.text(),
            .mtls_subject = columns.text(),
            .mac = columns.blob()};
}

ChainHead read_head(SQLite::Statement& statement) {
    Run run(statement);
    if (!run.step())
        return {};
    Columns columns(statement);
    return {.sequence = columns.number(), .mac = columns.blob()};
}

}  // namespace scep::store
