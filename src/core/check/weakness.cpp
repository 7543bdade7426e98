#include "core/check/weakness.hpp"

#include <fmt/format.h>

namespace scep::check {

std::optional<std::string> weak_signature(const x509::Certificate& certificate) {
    const Result<crypto::SignatureAlgorithm> algorithm = certificate.signature_algorithm();
    if (!algorithm)
        return fmt::format("the certificate is signed by an algorithm that is not known: {}",
                           algorithm.error().what);
    if (algorithm->digest != crypto::Digest::Md5 && algorithm->digest != crypto::Digest::Sha1)
        return std::nullopt;
    return fmt::format("the certificate is signed with {}: many clients refuse it",
                       crypto::info(algorithm->digest).name);
}

}  // namespace scep::check
