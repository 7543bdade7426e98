// Numbers of winerror.h that a CA or NDES answers enrolments with, in words of ours for the
// operator of a device.
#include "core/scep/hresult.hpp"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

namespace scep {

namespace {

struct Meaning {
    std::uint32_t hresult;
    std::string_view text;
};

constexpr Meaning kMeanings[] = {
    {0x80070005, "access denied: NDES may not enrol with this template"},
    {0x8007000d, "the data is invalid"},
    {0x80070056, "the challenge is wrong, used or expired"},
    {0x80070057, "a parameter is wrong"},
    {0x800706ba, "NDES does not reach its CA"},
    {0x80090005, "bad data: it could not be decrypted"},
    {0x80090008, "the algorithm is not supported"},
    {0x8009000d, "there is no such key"},
    {0x80090016, "the RA's key set does not exist"},
    {0x80092013, "a revocation server was offline"},
    {0x80094001, "the subject is invalid or too long"},
    {0x80094002, "there is no such request"},
    {0x80094003, "the status of the request does not allow it"},
    {0x80094004, "a property that was asked for is empty"},
    {0x80094012, "the template does not let NDES enrol"},
    {0x80094800, "the CA does not support the template"},
    {0x80094801, "the request names no template"},
    {0x80094803, "the template wants a subject alternative name"},
    {0x80094806, "the subject is not that of the certificate to renew"},
    {0x80094809, "the template wants a signature that the request has not"},
    {0x8009480f, "the template wants a DNS name"},
    {0x80094811, "the key is shorter than the template wants"},
    {0x800b0101, "a certificate is expired or not valid yet"},
    {0x800b0109, "a certificate chains to a root that is not trusted"}};

}  // namespace

std::string hresult_text(std::uint32_t hresult) {
    const std::string number = fmt::format("0x{:08x}", hresult);
    const auto* known = std::ranges::find(kMeanings, hresult, &Meaning::hresult);
    return known == std::end(kMeanings) ? number : fmt::format("{} ({})", number, known->text);
}

}  // namespace scep
