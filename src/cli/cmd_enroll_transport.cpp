// enroll: which server is asked, and over what.
#include <fmt/format.h>

#include "cli/cmd_enroll_plan.hpp"
#include "cli/config_path.hpp"
#include "cli/proxy_environment.hpp"

namespace scep::cli {

namespace {

constexpr Seconds kMaxTimeout = std::chrono::hours(1);
constexpr unsigned kMaxRedirects = 5;  // of one request

// An expired certificate would only come back as an alert without a reason.
Status check_client_certificate(const std::string& path, const Clock& clock) {
    SCEP_TRY(file, files::load(path));
    SCEP_TRY(certificates, x509::parse_certificates(file, path));
    const x509::Certificate& own = certificates.front();
    if (own.valid_at(clock.now()))
        return {};
    return fail({.code = Errc::Config,
                 .what = fmt::format("is valid from {} to {}, now is {}",
                                     to_rfc3339(own.not_before()),
                                     to_rfc3339(own.not_after()),
                                     to_rfc3339(clock.now())),
                 .where = {.source = path, .subject = own.subject_text()}});
}

Result<Seconds> parse_timeout(const std::string& text) {
    const auto timeout = parse_duration(text);
    if (!timeout || *timeout <= Seconds::zero() || *timeout > kMaxTimeout)
        return fail(wrong_value("--timeout", text, "1s to 1h, such as 30s or 2m"));
    return *timeout;
}

Result<http::Url> parse_server(const std::string& text) {
    auto url = http::parse_url(text);
    if (!url) {
        std::string& source = url.error().where.source;  // the URL, unless that is a secret
        source = source.empty() ? "--url" : "--url " + source;
    }
    return url;
}

// RFC 8894 section 4.1: where nothing else is said.
void take_usual_path(http::Url& url, std::string_view typed) {
    constexpr std::string_view kBefore = "://";
    const std::string_view behind = typed.substr(typed.find(kBefore) + kBefore.size());
    if (behind.find_first_of("/?") == std::string_view::npos)
        url.path = "/cgi-bin/pkiclient.exe";
}

}  // namespace

Status plan_transport(EnrollPlan& plan, const EnrollOptions& options, const Clock& clock) {
    SCEP_TRY(url, parse_server(options.url));
    plan.url = std::move(url);
    take_usual_path(plan.url, options.url);
    const bool tls_options = !options.tls_ca.empty() || !options.tls_client_cert.empty();
    if (tls_options && !plan.url.tls)
        return fail({.code = Errc::Usage,
                     .what = fmt::format("{} means nothing with an http:// URL",
                                         options.tls_ca.empty() ? "--tls-client-cert" : "--tls-ca"),
                     .hint = "an https:// URL, or --ca-fingerprint to know the CA by"});
    SCEP_TRY(timeout, parse_timeout(options.timeout));
    if (!options.tls_client_cert.empty())
        SCEP_CHECK(check_client_certificate(options.tls_client_cert, clock));
    plan.transport = {.tls_ca = options.tls_ca,
                      .tls_client_cert = options.tls_client_cert,
                      .tls_client_key = options.tls_client_key,
                      .credentials_directory = credentials_directory(),
                      .timeout = timeout,
                      .max_reply = limits::kMaxHttpReply,
                      .redirects = kMaxRedirects};
    SCEP_TRY(proxies, proxies_of_environment(plan.url));
    plan.transport.proxy = std::move(proxies);
    return {};
}

}  // namespace scep::cli
