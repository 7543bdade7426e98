// The HTTP forms of SCEP operations (RFC 8894 section 4.1): from a request target and body to an
// operation, and back.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/bytes.hpp"
#include "core/base/result.hpp"

namespace scep {

enum class OperationKind : std::uint8_t { GetCaCaps, GetCaCert, GetNextCaCert, PkiOperation };

struct Operation {
    OperationKind kind = OperationKind::PkiOperation;
    Buffer message{};  // PKIOperation: the pkiMessage as DER or BER; empty otherwise
    // What was forgiven: "operation-missing", "operation-case", "base64-body", "pem-body",
    // "plus-as-blank", "escaped-twice", "base64-damaged".
    std::vector<std::string_view> tolerances{};
};

// `query` is raw (not percent-decoded). `operation` is case-insensitive; missing on POST means
// PKIOperation. GET messages are taken in every escaping that clients use (client base64, '+' as a
// blank, double escapes, base64url, missing padding); POST bodies as DER/BER, or base64 or PEM of
// it. The caller has bounded query and body. Protocol otherwise, with what was wrong.
Result<Operation> parse_operation(bool is_post, std::string_view query, Bytes body);

// "operation=PKIOperation&message=..." for a GET; base64, percent-escaped.
std::string operation_query(OperationKind kind, Bytes message);
std::string_view operation_name(OperationKind kind) noexcept;

// Exact, without charset (RFC 8894 section 6).
inline constexpr std::string_view kTypeCaps = "text/plain";
inline constexpr std::string_view kTypeCaCert = "application/x-x509-ca-cert";
inline constexpr std::string_view kTypeCaRaCert = "application/x-x509-ca-ra-cert";
inline constexpr std::string_view kTypeNextCaCert = "application/x-x509-next-ca-cert";
inline constexpr std::string_view kTypePkiMessage = "application/x-pki-message";

}  // namespace scep
