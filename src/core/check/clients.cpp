#include "core/check/clients.hpp"

#include <algorithm>
#include <array>

namespace scep::check {

namespace {

template <class... Quirks>
constexpr std::uint32_t all(Quirks... quirks) noexcept {
    return (bit(quirks) | ... | 0U);
}

using enum Quirk;

constexpr std::array kFamilies{
    ClientFamily{"certmonger",
                 "certmonger, Linux",
                 0,
                 "wants RA and CA certificate in GetCACert; renews with the transactionID that it "
                 "enrolled with"},
    ClientFamily{"chromeos",
                 "ChromeOS by Google's connector",
                 0,
                 "looks for POST, AES, SCEPStandard and Renewal; writes BER"},
    ClientFamily{"cisco",
                 "Cisco IOS-XE, ASA, FTD",
                 all(OldTls, WantsCaInReply, RenewsBySigner),
                 "gives up after ten retries of a minute",
                 std::chrono::minutes(10)},
    ClientFamily{"cisco-classic",
                 "Cisco IOS before XE",
                 all(PlainHttp, OldAlgorithms, RsaOnly, RootPath, RenewsBySigner),
                 "HTTP/1.0, requests by GET; asks for the next CA with GetNextCACert"},
    ClientFamily{"ios",
                 "iOS, iPadOS, macOS",
                 all(ForeignSigner, ReadsKeyUsage, RenewsAnew),
                 "renews by a new request with the challenge; retries three times, every ten "
                 "seconds, while it is PENDING",
                 std::chrono::seconds(30)},
    ClientFamily{"jscep", "jscep: Android agents, many products", all(ReadsKeyUsage), ""},
    ClientFamily{"junos",
                 "Juniper Junos",
                 all(PlainHttp, RefusesCaInReply, RsaOnly),
                 "retries ten times, every 900 seconds",
                 std::chrono::seconds(9000)},
    ClientFamily{"printers",
                 "Canon, IGEL and older printers",
                 all(PlainHttp, OldAlgorithms),
                 "speaks as to an NDES server"},
    ClientFamily{"scepclient", "micromdm scepclient", 0, "sends the challenge with renewals too"},
    ClientFamily{"sscep",
                 "sscep, FortiGate",
                 all(PlainHttp, ReadsKeyUsage, RenewsBySigner),
                 "falls back to MD5 and DES where a server names no capabilities"},
    ClientFamily{"strongswan",
                 "strongSwan pki --scep",
                 all(RenewsBySigner),
                 "polls while it is PENDING, without end unless --maxpolltime is given"},
    ClientFamily{"windows",
                 "Windows MDM, Intune",
                 all(OldTls, PrintableChallenge, ReadsKeyUsage, RenewsAnew),
                 "a new key and a new challenge for each renewal"},
};
static_assert(std::ranges::is_sorted(kFamilies, {}, &ClientFamily::name));

struct Brand {
    std::string_view name, family;
};

constexpr std::array kBrands{Brand{"android", "jscep"},
                             Brand{"apple", "ios"},
                             Brand{"asa", "cisco"},
                             Brand{"fortigate", "sscep"},
                             Brand{"intune", "windows"},
                             Brand{"ios-xe", "cisco"},
                             Brand{"juniper", "junos"},
                             Brand{"macos", "ios"},
                             Brand{"micromdm", "scepclient"}};

}  // namespace

std::span<const ClientFamily> client_families() noexcept {
    return kFamilies;
}

const ClientFamily* client_family(std::string_view word) noexcept {
    const auto brand = std::ranges::find(kBrands, word, &Brand::name);
    const auto found = std::ranges::find(
        kFamilies, brand == kBrands.end() ? word : brand->family, &ClientFamily::name);
    return found == kFamilies.end() ? nullptr : &*found;
}

}  // namespace scep::check
