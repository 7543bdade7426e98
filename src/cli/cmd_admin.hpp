// admin: the operator's view of the state database. Pieces shared by its subcommands.
#pragma once

#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "cli/app.hpp"
#include "serve/store/store.hpp"

namespace scep::cli {

using Json = nlohmann::ordered_json;

struct AdminOptions {
    std::string config{};  // empty: the environment or the default
    std::string format = "text";
    std::size_t limit = 100;  // 0: all
    std::optional<std::string> profile{};
    std::string subject{};                              // issued list
    std::string serial{};                               // issued show
    std::string action{}, outcome{}, transaction_id{};  // audit list
    std::optional<std::int64_t> after{};                // audit list

    bool json() const noexcept { return format == "json"; }
};

Exit list_issued(const AdminOptions& options, Io& io);
Exit show_issued(const AdminOptions& options, Io& io);
Exit list_audit(const AdminOptions& options, Io& io);
Exit verify_audit(const AdminOptions& options, Io& io);

// The database that the configuration names, for reading; with the audit key where it is needed.
// Of several errors in the configuration, the last is returned and the others are printed.
Result<std::unique_ptr<store::Store>> open_state(const AdminOptions& options,
                                                 bool with_audit_key,
                                                 Io& io);

// A document whose first key is the schema.
Json admin_document();
void print_json(Io& io, const Json& document);

// A limit that asks for one row more than is shown, to know whether there are more.
std::size_t one_more(std::size_t limit) noexcept;

}  // namespace scep::cli
