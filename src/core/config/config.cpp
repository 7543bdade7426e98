#include "core/config/config.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <toml++/toml.h>

#include "core/base/escape.hpp"
#include "core/base/suggest.hpp"
#include "core/config/section.hpp"
#include "core/config/tables.hpp"
#include "core/files/files.hpp"

namespace scep::config {

namespace {

namespace fs = std::filesystem;

// The only place where toml++ may throw.
Result<toml::table> parse_toml(std::string_view text, const fs::path& path) {
    try {
        return toml::parse(text, std::string_view(path.native()));
    } catch (const toml::parse_error& error) {
        return fail(Error{.code = Errc::Config,
                          .what = escape_text(error.description()),
                          .where = {.source = path.string(),
                                    .line = error.source().begin.line,
                                    .column = error.source().begin.column}});
    }
}

// Names go into paths of URLs and into messages.
Status check_name(const Section& root, std::string_view key, const Section::Child& child) {
    constexpr std::string_view kLetters =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
    if (!child.name.empty() && child.name.find_first_not_of(kLetters) == std::string::npos)
        return {};
    Error error = root.error(key,
                             fmt::format("\"{}\" cannot be a name, want letters, digits and - _ .",
                                         escape_text(child.name)));
    error.where.line = child.table->source().begin.line;
    error.where.column = child.table->source().begin.column;
    return fail(std::move(error));
}

// read(name, section) for every [key.NAME], in the order of the file.
template <class T, class Read>
Status read_each(const Section& root,
                 std::string_view key,
                 const fs::path& path,
                 std::vector<T>& out,
                 const Read& read) {
    SCEP_TRY(children, root.children(key));
    for (const Section::Child& child : children) {
        SCEP_CHECK(check_name(root, key, child));
        SCEP_TRY(
            value,
            read(child.name, Section(*child.table, fmt::format("{}.{}", key, child.name), path)));
        out.push_back(std::move(value));
    }
    return {};
}

// "got X, want one of ..." for a reference to another table.
template <class T>
Status check_reference(const Section& table,
                       std::string_view key,
                       const std::string& value,
                       const std::vector<T>& targets,
                       std::string T::*name,
                       std::string_view target_table) {
    if (std::ranges::find(targets, value, name) != targets.end())
        return {};
    Error error =
        table.error(key, fmt::format("there is no [{}.{}]", target_table, escape_text(value)));
    std::vector<std::string_view> names;
    names.reserve(targets.size());
    for (const T& target : targets)
        names.emplace_back(target.*name);
    if (const std::string_view near = nearest(value, names); !near.empty())
        error.hint = fmt::format("did you mean {}?", near);
    return fail(std::move(error));
}

Status check_profile(const Config& config, const Profile& profile, const Section& table) {
    if (profile.issuer_id.empty())
        return fail(table.error("issuer_id", "is not set, want the name of an [issuer.NAME]"));
    SCEP_CHECK(check_reference(
        table, "issuer_id", profile.issuer_id, config.issuers, &Issuer::id, "issuer"));
    if (!profile.profile_id.empty())
        SCEP_CHECK(check_reference(table,
                                   "profile_id",
                                   profile.profile_id,
                                   config.certificate_profiles,
                                   &x509::CertificateProfile::name,
                                   "certificate_profile"));
    const auto twin = std::ranges::find_if(config.profiles, [&](const Profile& other) {
        return &other < &profile && other.path_id == profile.path_id;
    });
    if (twin != config.profiles.end())
        return fail(table.error("path_id",
                                fmt::format("\"{}\" is also that of [scep.{}] in line {}",
                                            profile.path_id,
                                            twin->name,
                                            twin->line)));
    return {};
}

Status read_profiles(const Section& root, Config& out) {
    SCEP_CHECK(read_each(
        root, "scep", out.path, out.profiles, [&](const std::string& name, const Section& table) {
            return read_profile(name, table, out.path);
        }));
    SCEP_TRY(children, root.children("scep"));
    for (std::size_t i = 0; i < children.size(); ++i)
        SCEP_CHECK(check_profile(
            out,
            out.profiles[i],
            Section(*children[i].table, fmt::format("scep.{}", children[i].name), out.path)));
    return {};
}

template <class T>
const T* find(const std::vector<T>& in, std::string T::*name, std::string_view value) noexcept {
    const auto found = std::ranges::find(in, value, name);
    return found == in.end() ? nullptr : &*found;
}

}  // namespace

const Issuer* Config::issuer(std::string_view id) const noexcept {
    return find(issuers, &Issuer::id, id);
}

const x509::CertificateProfile* Config::certificate_profile(std::string_view id) const noexcept {
    return find(certificate_profiles, &x509::CertificateProfile::name, id);
}

Result<Config> parse_config(std::string_view toml, const fs::path& path) {
    SCEP_TRY(document, parse_toml(toml, path));
    Config out;
    out.path = path;
    const Section root(document, {}, out.path);
    SCEP_CHECK(root.check_keys(kRootSettings));
    if (const toml::node* server = document.get("server")) {
        if (!server->is_table())
            return fail(root.error("server", "want a table"));
        SCEP_TRY(read, read_server(Section(*server->as_table(), "server", out.path)));
        out.server = std::move(read);
    }
    SCEP_CHECK(read_each(root, "issuer", out.path, out.issuers, read_issuer));
    SCEP_CHECK(read_each(
        root, "certificate_profile", out.path, out.certificate_profiles, read_certificate_profile));
    SCEP_CHECK(read_profiles(root, out));
    return out;
}

Result<Config> load_config(const fs::path& path) {
    if (path != "-" && !files::exists(path))
        return fail(Error{.code = Errc::Config,
                          .what = "there is no such configuration file",
                          .where = {.source = path.string()},
                          .hint = "--config FILE names another; serve --dev makes one"});
    SCEP_TRY(text, files::load(path));
    return parse_config(as_text(text), path);
}

}  // namespace scep::config
