// What an HTTP request or reply says in SCEP (RFC 8894 section 4), whoever captured it.
#pragma once

#include "core/capture/collection.hpp"
#include "core/capture/http_reader.hpp"

namespace scep::capture {

// What a reply answers.
struct Asked {
    std::size_t exchange = 0;
    std::optional<OperationKind> operation{};  // none: not SCEP
    bool head = false;                         // the method HEAD
};

inline constexpr std::string_view kOtherRequests = "HTTP requests without SCEP";

// By its target or its body.
bool speaks_scep(const HttpMessage& request) noexcept;

// An interim reply, or a proxy's to CONNECT: the reply itself comes behind it.
bool is_interim(const HttpMessage& reply) noexcept;

// Takes a request if it speaks SCEP. `frame` says where it was found.
Asked add_request(Collection& out, Captured frame, const HttpMessage& request);

// Takes a reply. `asked`: its request, where that is known; of a request without SCEP it is passed
// over. A reply alone is taken if it looks like one to SCEP, or if `keep`.
void add_reply(
    Collection& out, Captured frame, const HttpMessage& reply, const Asked* asked, bool keep);

// GetCACaps' reply: short lines, one of them at least a known capability.
bool looks_like_capabilities(Bytes body);

// "operation" or "message" of a query, raw; nullopt when it is not there.
std::optional<std::string_view> parameter(std::string_view query, std::string_view name) noexcept;

// The message of a GET: base64 in any spelling, raw. False when it is none.
bool add_query_message(Collection& out, const Captured& frame, std::string_view raw);

}  // namespace scep::capture
