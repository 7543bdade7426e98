#include "serve/store/turn_view.hpp"

#include <algorithm>
#include <cassert>
#include <set>

#include <fmt/format.h>

#include "core/base/network.hpp"
#include "serve/store/state.hpp"

namespace scep::store {

namespace {

// The literal state is what the partial indexes ask for.
constexpr const char* kCountPending =
    "SELECT (SELECT count(*) FROM pending_request"
    " WHERE state = 0 AND profile = ?1 AND expires_at > ?3),"
    " (SELECT count(*) FROM pending_request"
    " WHERE state = 0 AND client = ?2 AND expires_at > ?3)";

// What a turn has collected, from the end. As std::views::reverse, which clang 14 cannot compile.
template <class T>
struct Newest {
    explicit Newest(const std::vector<T>& oldest_first) : all(oldest_first) {}

    auto begin() const { return all.rbegin(); }

    auto end() const { return all.rend(); }

    const std::vector<T>& all;
};

// The first outcome counts, as it does in the database.
void apply(PendingRequest& request, const PendingOutcome& outcome) {
    if (request.id != outcome.id || !is_open(request))
        return;
    request.state = outcome.state;
    request.reason = outcome.reason;
    request.issuer_id = outcome.issuer_id;
    request.serial = outcome.serial;
}

void apply(OneTimeChallenge& challenge, const ChallengeUse& use) {
    if (challenge.id != use.id)
        return;
    ++challenge.used;
    challenge.last_used_at = use.time;
    challenge.last_used_by = use.client_address;
    challenge.last_serial = use.serial;
}

bool waits(const PendingRequest& request, TimePoint now) {
    return request.state == PendingState::Pending && request.expires_at > now;
}

PendingCount read_count(const SQLite::Statement& row) {
    Columns columns(row);
    return {.of_profile = columns.number(), .of_client = columns.number()};
}

// Adds `sign` for a request of that profile, or of that client.
void count(PendingCount& out,
           const PendingRequest& request,
           const std::string& profile,
           const std::string& client,
           std::int64_t sign) {
    if (request.key.profile == profile)
        out.of_profile += sign;
    if (client_of(request.client_address) == client)
        out.of_client += sign;
}

// The row that a statement finds with these values.
template <class ReadRow, class... Values>
auto one(SQLite::Statement& statement, const ReadRow& read_row, const Values&... values)
    -> std::optional<decltype(read_row(statement))> {
    Run run(statement);
    (run.bind(values), ...);
    return run.step() ? std::optional(read_row(statement)) : std::nullopt;
}

}  // namespace

struct TurnView::Statements {
    explicit Statements(const SQLite::Database& database)
        : transaction(database, kSelectTransaction),
          pending(database,
                  fmt::format("SELECT {} FROM pending_request WHERE id = ?", kPendingColumns)),
          count(database, kCountPending),
          issuance(database,
                   fmt::format("SELECT {}, certificate FROM issuance"
                               " WHERE serial = ? AND issuer_id = ?",
                               kIssuanceColumns)),
          challenge(
              database,
              fmt::format("SELECT {} FROM one_time_challenge WHERE digest = ?", kChallengeColumns)),
          crl(database, kSelectCrl),
          revocations(database, kSelectRevocations) {}

    SQLite::Statement transaction, pending, count, issuance, challenge, crl, revocations;
};

TurnView::TurnView(const Store& store,
                   const std::vector<Effects>& waiting,
                   std::unique_ptr<Statements> statements) noexcept
    : store_(store), waiting_(waiting), statements_(std::move(statements)) {}

TurnView::~TurnView() = default;

Result<std::unique_ptr<TurnView>> TurnView::make(const Store& store,
                                                 const std::vector<Effects>& waiting) {
    try {
        return std::unique_ptr<TurnView>(
            new TurnView(store, waiting, std::make_unique<Statements>(store.state_->database)));
    } catch (const SQLite::Exception& exception) {
        return fail(store.state_->error("read", exception));
    }
}

template <class Read>
auto TurnView::read(const Read& read) const -> Result<decltype(read())> {
    try {
        return read();
    } catch (const SQLite::Exception& exception) {
        return fail(store_.state_->error("read", exception));
    }
}

Result<std::optional<Transaction>> TurnView::transaction(const TransactionKey& key) const {
    for (const Effects& effects : Newest(waiting_))
        for (const Transaction& found : Newest(effects.transactions))
            if (found.key == key) {
                Transaction out = found;
                if (std::ranges::find(effects.pending, key, &PendingRequest::key) !=
                    effects.pending.end())
                    out.pending_id = kUncommitted;
                return out;
            }
    return read([&] {
        return one(
            statements_->transaction,
            [&key](const SQLite::Statement& row) { return read_transaction(row, key); },
            Bytes(key.transaction_id),
            Bytes(key.signer_spki_sha256),
            key.profile);
    });
}

Result<std::optional<PendingRequest>> TurnView::stored_pending(std::int64_t id) const {
    return read([&] { return one(statements_->pending, read_pending, id); });
}

Result<std::optional<PendingRequest>> TurnView::pending(std::int64_t id) const {
    assert(id != kUncommitted);
    SCEP_TRY(found, stored_pending(id));
    if (found)
        for (const Effects& effects : waiting_)
            for (const PendingOutcome& outcome : effects.pending_outcomes)
                apply(*found, outcome);
    return std::move(found);
}

Result<PendingCount> TurnView::pending_count(const std::string& profile,
                                             const std::string& client_address,
                                             TimePoint now) const {
    const std::string client = client_of(client_address);
    SCEP_TRY(stored,
             read([&] { return one(statements_->count, read_count, profile, client, now); }));
    PendingCount out = *stored;  // counting always gives a row
    std::set<std::int64_t> ended;
    for (const Effects& effects : waiting_) {
        for (const PendingRequest& request : effects.pending)
            if (waits(request, now))
                count(out, request, profile, client, 1);
        for (const PendingOutcome& outcome : effects.pending_outcomes)
            ended.insert(outcome.id);
    }
    for (const std::int64_t id : ended) {
        SCEP_TRY(request, stored_pending(id));
        if (request && waits(*request, now))
            count(out, *request, profile, client, -1);
    }
    return out;
}

Result<std::optional<Issuance>> TurnView::issuance(const std::string& issuer_id,
                                                   const std::string& serial) const {
    for (const Effects& effects : Newest(waiting_))
        for (const Issuance& found : effects.issuances)
            if (found.serial == serial && found.issuer_id == issuer_id) {
                Issuance out = found;
                out.waiting = true;
                return out;
            }
    return read([&] { return one(statements_->issuance, read_issuance, serial, issuer_id); });
}

Result<std::optional<OneTimeChallenge>> TurnView::challenge(const Sha256& digest) const {
    SCEP_TRY(found,
             read([&] { return one(statements_->challenge, read_challenge, Bytes(digest)); }));
    if (found)
        for (const Effects& effects : waiting_)
            for (const ChallengeUse& use : effects.challenge_uses)
                apply(*found, use);
    return std::move(found);
}

Result<std::optional<CrlRecord>> TurnView::crl(const std::string& issuer_id) const {
    SCEP_TRY(latest, read([&] { return one(statements_->crl, read_crl, issuer_id); }));
    for (const Effects& effects : waiting_)
        for (const CrlRecord& crl : effects.crls)
            if (crl.issuer_id == issuer_id && (!latest || crl.number > latest->number)) {
                latest = crl;
                latest->waiting = true;
            }
    return std::move(latest);
}

Result<std::vector<Revocation>> TurnView::revocations(const std::string& issuer_id,
                                                      TimePoint now) const {
    return read([&] {
        Run run(statements_->revocations);
        run.bind(issuer_id).bind(now);
        std::vector<Revocation> out;
        while (run.step())
            out.push_back(read_revocation(statements_->revocations));
        return out;
    });
}

}  // namespace scep::store
