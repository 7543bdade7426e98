// MANIFEST.tsv of a directory of captured messages: fixtures/ here, and the larger one that
// SCEP_CAPTURES names, where files are that may not be copied.
#pragma once

#include <cstdlib>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "support/parties.hpp"

namespace scep::test {

// A column's text by its heading: "file", "messageType", "digest", ...
using ManifestRow = std::map<std::string, std::string>;

inline std::optional<std::string> captures_directory() {
    const char* path = std::getenv("SCEP_CAPTURES");  // NOLINT(concurrency-mt-unsafe)
    if (path == nullptr || *path == '\0')
        return {};
    return path;
}

inline std::vector<std::string> split(const std::string& line, char separator) {
    std::vector<std::string> out;
    std::istringstream in(line);
    for (std::string part; std::getline(in, part, separator);)
        out.push_back(part);
    return out;
}

inline std::vector<ManifestRow> read_manifest(const std::string& directory) {
    std::ifstream in(directory + "/MANIFEST.tsv");
    std::string line;
    std::getline(in, line);
    const std::vector<std::string> headings = split(line, '\t');
    std::vector<ManifestRow> out;
    while (std::getline(in, line)) {
        const std::vector<std::string> cells = split(line, '\t');
        ManifestRow row;
        for (std::size_t i = 0; i < headings.size(); ++i)
            row[headings[i]] = i < cells.size() ? cells[i] : "";
        out.push_back(row);
    }
    return out;
}

}  // namespace scep::test
