#include "core/check/trust.hpp"

#include "core/files/files.hpp"

namespace scep::check {

namespace {

namespace fs = std::filesystem;

template <class T>
std::vector<T> load(const fs::path& path,
                    Result<std::vector<T>> (*parse)(Bytes, std::string_view),
                    std::optional<Error>& error) {
    Result<Buffer> file = files::load(path);
    if (!file) {
        error = std::move(file).error();
        return {};
    }
    Result<std::vector<T>> parsed = parse(*file, path.native());
    if (!parsed) {
        error = std::move(parsed).error();
        return {};
    }
    return *std::move(parsed);
}

}  // namespace

LoadedTrust load_trust(const config::Mtls& settings, TrustErrors& errors) {
    LoadedTrust out;
    if (settings.bundle_path.empty())
        errors.bundle = Error{.code = Errc::Config,
                              .what = "is not set",
                              .where = {.field = "mtls_client_ca_trust_bundle_path"}};
    else
        out.bundle = load(settings.bundle_path, x509::parse_bundle, errors.bundle);
    if (!settings.crl_path.empty())
        out.crls = load(settings.crl_path, x509::parse_crls, errors.crl);
    if (!settings.deny_path.empty())
        out.denied = load(settings.deny_path, x509::parse_fingerprints, errors.deny);
    return out;
}

}  // namespace scep::check
