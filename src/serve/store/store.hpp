// The state database: issued certificates, transactions, waiting requests, one-time challenges,
// CRLs and the audit chain in one SQLite file. WAL, synchronous=FULL; what write() returned as done
// is synced (SECURITY rule S25). The only includes of SQLiteCpp are in this room.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/clock.hpp"
#include "core/base/result.hpp"
#include "core/base/secret.hpp"
#include "serve/store/records.hpp"

namespace scep::store {

inline constexpr std::size_t kAllRows = 0;  // as a limit

struct IssuedFilter {
    std::optional<std::string> profile{};  // path id; "" is the one at /scep
    std::string subject{};                 // a part of it, ASCII letters of either case; empty: all
    std::size_t limit = 100;               // the newest
};

struct AuditFilter {
    std::optional<std::string> profile{};               // path id; "" is the one at /scep
    std::string action{}, outcome{}, transaction_id{};  // empty: all
    std::optional<std::int64_t> after{};                // a sequence
    std::size_t limit = 100;  // the newest, but with `after` the first that follow it
};

// A request waits while it is pending and not expired; it is expired from expires_at on.
struct PendingFilter {
    std::optional<std::string> profile{};   // path id; "" is the one at /scep
    std::optional<TimePoint> waiting_at{};  // only those that wait at this time
    std::size_t limit = 100;                // the newest
};

struct ChallengeFilter {
    std::optional<std::string> profile{};  // path id; "" is the one at /scep
    std::optional<TimePoint> usable_at{};  // only those that are good for a use at this time
    std::size_t limit = 100;               // the newest
};

// Who does something by hand, as the audit row says it, and when.
struct Operator {
    std::string name{};  // "alice (uid 1000)"
    TimePoint now{};
};

std::string_view name_of(PendingState state) noexcept;       // "approved"
std::string_view name_of(RevocationReason reason) noexcept;  // as ASN.1 has it: "keyCompromise"

enum class Verdict : std::uint8_t { Approve, Reject };

enum class WriteResult : std::uint8_t { Done, Busy };

class Store {
  public:
    // Opens or creates (0600) and migrates. `audit_key` is the MAC key of the chain (32 octets).
    // Store: with path, SQLite's reason and a hint; a newer schema than this program's is refused,
    // and a key under which the last audit row does not fit (a lost key would break the chain).
    static Result<std::unique_ptr<Store>> open(const std::filesystem::path& path,
                                               SecretBytes audit_key);
    // The first start: makes the audit key (0600) and the database, or neither. Io; Config when
    // there is such a key already; Store as open().
    static Result<std::unique_ptr<Store>> create(const std::filesystem::path& path,
                                                 const std::filesystem::path& audit_key_path);
    // What open() would say, without making, migrating or writing anything; good when there is no
    // file yet or an empty one.
    static Status probe(const std::filesystem::path& path, const SecretBytes& audit_key);
    // For admin, beside a running server or after one that was killed: never creates, migrates or
    // checkpoints, and waits a little for a lock. The key may be empty for a caller that neither
    // writes nor verifies. A file that may only be read is opened read-only. Store: with a hint
    // when there is no database yet.
    static Result<std::unique_ptr<Store>> open_existing(const std::filesystem::path& path,
                                                        SecretBytes audit_key = {});

    // For who only looks: nothing is written, and no file made beside it. Errors as
    // open_existing().
    static Result<std::unique_ptr<Store>> open_to_read(const std::filesystem::path& path);

    ~Store();
    Store(const Store&) = delete;
    Store& operator=(const Store&) = delete;

    // What the server writes. All effects in one BEGIN IMMEDIATE transaction, audit rows chained in
    // order, committed and synced. Busy: another writer holds the lock; nothing was written; call
    // again in a later turn. Store: nothing may be said to have been written, and the caller must
    // stop (S25); every later call gives the same error. So it is when a file of the database was
    // removed or replaced meanwhile. A PendingRequest is given its id, which the Transaction of the
    // same key in the same Effects takes; a PendingOutcome changes what is pending or approved, and
    // nothing else. `overtaken` is given the indices of those Effects that rest on what changed
    // since they were decided (a one-time challenge spent or revoked, a request decided, a renewed
    // certificate revoked): nothing of them was written. Null where none rests on any.
    Result<WriteResult> write(const std::vector<Effects>& turn,
                              std::vector<std::size_t>* overtaken = nullptr);

    // What an operator does, beside a running server (SECURITY rule S26): each is one transaction
    // that checks its conditions under the write lock, ends with a row of the audit chain, and
    // gives the row as it is then. Policy, with a hint: the condition does not hold, and nothing
    // was written. Store: as open(), a key that does not fit included, and a lock that another
    // writer kept. They need the audit key.

    // `reason` is for a rejection; the request must wait at that time.
    Result<PendingRequest> decide_pending(std::int64_t id,
                                          Verdict verdict,
                                          const std::string& reason,
                                          const Operator& by);
    // The store gives the id. Usage when a pattern is empty or holds a line break.
    Result<OneTimeChallenge> add_challenge(OneTimeChallenge challenge, const Operator& by);
    Result<OneTimeChallenge> revoke_challenge(std::int64_t id, const Operator& by);
    // `serial` in upper-case hex; `issuer_id` where two issuers gave the same one. Revoked from now
    // on.
    Result<Issuance> revoke(const std::string& serial,
                            const std::optional<std::string>& issuer_id,
                            RevocationReason reason,
                            const Operator& by);

    // A CRL of the issuer under the next number. `sign` is called under the write lock, so that no
    // other writer takes the number and no revocation is missed, with what it is to hold: whoever
    // was not expired when the CRL before it was made, for an entry must be seen once after it
    // expired (RFC 5280 section 3.3). Its error is returned, and nothing was written.
    using SignCrl = std::function<Result<CrlRecord>(const std::vector<Revocation>& revocations,
                                                    std::int64_t number)>;
    Result<CrlRecord> publish_crl(const std::string& issuer_id,
                                  const std::string& crl_key,
                                  const SignCrl& sign,
                                  const Operator& by);

    // Another number than before: another connection has written meanwhile.
    Result<std::int64_t> data_version() const;

    Result<std::vector<Issuance>> issued(
        const IssuedFilter& filter) const;  // newest first; certificate empty
    Result<std::optional<Issuance>> issuance(const std::string& serial) const;  // with certificate
    Result<std::vector<AuditEvent>> audit(const AuditFilter& filter) const;     // oldest first
    Result<std::vector<PendingRequest>> pending_requests(
        const PendingFilter& filter) const;  // oldest first
    Result<std::optional<PendingRequest>> pending_request(std::int64_t id) const;
    // Approved and not issued yet, the first `limit` behind the id `after`, in the order of ids.
    // One whose outcome waits for its commit is among them; TurnView::pending() knows.
    Result<std::vector<PendingRequest>> approved(std::size_t limit, std::int64_t after = 0) const;
    Result<std::vector<OneTimeChallenge>> challenges(
        const ChallengeFilter& filter) const;  // oldest first
    // Recomputes every MAC; gives the number of rows. Crypto, with the first sequence that does not
    // fit or is missing. What it cannot find: a tail that was cut together with SQLite's own count
    // of rows, or anything done by somebody who can read the key. Only a head (sequence and mac)
    // kept elsewhere binds those.
    Result<std::int64_t> verify_chain() const;

  private:
    friend class TurnView;
    struct State;

    explicit Store(std::unique_ptr<State> state) noexcept;
    Status check_key() const;
    Result<std::int64_t> rows_written() const;  // by SQLite's own count, deleted ones too
    template <class Row, class Act>
    Result<Row> act(std::string_view action, const Operator& by, const Act& act);

    std::unique_ptr<State> state_;
};

// The chain's MAC over one row (SECURITY rule S27): HMAC-SHA-256 under `key` of the previous row's
// mac (empty before the first), then sequence and time, then every field in the order of
// AuditEvent, each octet string behind its length. Integers and lengths have 8 octets, big-endian.
std::array<std::uint8_t, 32> chain_mac(Bytes key, Bytes previous, const AuditEvent& event);

// Makes the file that files::load_audit_key() reads. Io; Config when there is one already.
Result<SecretBytes> create_audit_key(const std::filesystem::path& path);

}  // namespace scep::store
