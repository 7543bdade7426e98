// admin: the operator's hand on the state database, beside a running server. Pieces shared by its
// subcommands.
#pragma once

#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "cli/app.hpp"
#include "core/config/config.hpp"
#include "serve/store/store.hpp"

namespace scep::cli {

using Json = nlohmann::ordered_json;

struct AdminOptions {
    std::string config{};  // empty: the environment or the default
    std::string format = "text";
    std::size_t limit = 100;  // 0: all
    std::optional<std::string> profile{};
    bool all = false;                                     // pending list, challenge list
    std::vector<std::int64_t> ids{};                      // pending and challenge
    std::string reason{};                                 // pending reject, revoke
    std::optional<std::string> issuer{};                  // revoke, crl
    std::string subject{};                                // issued list
    std::string serial{};                                 // issued show, revoke
    std::string action{}, outcome{}, transaction_id{};    // audit list
    std::optional<std::int64_t> after{};                  // audit list
    std::int64_t uses = 1;                                // challenge new, likewise:
    std::string expires = "24h";                          // a duration
    std::vector<std::string> subject_patterns{}, sans{};  // patterns
    std::string note{};
    std::string out{};  // a file
    bool force = false;
    bool der = false;             // crl, likewise:
    std::string lifetime = "7d";  // a duration

    bool json() const noexcept { return format == "json"; }
};

Exit list_issued(const AdminOptions& options, Io& io);
Exit show_issued(const AdminOptions& options, Io& io);
Exit list_audit(const AdminOptions& options, Io& io);
Exit verify_audit(const AdminOptions& options, Io& io);
Exit list_pending(const AdminOptions& options, Io& io);
Exit show_pending(const AdminOptions& options, Io& io);
Exit approve_pending(const AdminOptions& options, Io& io);
Exit reject_pending(const AdminOptions& options, Io& io);
Exit new_challenge(const AdminOptions& options, Io& io);
Exit list_challenges(const AdminOptions& options, Io& io);
Exit revoke_challenge(const AdminOptions& options, Io& io);
Exit write_crl(const AdminOptions& options, Io& io);
Exit revoke_certificate(const AdminOptions& options, Io& io);

// Names of CRLReason, for --reason.
std::vector<std::string> revocation_reasons();

enum class AuditKey : std::uint8_t { NotNeeded, Needed };

// The database that the configuration names; with the audit key where rows are written or verified.
Result<std::unique_ptr<store::Store>> open_state(const config::Config& config, AuditKey key);
// The same of what --config and the environment say. Of several errors in the configuration, the
// last is returned and the others are printed. A --profile that the configuration has not is noted.
Result<std::unique_ptr<store::Store>> open_state(const AdminOptions& options, AuditKey key, Io& io);

// As tables and options name a profile: "-" for the one without a path id.
std::string shown_id(const std::string& path_id);

// Usage, with the one that may have been meant.
Status check_profile(const config::Config& config, const std::string& path_id);

// Usage when --out names a file that the configuration needs: what is replaced is never that.
Status check_output_apart(const config::Config& config, const std::string& out);

// Who acts, for the audit row.
store::Operator operator_now(const Io& io);

// As it is stored: upper case, whole octets, no leading zero octet. Usage when it is no number.
Result<std::string> stored_serial(const std::string& given);

// A document whose first key is the schema.
Json admin_document();
void print_json(Io& io, const Json& document);

Json to_json(const store::Issuance& issued);  // without the certificate
Json time_or_null(const std::optional<TimePoint>& time);

// One member of what is shown in full: "subject            CN=alpha"; "-" for nothing. Escapes
// control characters; text of peers that has no escapes of its own is escaped by the caller.
void print_member(Io& io, std::string_view name, std::string_view value);

// A limit that asks for one row more than is shown, to know whether there are more.
std::size_t one_more(std::size_t limit) noexcept;
bool is_cut(std::size_t rows, std::size_t limit) noexcept;

}  // namespace scep::cli
