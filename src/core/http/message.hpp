// HTTP/1.1 for the server, without I/O: bytes in, requests out, replies to bytes. Boost.Beast
// parses; SECURITY rule S22 is applied after it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/bytes.hpp"
#include "core/base/result.hpp"

namespace scep::http {

struct Request {
    std::string method{};  // as sent
    std::string path{};    // raw, up to '?'
    std::string query{};   // raw, after '?'
    bool http_1_0 = false;
    bool keep_alive = true;
    std::vector<std::pair<std::string, std::string>> headers{};  // as sent, in order
    Buffer body{};

    // First header of this name, case-insensitive; empty when absent.
    std::string_view header(std::string_view name) const noexcept;
};

struct Reply {
    int status = 200;
    std::string content_type{};
    Buffer body{};
    std::vector<std::pair<std::string, std::string>> headers{};  // further ones
    bool close = false;
};

// What to do about bytes that cannot become a request: answer this and close.
struct Refusal {
    int status = 400;
    std::string reason{};  // for the log
};

enum class Progress : std::uint8_t { NeedMore, SendContinue, Complete, Refused };

// One request at a time of one connection.
class RequestParser {
  public:
    // Limits in octets; the head's is limits::kMaxHttpHead.
    explicit RequestParser(std::size_t max_body);
    ~RequestParser();
    RequestParser(RequestParser&&) noexcept;
    RequestParser& operator=(RequestParser&&) noexcept;

    // Takes bytes; returns how many were used. Bytes after a complete request belong to the next.
    std::size_t put(Bytes input);

    // SendContinue is reported once, when the head asked for it and the body is still to come.
    Progress progress() noexcept;

    // While has_head(): the request without its body.
    const Request& head() const noexcept;

    // After Complete. The parser is ready for the next request afterwards.
    Request take();

    // After Refused.
    const Refusal& refusal() const noexcept;

    std::size_t held() const noexcept;  // octets of a request that is not complete
    bool idle() const noexcept;         // nothing of a request has arrived
    bool has_head() const noexcept;     // the head is complete, the request not yet taken

  private:
    struct State;
    std::unique_ptr<State> state_;
};

// Status line, Content-Type, Content-Length, Connection, then the body. The status line says
// HTTP/1.1 whatever the client speaks (RFC 9110 section 2.5); Connection is written where it
// differs from the client's default. `Cache-Control: no-store` unless the reply has a Cache-Control
// of its own. Further headers with control characters are bugs and left out.
Buffer serialize(const Reply& reply, bool http_1_0, bool keep_alive);
// The same without the body, for HEAD.
Buffer serialize_head(const Reply& reply, bool http_1_0, bool keep_alive);
std::string_view reason_phrase(int status) noexcept;
Reply text_reply(int status, std::string_view text);

}  // namespace scep::http
