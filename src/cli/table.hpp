// Columns of text for a terminal.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

namespace scep::cli {

// Every row has as many cells as the heading. Cells are escaped here (SECURITY rule S23), but for
// backslashes: names and reasons come with their own escapes. An empty one becomes "-"; the last
// column is not padded, so the widest text belongs there.
class Table {
  public:
    using Row = std::vector<std::string>;

    explicit Table(Row heading);

    void add(Row row);
    // `colored`: what stands under OUTCOME.
    void print(std::ostream& out, bool colored) const;

  private:
    std::vector<Row> rows_{};
};

}  // namespace scep::cli
