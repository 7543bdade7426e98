#include "cli/cmd_admin.hpp"

#include <CLI/CLI.hpp>

#include "cli/config_path.hpp"
#include "cli/usage.hpp"
#include "core/files/files.hpp"

namespace scep::cli {

namespace {

using Run = Exit (*)(const AdminOptions&, Io&);

// One tree is parsed once, so its leaves share the options; the one that was given is `chosen`.
struct Parsed {
    AdminOptions options{};
    Run chosen = nullptr;
};

using Shared = std::shared_ptr<Parsed>;

CLI::App& add_group(CLI::App& app, const char* name, const char* summary) {
    return *app.add_subcommand(name, summary)->require_subcommand(1);
}

CLI::App& add_leaf(
    CLI::App& group, const char* name, const char* summary, const Shared& parsed, Run run) {
    CLI::App& leaf = *group.add_subcommand(name, summary);
    leaf.callback([parsed, run] { parsed->chosen = run; });
    leaf.add_option("--config",
                    parsed->options.config,
                    "configuration file (default: $CERTCTL_SCEP_CONFIG, else "
                    "/etc/certctl-scep/certctl-scep.toml)")
        ->type_name("FILE");
    leaf.add_option("--format", parsed->options.format, "output form: text json")
        ->type_name("FORM")
        ->check(one_of({"text", "json"}))
        ->capture_default_str();
    return leaf;
}

void add_limit(CLI::App& leaf, AdminOptions& options, const char* summary) {
    leaf.add_option("--limit", options.limit, summary)
        ->type_name("N")
        ->transform(whole_number())
        ->capture_default_str();
    leaf.add_option("--profile",
                    options.profile,
                    "only this profile, by its path id; - is the one at /scep")
        ->type_name("ID");
}

void add_issued(CLI::App& app, const Shared& parsed) {
    CLI::App& group = add_group(app, "issued", "certificates that were issued");
    CLI::App& list = add_leaf(group, "list", "list them, newest first", parsed, list_issued);
    add_limit(list, parsed->options, "at most so many, the newest; 0 is all");
    list.add_option("--subject",
                    parsed->options.subject,
                    "only subjects with this text in them, ASCII letters of either case")
        ->type_name("TEXT");
    CLI::App& show = add_leaf(group, "show", "show one with its PEM", parsed, show_issued);
    show.add_option("SERIAL",
                    parsed->options.serial,
                    "serial number in hexadecimal, either case, colons allowed")
        ->type_name("")
        ->required();
}

void add_audit(CLI::App& app, const Shared& parsed) {
    AdminOptions& options = parsed->options;
    CLI::App& group = add_group(app, "audit", "the audit chain");
    CLI::App& list = add_leaf(group, "list", "list its rows, oldest first", parsed, list_audit);
    add_limit(list, options, "at most so many, the newest; 0 is all");
    list.add_option("--after",
                    options.after,
                    "go on after the row of this sequence: the first rows that follow, not the "
                    "newest")
        ->type_name("SEQUENCE")
        ->transform(whole_number());
    list.add_option("--action",
                    options.action,
                    "only this action: scep_pkcsreq scep_renewalreq scep_poll scep_getcert "
                    "scep_getcrl scep_other")
        ->type_name("NAME")
        ->check(one_of({"scep_pkcsreq",
                        "scep_renewalreq",
                        "scep_poll",
                        "scep_getcert",
                        "scep_getcrl",
                        "scep_other"}));
    list.add_option("--outcome", options.outcome, "only this outcome: success failure pending")
        ->type_name("NAME")
        ->check(one_of({"success", "failure", "pending"}));
    list.add_option("--transaction", options.transaction_id, "only this transactionID")
        ->type_name("ID");
    add_leaf(
        group, "verify", "recompute the MAC of every row with the audit key", parsed, verify_audit);
}

}  // namespace

Result<std::unique_ptr<store::Store>> open_state(const AdminOptions& options,
                                                 bool with_audit_key,
                                                 Io& io) {
    SCEP_TRY(config, load_configuration(options.config, io));
    SecretBytes key;
    if (with_audit_key) {
        SCEP_TRY(loaded,
                 files::load_audit_key(config.server.audit_key_path, credentials_directory()));
        key = std::move(loaded);
    }
    return store::Store::open_existing(config.server.state_path, std::move(key));
}

Json admin_document() {
    return {{"schema", "certctl-scep/admin/1"}};
}

void print_json(Io& io, const Json& document) {
    constexpr int kIndent = 2;
    constexpr bool kAsciiOnly = true;  // no octets from peers reach a terminal (SECURITY rule S23)
    io.out << document.dump(kIndent, ' ', kAsciiOnly, Json::error_handler_t::replace) << '\n';
}

std::size_t one_more(std::size_t limit) noexcept {
    return limit == store::kAllRows ? store::kAllRows : limit + 1;
}

Action attach_admin(CLI::App& app) {
    auto parsed = std::make_shared<Parsed>();
    app.require_subcommand(1);
    add_issued(app, parsed);
    add_audit(app, parsed);
    return [parsed](Io& io) {
        if (parsed->options.profile == "-")  // as tables show the root profile, whose id is empty
            parsed->options.profile = "";
        return parsed->chosen(parsed->options, io);
    };
}

}  // namespace scep::cli
