#include "cli/table.hpp"

#include <algorithm>
#include <cassert>
#include <ostream>

#include "cli/color.hpp"
#include "core/base/escape.hpp"

namespace scep::cli {

namespace {

constexpr std::size_t kGap = 2;

// Code points: all but UTF-8's continuation octets, which escape_controls() has checked.
std::size_t width_of(const std::string& text) {
    return static_cast<std::size_t>(std::ranges::count_if(
        text, [](char octet) { return (static_cast<unsigned char>(octet) & 0xc0U) != 0x80U; }));
}

std::vector<std::size_t> widths_of(const std::vector<Table::Row>& rows) {
    std::vector<std::size_t> out(rows.front().size());
    for (const Table::Row& row : rows)
        for (std::size_t i = 0; i < row.size(); ++i)
            out[i] = std::max(out[i], width_of(row[i]));
    return out;
}

}  // namespace

Table::Table(Row heading) : rows_{std::move(heading)} {}

void Table::add(Row row) {
    assert(row.size() == rows_.front().size());
    for (std::string& cell : row)
        cell = cell.empty() ? "-" : escape_controls(cell);
    rows_.push_back(std::move(row));
}

void Table::print(std::ostream& out, bool colored) const {
    const std::vector<std::size_t> widths = widths_of(rows_);
    for (const Row& row : rows_) {
        for (std::size_t i = 0; i + 1 < row.size(); ++i)
            out << painted(colored && rows_.front()[i] == "OUTCOME", row[i])
                << std::string(widths[i] - width_of(row[i]) + kGap, ' ');
        out << row.back() << '\n';
    }
}

}  // namespace scep::cli
