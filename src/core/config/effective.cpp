#include "core/config/effective.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace scep::config {

namespace {

constexpr std::string_view kMasked = R"("********")";

struct Default {
    std::string_view setting;  // "scep.chain", of every [scep.NAME]
    std::string_view value;    // as TOML
};

// Those of the structs in config.hpp and of x509::CertificateProfile (a test compares them). A
// setting that is not here has none: it is absent until it is set.
constexpr std::array kDefaults{
    Default{"server.listen", R"("127.0.0.1:8443")"},
    Default{"server.max_body_size", "1048576"},
    Default{"server.state_path", R"("/var/lib/certctl-scep/state.db")"},
    Default{"server.audit_key_path", R"("/var/lib/certctl-scep/audit.key")"},
    Default{"server.log_level", R"("info")"},
    Default{"server.log_format", R"("text")"},
    Default{"server.trusted_proxy.enabled", "false"},
    Default{"server.trusted_proxy.cidrs", "[]"},
    Default{"server.trusted_proxy.header", R"("X-SSL-Client-Cert")"},
    Default{"server.trusted_proxy.format", R"("pem-urlencoded")"},
    Default{"server.rate_limit.enabled", "true"},
    Default{"server.rate_limit.rps", "50"},
    Default{"server.rate_limit.burst", "100"},
    Default{"certificate_profile.max_ttl", R"("365d")"},
    Default{"certificate_profile.allowed_ekus", R"(["clientAuth"])"},
    Default{"certificate_profile.must_staple", "false"},
    Default{"certificate_profile.min_rsa_bits", "2048"},
    Default{"certificate_profile.curves", R"(["P-256", "P-384"])"},
    Default{"certificate_profile.san_types", R"(["dns", "email", "ip"])"},
    Default{"certificate_profile.san_pattern", "[]"},
    Default{"certificate_profile.subject_pattern", "[]"},
    Default{"scep.chain", R"("ca")"},
    Default{"scep.require_signer_key", "false"},
    Default{"scep.mtls_enabled", "false"},
    Default{"scep.mtls_only", "false"},
    Default{"scep.mtls_bind", R"("none")"},
    Default{"scep.approval", R"("automatic")"},
    Default{"scep.pending_ttl", R"("7d")"},
    Default{"scep.repeat_window", R"("1h")"},
    Default{"scep.renewal_window", R"("30d")"},
    Default{"scep.renewal_grace", R"("0s")"},
    Default{"scep.renewal_requires_challenge", "false"},
    Default{"scep.allow_subject_change", "false"},
    Default{"scep.signing_time_window", R"("off")"},
    Default{"scep.raw_csr", "false"},
    Default{"scep.allow_legacy", "[]"},
    Default{"scep.password_recipients", "false"},
};

// A basic string of TOML, which is one of JSON as well.
std::string basic_string(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        const auto octet = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\')
            out += {'\\', c};
        else if (octet < 0x20 || octet == 0x7f)
            out += fmt::format("\\u{:04x}", octet);
        else
            out += c;
    }
    return out + '"';
}

std::string spelling(const toml::node& value) {
    if (const auto* text = value.as_string())
        return basic_string(text->get());
    if (const auto* flag = value.as_boolean())
        return flag->get() ? "true" : "false";
    if (const auto* number = value.as_integer())
        return std::to_string(number->get());
    if (const auto* array = value.as_array()) {
        std::string out;
        for (const toml::node& item : *array)
            out += (out.empty() ? "" : ", ") + spelling(item);
        return '[' + out + ']';
    }
    return basic_string("(unreadable)");
}

bool is_path(std::string_view key) {
    return key.ends_with("_path") || key.ends_with("_file");
}

class Collector {
  public:
    Collector(const Document& document, std::vector<EffectiveSetting>& out)
        : document_(document), out_(out) {}

    // `kind` is the table's name without the operator's part: "scep" of "scep.corp".
    void table(const toml::table& table,
               const std::string& name,
               const std::string& kind,
               std::span<const Setting> settings) {
        for (const Setting& setting : settings)
            if (setting.kind != Kind::Table)
                value(table, name, kind, setting);
        for (const Setting& setting : settings)
            if (setting.kind == Kind::Table && !setting.settings.empty())
                inner(table, name, kind, setting);
    }

    void ra(const toml::table& table, const std::string& name) {
        const toml::array* elements = table["ra"].as_array();
        for (std::size_t i = 0; elements != nullptr && i < elements->size(); ++i)
            if (const toml::table* element = elements->get(i)->as_table())
                this->table(*element, fmt::format("{}.ra[{}]", name, i), "scep.ra", kRaSettings);
    }

  private:
    void inner(const toml::table& table,
               const std::string& name,
               const std::string& kind,
               const Setting& setting) {
        const std::string key(setting.name);
        const toml::table none;
        const toml::table* there = table[key].as_table();
        if (there != nullptr || setting.support == Support::Built)
            this->table(there != nullptr ? *there : none,
                        name + "." + key,
                        kind + "." + key,
                        setting.settings);
    }

    void value(const toml::table& table,
               const std::string& name,
               const std::string& kind,
               const Setting& setting) {
        EffectiveSetting entry{.table = name, .key = std::string(setting.name)};
        entry.secret = entry.key == "challenge_password";
        if (const toml::node* node = table.get(setting.name))
            from_node(*node, entry);
        else
            entry.value = fallback(kind, setting);
        out_.push_back(std::move(entry));
    }

    void from_node(const toml::node& node, EffectiveSetting& entry) const {
        const auto variable = document_.variables.find(entry.table + "." + entry.key);
        const bool of_file = variable == document_.variables.end();
        entry.source = of_file ? document_.file.string() : variable->second;
        entry.line = of_file ? node.source().begin.line : 0;
        const auto* text = node.as_string();
        // A key whose content was given in the place of its path is a secret in a wrong place.
        entry.secret = entry.secret ||
                       (text != nullptr && text->get().find("-----BEGIN") != std::string::npos);
        if (entry.secret)
            entry.value = kMasked;
        else if (is_path(entry.key) && text != nullptr && !text->get().empty())
            entry.value = basic_string(resolve_path(document_, of_file, text->get()).string());
        else
            entry.value = spelling(node);
    }

    static std::string fallback(const std::string& kind, const Setting& setting) {
        const auto found = std::ranges::find(
            kDefaults, fmt::format("{}.{}", kind, setting.name), &Default::setting);
        if (found != kDefaults.end())
            return std::string(found->value);
        return {};
    }

    const Document& document_;
    std::vector<EffectiveSetting>& out_;
};

// collect(table, "scep.corp") for each [scep.NAME].
template <class Collect>
void each_child(const toml::table& root, std::string_view key, const Collect& collect) {
    const toml::table* tables = root[key].as_table();
    if (tables == nullptr)
        return;
    for (const auto& [name, node] : *tables)
        if (const toml::table* table = node.as_table())
            collect(*table, fmt::format("{}.{}", key, name.str()));
}

}  // namespace

std::vector<EffectiveSetting> effective_settings(const toml::table& root,
                                                 const Document& document) {
    std::vector<EffectiveSetting> out;
    Collector collector(document, out);
    const toml::table none;
    const toml::table* server = root["server"].as_table();
    collector.table(server != nullptr ? *server : none, "server", "server", kServerSettings);
    each_child(root, "issuer", [&](const toml::table& table, const std::string& name) {
        collector.table(table, name, "issuer", kIssuerSettings);
    });
    each_child(root, "certificate_profile", [&](const toml::table& table, const std::string& name) {
        collector.table(table, name, "certificate_profile", kCertificateProfileSettings);
    });
    each_child(root, "scep", [&](const toml::table& table, const std::string& name) {
        collector.table(table, name, "scep", kProfileSettings);
        collector.ra(table, name);
    });
    return out;
}

}  // namespace scep::config
