// enroll: the files that it reads, beside those that it writes.
#include <algorithm>

#include "cli/cmd_enroll_plan.hpp"
#include "cli/input_files.hpp"

namespace scep::cli {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kStandardInput = "-";

bool same_file(const std::string& a, const std::string& b) {
    if (a.empty() || b.empty())
        return false;
    const auto identity = files::identify(a);
    return identity && identity == files::identify(b);
}

std::vector<fs::path> without(std::vector<fs::path> paths, const fs::path& path) {
    std::erase(paths, path);
    return paths;
}

// A renewal in place reads the pair that it replaces, also as the TLS client: certificate by
// certificate and key by key that is what is wanted, and nothing is touched before SUCCESS. Under
// any other name of an output the old key would be lost before.
Status check_renewed(const EnrollFiles& files, const EnrollOptions& options) {
    std::vector<InputFile> certificates{{"--cert", options.cert}};
    std::vector<InputFile> keys{{"--cert-key", options.cert_key}};
    std::vector<InputFile> others;
    for (const InputFile& tls : {InputFile{"--tls-client-cert", options.tls_client_cert},
                                 InputFile{"--tls-client-key", options.tls_client_key}})
        if (same_file(tls.path, options.cert_key))
            keys.push_back(tls);
        else if (same_file(tls.path, options.cert))
            certificates.push_back(tls);
        else
            others.push_back(tls);
    const std::vector<fs::path> outputs = outputs_of(files);
    SCEP_CHECK(check_inputs_apart(certificates, without(outputs, files.certificate)));
    SCEP_CHECK(check_inputs_apart(keys, without(outputs, files.key)));
    return check_inputs_apart(others, outputs);
}

// Standard input is read once, and a run that goes on reads these files again.
Status check_kept(const EnrollOptions& options) {
    for (const InputFile& input : {InputFile{"--key-file", options.key_file},
                                   InputFile{"--tls-ca", options.tls_ca},
                                   InputFile{"--tls-client-cert", options.tls_client_cert},
                                   InputFile{"--tls-client-key", options.tls_client_key}})
        if (input.path == kStandardInput)
            return fail(
                wrong_value(input.option, "-", "a file, which --resume can read once more"));
    return {};
}

}  // namespace

Status check_files(const EnrollFiles& files, const EnrollOptions& options) {
    SCEP_CHECK(check_kept(options));
    SCEP_CHECK(check_inputs_apart({{"--key-file", options.key_file},
                                   {"--p12-pass-file", options.p12_pass_file},
                                   {"--challenge-file", options.challenge.file},
                                   {"--tls-ca", options.tls_ca}},
                                  outputs_of(files)));
    SCEP_CHECK(check_renewed(files, options));
    return check_outputs(files);
}

}  // namespace scep::cli
