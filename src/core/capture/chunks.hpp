// The chunked transfer coding (RFC 9112 section 7.1), as far as it was captured.
#pragma once

#include <optional>

#include "core/base/bytes.hpp"

namespace scep::capture {

struct Chunks {
    Buffer body{};
    std::size_t used = 0;  // octets of the input, trailers included
    bool complete = false;
};

// nullopt when the input does not begin with a chunk: whoever saved it has joined them.
std::optional<Chunks> join_chunks(std::string_view in);

}  // namespace scep::capture
