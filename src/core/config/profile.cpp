// [scep.NAME]: one SCEP endpoint.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "core/base/escape.hpp"
#include "core/config/tables.hpp"

namespace scep::config {

namespace {

constexpr std::array<std::string_view, 3> kChains{"none", "ca", "full"};
constexpr std::string_view kPathLetters = "abcdefghijklmnopqrstuvwxyz0123456789-";

bool is_path_id(std::string_view text) {
    return text.find_first_not_of(kPathLetters) == std::string_view::npos &&
           (text.empty() || (text.front() != '-' && text.back() != '-'));
}

Status read_path_id(const std::string& name, const Section& table, std::string& out) {
    out = name;
    SCEP_CHECK(table.read("path_id", out));
    if (is_path_id(out))
        return {};
    return fail(table.error(
        "path_id",
        fmt::format("\"{}\" cannot be a part of the path, want letters a to z, digits and inner "
                    "hyphens{}",
                    escape_text(out),
                    table.has("path_id") ? "" : "; path_id gives it another than its name")));
}

Status read_challenge(const Section& table, Profile& out) {
    if (table.has("challenge_password") && table.has("challenge_password_file"))
        return fail(table.error("challenge_password",
                                "challenge_password and challenge_password_file are both set"));
    SCEP_CHECK(table.read("challenge_password_file", out.challenge_password_file));
    std::string password;
    SCEP_CHECK(table.read("challenge_password", password));
    if (table.has("challenge_password") && password.empty())
        return fail(table.error("challenge_password", "the challenge is empty"));
    if (password.size() > limits::kMaxChallengeOctets)
        return fail(table.error(
            "challenge_password",
            fmt::format("the challenge is longer than {} bytes", limits::kMaxChallengeOctets)));
    out.challenge_password = to_secret(password);
    wipe(password.data(), password.size());
    return {};
}

Status require_both(const Section& table, std::string_view one, std::string_view other) {
    if (table.has(one) == table.has(other))
        return {};
    return fail(table.error(table.has(one) ? one : other,
                            fmt::format("{} is missing beside it", table.has(one) ? other : one)));
}

Status read_ra(const std::string& name,
               const Section& table,
               const std::filesystem::path& file,
               std::vector<RaPair>& out) {
    SCEP_CHECK(require_both(table, "ra_cert_path", "ra_key_path"));
    SCEP_TRY(more, table.elements("ra"));
    if (table.has("ra_cert_path")) {
        RaPair& first = out.emplace_back();
        SCEP_CHECK(table.read("ra_cert_path", first.cert_path));
        SCEP_CHECK(table.read("ra_key_path", first.key_path));
    } else if (!more.empty()) {
        return fail(table.error("ra", "ra_cert_path and ra_key_path are missing beside it"));
    }
    for (const Section::Child& child : more) {
        const Section element(*child.table, fmt::format("scep.{}.{}", name, child.name), file);
        SCEP_CHECK(element.check_keys(kRaSettings));
        RaPair& pair = out.emplace_back();
        SCEP_CHECK(element.read("cert_path", pair.cert_path));
        SCEP_CHECK(element.read("key_path", pair.key_path));
        if (pair.cert_path.empty() || pair.key_path.empty())
            return fail(element.error({}, "wants cert_path and key_path"));
    }
    return {};
}

Status read_chain(const Section& table, Chain& out) {
    std::string word = "ca";
    SCEP_CHECK(table.read_word("chain", kChains, word));
    out = word == "none" ? Chain::None : word == "ca" ? Chain::Ca : Chain::Full;
    return {};
}

}  // namespace

Result<Profile> read_profile(const std::string& name,
                             const Section& table,
                             const std::filesystem::path& file) {
    SCEP_CHECK(table.check_keys(kProfileSettings));
    Profile out;
    out.name = name;
    out.line = table.line();
    SCEP_CHECK(read_path_id(name, table, out.path_id));
    SCEP_CHECK(table.read("issuer_id", out.issuer_id));
    SCEP_CHECK(table.read("profile_id", out.profile_id));
    SCEP_CHECK(read_challenge(table, out));
    SCEP_CHECK(read_ra(name, table, file, out.ra));
    SCEP_CHECK(read_chain(table, out.chain));
    SCEP_CHECK(table.read("require_signer_key", out.require_signer_key));
    return out;
}

}  // namespace scep::config
