// enroll: where the password of PKCS#12 files comes from.
#include <algorithm>

#include "cli/challenge_option.hpp"
#include "cli/cmd_enroll_plan.hpp"
#include "cli/config_path.hpp"
#include "core/base/limits.hpp"
#include "core/files/files.hpp"

namespace scep::cli {

Result<SecretBytes> load_p12_password(const EnrollOptions& options) {
    SecretBytes out;
    if (!options.p12_pass_file.empty()) {
        SCEP_TRY(secret,
                 files::load_secret(
                     options.p12_pass_file, credentials_directory(), limits::kMaxSecretFile));
        if (!secret.empty() && secret.back() == '\n')
            secret.pop_back();
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

}  // namespace scep::cli
