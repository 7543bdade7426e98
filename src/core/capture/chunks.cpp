#include "core/capture/chunks.hpp"

#include <algorithm>
#include <charconv>

#include "core/base/limits.hpp"
#include "core/capture/text_codec.hpp"

namespace scep::capture {

namespace {

// "a5;name=value" up to the end of its line.
std::optional<std::size_t> chunk_size(std::string_view line) noexcept {
    line = trimmed(line.substr(0, line.find(';')));
    std::size_t size = 0;
    const char* const end = line.data() + line.size();
    const auto [stop, error] = std::from_chars(line.data(), end, size, 16);
    if (error != std::errc{} || stop != end)
        return std::nullopt;
    return size;
}

// Chunk headers are short; a longer line is none.
std::optional<std::size_t> take_size(std::string_view& rest) noexcept {
    if (rest.substr(0, limits::kMaxChunkLine).find('\n') == std::string_view::npos)
        return std::nullopt;
    return chunk_size(take_line(rest));
}

void skip_trailers(std::string_view& rest) noexcept {
    while (!rest.empty() && !take_line(rest).empty()) {
    }
}

}  // namespace

std::optional<Chunks> join_chunks(std::string_view in) {
    Chunks out;
    std::string_view rest = in;
    bool first = true;
    for (;;) {
        std::string_view behind = rest;
        const auto size = take_size(behind);
        if (!size && first)
            return std::nullopt;
        if (!size)
            break;
        first = false;
        rest = behind;
        if (*size == 0) {
            skip_trailers(rest);
            out.complete = true;
            break;
        }
        const std::string_view data = rest.substr(0, *size);
        // One octet more than is kept of a message tells that it is too large.
        const std::size_t room = limits::kMaxCapturedOctets + 1 - out.body.size();
        append(out.body, as_bytes(data.substr(0, std::min(data.size(), room))));
        rest.remove_prefix(data.size());
        if (data.size() < *size)
            break;
        if (rest.starts_with('\r'))
            rest.remove_prefix(1);
        if (rest.starts_with('\n'))
            rest.remove_prefix(1);
    }
    out.used = in.size() - rest.size();
    return out;
}

}  // namespace scep::capture
