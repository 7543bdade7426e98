// What a decision reads of the state: the database as it will be when everything that waits for its
// commit is in it. An interface, so that a decision can also be asked for without a database.
#pragma once

#include "core/base/result.hpp"
#include "serve/store/records.hpp"

namespace scep::store {

// How many requests wait for an operator.
struct PendingCount {
    std::int64_t of_profile = 0, of_client = 0;  // an IPv6 client is its /64
};

// Every call: Store when the database cannot be read.
class View {
  public:
    View() = default;
    View(const View&) = delete;
    View& operator=(const View&) = delete;
    virtual ~View() = default;

    virtual Result<std::optional<Transaction>> transaction(const TransactionKey& key) const = 0;
    // By id, and with the outcome it has meanwhile.
    virtual Result<std::optional<PendingRequest>> pending(std::int64_t id) const = 0;
    virtual Result<PendingCount> pending_count(const std::string& profile,
                                               const std::string& client_address,
                                               TimePoint now) const = 0;
    // With certificate and revocation. `serial` in upper-case hex.
    virtual Result<std::optional<Issuance>> issuance(const std::string& issuer_id,
                                                     const std::string& serial) const = 0;
    // By the SHA-256 of the secret; uses that wait for their commit are counted.
    virtual Result<std::optional<OneTimeChallenge>> challenge(const Sha256& digest) const = 0;
    // The latest of the issuer.
    virtual Result<std::optional<CrlRecord>> crl(const std::string& issuer_id) const = 0;
    // Of certificates that are not expired at `now`, in the order of revocation.
    virtual Result<std::vector<Revocation>> revocations(const std::string& issuer_id,
                                                        TimePoint now) const = 0;
};

// A database without rows.
class EmptyView final : public View {
  public:
    Result<std::optional<Transaction>> transaction(const TransactionKey&) const override {
        return std::nullopt;
    }

    Result<std::optional<PendingRequest>> pending(std::int64_t) const override {
        return std::nullopt;
    }

    Result<PendingCount> pending_count(const std::string&,
                                       const std::string&,
                                       TimePoint) const override {
        return PendingCount{};
    }

    Result<std::optional<Issuance>> issuance(const std::string&,
                                             const std::string&) const override {
        return std::nullopt;
    }

    Result<std::optional<OneTimeChallenge>> challenge(const Sha256&) const override {
        return std::nullopt;
    }

    Result<std::optional<CrlRecord>> crl(const std::string&) const override { return std::nullopt; }

    Result<std::vector<Revocation>> revocations(const std::string&, TimePoint) const override {
        return std::vector<Revocation>{};
    }
};

}  // namespace scep::store
