// What is known of SCEP clients in the field, as data: which habits a family has that a server's
// configuration can meet or miss. Leads from vendors' pages and captures, not laws.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "core/base/clock.hpp"

namespace scep::check {

enum class Quirk : std::uint32_t {
    OldTls = 1U << 0U,              // TLS 1.2 at most
    PlainHttp = 1U << 1U,           // no TLS at all
    OldAlgorithms = 1U << 2U,       // MD5 or SHA-1, DES or 3DES unless told otherwise
    PrintableChallenge = 1U << 3U,  // can only send a PrintableString
    ForeignSigner = 1U << 4U,       // signs with another key than the request's (SECURITY rule S08)
    WantsCaInReply = 1U << 5U,      // takes no reply without the CA certificate beside the leaf
    RefusesCaInReply = 1U << 6U,    // takes no reply with it
    ReadsKeyUsage = 1U << 7U,       // finds the RA by its keyUsage extension alone
    RsaOnly = 1U << 8U,             // cannot verify what an EC CA signed
    RootPath = 1U << 9U,            // asks for /cgi-bin/pkiclient.exe when told only a host
    RenewsBySigner = 1U << 10U,     // signs a renewal with the old certificate, without a challenge
    RenewsAnew = 1U << 11U          // renews by a new request with the challenge
};

constexpr std::uint32_t bit(Quirk quirk) noexcept {
    return static_cast<std::uint32_t>(quirk);
}

struct ClientFamily {
    std::string_view name;     // "cisco"
    std::string_view devices;  // "Cisco IOS-XE, ASA, FTD"
    std::uint32_t quirks;
    std::string_view remark;  // what no rule can judge; may be empty
    Seconds patience{};       // how long it polls by default; zero: not known, or without end

    constexpr bool has(Quirk quirk) const noexcept { return (quirks & bit(quirk)) != 0; }
};

std::span<const ClientFamily> client_families() noexcept;  // sorted by name

// By name, or by a brand that behaves as one of them ("intune", "fortigate"); null when unknown.
const ClientFamily* client_family(std::string_view word) noexcept;

}  // namespace scep::check
