// What a server answered in HTTP, and how an error tells of it.
#pragma once

#include <string_view>

#include "core/base/bytes.hpp"
#include "core/base/clock.hpp"
#include "core/base/result.hpp"

namespace scep {

struct ExchangeReply {
    int status = 0;                       // HTTP; 0: there was none
    std::string_view content_type{};      // told in errors, never decides
    std::string_view content_encoding{};  // likewise: none was asked for, none is undone
    Bytes body{};
    bool authenticated = false;  // came over TLS verified against the operator's trust anchors
};

// Policy for HTTP 401 and 403, Protocol for any other status but 200, with the beginning of what
// the server wrote, escaped (SECURITY rule S23).
Status check_http_status(const ExchangeReply& reply);

// 408, 429, 500, 502, 503, 504: the same request may be answered later.
bool is_busy(int status) noexcept;

// Retry-After (RFC 9110 section 10.2.3), seconds or a date; zero where there is none, or a bad one.
Seconds parse_retry_after(std::string_view text, TimePoint now) noexcept;

// Adds what the server sent to an error about bytes that are no ASN.1 at all, nor PEM, which might
// be a private key.
Error with_body(Error error, const ExchangeReply& reply);

}  // namespace scep
