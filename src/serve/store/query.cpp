// What is read: lists, single rows, and the check of the chain.
#include <algorithm>
#include <cassert>
#include <utility>

#include <SQLiteCpp/Transaction.h>
#include <fmt/format.h>

#include "serve/store/chain_tail.hpp"
#include "serve/store/state.hpp"

namespace scep::store {

namespace {

std::int64_t sql_limit(std::size_t limit) {
    constexpr std::int64_t kNone = -1;
    return limit == kAllRows ? kNone : static_cast<std::int64_t>(limit);
}

// A SELECT whose WHERE clause holds only what was asked for, so that SQLite can use an index.
class Query {
  public:
    explicit Query(std::string select) : sql_(std::move(select)) {}

    void where(std::string_view condition) {
        sql_ += fmt::format(" {} {}", std::exchange(connective_, "AND"), condition);
    }

    void where(std::string_view condition, const std::string& value) {
        where(condition);
        values_.push_back(value);
    }

    void where_if_given(std::string_view condition, const std::string& value) {
        if (!value.empty())
            where(condition, value);
    }

    // Throws SQLite::Exception.
    template <class Row, class Read>
    std::vector<Row> run(const SQLite::Database& database,
                         std::string_view order,
                         std::size_t limit,
                         Read read) const {
        SQLite::Statement statement(database, fmt::format("{} ORDER BY {} LIMIT ?", sql_, order));
        Run run(statement);
        for (const std::string& value : values_)
            run.bind(value);
        run.bind(sql_limit(limit));
        std::vector<Row> out;
        while (run.step())
            out.push_back(read(statement));
        return out;
    }

  private:
    std::string sql_;
    std::string_view connective_ = "WHERE";
    std::vector<std::string> values_{};
};

template <class Row>
std::optional<Row> first(std::vector<Row> rows) {
    return rows.empty() ? std::nullopt : std::optional(std::move(rows.front()));
}

Query issued_query(const IssuedFilter& filter) {
    Query query(fmt::format("SELECT {} FROM issuance", kIssuanceColumns));
    if (filter.profile)
        query.where("profile = ?", *filter.profile);
    query.where_if_given("instr(lower(subject), lower(?)) > 0", filter.subject);
    return query;
}

Query audit_query(const AuditFilter& filter) {
    Query query(fmt::format("SELECT {} FROM audit_event", kEventColumns));
    if (filter.after)
        query.where(fmt::format("sequence > {}", *filter.after));
    if (filter.profile)
        query.where("profile = ?", *filter.profile);
    query.where_if_given("action = ?", filter.action);
    query.where_if_given("outcome = ?", filter.outcome);
    query.where_if_given("transaction_id = ?", filter.transaction_id);
    return query;
}

Query pending_query() {
    return Query(fmt::format("SELECT {} FROM pending_request", kPendingColumns));
}

Query pending_query(const PendingFilter& filter) {
    Query query = pending_query();
    if (filter.waiting_at)  // the literal is what the partial index asks for
        query.where(fmt::format("state = 0 AND expires_at > {}",
                                filter.waiting_at->time_since_epoch().count()));
    if (filter.profile)
        query.where("profile = ?", *filter.profile);
    return query;
}

Query challenge_query(const ChallengeFilter& filter) {
    Query query(fmt::format("SELECT {} FROM one_time_challenge", kChallengeColumns));
    if (filter.usable_at)
        query.where(fmt::format("used < uses AND revoked_at IS NULL AND expires_at > {}",
                                filter.usable_at->time_since_epoch().count()));
    if (filter.profile)
        query.where("profile = ?", *filter.profile);
    return query;
}

}  // namespace

Result<std::vector<Issuance>> Store::issued(const IssuedFilter& filter) const {
    try {
        return issued_query(filter).run<Issuance>(
            state_->database, "id DESC", filter.limit, read_issuance);
    } catch (const SQLite::Exception& exception) {
        return fail(state_->error("read", exception));
    }
}

Result<std::optional<Issuance>> Store::issuance(const std::string& serial) const {
    try {
        Query query(fmt::format("SELECT {}, certificate FROM issuance", kIssuanceColumns));
        query.where("serial = ?", serial);
        return first(query.run<Issuance>(state_->database, "id DESC", 1, read_issuance));
    } catch (const SQLite::Exception& exception) {
        return fail(state_->error("read", exception));
    }
}

Result<std::vector<AuditEvent>> Store::audit(const AuditFilter& filter) const {
    try {
        const Query query = audit_query(filter);
        if (filter.after)
            return query.run<AuditEvent>(state_->database, "sequence", filter.limit, read_event);
        std::vector<AuditEvent> newest =
            query.run<AuditEvent>(state_->database, "sequence DESC", filter.limit, read_event);
        std::ranges::reverse(newest);
        return newest;
    } catch (const SQLite::Exception& exception) {
        return fail(state_->error("read", exception));
    }
}

Result<std::vector<PendingRequest>> Store::pending_requests(const PendingFilter& filter) const {
    try {
        std::vector<PendingRequest> newest = pending_query(filter).run<PendingRequest>(
            state_->database, "id DESC", filter.limit, read_pending);
        std::ranges::reverse(newest);
        return newest;
    } catch (const SQLite::Exception& exception) {
        return fail(state_->error("read", exception));
    }
}

Result<std::optional<PendingRequest>> Store::pending_request(std::int64_t id) const {
    try {
        Query query = pending_query();
        query.where(fmt::format("id = {}", id));
        return first(query.run<PendingRequest>(state_->database, "id", 1, read_pending));
    } catch (const SQLite::Exception& exception) {
        return fail(state_->error("read", exception));
    }
}

Result<std::vector<PendingRequest>> Store::approved(std::size_t limit, std::int64_t after) const {
    try {
        Query query = pending_query();
        query.where(fmt::format("state = 1 AND id > {}", after));
        return query.run<PendingRequest>(state_->database, "id", limit, read_pending);
    } catch (const SQLite::Exception& exception) {
        return fail(state_->error("read", exception));
    }
}

Result<std::vector<OneTimeChallenge>> Store::challenges(const ChallengeFilter& filter) const {
    try {
        std::vector<OneTimeChallenge> newest = challenge_query(filter).run<OneTimeChallenge>(
            state_->database, "id DESC", filter.limit, read_challenge);
        std::ranges::reverse(newest);
        return newest;
    } catch (const SQLite::Exception& exception) {
        return fail(state_->error("read", exception));
    }
}

Result<std::int64_t> Store::verify_chain() const {
    assert(!state_->audit_key.empty());
    try {
        // One snapshot for the rows and the head that they must reach.
        const SQLite::Transaction snapshot(state_->database, SQLite::TransactionBehavior::DEFERRED);
        SQLite::Statement rows(
            state_->database,
            fmt::format("SELECT {} FROM audit_event ORDER BY sequence", kEventColumns));
        ChainHead verified;
        while (rows.executeStep()) {
            const AuditEvent event = read_event(rows);
            if (event.sequence != ++verified.sequence)
                return fail(broken_chain(state_->path, verified.sequence, "is missing"));
            if (!equal_constant_time(chain_mac(state_->audit_key, verified.mac, event), event.mac))
                return fail(broken_chain(state_->path, event.sequence, "does not fit the chain"));
            verified.mac = event.mac;
        }
        if (read_head(state_->select_head).sequence != verified.sequence)
            return fail(broken_chain(state_->path, verified.sequence + 1, "is missing"));
        return verified.sequence;
    } catch (const SQLite::Exception& exception) {
        return fail(state_->error("read", exception));
    }
}

// The newest row alone, as a start must not take longer with every row: a lost or exchanged key and
// an emptied trail show here before the chain is continued.
Status Store::check_key() const {
    try {
        return check_tail(state_->database, state_->path, state_->audit_key);
    } catch (const SQLite::Exception& exception) {
        return fail(state_->error("read", exception));
    }
}

Result<std::int64_t> Store::rows_written() const {
    try {
        return read_head(state_->select_head).sequence;
    } catch (const SQLite::Exception& exception) {
        return fail(state_->error("read", exception));
    }
}

}  // namespace scep::store
