// The state as a decision reads it, in memory: what was written with apply() is there at once.
#pragma once

#include <algorithm>

#include "core/base/network.hpp"
#include "serve/store/view.hpp"

namespace scep::test {

class MemoryView final : public store::View {
  public:
    void apply(const store::Effects& effects) {
        for (const store::PendingRequest& request : effects.pending) {
            pending_.push_back(request);
            pending_.back().id = static_cast<std::int64_t>(pending_.size());
        }
        for (store::Transaction transaction : effects.transactions) {
            for (const store::PendingRequest& request : effects.pending)
                if (request.key == transaction.key)
                    transaction.pending_id = pending_.back().id;
            std::erase_if(transactions_, [&](const auto& t) { return t.key == transaction.key; });
            transactions_.push_back(transaction);
        }
        for (const store::PendingOutcome& outcome : effects.pending_outcomes) {
            store::PendingRequest& request = at(outcome.id);
            request.state = outcome.state;
            request.reason = outcome.reason;
            request.serial = outcome.serial;
        }
        for (const store::ChallengeUse& use : effects.challenge_uses)
            for (store::OneTimeChallenge& challenge : challenges_)
                if (challenge.id == use.id) {
                    ++challenge.used;
                    challenge.last_used_by = use.client_address;
                    challenge.last_serial = use.serial;
                }
        issuances_.insert(issuances_.end(), effects.issuances.begin(), effects.issuances.end());
        events_.insert(events_.end(), effects.events.begin(), effects.events.end());
        crls_.insert(crls_.end(), effects.crls.begin(), effects.crls.end());
    }

    void add(store::OneTimeChallenge challenge) {
        challenge.id = static_cast<std::int64_t>(challenges_.size()) + 1;
        challenges_.push_back(std::move(challenge));
    }

    store::PendingRequest& at(std::int64_t id) { return pending_.at(std::size_t(id) - 1); }

    // As the store does long after it ended.
    void prune(std::int64_t id) { at(id).id = 0; }

    store::Issuance& issued(std::size_t index) { return issuances_.at(index); }

    store::OneTimeChallenge& minted(std::size_t index) { return challenges_.at(index); }

    const std::vector<store::AuditEvent>& events() const { return events_; }

    std::size_t issuance_count() const { return issuances_.size(); }

    std::size_t pending_total() const { return pending_.size(); }

    // From here on nothing can be read.
    void break_down() { broken_ = true; }

    Result<std::optional<store::Transaction>> transaction(
        const store::TransactionKey& key) const override {
        return find(transactions_, [&](const auto& t) { return t.key == key; });
    }

    Result<std::optional<store::PendingRequest>> pending(std::int64_t id) const override {
        return find(pending_, [&](const auto& p) { return p.id == id; });
    }

    Result<store::PendingCount> pending_count(const std::string& profile,
                                              const std::string& client_address,
                                              TimePoint now) const override {
        store::PendingCount out;
        for (const store::PendingRequest& request : pending_)
            if (request.state == store::PendingState::Pending && request.expires_at > now) {
                out.of_profile += request.key.profile == profile ? 1 : 0;
                out.of_client += client_of(request.client_address) == client_of(client_address);
            }
        return out;
    }

    Result<std::optional<store::Issuance>> issuance(const std::string& issuer_id,
                                                    const std::string& serial) const override {
        return find(issuances_,
                    [&](const auto& i) { return i.issuer_id == issuer_id && i.serial == serial; });
    }

    Result<std::optional<store::OneTimeChallenge>> challenge(
        const store::Sha256& digest) const override {
        return find(challenges_, [&](const auto& c) { return c.digest == digest; });
    }

    Result<std::optional<store::CrlRecord>> crl(const std::string& issuer_id) const override {
        std::vector<store::CrlRecord> latest(crls_.rbegin(), crls_.rend());
        return find(latest, [&](const auto& c) { return c.issuer_id == issuer_id; });
    }

    Result<std::vector<store::Revocation>> revocations(const std::string& issuer_id,
                                                       TimePoint now) const override {
        std::vector<store::Revocation> out;
        for (const store::Issuance& issued : issuances_)
            if (issued.issuer_id == issuer_id && issued.revoked_at && issued.not_after > now)
                out.push_back({issued.serial, *issued.revoked_at, issued.revocation_reason});
        return out;
    }

  private:
    template <class Row, class Match>
    Result<std::optional<Row>> find(const std::vector<Row>& rows, const Match& match) const {
        if (broken_)
            return fail(Errc::Store, "disk I/O error");
        const auto found = std::ranges::find_if(rows, match);
        return found == rows.end() ? std::nullopt : std::optional<Row>(*found);
    }

    std::vector<store::Transaction> transactions_{};
    std::vector<store::PendingRequest> pending_{};
    std::vector<store::Issuance> issuances_{};
    std::vector<store::OneTimeChallenge> challenges_{};
    std::vector<store::CrlRecord> crls_{};
    std::vector<store::AuditEvent> events_{};
    bool broken_ = false;
};

}  // namespace scep::test
