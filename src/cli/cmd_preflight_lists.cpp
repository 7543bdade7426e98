// What preflight knows, and what it read, without judging anything.
#include <algorithm>
#include <ostream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/cmd_preflight.hpp"
#include "cli/table.hpp"
#include "core/base/escape.hpp"
#include "core/check/clients.hpp"
#include "core/check/deployment.hpp"

namespace scep::cli {

namespace {

using Json = nlohmann::ordered_json;

void print(Io& io, const Json& document) {
    io.out << document.dump(2, ' ', true, Json::error_handler_t::replace) << '\n';
}

Json document() {
    return {{"schema", "certctl-scep/preflight/1"}};
}

std::string origin(const config::EffectiveSetting& setting) {
    if (setting.source.empty())
        return "default";
    return setting.line == 0 ? setting.source : fmt::format("{}:{}", setting.source, setting.line);
}

// "[scep.corp]", and "[[scep.corp.ra]]" for "scep.corp.ra[0]".
std::string heading(const std::string& table) {
    const std::size_t bracket = table.find('[');
    return bracket == std::string::npos ? fmt::format("[{}]", table)
                                        : fmt::format("[[{}]]", table.substr(0, bracket));
}

std::size_t width_of(const std::vector<config::EffectiveSetting>& settings,
                     const std::string& table) {
    std::size_t width = 0;
    for (const config::EffectiveSetting& setting : settings)
        if (setting.table == table && !setting.value.empty())
            width = std::max(width, setting.key.size() + setting.value.size());
    return width;
}

void print_text(Io& io, const std::vector<config::EffectiveSetting>& settings) {
    const std::string* table = nullptr;
    std::size_t width = 0;
    for (const config::EffectiveSetting& setting : settings) {
        if (table == nullptr || *table != setting.table) {
            io.out << (table == nullptr ? "" : "\n") << heading(setting.table) << '\n';
            table = &setting.table;
            width = width_of(settings, setting.table);
        }
        if (setting.value.empty())
            continue;
        const std::size_t used = setting.key.size() + setting.value.size();
        io.out << fmt::format("{} = {}{:{}}  # {}\n",
                              setting.key,
                              escape_controls(setting.value),
                              "",
                              width - used,
                              escape_controls(origin(setting)));
    }
}

Json to_json(const config::EffectiveSetting& setting) {
    Json out{{"setting", setting.table + "." + setting.key}};
    out["value"] = setting.value.empty() || setting.secret
                       ? Json(nullptr)
                       : Json::parse(setting.value, nullptr, false);
    if (out["value"].is_discarded())
        out["value"] = setting.value;
    out["secret"] = setting.secret && !setting.value.empty();
    out["origin"] = origin(setting);
    return out;
}

}  // namespace

void list_rules(Io& io, bool json) {
    Json rules = Json::array();
    Table table({"RULE", "SEVERITY", "SCOPE", "CITE", "SUMMARY"});
    for (const check::RuleInfo& rule : check::list_rules()) {
        rules.push_back({{"id", rule.id},
                         {"severity", check::name(rule.severity)},
                         {"scope", rule.scope},
                         {"cite", rule.cite},
                         {"summary", rule.summary},
                         {"hint", rule.hint}});
        table.add({std::string(rule.id),
                   std::string(check::name(rule.severity)),
                   std::string(rule.scope),
                   std::string(rule.cite),
                   std::string(rule.summary)});
    }
    if (!json)
        return table.print(io.out, false);
    Json out = document();
    out["rules"] = std::move(rules);
    print(io, out);
}

void list_clients(Io& io, bool json) {
    Json clients = Json::array();
    Table table({"CLIENT", "DEVICES", "REMARK"});
    for (const check::ClientFamily& family : check::client_families()) {
        clients.push_back(
            {{"name", family.name}, {"devices", family.devices}, {"remark", family.remark}});
        table.add(
            {std::string(family.name), std::string(family.devices), std::string(family.remark)});
    }
    if (!json)
        return table.print(io.out, false);
    Json out = document();
    out["clients"] = std::move(clients);
    print(io, out);
}

void print_configuration(Io& io, const config::Config& config, bool json) {
    if (!json)
        return print_text(io, config.settings);
    Json out = document();
    out["target"] = config.path.empty() ? Json(nullptr) : Json(config.path.string());
    out["settings"] = Json::array();
    for (const config::EffectiveSetting& setting : config.settings)
        out["settings"].push_back(to_json(setting));
    print(io, out);
}

}  // namespace scep::cli
