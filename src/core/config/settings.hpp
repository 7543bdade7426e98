// Every setting of INTERFACE's configuration by table, and which tables are known but not built yet
// (SECURITY rule S15).
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace scep::config {

enum class Support : std::uint8_t {
    Built,
    Absent  // a table that must be empty
};

// What the value is in TOML. Paths, durations and words are text.
enum class Kind : std::uint8_t { Text, Flag, Number, List, Table };

struct Setting {
    std::string_view name;
    Kind kind = Kind::Text;
    Support support = Support::Built;
    std::span<const Setting> settings{};  // of a table
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
