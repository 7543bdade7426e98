// admin: its tree of subcommands and their options.
#include "cli/cmd_admin.hpp"

#include <CLI/CLI.hpp>

#include "cli/usage.hpp"

namespace scep::cli {

namespace {

constexpr int kManyIds = 10000;  // of one command line

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

void add_serial(CLI::App& leaf, AdminOptions& options) {
    leaf.add_option(
            "SERIAL", options.serial, "serial number in hexadecimal, either case, colons allowed")
        ->type_name("")
        ->required();
}

void add_ids(CLI::App& leaf, AdminOptions& options, const char* summary, bool several) {
    leaf.add_option("ID", options.ids, summary)
        ->type_name("")
        ->transform(whole_number())
        ->expected(1, several ? kManyIds : 1)
        ->required();
}

void add_all(CLI::App& leaf, AdminOptions& options, const char* summary) {
    leaf.add_flag("--all", options.all, summary);
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
    add_serial(show, parsed->options);
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
                    "scep_getcrl scep_other scep_refusals scep_challenge_reuse "
                    "admin_approve admin_reject admin_revoke admin_challenge_new "
                    "admin_challenge_revoke admin_crl")
        ->type_name("NAME")
        ->check(one_of({"scep_pkcsreq",
                        "scep_renewalreq",
                        "scep_poll",
                        "scep_getcert",
                        "scep_getcrl",
                        "scep_other",
                        "scep_refusals",
                        "scep_challenge_reuse",
                        "admin_approve",
                        "admin_reject",
                        "admin_revoke",
                        "admin_challenge_new",
                        "admin_challenge_revoke",
                        "admin_crl"}));
    list.add_option("--outcome", options.outcome, "only this outcome: success failure pending")
        ->type_name("NAME")
        ->check(one_of({"success", "failure", "pending"}));
    list.add_option("--transaction", options.transaction_id, "only this transactionID")
        ->type_name("ID");
    add_leaf(
        group, "verify", "recompute the MAC of every row with the audit key", parsed, verify_audit);
}

void add_pending(CLI::App& app, const Shared& parsed) {
    AdminOptions& options = parsed->options;
    CLI::App& group = add_group(app, "pending", "requests that wait for an operator");
    CLI::App& list = add_leaf(group, "list", "list them, oldest first", parsed, list_pending);
    add_limit(list, options, "at most so many, the newest; 0 is all");
    add_all(list, options, "also those that were decided or expired");
    CLI::App& show = add_leaf(group, "show", "show one in full", parsed, show_pending);
    add_ids(show, options, "number of the request", false);
    CLI::App& approve = add_leaf(
        group, "approve", "let the server issue what they ask for", parsed, approve_pending);
    add_ids(approve, options, "numbers of requests", true);
    CLI::App& reject = add_leaf(group, "reject", "refuse them", parsed, reject_pending);
    add_ids(reject, options, "numbers of requests", true);
    reject
        .add_option("--reason", options.reason, "why, for the audit trail; the device is not told")
        ->type_name("TEXT");
}

void add_challenge_limits(CLI::App& leaf, AdminOptions& options) {
    leaf.add_option("--uses", options.uses, "how many enrolments it is good for")
        ->type_name("N")
        ->transform(whole_number())
        ->capture_default_str();
    leaf.add_option("--expires", options.expires, "how long it is good: 90s 60m 24h 7d")
        ->type_name("DURATION")
        ->capture_default_str();
    leaf.add_option("--subject",
                    options.subject_patterns,
                    "only for subjects of this pattern, \"CN=cam-*,O=Example\"; may be given "
                    "several times")
        ->type_name("PATTERN")
        ->allow_extra_args(false);
    leaf.add_option("--san",
                    options.sans,
                    "only for SANs of this pattern, \"dns:*.example\"; may be given several times")
        ->type_name("PATTERN")
        ->allow_extra_args(false);
}

void add_new_challenge(CLI::App& group, const Shared& parsed) {
    AdminOptions& options = parsed->options;
    CLI::App& leaf =
        add_leaf(group, "new", "mint one and print its secret, once", parsed, new_challenge);
    leaf.add_option("--profile",
                    options.profile,
                    "the profile it is for, by its path id; - is the one at /scep")
        ->type_name("ID")
        ->required();
    add_challenge_limits(leaf, options);
    leaf.add_option("--note", options.note, "what it is for, shown in lists and the audit trail")
        ->type_name("TEXT");
    leaf.add_option("--out", options.out, "write the secret into this file (0600), not to stdout")
        ->type_name("FILE");
    leaf.add_flag("--force", options.force, "replace the file of --out");
}

void add_challenge(CLI::App& app, const Shared& parsed) {
    AdminOptions& options = parsed->options;
    CLI::App& group = add_group(app, "challenge", "one-time challenges");
    add_new_challenge(group, parsed);
    CLI::App& list =
        add_leaf(group, "list", "list them without their secrets", parsed, list_challenges);
    add_limit(list, options, "at most so many, the newest; 0 is all");
    add_all(list, options, "also those that are used up, expired or revoked");
    CLI::App& revoke =
        add_leaf(group, "revoke", "end one before its time", parsed, revoke_challenge);
    add_ids(revoke, options, "number of the challenge", false);
}

void add_revoke(CLI::App& app, const Shared& parsed) {
    AdminOptions& options = parsed->options;
    CLI::App& leaf = add_leaf(app, "revoke", "revoke a certificate", parsed, revoke_certificate);
    add_serial(leaf, options);
    leaf.add_option("--reason",
                    options.reason,
                    "keyCompromise affiliationChanged superseded cessationOfOperation "
                    "privilegeWithdrawn unspecified")
        ->type_name("REASON")
        ->check(one_of(revocation_reasons()))
        ->required();
    leaf.add_option(
            "--issuer", options.issuer, "of this issuer, where several gave the same serial")
        ->type_name("ID");
}

void add_crl(CLI::App& app, const Shared& parsed) {
    AdminOptions& options = parsed->options;
    CLI::App& leaf = add_leaf(app, "crl", "sign a fresh CRL with the CA's key", parsed, write_crl);
    leaf.add_option("--issuer", options.issuer, "issuer of the configuration")
        ->type_name("ID")
        ->required();
    leaf.add_option("--lifetime", options.lifetime, "until the next one is due: 90s 60m 24h 7d")
        ->type_name("DURATION")
        ->capture_default_str();
    leaf.add_option("--out", options.out, "write it into this file, not to stdout")
        ->type_name("FILE");
    leaf.add_flag("--der", options.der, "DER instead of PEM");
}

}  // namespace

Action attach_admin(CLI::App& app) {
    auto parsed = std::make_shared<Parsed>();
    app.require_subcommand(1);
    add_issued(app, parsed);
    add_audit(app, parsed);
    add_pending(app, parsed);
    add_challenge(app, parsed);
    add_revoke(app, parsed);
    add_crl(app, parsed);
    return [parsed](Io& io) {
        if (parsed->options.profile == "-")  // as tables show the root profile, whose id is empty
            parsed->options.profile = "";
        if (parsed->options.out == "-")  // standard output, where it goes without the option
            parsed->options.out.clear();
        return parsed->chosen(parsed->options, io);
    };
}

}  // namespace scep::cli
