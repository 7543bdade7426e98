// One layer of a message, taken out as it stands.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "core/base/bytes.hpp"
#include "core/base/result.hpp"
#include "core/base/secret.hpp"

namespace scep::inspect {

enum class Layer : std::uint8_t {
    Csr,       // the CertificationRequest
    Envelope,  // ContentInfo with EnvelopedData
    Signer,    // the signer's certificate
    Certs,     // all certificates: of certs-only content first, then of the message around it
    Attrs      // the signed attributes as a SET OF, which is what the signature covers
};

inline constexpr std::array<std::string_view, 5> kLayerNames{
    "csr", "envelope", "signer", "certs", "attrs"};

std::optional<Layer> layer_from(std::string_view name) noexcept;

enum class Form : std::uint8_t { Der, Pem };

struct Extracted {
    SecretBytes octets{};
    bool binary = true;   // not for a terminal
    bool secret = false;  // it holds a challengePassword
};

// `message` is the outermost value, `content` what its envelope held (empty: not opened). Of
// several certificates DER has no form: Usage. There is no PEM of attributes: Usage. Protocol when
// the message has no such layer, with what would show it in the hint. Der where it cannot be read.
Result<Extracted> extract(Layer layer, Form form, Bytes message, Bytes content);

}  // namespace scep::inspect
