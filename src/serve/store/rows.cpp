#include "serve/store/rows.hpp"

#include <algorithm>

#include <SQLiteCpp/Column.h>

namespace scep::store {

namespace {

// Takes the columns of one row in order.
class Columns {
  public:
    explicit Columns(const SQLite::Statement& row) noexcept : row_(row) {}

    std::string text() { return row_.getColumn(next_++).getString(); }

    std::int64_t number() { return row_.getColumn(next_++).getInt64(); }

    TimePoint time() { return TimePoint(Seconds(number())); }

    Buffer blob() {
        const SQLite::Column column = row_.getColumn(next_++);
        const auto* data = static_cast<const std::uint8_t*>(column.getBlob());
        return {data, data + column.getBytes()};
    }

    std::array<std::uint8_t, 32> digest() {
        const Buffer bytes = blob();
        std::array<std::uint8_t, 32> out{};
        std::copy_n(bytes.begin(), std::min(bytes.size(), out.size()), out.begin());
        return out;
    }

    bool done() const { return next_ == row_.getColumnCount(); }

  private:
    const SQLite::Statement& row_;
    int next_ = 0;
};

}  // namespace

Run& Run::bind(Bytes blob) {
    const void* data = blob.empty() ? "" : static_cast<const void*>(blob.data());  // null is NULL
    statement_.bindNoCopy(next_++, data, static_cast<int>(blob.size()));
    return *this;
}

void insert(SQLite::Statement& statement, const Issuance& issuance) {
    Run(statement)
        .bind(issuance.profile)
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
        .step();
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
    Issuance out{.profile = columns.text(),
                 .issuer_id = columns.text(),
                 .serial = columns.text(),
                 .subject = columns.text(),
                 .subject_alt_names = columns.text(),
                 .not_before = columns.time(),
                 .not_after = columns.time(),
                 .issued_at = columns.time(),
                 .transaction_id = columns.text(),
                 .signer_spki_sha256 = columns.digest(),
                 .fingerprint = columns.digest()};
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
