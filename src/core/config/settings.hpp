// Every setting of INTERFACE's configuration by table: which are built, and for those that are
// known but not built yet, the values that mean "off" (SECURITY rule S15).
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace scep::config {

enum class Support : std::uint8_t {
    Built,
    OnlyOff,  // a value other than `off` is refused
    Absent    // a table that must be empty
};

// What the value is in TOML. Paths, durations and words are text.
enum class Kind : std::uint8_t { Text, Flag, Number, List, Table };

struct Setting {
    std::string_view name;
    Kind kind = Kind::Text;
    Support support = Support::Built;
    std::string_view off{};               // as TOML, for OnlyOff
    std::span<const Setting> settings{};  // of the table, for Absent
};

extern const std::span<const Setting> kRootSettings;
extern const std::span<const Setting> kServerSettings;
extern const std::span<const Setting> kTrustedProxySettings;
extern const std::span<const Setting> kRateLimitSettings;
extern const std::span<const Setting> kIssuerSettings;
extern const std::span<const Setting> kCertificateProfileSettings;
extern const std::span<const Setting> kProfileSettings;
extern const std::span<const Setting> kRaSettings;

}  // namespace scep::config
