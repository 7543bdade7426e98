// enroll: where the password of PKCS#12 files comes from.
#include <algorithm>

#include "cli/challenge_option.hpp"
#include "cli/cmd_enroll_plan.hpp"
#include "cli/config_path.hpp"
#include "core/base/limits.hpp"
#include "core/files/files.hpp"

namespace scep::cli {

namespace {

void drop_newline(SecretBytes& secret) {
    for (const char end : {'\n', '\r'})
        if (!secret.empty() && secret.back() == static_cast<std::uint8_t>(end))
            secret.pop_back();
        else
            return;
}

Result<SecretBytes> load_password(const EnrollOptions& options) {
    SecretBytes out;
    if (!options.p12_pass_file.empty()) {
        SCEP_TRY(secret,
                 files::load_secret(
                     options.p12_pass_file, credentials_directory(), limits::kMaxSecretFile));
        drop_newline(secret);
        out = std::move(secret);
    } else if (!options.p12_pass_env.empty()) {
        SCEP_TRY(secret, secret_from_environment("--p12-pass-env", options.p12_pass_env));
        out = std::move(secret);
    }
    if (std::ranges::find(out, std::uint8_t{0}) == out.end())
        return out;
    return fail({.code = Errc::Usage,
                 .what = "the PKCS#12 password holds a NUL",
                 .where = {.source = "--p12-pass-file"}});
}

}  // namespace

Result<Bytes> p12_password(EnrollPlan& plan) {
    if (!plan.files.p12_password) {
        SCEP_TRY(password, load_password(plan.options));
        plan.files.p12_password = std::move(password);
    }
    return Bytes(*plan.files.p12_password);
}

}  // namespace scep::cli
