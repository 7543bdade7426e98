#include "core/config/config.hpp"

#include <algorithm>
#include <tuple>

#include <fmt/format.h>
#include <toml++/toml.h>

#include "core/base/escape.hpp"
#include "core/base/suggest.hpp"
#include "core/config/effective.hpp"
#include "core/config/environment.hpp"
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
void check_name(const std::string& name, const Section& table) {
    constexpr std::string_view kLetters =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
    if (name.empty() || name.find_first_not_of(kLetters) != std::string::npos)
        table.complain({},
                       {fmt::format("\"{}\" cannot be a name, want letters, digits and - _ .",
                                    escape_text(name))});
}

// read(name, section) for every [key.NAME], in the order of the file.
template <class T>
void read_each(const Section& root,
               std::string_view key,
               std::vector<T>& out,
               T (*read)(const std::string&, const Section&)) {
    for (const auto& [name, table] : root.children(key)) {
        check_name(name, table);
        out.push_back(read(name, table));
    }
}

// "there is no [issuer.iss-locl], did you mean iss-local?" for a reference to another table.
template <class T>
void check_reference(const Section& table,
                     std::string_view key,
                     const std::string& value,
                     const std::vector<T>& targets,
                     std::string T::*name,
                     std::string_view target_table) {
    if (std::ranges::find(targets, value, name) != targets.end())
        return;
    std::vector<std::string_view> names;
    names.reserve(targets.size());
    for (const T& target : targets)
        names.emplace_back(target.*name);
    const std::string_view near = nearest(value, names);
    table.complain(key,
                   {.what = fmt::format("there is no [{}.{}]", target_table, escape_text(value)),
                    .hint = near.empty() ? "" : fmt::format("did you mean {}?", near)});
}

// A table that a variable made has no line where the setting could be put.
std::string hint_of_issuer(const Config& config, const Profile& profile) {
    const std::string name = config.issuers.empty() ? "iss-local" : config.issuers.front().id;
    if (profile.line != 0)
        return fmt::format("issuer_id = \"{}\"", escape_text(name));
    return fmt::format(
        "{}={}", variable_for(fmt::format("scep.{}.issuer_id", profile.name)), escape_text(name));
}

void check_profile(const Config& config, const Profile& profile, const Section& table) {
    if (profile.issuer_id.empty())
        table.complain("issuer_id",
                       {.what = "is not set, want the name of an [issuer.NAME]",
                        .hint = hint_of_issuer(config, profile)});
    else
        check_reference(
            table, "issuer_id", profile.issuer_id, config.issuers, &Issuer::id, "issuer");
    if (!profile.profile_id.empty())
        check_reference(table,
                        "profile_id",
                        profile.profile_id,
                        config.certificate_profiles,
                        &x509::CertificateProfile::name,
                        "certificate_profile");
    const auto twin = std::ranges::find_if(config.profiles, [&](const Profile& other) {
        return &other < &profile && other.path_id == profile.path_id;
    });
    if (twin != config.profiles.end())
        table.complain("path_id",
                       {fmt::format("\"{}\" is also that of [scep.{}] in line {}",
                                    profile.path_id,
                                    twin->name,
                                    twin->line)});
}

void read_profiles(const Section& root, Config& out) {
    read_each(root, "scep", out.profiles, read_profile);
    std::size_t i = 0;
    for (const auto& [name, table] : root.children("scep"))
        check_profile(out, out.profiles[i++], table);
}

template <class T>
const T* find(const std::vector<T>& in, std::string T::*name, std::string_view value) noexcept {
    const auto found = std::ranges::find(in, value, name);
    return found == in.end() ? nullptr : &*found;
}

void sort_by_place(std::vector<Error>& errors) {
    std::ranges::stable_sort(errors, {}, [](const Error& error) {
        const bool variable = error.where.line == 0;
        return std::tuple(variable, error.where.line, error.where.column);
    });
    // A table that is read twice is complained about twice.
    const auto end = std::unique(errors.begin(), errors.end(), [](const Error& a, const Error& b) {
        return to_text(a) == to_text(b);
    });
    errors.erase(end, errors.end());
}

Result<Config> whole(Reading&& reading) {
    if (!reading.errors.empty())
        return fail(std::move(reading.errors.front()));
    return std::move(reading.config);
}

}  // namespace

const Issuer* Config::issuer(std::string_view id) const noexcept {
    return find(issuers, &Issuer::id, id);
}

const x509::CertificateProfile* Config::certificate_profile(std::string_view id) const noexcept {
    return find(certificate_profiles, &x509::CertificateProfile::name, id);
}

Where Config::place_of(std::string_view table, std::string_view key) const {
    Where out{.source = path.string(), .field = fmt::format("{}.{}", table, key)};
    for (const Issuer& issuer : issuers)
        if ("issuer." + issuer.id == table)
            out.line = issuer.line;
    for (const Profile& profile : profiles)
        if ("scep." + profile.name == table)
            out.line = profile.line;
    const auto set = std::ranges::find_if(settings, [&](const EffectiveSetting& setting) {
        return setting.table == table && setting.key == key;
    });
    if (set != settings.end() && !set->source.empty()) {
        out.source = set->source;
        out.line = set->line;
    }
    return out;
}

Reading read_config(std::string_view toml, const fs::path& path, const Environment& environment) {
    Reading out;
    out.config.path = path;
    Result<toml::table> parsed = parse_toml(toml, path);
    if (!parsed) {
        out.errors.push_back(std::move(parsed).error());
        out.parsed = false;
        return out;
    }
    Document document{.file = path};
    apply_environment(environment, *parsed, document);
    const Section root(*parsed, {}, document);
    root.check_keys(kRootSettings);
    if (const auto server = root.child("server"))
        out.config.server = read_server(*server);
    read_each(root, "issuer", out.config.issuers, read_issuer);
    read_each(
        root, "certificate_profile", out.config.certificate_profiles, read_certificate_profile);
    read_profiles(root, out.config);
    out.config.settings = effective_settings(*parsed, document);
    out.errors = std::move(document.errors);
    sort_by_place(out.errors);
    out.warnings = std::move(document.warnings);
    return out;
}

Result<Config> parse_config(std::string_view toml, const fs::path& path) {
    return whole(read_config(toml, path));
}

Reading read_config_file(const fs::path& path, const Environment& environment) {
    if (path.empty())
        return read_config({}, path, environment);
    if (path != "-" && files::is_missing(path))
        return {.errors = {{.code = Errc::Config,
                            .what = "there is no such configuration file",
                            .where = {.source = path.string()},
                            .hint = "--config FILE names another; serve --dev makes one"}},
                .parsed = false};
    Result<Buffer> text = files::load(path);
    if (!text && files::is_forbidden(path))
        text.error().hint =
            "run this as the user that serve runs as, for instance with runuser -u USER --";
    if (!text)
        return {.errors = {text.error()}, .parsed = false};
    return read_config(as_text(*text), path, environment);
}

Result<Config> load_config(const fs::path& path, const Environment& environment) {
    return whole(read_config_file(path, environment));
}

}  // namespace scep::config
