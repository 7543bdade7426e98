// What an operator does by hand, beside a running server: each under the write lock, with its
// condition checked there and its row in the audit chain.
#include <algorithm>
#include <cassert>

#include <SQLiteCpp/Transaction.h>
#include <fmt/format.h>

#include "core/base/escape.hpp"
#include "core/base/limits.hpp"
#include "serve/store/state.hpp"

namespace scep::store {

namespace {

constexpr std::string_view kPendingHint =
    "certctl-scep admin pending list --all shows all requests";
constexpr std::string_view kChallengeHint =
    "certctl-scep admin challenge list --all shows them all";
constexpr std::string_view kIssuedHint = "certctl-scep admin issued list shows what was issued";

tl::unexpected<Error> refuse(std::string what, std::string_view hint) {
    return fail(Error{.code = Errc::Policy, .what = std::move(what), .hint = std::string(hint)});
}

// For the audit row, where names and reasons hold their own escapes.
std::string who_and_why(const Operator& by, const std::string& why) {
    std::string out = "by " + escape_text(by.name);
    if (!why.empty())
        out += ": " + escape_text(why);
    return shorten(out, limits::kMaxAuditValue);
}

Status may_decide(const PendingRequest& request, TimePoint now) {
    if (request.state != PendingState::Pending)
        return refuse(
            fmt::format(
                "request {} is {} already{}",
                request.id,
                name_of(request.state),
                request.decided_by.empty() ? "" : ", by " + escape_text(request.decided_by)),
            fmt::format("certctl-scep admin pending show {} says when", request.id));
    if (request.expires_at <= now)
        return refuse(
            fmt::format("request {} expired at {}", request.id, to_rfc3339(request.expires_at)),
            "the device must ask again");
    return {};
}

Status may_revoke(const OneTimeChallenge& challenge, TimePoint now) {
    if (challenge.revoked_at)
        return refuse(fmt::format("challenge {} was revoked at {} already",
                                  challenge.id,
                                  to_rfc3339(*challenge.revoked_at)),
                      kChallengeHint);
    if (challenge.used >= challenge.uses)
        return refuse(fmt::format("challenge {} is used up already", challenge.id), kChallengeHint);
    if (challenge.expires_at <= now)
        return refuse(fmt::format("challenge {} expired at {} already",
                                  challenge.id,
                                  to_rfc3339(challenge.expires_at)),
                      kChallengeHint);
    return {};
}

// About whom the row is. No client address: nobody came over the network.
void describe(AuditEvent& event, const PendingRequest& request) {
    event.profile = request.key.profile;
    event.transaction_id = request.transaction_id;
    event.subject = request.subject;
    event.subject_alt_names = request.subject_alt_names;
    event.signer = request.signer;
}

void describe(AuditEvent& event, const Issuance& issuance) {
    event.profile = issuance.profile;
    event.transaction_id = issuance.transaction_id;
    event.subject = issuance.subject;
    event.subject_alt_names = issuance.subject_alt_names;
    event.serial = issuance.serial;
}

std::string patterns_text(std::string_view kind, const std::vector<std::string>& patterns) {
    std::string out;
    for (const std::string& pattern : patterns)
        out += fmt::format(", {} {}", kind, pattern);
    return out;
}

std::string challenge_text(const OneTimeChallenge& challenge) {
    std::string out = fmt::format("challenge {}, {} {}, until {}",
                                  challenge.id,
                                  challenge.uses,
                                  challenge.uses == 1 ? "use" : "uses",
                                  to_rfc3339(challenge.expires_at));
    out += patterns_text("subject", challenge.subject_pattern);
    out += patterns_text("SAN", challenge.san_pattern);
    return challenge.note.empty() ? out : out + ", " + challenge.note;
}

bool is_one_line(const std::string& pattern) {
    return !pattern.empty() && pattern.find('\n') == std::string::npos;
}

// The rows that a SELECT finds by a number.
template <class Read>
auto find_by_id(const SQLite::Database& database,
                std::string_view columns,
                std::string_view table,
                std::int64_t id,
                const Read& read)
    -> std::optional<decltype(read(std::declval<const SQLite::Statement&>()))> {
    SQLite::Statement statement(database,
                                fmt::format("SELECT {} FROM {} WHERE id = ?", columns, table));
    Run run(statement);
    return run.bind(id).step() ? std::optional(read(statement)) : std::nullopt;
}

std::vector<Issuance> find_issuances(const SQLite::Database& database,
                                     const std::string& serial,
                                     const std::optional<std::string>& issuer_id) {
    SQLite::Statement statement(
        database,
        fmt::format("SELECT {} FROM issuance WHERE serial = ?1 AND (?2 IS NULL OR issuer_id = ?2)"
                    " ORDER BY issuer_id",
                    kIssuanceColumns));
    Run run(statement);
    run.bind(serial);
    if (issuer_id)
        run.bind(*issuer_id);
    else
        run.bind_null();
    std::vector<Issuance> out;
    while (run.step())
        out.push_back(read_issuance(statement));
    return out;
}

std::optional<CrlRecord> find_crl(const SQLite::Database& database, const std::string& issuer_id) {
    SQLite::Statement statement(database, kSelectCrl);
    Run run(statement);
    return run.bind(issuer_id).step() ? std::optional(read_crl(statement)) : std::nullopt;
}

std::vector<Revocation> find_revocations(const SQLite::Database& database,
                                         const std::string& issuer_id,
                                         TimePoint since) {
    SQLite::Statement statement(database, kSelectRevocations);
    Run run(statement);
    run.bind(issuer_id).bind(since);
    std::vector<Revocation> out;
    while (run.step())
        out.push_back(read_revocation(statement));
    return out;
}

Result<Issuance> only_one(std::vector<Issuance> found,
                          const std::string& serial,
                          const std::optional<std::string>& issuer_id) {
    if (found.empty())
        return refuse(fmt::format("no certificate was issued with serial number {}{}",
                                  escape_text(serial),
                                  issuer_id ? " by issuer " + escape_text(*issuer_id) : ""),
                      kIssuedHint);
    if (found.size() == 1)
        return std::move(found.front());
    std::string issuers;
    for (const Issuance& one : found)
        issuers += (issuers.empty() ? "" : ", ") + escape_text(one.issuer_id);
    return refuse(
        fmt::format(
            "{} issuers gave the serial number {}: {}", found.size(), escape_text(serial), issuers),
        "--issuer says whose certificate is meant");
}

// The next that is asked for is signed anew, whatever the clock said when the last one was signed.
void outdate_crls(SQLite::Database& database, const std::string& issuer_id) {
    SQLite::Statement statement(database,
                                "UPDATE crl SET next_update = this_update"
                                " WHERE substr(issuer_id || '/', 1, length(?1) + 1) = ?1 || '/'");
    Run(statement).bind(issuer_id).step();
}

}  // namespace

std::string_view name_of(PendingState state) noexcept {
    switch (state) {
        case PendingState::Approved:
            return "approved";
        case PendingState::Rejected:
            return "rejected";
        case PendingState::Issued:
            return "issued";
        case PendingState::Pending:
            break;
    }
    return "pending";
}

std::string_view name_of(RevocationReason reason) noexcept {
    switch (reason) {
        case RevocationReason::KeyCompromise:
            return "keyCompromise";
        case RevocationReason::AffiliationChanged:
            return "affiliationChanged";
        case RevocationReason::Superseded:
            return "superseded";
        case RevocationReason::CessationOfOperation:
            return "cessationOfOperation";
        case RevocationReason::PrivilegeWithdrawn:
            return "privilegeWithdrawn";
        case RevocationReason::Unspecified:
            break;
    }
    return "unspecified";
}

// `act` changes the row, gives it as it is then, and completes the event.
template <class Row, class Act>
Result<Row> Store::act(std::string_view action, const Operator& by, const Act& act) {
    assert(!state_->audit_key.empty());
    try {
        SQLite::Transaction transaction(state_->database, SQLite::TransactionBehavior::IMMEDIATE);
        SCEP_CHECK(check_key());
        AuditEvent event{.time = by.now, .action = std::string(action), .outcome = "success"};
        Result<Row> row = act(event);
        if (!row)
            return row;
        ChainHead head = read_head(state_->select_head);
        state_->append(head, std::move(event));
        transaction.commit();
        SCEP_CHECK(state_->check_files());  // after the commit: see write()
        return row;
    } catch (const SQLite::Exception& exception) {
        return fail(state_->error("write", exception));
    }
}

Result<PendingRequest> Store::decide_pending(std::int64_t id,
                                             Verdict verdict,
                                             const std::string& reason,
                                             const Operator& by) {
    const bool approve = verdict == Verdict::Approve;
    const auto decide = [&](AuditEvent& event) -> Result<PendingRequest> {
        std::optional<PendingRequest> found =
            find_by_id(state_->database, kPendingColumns, "pending_request", id, read_pending);
        if (!found)
            return refuse(fmt::format("there is no request {}", id), kPendingHint);
        SCEP_CHECK(may_decide(*found, by.now));
        found->state = approve ? PendingState::Approved : PendingState::Rejected;
        found->decided_at = by.now;
        found->decided_by = by.name;
        found->reason = reason;
        SQLite::Statement statement(state_->database,
                                    "UPDATE pending_request SET state = ?, decided_at = ?,"
                                    " decided_by = ?, reason = ? WHERE id = ?");
        Run(statement)
            .bind(std::int64_t{static_cast<std::uint8_t>(found->state)})
            .bind(by.now)
            .bind(by.name)
            .bind(reason)
            .bind(id)
            .step();
        describe(event, *found);
        event.reason = who_and_why(by, reason);
        return *std::move(found);
    };
    return act<PendingRequest>(approve ? "admin_approve" : "admin_reject", by, decide);
}

Result<OneTimeChallenge> Store::add_challenge(OneTimeChallenge challenge, const Operator& by) {
    if (!std::ranges::all_of(challenge.subject_pattern, is_one_line) ||
        !std::ranges::all_of(challenge.san_pattern, is_one_line))
        return fail(Errc::Usage, "a pattern is empty or holds a line break");
    const auto add = [&](AuditEvent& event) -> Result<OneTimeChallenge> {
        SQLite::Statement statement(state_->database, kInsertChallenge);
        insert(statement, challenge);
        challenge.id = state_->database.getLastInsertRowid();
        event.profile = challenge.profile;
        event.reason = who_and_why(by, challenge_text(challenge));
        return challenge;
    };
    return act<OneTimeChallenge>("admin_challenge_new", by, add);
}

Result<OneTimeChallenge> Store::revoke_challenge(std::int64_t id, const Operator& by) {
    const auto end = [&](AuditEvent& event) -> Result<OneTimeChallenge> {
        std::optional<OneTimeChallenge> found = find_by_id(
            state_->database, kChallengeColumns, "one_time_challenge", id, read_challenge);
        if (!found)
            return refuse(fmt::format("there is no challenge {}", id), kChallengeHint);
        SCEP_CHECK(may_revoke(*found, by.now));
        found->revoked_at = by.now;
        SQLite::Statement statement(state_->database,
                                    "UPDATE one_time_challenge SET revoked_at = ? WHERE id = ?");
        Run(statement).bind(by.now).bind(id).step();
        event.profile = found->profile;
        event.reason = who_and_why(by, fmt::format("challenge {}", id));
        return *std::move(found);
    };
    return act<OneTimeChallenge>("admin_challenge_revoke", by, end);
}

Result<Issuance> Store::revoke(const std::string& serial,
                               const std::optional<std::string>& issuer_id,
                               RevocationReason reason,
                               const Operator& by) {
    const auto revoke = [&](AuditEvent& event) -> Result<Issuance> {
        SCEP_TRY(found,
                 only_one(find_issuances(state_->database, serial, issuer_id), serial, issuer_id));
        if (found.revoked_at)
            return refuse(fmt::format("certificate {} was revoked at {} already ({})",
                                      escape_text(serial),
                                      to_rfc3339(*found.revoked_at),
                                      name_of(found.revocation_reason)),
                          fmt::format("certctl-scep admin issued show {} shows it", serial));
        found.revoked_at = by.now;
        found.revocation_reason = reason;
        SQLite::Statement statement(state_->database,
                                    "UPDATE issuance SET revoked_at = ?, revocation_reason = ?"
                                    " WHERE serial = ? AND issuer_id = ?");
        Run(statement)
            .bind(by.now)
            .bind(std::int64_t{static_cast<std::uint8_t>(reason)})
            .bind(found.serial)
            .bind(found.issuer_id)
            .step();
        outdate_crls(state_->database, found.issuer_id);
        describe(event, found);
        event.reason =
            who_and_why(by, fmt::format("{}, issuer {}", name_of(reason), found.issuer_id));
        return std::move(found);
    };
    return act<Issuance>("admin_revoke", by, revoke);
}

Result<CrlRecord> Store::publish_crl(const std::string& issuer_id,
                                     const std::string& crl_key,
                                     const SignCrl& sign,
                                     const Operator& by) {
    const auto publish = [&](AuditEvent& event) -> Result<CrlRecord> {
        const std::optional<CrlRecord> before = find_crl(state_->database, crl_key);
        const std::vector<Revocation> revocations = find_revocations(
            state_->database, issuer_id, before ? std::min(before->this_update, by.now) : by.now);
        SCEP_TRY(crl, sign(revocations, before ? before->number + 1 : 1));
        put(state_->put_crl, crl);
        event.reason = who_and_why(
            by,
            fmt::format(
                "CRL {} of issuer {}, {} revoked", crl.number, issuer_id, revocations.size()));
        return std::move(crl);
    };
    return act<CrlRecord>("admin_crl", by, publish);
}

}  // namespace scep::store
