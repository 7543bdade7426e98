#include "core/http/head_scan.hpp"

namespace scep::http {

HeadScan::Found HeadScan::bad(std::string_view reason) noexcept {
    reason_ = reason;
    return Found::Bad;
}

HeadScan::Found HeadScan::look(std::string_view head) noexcept {
    for (;;) {
        const std::size_t feed = head.find('\n', scanned_);
        if (feed == std::string_view::npos) {
            scanned_ = head.size();
            return Found::NeedMore;
        }
        const std::string_view line = head.substr(line_, feed - line_);
        if (line.find('\r') + 1 != line.size() || line.empty())
            return bad("a line that does not end in CR LF, or a CR inside it");
        // RFC 9112 section 5.2: a server must refuse or replace line folding. The first line after
        // the request line that begins with white space is as ambiguous (section 2.2).
        if (line.front() == ' ' || line.front() == '\t')
            return bad("a folded header");
        const bool empty = line.size() == 1;
        if (empty && line_ == 0)
            return bad("an empty request line");
        line_ = scanned_ = feed + 1;
        if (empty)
            return Found::End;
    }
}

}  // namespace scep::http
