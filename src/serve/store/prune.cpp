// What is taken out of the table of waiting requests (SECURITY rule S24).
#include "core/base/limits.hpp"
#include "serve/store/state.hpp"

namespace scep::store {

namespace {

// What was approved waits for its certificate, however long. What nobody decided goes by number
// alone: under a clock that is ahead for a moment, all of it looks expired long ago.
constexpr const char* kSelectOld =
    "SELECT id, profile, signer_spki_sha256, transaction_octets FROM pending_request"
    " WHERE state > 1 AND expires_at < ?1 ORDER BY expires_at LIMIT ?2";
// By id alone: what is too much is at the beginning of the table.
constexpr const char* kSelectTooMany =
    "SELECT id, profile, signer_spki_sha256, transaction_octets FROM pending_request NOT INDEXED"
    " WHERE id <= (SELECT max(id) FROM pending_request) - ?3 AND state <> 1 AND expires_at < ?1"
    " ORDER BY id LIMIT ?2";
// One that led to a certificate is known by it from then on, and one that another request took over
// is that one's.
constexpr const char* kForget =
    "DELETE FROM scep_transaction WHERE transaction_octets = ? AND signer_spki_sha256 = ?"
    " AND profile = ? AND pending_id = ? AND serial = ''";

struct Ended {
    std::int64_t id = 0;
    TransactionKey key{};
};

std::vector<Ended> read_ended(SQLite::Statement& statement, Run& run) {
    std::vector<Ended> out;
    while (run.step()) {
        Columns columns(statement);
        out.push_back({.id = columns.number(),
                       .key = {.profile = columns.text(),
                               .signer_spki_sha256 = columns.digest(),
                               .transaction_id = columns.blob()}});
    }
    return out;
}

void take_out(SQLite::Database& database, const std::vector<Ended>& all) {
    SQLite::Statement forget(database, kForget);
    SQLite::Statement remove(database, "DELETE FROM pending_request WHERE id = ?");
    for (const Ended& ended : all) {
        Run(forget)
            .bind(Bytes(ended.key.transaction_id))
            .bind(Bytes(ended.key.signer_spki_sha256))
            .bind(ended.key.profile)
            .bind(ended.id)
            .step();
        Run(remove).bind(ended.id).step();
    }
}

}  // namespace

void Store::State::prune(const std::vector<Effects>& turn) {
    std::int64_t most = 0;
    TimePoint now{};
    for (const Effects& effects : turn)
        for (const PendingRequest& request : effects.pending) {
            most += limits::kPendingPruned;
            now = std::max(now, request.received_at);
        }
    if (most == 0)
        return;
    SQLite::Statement old(database, kSelectOld);
    Run by_age(old);
    take_out(database, read_ended(old, by_age.bind(now - limits::kPendingKept).bind(most)));
    SQLite::Statement too_many(database, kSelectTooMany);
    Run by_number(too_many);
    take_out(database,
             read_ended(too_many, by_number.bind(now).bind(most).bind(limits::kMaxEndedPending)));
}

}  // namespace scep::store
