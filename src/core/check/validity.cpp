#include "core/check/validity.hpp"

#include <fmt/format.h>

namespace scep::check {

std::optional<std::string> invalidity(const x509::Certificate& certificate, TimePoint now) {
    if (now > certificate.not_after())
        return fmt::format("the certificate has expired: notAfter is {}",
                           to_rfc3339(certificate.not_after()));
    if (now < certificate.not_before())
        return fmt::format("the certificate is not valid yet: notBefore is {}",
                           to_rfc3339(certificate.not_before()));
    return std::nullopt;
}

std::optional<std::string> nearing_expiry(const x509::Certificate& certificate,
                                          const Facts& facts) {
    const Seconds left = certificate.not_after() - facts.now;
    if (!certificate.valid_at(facts.now) || left >= facts.min_remaining)
        return std::nullopt;
    return fmt::format("the certificate expires in {} days: notAfter is {}",
                       std::chrono::duration_cast<std::chrono::hours>(left).count() / 24,
                       to_rfc3339(certificate.not_after()));
}

}  // namespace scep::check
