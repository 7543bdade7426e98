#include "core/config/environment.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include <fmt/format.h>

#include "core/base/escape.hpp"
#include "core/config/tables.hpp"
#include "core/config/variable_text.hpp"
#include "core/config/variables.hpp"

namespace scep::config {

namespace {

constexpr std::string_view kLocalIssuer = "iss-local";

// The variables that make a flat profile out of the others.
constexpr std::array<std::string_view, 3> kFlatSigns{
    "CERTCTL_SCEP_CHALLENGE_PASSWORD", "CERTCTL_SCEP_RA_CERT_PATH", "CERTCTL_SCEP_RA_KEY_PATH"};

// The table of this dotted name, made when it is missing; null when something else is there.
toml::table* table_at(toml::table& root, std::string_view name) {
    toml::table* at = &root;
    for (const std::string_view key : split(name, '.')) {
        if (!at->contains(key))
            at->insert(key, toml::table{});
        at = at->get(key)->as_table();
        if (at == nullptr)
            return nullptr;
    }
    return at;
}

class Overlay {
  public:
    Overlay(const Environment& environment, toml::table& root, Document& document)
        : root_(root), document_(document) {
        for (const auto& [name, value] : environment)
            if (name.starts_with(kOurs) && !value.empty())  // empty is not set, as certctl has it
                values_[name] = value;
    }

    void apply() {
        put_listen();
        put_fixed();
        select_profiles();
        put_flat();
        put_profiles();
        judge_rest();
    }

  private:
    const std::string* value(std::string_view name) const {
        const auto found = values_.find(name);
        return found == values_.end() ? nullptr : &found->second;
    }

    void complain(std::string_view variable, Complaint complaint) {
        document_.errors.push_back({.code = Errc::Config,
                                    .what = std::move(complaint.what),
                                    .where = {.source = std::string(variable)},
                                    .cite = std::move(complaint.cite),
                                    .hint = std::move(complaint.hint)});
    }

    void complain_unknown(std::string_view variable, const std::string& near) {
        complain(variable,
                 {.what = "unknown variable",
                  .hint = near.empty() ? "" : fmt::format("did you mean {}?", near)});
    }

    void warn(std::string_view variable, std::string what) {
        document_.warnings.push_back({.code = Errc::Config,
                                      .what = std::move(what),
                                      .where = {.source = std::string(variable)}});
    }

    void put(std::string_view variable,
             std::string_view table_name,
             std::string_view key,
             Kind kind,
             const std::string& text) {
        toml::table* const table = table_at(root_, table_name);
        if (table == nullptr)
            return;  // the file has something else there, and is told so
        insert_text(*table, key, kind, text);
        document_.variables[fmt::format("{}.{}", table_name, key)] = variable;
    }

    bool has_list() const {
        const std::string* const list = value(kProfiles);
        return list != nullptr && !split_list(*list).empty();
    }

    std::vector<Variable> flat_variables() const;
    bool is_enabled();
    void put_listen();
    void put_fixed();
    void select_profiles();
    void open_raw_csr(std::string_view variable, const std::string& profile);
    void put_flat();
    void refuse_twin_names(const std::vector<std::string>& profiles);
    void refuse_two_spellings(const std::string& variable,
                              const std::string& text,
                              const Owner& owner);
    void put_profiles();
    void put_profile_setting(const std::string& variable,
                             const std::string& profile,
                             const std::string& key,
                             const std::string& text);
    void put_challenge(std::string_view variable,
                       const std::string& profile,
                       std::string_view key,
                       const std::string& text);
    void judge_intune(std::string_view variable, std::string_view key, const std::string& text);
    void judge_rest();
    void judge_unknown(std::string_view variable);
    std::vector<std::string> profile_names() const;
    std::string root_profile() const;

    std::map<std::string, std::string, std::less<>> values_{};
    std::set<std::string, std::less<>> taken_{};
    toml::table& root_;
    Document& document_;
};

// One setting, two variables: the other half is the file's, or the default.
void Overlay::put_listen() {
    const std::string* const host = value(kHost);
    const std::string* const port = value(kPort);
    if (host == nullptr && port == nullptr)
        return;
    ListenAddress address;
    if (const auto known = root_.at_path("server.listen").value<std::string>())
        address = parse_listen(*known).value_or(address);
    if (host != nullptr)
        address.host = host->starts_with('[') && host->ends_with(']')
                           ? host->substr(1, host->size() - 2)
                           : *host;
    const bool ipv6 = address.host.find(':') != std::string::npos;
    put(host != nullptr ? kHost : kPort,
        "server",
        "listen",
        Kind::Text,
        fmt::format(fmt::runtime(ipv6 ? "[{}]:{}" : "{}:{}"),
                    address.host,
                    port != nullptr ? *port : std::to_string(address.port)));
}

void Overlay::put_fixed() {
    for (const Variable& variable : variables())
        if (const std::string* text = value(variable.name); text && !variable.table.empty())
            put(variable.name, variable.table, variable.key, variable.kind, *text);
}

std::vector<std::string> Overlay::profile_names() const {
    std::vector<std::string> out;
    if (const toml::table* scep = root_["scep"].as_table())
        for (const auto& [key, node] : *scep)
            if (node.is_table())
                out.emplace_back(key.str());
    return out;
}

// CERTCTL_SCEP_PROFILES replaces the set of served profiles; the file's tables of the same name
// stay.
void Overlay::select_profiles() {
    if (!has_list())
        return;
    std::set<std::string> wanted;
    for (const std::string& item : split_list(*value(kProfiles))) {
        const std::string name = to_lower(item);
        if (!is_path_id(name))
            complain(kProfiles,
                     {fmt::format("\"{}\" cannot be a part of the path, want letters, digits and "
                                  "inner hyphens",
                                  escape_text(item))});
        else if (!wanted.insert(name).second)
            complain(kProfiles, {fmt::format("names {} twice", name)});
    }
    toml::table* const scep = table_at(root_, "scep");
    if (scep == nullptr)
        return;
    for (const std::string& name : profile_names())
        if (!wanted.contains(name))
            scep->erase(name);
    for (const std::string& name : wanted)
        if (!scep->contains(name)) {
            scep->insert(name, toml::table{});
            document_.variables["scep." + name] = kProfiles;
            open_raw_csr(kProfiles, name);
        }
}

// A profile that no file knows comes from certctl, whose clients may send a bare CSR.
void Overlay::open_raw_csr(std::string_view variable, const std::string& profile) {
    put(variable, "scep." + profile, "raw_csr", Kind::Flag, "true");
}

// The table whose path is the root, in the file or to be made.
std::string Overlay::root_profile() const {
    const std::vector<std::string> names = profile_names();
    for (const std::string& name : names)
        if (root_["scep"][name]["path_id"].value<std::string>() == "")
            return name;
    return std::ranges::find(names, "default") == names.end() ? "default" : "root";
}

std::vector<Variable> Overlay::flat_variables() const {
    std::vector<Variable> out;
    std::ranges::copy_if(variables(), std::back_inserter(out), [this](const Variable& variable) {
        return variable.table.empty() && value(variable.name) != nullptr;
    });
    return out;
}

// certctl's master switch. Off is refused: it would leave nothing to serve.
bool Overlay::is_enabled() {
    const std::string* const text = value(kEnabled);
    const std::optional<bool> on = text == nullptr ? std::nullopt : to_flag(*text);
    if (text != nullptr && !on)
        complain(kEnabled, {"want true or false"});
    if (on == false)
        complain(kEnabled,
                 {.what = "switches SCEP off, and this program serves nothing else",
                  .hint = "remove it, or set it to true"});
    return on.value_or(false);
}

// The flat form: one profile at the root path, made as certctl makes it.
void Overlay::put_flat() {
    const bool enabled = is_enabled();
    const std::vector<Variable> flat = flat_variables();
    if (has_list() || !enabled) {
        for (const Variable& variable : flat)
            warn(variable.name,
                 has_list() ? fmt::format("means nothing beside {}", kProfiles)
                            : fmt::format("means nothing without {}=true", kEnabled));
        return;
    }
    if (std::ranges::none_of(kFlatSigns, [&](auto name) { return value(name) != nullptr; }))
        return;
    const std::string name = root_profile();
    const std::string table = "scep." + name;
    document_.variables.try_emplace(table, kEnabled);
    if (!root_["scep"][name].is_table())
        open_raw_csr(kEnabled, name);
    put(kEnabled, table, "path_id", Kind::Text, "");
    if (root_["scep"][name]["issuer_id"].value_or(std::string()).empty())
        put(kEnabled, table, "issuer_id", Kind::Text, std::string(kLocalIssuer));
    for (const Variable& variable : flat)
        put_profile_setting(
            std::string(variable.name), name, std::string(variable.key), *value(variable.name));
}

// A challenge in the environment takes the place of the file's, whichever form that has.
void Overlay::put_challenge(std::string_view variable,
                            const std::string& profile,
                            std::string_view key,
                            const std::string& text) {
    const std::string table_name = "scep." + profile;
    const std::string_view other =
        key == "challenge_password" ? "challenge_password_file" : "challenge_password";
    toml::table* const table = table_at(root_, table_name);
    if (table != nullptr && !document_.variables.contains(fmt::format("{}.{}", table_name, other)))
        table->erase(other);
    put(variable, table_name, key, Kind::Text, text);
}

void Overlay::put_profile_setting(const std::string& variable,
                                  const std::string& profile,
                                  const std::string& key,
                                  const std::string& text) {
    if (const Setting* setting = profile_setting(key)) {
        if (key.starts_with("challenge_password"))
            return put_challenge(variable, profile, key, text);
        return put(variable, "scep." + profile, key, setting->kind, text);
    }
    if (key.starts_with(kIntune))
        return judge_intune(variable, key, text);
    complain_unknown(variable, nearest_profile_variable(variable, key));
}

// SECURITY rule S15: what would change who is let in is refused, the rest of it means nothing.
void Overlay::judge_intune(std::string_view variable,
                           std::string_view key,
                           const std::string& text) {
    if (key == "intune_enabled" && to_flag(text) != false)
        return complain(variable,
                        {.what = "signed challenges of Intune are not supported yet",
                         .hint = "remove it, or set it to false",
                         .cite = "SECURITY S15"});
    if (key != "intune_enabled")
        warn(variable, "means nothing here: signed challenges of Intune are not supported yet");
}

// CERTCTL_SCEP_PROFILE_A_B_... is a variable of [scep.a_b] and of [scep.a-b].
void Overlay::refuse_twin_names(const std::vector<std::string>& profiles) {
    std::map<std::string, std::string> owners;
    for (const std::string& profile : profiles) {
        const std::string prefix = prefixes_of(profile).front();
        const auto [owner, is_new] = owners.try_emplace(prefix, profile);
        const bool in_use = std::ranges::any_of(
            values_, [&](const auto& entry) { return entry.first.starts_with(prefix); });
        if (!is_new && in_use)
            complain(prefix + "...",
                     {.what = fmt::format("may be meant for [scep.{}] and for [scep.{}]",
                                          escape_text(owner->second),
                                          escape_text(profile)),
                      .hint = "rename one of the tables; path_id keeps its path"});
    }
}

// The spelling with the hyphens; another value than that of the one with underscores is a mistake.
void Overlay::refuse_two_spellings(const std::string& variable,
                                   const std::string& text,
                                   const Owner& owner) {
    const auto [plain, hyphens] = prefixes_of(*owner.profile);
    const std::string upper = to_upper(owner.key);
    if (variable == plain + upper || variable != hyphens + upper)
        return;
    const std::string* const other = value(plain + upper);
    if (other != nullptr && *other != text)
        complain(
            variable,
            {.what = fmt::format("{}{} has another value, and both set one setting", plain, upper),
             .hint = fmt::format("keep {}{} alone", plain, upper)});
}

void Overlay::put_profiles() {
    const std::vector<std::string> profiles = profile_names();
    refuse_twin_names(profiles);
    for (const auto& [variable, text] : values_) {
        if (!variable.starts_with(kProfilePrefix) || variable == kFlatProfileId)
            continue;
        taken_.insert(variable);
        const Owner owner = owner_of(variable, profiles);
        if (owner.profile != nullptr)
            refuse_two_spellings(variable, text, owner);
        if (owner.profile != nullptr)
            put_profile_setting(variable, *owner.profile, owner.key, text);
        else
            complain(variable,
                     {.what = "belongs to no profile that is served",
                      .hint = fmt::format("{} names the profiles, or a table [scep.NAME] of the "
                                          "configuration file",
                                          kProfiles)});
    }
}

void Overlay::judge_unknown(std::string_view variable) {
    if (!variable.starts_with(kScep))
        return warn(variable, "means nothing here");
    if (std::string key = to_lower(variable.substr(kScep.size())); key.starts_with(kIntune))
        return judge_intune(variable, key, *value(variable));
    complain_unknown(variable, nearest_variable(variable));
}

void Overlay::judge_rest() {
    for (const auto& [variable, text] : values_)
        if (!taken_.contains(variable) && !is_variable(variable))
            judge_unknown(variable);
}

}  // namespace

void apply_environment(const Environment& environment, toml::table& root, Document& document) {
    Overlay(environment, root, document).apply();
}

}  // namespace scep::config
