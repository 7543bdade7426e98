// admin: what its subcommands share, but for their options.
#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/cmd_admin.hpp"
#include "cli/config_path.hpp"
#include "cli/input_files.hpp"
#include "cli/operator_name.hpp"
#include "core/base/encoding.hpp"
#include "core/base/escape.hpp"
#include "core/base/suggest.hpp"
#include "core/files/files.hpp"

namespace scep::cli {

Result<std::unique_ptr<store::Store>> open_state(const config::Config& config, AuditKey key) {
    SecretBytes loaded;
    if (key == AuditKey::Needed) {
        SCEP_TRY(read,
                 files::load_audit_key(config.server.audit_key_path, credentials_directory()));
        loaded = std::move(read);
    }
    return store::Store::open_existing(config.server.state_path, std::move(loaded));
}

Result<std::unique_ptr<store::Store>> open_state(const AdminOptions& options,
                                                 AuditKey key,
                                                 Io& io) {
    SCEP_TRY(config, load_configuration(options.config, io));
    if (options.profile)
        if (const Status known = check_profile(config, *options.profile); !known)
            note(io,
                 fmt::format("{}, and rows of a former one alone are shown; {}",
                             to_text(known.error()),
                             known.error().hint));
    return open_state(config, key);
}

std::string shown_id(const std::string& path_id) {
    return path_id.empty() ? "-" : path_id;
}

Status check_profile(const config::Config& config, const std::string& path_id) {
    std::vector<std::string> known;
    for (const config::Profile& profile : config.profiles)
        known.push_back(shown_id(profile.path_id));
    if (std::ranges::find(known, shown_id(path_id)) != known.end())
        return {};
    const std::vector<std::string_view> names(known.begin(), known.end());
    const std::string_view near = nearest(path_id, names);
    return fail({.code = Errc::Usage,
                 .what = fmt::format("no profile of the configuration has the path id {}",
                                     escape_text(path_id)),
                 .where = {.source = "--profile"},
                 .hint = near.empty()
                             ? fmt::format("the configuration has {}", fmt::join(known, ", "))
                             : fmt::format("did you mean {}?", near)});
}

namespace {

void add_server_files(const config::Server& server, std::vector<InputFile>& files) {
    for (const char* suffix : {"", "-wal", "-shm"})
        files.push_back({"state_path", server.state_path.string() + suffix});
    files.push_back({"audit_key_path", server.audit_key_path});
    files.push_back({"tls_cert_path", server.tls_cert_path});
    files.push_back({"tls_key_path", server.tls_key_path});
    files.push_back({"client_ca_path", server.trusted_proxy.client_ca_path});
}

void add_issuer_files(const config::Issuer& issuer, std::vector<InputFile>& files) {
    files.push_back({"ca_cert_path", issuer.ca_cert_path});
    files.push_back({"ca_key_path", issuer.ca_key_path});
    files.push_back({"chain_path", issuer.chain_path});
    files.push_back({"next_ca_cert_path", issuer.next_ca_cert_path});
    files.push_back({"next_ca_key_path", issuer.next_ca_key_path});
    files.push_back({"previous_ca_cert_path", issuer.previous_ca_cert_path});
}

void add_profile_files(const config::Profile& profile, std::vector<InputFile>& files) {
    files.push_back({"challenge_password_file", profile.challenge_password_file});
    files.push_back({"mtls_bundle_path", profile.mtls.bundle_path});
    files.push_back({"mtls_crl_path", profile.mtls.crl_path});
    files.push_back({"mtls_deny_path", profile.mtls.deny_path});
    for (const config::RaPair& ra : profile.ra) {
        files.push_back({"ra_cert_path", ra.cert_path});
        files.push_back({"ra_key_path", ra.key_path});
    }
}

}  // namespace

Status check_output_apart(const config::Config& config, const std::string& out) {
    if (out.empty())
        return {};
    std::vector<InputFile> needed{{"--config", config.path}};
    add_server_files(config.server, needed);
    for (const config::Issuer& issuer : config.issuers)
        add_issuer_files(issuer, needed);
    for (const config::Profile& profile : config.profiles)
        add_profile_files(profile, needed);
    return check_inputs_apart(needed, {out}).map_error([](Error error) {
        error.hint = "another file for --out";
        return error;
    });
}

store::Operator operator_now(const Io& io) {
    return {.name = operator_name(), .now = io.clock.now()};
}

Result<std::string> stored_serial(const std::string& given) {
    std::string text = given;
    std::erase(text, ':');
    if (text.starts_with("0x"))
        text.erase(0, 2);
    if (text.size() % 2 != 0)
        text.insert(0, "0");
    const std::optional<Buffer> octets = from_hex(text);
    if (!octets || octets->empty())
        return fail(Error{.code = Errc::Usage,
                          .what = fmt::format("SERIAL: got \"{}\", want a number in hexadecimal",
                                              escape_text(given)),
                          .hint = "certctl-scep admin issued list shows what was issued"});
    Bytes digits = *octets;
    while (digits.size() > 1 && digits.front() == 0)
        digits = digits.subspan(1);
    return to_hex_upper(digits);
}

Json admin_document() {
    return {{"schema", "certctl-scep/admin/1"}};
}

void print_json(Io& io, const Json& document) {
    constexpr int kIndent = 2;
    constexpr bool kAsciiOnly = true;  // no octets from peers reach a terminal (SECURITY rule S23)
    io.out << document.dump(kIndent, ' ', kAsciiOnly, Json::error_handler_t::replace) << '\n';
}

Json time_or_null(const std::optional<TimePoint>& time) {
    return time ? Json(to_rfc3339(*time)) : Json();
}

void print_member(Io& io, std::string_view name, std::string_view value) {
    io.out << fmt::format("{:<18} {}\n", name, value.empty() ? "-" : escape_controls(value));
}

std::size_t one_more(std::size_t limit) noexcept {
    return limit == store::kAllRows ? store::kAllRows : limit + 1;
}

bool is_cut(std::size_t rows, std::size_t limit) noexcept {
    return limit != store::kAllRows && rows > limit;
}

}  // namespace scep::cli
