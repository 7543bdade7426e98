// What a decision of the server reads: the database, and over it the effects of this and earlier
// turns that wait for their commit, as if write() had written them already. Every call is a read of
// its own, so that what admin committed is seen at once.
#pragma once

#include <memory>

#include "serve/store/store.hpp"
#include "serve/store/view.hpp"

namespace scep::store {

class TurnView final : public View {
  public:
    // Both are borrowed; `waiting` may change between calls, oldest first. Store.
    static Result<std::unique_ptr<TurnView>> make(const Store& store,
                                                  const std::vector<Effects>& waiting);
    ~TurnView() override;

    // A pending request that waits for its commit has no id yet: then pending_id is -1, and
    // pending(-1) is not asked.
    Result<std::optional<Transaction>> transaction(const TransactionKey& key) const override;
    Result<std::optional<PendingRequest>> pending(std::int64_t id) const override;
    Result<PendingCount> pending_count(const std::string& profile,
                                       const std::string& client_address,
                                       TimePoint now) const override;
    Result<std::optional<Issuance>> issuance(const std::string& issuer_id,
                                             const std::string& serial) const override;
    Result<std::optional<OneTimeChallenge>> challenge(const Sha256& digest) const override;
    Result<std::optional<CrlRecord>> crl(const std::string& issuer_id) const override;
    Result<std::vector<Revocation>> revocations(const std::string& issuer_id,
                                                TimePoint now) const override;

  private:
    struct Statements;

    TurnView(const Store& store,
             const std::vector<Effects>& waiting,
             std::unique_ptr<Statements> statements) noexcept;
    template <class Read>
    auto read(const Read& read) const -> Result<decltype(read())>;
    Result<std::optional<PendingRequest>> stored_pending(std::int64_t id) const;

    const Store& store_;
    const std::vector<Effects>& waiting_;
    std::unique_ptr<Statements> statements_;
};

}  // namespace scep::store
