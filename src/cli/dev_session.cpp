#include "cli/dev_session.hpp"

#include <algorithm>
#include <ostream>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/base/encoding.hpp"
#include "core/base/escape.hpp"

namespace scep::cli {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPreferredProfile = "default";
constexpr std::string_view kChallengeVariable = "SCEP_CHALLENGE";  // of the client's environment

const check::LoadedProfile& shown_profile(const check::Deployment& deployment) {
    const auto found =
        std::ranges::find_if(deployment.profiles, [](const check::LoadedProfile& profile) {
            return profile.settings.name == kPreferredProfile;
        });
    return found == deployment.profiles.end() ? deployment.profiles.front() : *found;
}

// Names under which a client on this machine reaches the address, the best first.
std::vector<std::string> names_that_reach(const config::ListenAddress& listen) {
    if (listen.host == "localhost")
        return {"localhost"};
    if (listen.host == "127.0.0.1")
        return {"localhost", listen.host};
    const bool ipv6 = listen.host.find(':') != std::string::npos;
    return ipv6 ? std::vector<std::string>{listen.host, "localhost"} : std::vector{listen.host};
}

bool is_named(const x509::Certificate& certificate, const std::string& host) {
    const auto wanted = x509::general_name_from_text((host == "localhost" ? "dns:" : "ip:") + host);
    const auto names = certificate.subject_alt_names();
    return wanted && names && std::ranges::find(*names, *wanted) != names->end();
}

bool is_under(const std::vector<x509::Certificate>& chain, const x509::Certificate& ca) {
    return std::ranges::any_of(chain, [&](const x509::Certificate& certificate) {
        return certificate == ca ||
               x509::check_issued_by(crypto::Library::standard(), certificate, ca).has_value();
    });
}

// What a client knows the TLS certificate by: the CA that it gets its own certificate from, another
// one of ours, or else the TLS certificate itself.
fs::path tls_anchor(const check::Deployment& deployment, const check::LoadedIssuer& preferred) {
    const auto issued = [&](const check::LoadedIssuer& issuer) {
        return is_under(deployment.tls_chain, *issuer.certificate);
    };
    if (issued(preferred))
        return deployment.config.issuer(preferred.id)->ca_cert_path;
    const auto other = std::ranges::find_if(deployment.issuers, issued);
    return other == deployment.issuers.end() ? deployment.config.server.tls_cert_path
                                             : deployment.config.issuer(other->id)->ca_cert_path;
}

std::string challenge_option(const config::Profile& profile) {
    if (profile.challenge_password_file.empty())
        return fmt::format("--challenge-env {}", kChallengeVariable);
    return "--challenge-file " + shell_word(profile.challenge_password_file.string());
}

std::string url_of(const std::string& host, std::uint16_t port, const config::Profile& profile) {
    const config::ListenAddress address{.host = host, .port = port};
    return fmt::format("https://{}/scep{}{}",
                       config::to_text(address),
                       profile.path_id.empty() ? "" : "/",
                       profile.path_id);
}

// Names of the certificate that --dev could listen on.
std::vector<std::string> loopback_names(const x509::Certificate& certificate) {
    std::vector<std::string> out;
    const auto names = certificate.subject_alt_names();
    for (const x509::GeneralName& name : names.value_or(std::vector<x509::GeneralName>{})) {
        const std::string text = name.to_text();
        const std::string host = text.substr(text.find(':') + 1);
        if (config::is_loopback({.host = host}))
            out.push_back(host);
    }
    return out;
}

void warn_of_host(const check::Deployment& deployment, Io& io) {
    const config::Server& server = deployment.config.server;
    const std::vector<std::string> names = loopback_names(deployment.tls_chain.front());
    warning(io,
            fmt::format("{}: does not name {}: clients that verify TLS will refuse it",
                        server.tls_cert_path.string(),
                        server.listen.host));
    hint(io,
         names.empty() ? fmt::format("a TLS certificate for {}", server.listen.host)
                       : fmt::format("--listen on what it names: {}", fmt::join(names, ", ")));
}

}  // namespace

DevSession describe_dev_session(const check::Deployment& deployment, std::uint16_t port) {
    const check::LoadedProfile& profile = shown_profile(deployment);
    const check::LoadedIssuer& issuer = deployment.issuers.at(profile.issuer);
    const std::vector<std::string> hosts = names_that_reach(deployment.config.server.listen);
    const auto host = std::ranges::find_if(hosts, [&](const std::string& name) {
        return is_named(deployment.tls_chain.front(), name);
    });
    const auto fingerprint = issuer.certificate->fingerprint();
    DevSession out{
        .url = url_of(host == hosts.end() ? hosts.front() : *host, port, profile.settings),
        .host_is_named = host != hosts.end(),
        .ca_fingerprint = to_hex_colons(fingerprint)};
    if (profile.settings.challenge_password_file.empty())
        out.profile_with_inline_challenge = profile.settings.name;
    // Under another name --tls-ca would refuse the server; the fingerprint knows the CA as well.
    const std::string tls =
        out.host_is_named ? " --tls-ca " + shell_word(tls_anchor(deployment, issuer).string()) : "";
    out.command = fmt::format(
        "certctl-scep enroll --url {}{} --ca-fingerprint {} {} --subject CN=device-1 --out-dir "
        "device-1",
        out.url,
        tls,
        to_hex(fingerprint),
        challenge_option(profile.settings));
    return out;
}

void print_dev_session(const DevSession& session, const check::Deployment& deployment, Io& io) {
    io.out << "url: " << session.url << '\n'
           << "CA SHA-256 fingerprint: " << session.ca_fingerprint << '\n'
           << session.command << '\n';
    io.out.flush();
    if (!session.host_is_named)
        warn_of_host(deployment, io);
    if (!session.profile_with_inline_challenge.empty())
        note(io,
             fmt::format("the command wants the challenge_password of [scep.{}] in the environment "
                         "variable {}",
                         session.profile_with_inline_challenge,
                         kChallengeVariable));
}

}  // namespace scep::cli
