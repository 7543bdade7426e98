// HTTP messages one behind the other in a file or in one direction of a connection, read as
// leniently as they are saved: by `curl -i`, by `curl -v` with its prefixes, cut, unchunked, with
// bare line feeds. The server's parser (core/http) refuses all of that, and has to.
#pragma once

#include <optional>

#include "core/capture/capture.hpp"

namespace scep::capture {

// Borrows from the stream, but for a body that had to be put together from its chunks.
struct HttpMessage {
    bool is_request = false;
    std::string_view method{}, target{};  // of a request
    unsigned status = 0;                  // of a reply
    std::string_view reason{};
    std::string_view content_type{}, content_encoding{};
    bool body_not_saved = false;  // curl -v shows heads alone
    std::size_t begin = 0;        // in the stream
    std::size_t end = 0;
    Bytes body{};
    Buffer joined{};  // what `body` is of, where it was chunked
    std::vector<Remark> remarks{};
};

class HttpReader {
  public:
    // `stream` must outlive the reader and what it reads.
    explicit HttpReader(std::string_view stream) noexcept : stream_(stream) {}

    // The next message, behind whatever is none. `answers_head`: a reply to HEAD has no body.
    std::optional<HttpMessage> next(bool answers_head = false);

  private:
    // Octets that may be walked over in vain: bodies of indefinite length whose end is not there.
    static constexpr std::size_t kMaxWalked = 64U << 20U;

    std::string_view stream_;
    std::size_t at_ = 0;
    std::size_t walks_ = kMaxWalked;  // what is left of it
};

// Does the stream begin with a request or status line, or as much of one as is there?
bool begins_as_http(std::string_view stream) noexcept;

}  // namespace scep::capture
