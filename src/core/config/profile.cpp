// [scep.NAME]: one SCEP endpoint.
#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/base/escape.hpp"
#include "core/base/suggest.hpp"
#include "core/config/tables.hpp"

namespace scep::config {

namespace {

constexpr std::array<std::string_view, 3> kChains{"none", "ca", "full"};
constexpr std::array<std::string_view, 2> kApprovals{"automatic", "manual"};
constexpr std::array<std::string_view, 4> kBinds{"none", "cn", "san", "serial"};
constexpr std::string_view kPathLetters = "abcdefghijklmnopqrstuvwxyz0123456789-";

void read_path_id(const std::string& name, const Section& table, std::string& out) {
    out = name;
    table.read("path_id", out);
    if (!is_path_id(out))
        table.complain(
            "path_id",
            {fmt::format("\"{}\" cannot be a part of the path, want letters a to z, digits and "
                         "inner hyphens{}",
                         escape_text(out),
                         table.has("path_id") ? "" : "; path_id gives it another than its name")});
}

void read_challenge(const Section& table, Profile& out) {
    if (table.has("challenge_password") && table.has("challenge_password_file"))
        table.complain("challenge_password",
                       {"challenge_password and challenge_password_file are both set"});
    table.read("challenge_password_file", out.challenge_password_file);
    table.read("one_time_challenges_only", out.one_time_challenges_only);
    if (out.one_time_challenges_only &&
        (table.has("challenge_password") || table.has("challenge_password_file")))
        table.complain("one_time_challenges_only",
                       {.what = "is set, and so is a challenge that is good any number of times",
                        .hint = "remove one of the two"});
    std::string password;
    if (!table.read("challenge_password", password))
        return;
    if (password.empty())
        table.complain("challenge_password", {"the challenge is empty"});
    if (password.size() > limits::kMaxChallengeOctets)
        table.complain(
            "challenge_password",
            {fmt::format("the challenge is longer than {} bytes", limits::kMaxChallengeOctets)});
    out.challenge_password = to_secret(password);
    wipe(password.data(), password.size());
}

void require_both(const Section& table, std::string_view one, std::string_view other) {
    if (table.has(one) != table.has(other))
        table.complain(table.has(one) ? one : other,
                       {fmt::format("{} is missing beside it", table.has(one) ? other : one)});
}

RaPair read_ra_element(const Section& element) {
    const bool known = element.check_keys(kRaSettings);
    RaPair out;
    element.read("cert_path", out.cert_path);
    element.read("key_path", out.key_path);
    if (known && (!element.has("cert_path") || !element.has("key_path")))
        element.complain({}, {"wants cert_path and key_path"});
    return out;
}

void read_ra(const Section& table, std::vector<RaPair>& out) {
    require_both(table, "ra_cert_path", "ra_key_path");
    const std::vector<Section> more = table.elements("ra");
    if (table.has("ra_cert_path")) {
        RaPair& first = out.emplace_back();
        table.read("ra_cert_path", first.cert_path);
        table.read("ra_key_path", first.key_path);
    } else if (!more.empty()) {
        table.complain("ra", {"ra_cert_path and ra_key_path are missing beside it"});
    }
    for (const Section& element : more)
        out.push_back(read_ra_element(element));
}

void read_chain(const Section& table, Chain& out) {
    std::string word = "ca";
    table.read_word("chain", kChains, word);
    out = word == "none" ? Chain::None : word == "ca" ? Chain::Ca : Chain::Full;
}

void read_mtls(const Section& table, Mtls& out) {
    table.read("mtls_enabled", out.enabled);
    table.read("mtls_client_ca_trust_bundle_path", out.bundle_path);
    table.read("mtls_only", out.only);
    std::string bind = "none";
    table.read_word("mtls_bind", kBinds, bind);
    out.bind = static_cast<MtlsBind>(std::ranges::find(kBinds, bind) - kBinds.begin());
    table.read("mtls_crl_path", out.crl_path);
    table.read("mtls_deny_path", out.deny_path);
    if (out.only && !out.enabled)
        table.complain("mtls_only",
                       {.what = "closes /scep while mtls_enabled does not open /scep-mtls",
                        .hint = "set mtls_enabled, or remove mtls_only"});
}

// What renews, what waits, and for how long.
void read_lifecycle(const Section& table, Profile& out) {
    std::string approval(kApprovals.front());
    table.read_word("approval", kApprovals, approval);
    out.approval = approval == "manual" ? Approval::Manual : Approval::Automatic;
    table.read("pending_ttl", out.pending_ttl);
    table.read_with_zero("repeat_window", out.repeat_window);
    table.read_or("renewal_window", "any", out.renewal_window);
    table.read_with_zero("renewal_grace", out.renewal_grace);
    table.read("renewal_requires_challenge", out.renewal_requires_challenge);
    table.read("allow_subject_change", out.allow_subject_change);
    table.read_or("signing_time_window", "off", out.signing_time_window);
}

Complaint not_legacy(const std::string& word) {
    if (word == "des" || word == "md5")
        return {.what = fmt::format("\"{}\" is never accepted", word),
                .hint = "remove it; devices that know nothing better need new firmware"};
    const std::string_view near = nearest(word, kLegacyAlgorithms);
    return {
        .what = fmt::format(
            "got \"{}\", want any of {}", escape_text(word), fmt::join(kLegacyAlgorithms, ", ")),
        .hint = near.empty() ? "" : fmt::format("did you mean {}?", near)};
}

void read_legacy(const Section& table, std::vector<std::string>& out) {
    std::vector<std::string> words;
    table.read("allow_legacy", words);
    for (const std::string& word : words)
        if (std::ranges::find(kLegacyAlgorithms, word) == kLegacyAlgorithms.end())
            table.complain("allow_legacy", not_legacy(word));
        else if (std::ranges::find(out, word) != out.end())
            table.complain("allow_legacy", {fmt::format("{} stands there twice", word)});
        else
            out.push_back(word);
}

}  // namespace

bool is_path_id(std::string_view text) noexcept {
    return text.find_first_not_of(kPathLetters) == std::string_view::npos &&
           (text.empty() || (text.front() != '-' && text.back() != '-'));
}

Profile read_profile(const std::string& name, const Section& table) {
    table.check_keys(kProfileSettings);
    Profile out;
    out.name = name;
    out.line = table.line();
    read_path_id(name, table, out.path_id);
    table.read("issuer_id", out.issuer_id);
    table.read("profile_id", out.profile_id);
    read_challenge(table, out);
    read_ra(table, out.ra);
    read_chain(table, out.chain);
    read_mtls(table, out.mtls);
    read_lifecycle(table, out);
    table.read("require_signer_key", out.require_signer_key);
    table.read("raw_csr", out.raw_csr);
    read_legacy(table, out.allow_legacy);
    table.read("password_recipients", out.password_recipients);
    return out;
}

}  // namespace scep::config
