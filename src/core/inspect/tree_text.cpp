#include "core/inspect/tree_text.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "core/base/encoding.hpp"
#include "core/base/escape.hpp"

namespace scep::inspect {

namespace {

constexpr std::size_t kIndent = 2;       // columns for each level,
constexpr std::size_t kMaxIndent = 48;   // up to here
constexpr std::size_t kMinRoom = 24;     // columns that folded text has at least
constexpr std::size_t kHexColumns = 16;  // octets in a line of hex

// Widths of the columns in front.
struct Columns {
    std::size_t offset = 1;
    std::size_t header = 1;
    std::size_t length = 1;
};

std::size_t digits(std::size_t number) noexcept {
    std::size_t count = 1;
    while ((number /= 10) != 0)
        ++count;
    return count;
}

void measure(const Node& node, std::optional<std::size_t> depth, Columns& columns) {
    columns.offset = std::max(columns.offset, digits(node.offset));
    columns.header = std::max(columns.header, digits(node.header_size));
    columns.length = std::max(columns.length, digits(node.length));
    if (depth == 0U)
        return;
    for (const Node& child : node.children)
        measure(child, depth ? std::optional(*depth - 1) : depth, columns);
}

std::size_t count(const Node& node) noexcept {
    std::size_t sum = node.children.size();
    for (const Node& child : node.children)
        sum += count(child);
    return sum;
}

// Where to cut text that has more than `room` columns: behind the last blank, else anywhere but
// within a character.
std::size_t fold_at(std::string_view text, std::size_t room) noexcept {
    std::size_t columns = 0;
    std::size_t at = 0;
    for (; at < text.size(); ++at) {
        const bool begins = (static_cast<unsigned char>(text[at]) & 0xc0U) != 0x80U;
        if (begins && columns++ == room)
            break;
    }
    if (at == text.size())
        return at;
    const std::size_t blank = text.substr(0, at).rfind(' ');
    return blank == std::string_view::npos || blank < at / 2 ? at : blank + 1;
}

class Printer {
  public:
    Printer(const TreeTextOptions& options, Columns columns)
        : options_(options),
          columns_(columns),
          front_(columns.offset + columns.header + columns.length + 4) {}

    void print(const Node& node, std::size_t level) {
        if (out_.size() > kMaxTreeText)
            return;
        const std::size_t indent = front_ + std::min(level * kIndent, kMaxIndent);
        const bool hidden = node.secret && !options_.show_secrets;
        out_ += front(node, hidden || node.sizeless);
        out_.append(indent - front_, ' ');
        std::string line = escape_controls(node.field);
        line += (line.empty() ? "" : " ") + node.type;
        const std::string words = words_of(node, hidden);
        if (!words.empty())
            line += ": " + words;
        const bool folded = options_.depth && level >= *options_.depth && !node.children.empty();
        if (folded)
            line += fmt::format(" ({} values in it)", count(node));
        fold(line, indent);
        for (const std::string& remark : node.remarks)
            note(remark, indent);
        if (options_.hex && !hidden)
            hex(node.content, indent);
        if (folded)
            return;
        for (const Node& child : node.children)
            print(child, level + 1);
    }

    void stop(const Stop& stop) {
        out_ += options_.paint("error:");
        out_ += fmt::format(" decoding stopped at offset {}, {}: want {}\n",
                            stop.offset,
                            escape_controls(stop.field),
                            escape_controls(stop.expected));
    }

    void left_over(std::size_t octets, std::size_t offset) {
        out_ += options_.paint("note:");
        out_ +=
            fmt::format(" {} octets left over behind the value, from offset {}\n", octets, offset);
    }

    std::string take() && {
        if (out_.size() > kMaxTreeText)
            out_ += fmt::format("... the rest is left out: more than {} octets\n", kMaxTreeText);
        return std::move(out_);
    }

  private:
    // Of a secret the offset alone.
    std::string front(const Node& node, bool sizeless) const {
        if (sizeless)
            return fmt::format("{:>{}} {:>{}}  ",
                               node.offset,
                               columns_.offset,
                               "-",
                               columns_.header + 1 + columns_.length);
        return fmt::format("{:>{}} {:>{}}+{:<{}}  ",
                           node.offset,
                           columns_.offset,
                           node.header_size,
                           columns_.header,
                           node.length,
                           columns_.length);
    }

    static std::string words_of(const Node& node, bool hidden) {
        if (!hidden)
            return escape_controls(node.value);
        if (node.content.empty() && !node.value.empty())
            return node.value;  // why it is hidden
        return "not shown (--show-secrets)";
    }

    void fold(std::string_view text, std::size_t indent) {
        const std::size_t hanging = indent + 2 * kIndent;
        std::size_t column = indent;
        while (options_.width != 0) {
            const std::size_t room =
                options_.width < column + kMinRoom ? kMinRoom : options_.width - column;
            const std::size_t cut = fold_at(text, room);
            if (cut == text.size())
                break;
            out_ += text.substr(0, cut > 0 && text[cut - 1] == ' ' ? cut - 1 : cut);
            out_ += '\n';
            out_.append(hanging, ' ');
            text.remove_prefix(cut);
            column = hanging;
        }
        out_ += text;
        out_ += '\n';
    }

    void note(std::string_view remark, std::size_t indent) {
        constexpr std::string_view kNote = "note:";
        out_.append(indent + kIndent, ' ');
        out_ += options_.paint(kNote);
        out_ += ' ';
        fold(escape_controls(remark), indent + kIndent + kNote.size() + 1);
    }

    void hex(Bytes content, std::size_t indent) {
        const std::size_t shown = std::min(content.size(), kMaxHexOctets);
        for (std::size_t at = 0; at < shown && out_.size() <= kMaxTreeText; at += kHexColumns) {
            const Bytes row = content.subspan(at, std::min(kHexColumns, shown - at));
            out_.append(indent + kIndent, ' ');
            for (const std::uint8_t octet : row)
                out_ += fmt::format("{:02x} ", octet);
            out_.append((kHexColumns - row.size()) * 3 + 1, ' ');
            for (const std::uint8_t octet : row)
                out_ += octet >= 0x20 && octet < 0x7f ? static_cast<char>(octet) : '.';
            out_ += '\n';
        }
        if (shown < content.size()) {
            out_.append(indent + kIndent, ' ');
            out_ += fmt::format("... {} octets more\n", content.size() - shown);
        }
    }

    const TreeTextOptions& options_;
    Columns columns_;
    std::size_t front_;  // columns before the field
    std::string out_{};
};

}  // namespace

std::string tree_text(const Tree& tree, const TreeTextOptions& options) {
    Columns columns;
    measure(tree.root, options.depth, columns);
    Printer printer(options, columns);
    printer.print(tree.root, 0);
    if (tree.stop)
        printer.stop(*tree.stop);
    if (tree.left_over != 0)
        printer.left_over(tree.left_over, tree.left_over_offset);
    return std::move(printer).take();
}

}  // namespace scep::inspect
