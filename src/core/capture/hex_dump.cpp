#include "core/capture/hex_dump.hpp"

#include <algorithm>

#include "core/base/limits.hpp"
#include "core/capture/hex_digits.hpp"

namespace scep::capture {

namespace {

constexpr std::size_t kMaxDumpLine = 512;  // octets of one line

// "00000000: 3082 ..", "00000010  30 82 ..", "0000   30 82 ..", "0x0000:  3082 .."
struct DumpLine {
    std::size_t offset = 0;
    bool colon = false;
    std::string_view rest{};
};

std::optional<DumpLine> dump_line(std::string_view line, unsigned base) {
    line = trimmed(line);
    if (line.starts_with("0x"))
        line.remove_prefix(2);
    const std::size_t size = std::min(line.find_first_not_of(kHexDigits), line.size());
    if (size < 4 || size > 16)
        return std::nullopt;
    DumpLine out;
    for (const char c : line.substr(0, size)) {
        const int value = hex_digit(c);
        if (static_cast<unsigned>(value) >= base)
            return std::nullopt;
        out.offset = out.offset * base + static_cast<unsigned>(value);
    }
    out.rest = line.substr(size);
    out.colon = out.rest.starts_with(':');
    if (out.colon)
        out.rest.remove_prefix(1);
    if (!out.rest.empty() && out.rest.front() != ' ' && out.rest.front() != '\t')
        return std::nullopt;
    return out;
}

// The octets of a line: groups of digits up to the text column, which two blanks or a bar set off.
// hexdump -C alone has two blanks in the middle as well, and the bar.
bool add_dumped(std::string_view rest, bool bar, std::size_t most, Buffer& out) {
    if (bar)
        rest = rest.substr(0, rest.find('|'));
    rest = rest.substr(std::min(rest.find_first_not_of(kBlanks), rest.size()));
    const std::size_t before = out.size();
    while (!rest.empty() && out.size() - before < most) {
        const std::size_t size = std::min(rest.find_first_of(" \t"), rest.size());
        if (!add_hex(rest.substr(0, size), out))
            return false;
        rest.remove_prefix(size);
        const std::size_t gap = std::min(rest.find_first_not_of(" \t"), rest.size());
        if (gap > 1 && !bar)
            break;
        rest.remove_prefix(gap);
    }
    return true;
}

// "*" stands for lines that are equal to the one before, up to the next offset.
bool repeat_to(std::size_t offset, std::size_t width, Buffer& out) {
    if (width == 0 || out.size() < width || offset > limits::kMaxCapturedOctets)
        return false;
    while (out.size() < offset)
        out.push_back(out[out.size() - width]);
    return out.size() == offset;
}

// Reads line by line, one behind: how many octets a line has is told by the offset of the next.
class DumpReader {
  public:
    explicit DumpReader(unsigned base) : base_(base) {}

    // False when the line is none of a dump.
    bool take(std::string_view line) {
        if (trimmed(line).empty())
            return true;
        if (trimmed(line) == "*" && held_) {
            repeated_ = true;
            return true;
        }
        const auto next = dump_line(line, base_);
        if (!next || !(held_ ? put_up_to(next->offset) : begin(*next, line)))
            return false;
        held_ = next;
        repeated_ = false;
        return true;
    }

    // The last line has as many octets as the one before, or less.
    std::optional<Decoded> finish() && {
        const bool good =
            held_ && (held_->rest.empty() || put(width_ == 0 ? kMaxDumpLine : width_));
        if (!good || bytes_.empty())
            return std::nullopt;
        return Decoded{.form = std::string(name_), .bytes = std::move(bytes_)};
    }

  private:
    bool begin(const DumpLine& first, std::string_view line) noexcept {
        bar_ = !first.colon && trimmed(line).ends_with('|');
        const bool tight = !first.rest.starts_with("  ");
        name_ = first.colon ? "xxd" : bar_ ? "hexdump -C" : tight ? "od" : "hex dump";
        return first.offset == 0;
    }

    bool put(std::size_t most) {
        const std::size_t before = bytes_.size();
        const bool good = add_dumped(held_->rest, bar_, most, bytes_);
        width_ = bytes_.size() - before;
        return good;
    }

    bool put_up_to(std::size_t offset) {
        const std::size_t most = offset - std::min(offset, held_->offset);
        if (most == 0 || !put(repeated_ ? kMaxDumpLine : std::min(most, kMaxDumpLine)))
            return false;
        if (repeated_ && !repeat_to(offset, width_, bytes_))
            return false;
        return bytes_.size() == offset;
    }

    unsigned base_;
    Buffer bytes_{};
    std::optional<DumpLine> held_{};
    std::string_view name_{};
    std::size_t width_ = 0;
    bool bar_ = false, repeated_ = false;
};

std::optional<Decoded> read_dump(std::string_view text, unsigned base) {
    DumpReader reader(base);
    while (!text.empty())
        if (!reader.take(take_line(text)))
            return std::nullopt;
    return std::move(reader).finish();
}

}  // namespace

std::optional<Decoded> decode_dump(std::string_view text) {
    std::string_view rest = text;
    std::string_view line = trimmed(take_line(rest));
    if (line.starts_with("0x"))
        line.remove_prefix(2);
    // An offset of zero, then something: nothing else is a dump.
    if (!line.starts_with("0000") || line.find_first_of(": \t") == std::string_view::npos)
        return std::nullopt;
    auto dump = read_dump(text, 16);
    return dump ? std::move(dump) : read_dump(text, 8);
}

}  // namespace scep::capture
