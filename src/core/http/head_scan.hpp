// Finds the end of a request head in raw bytes and refuses the line forms that two parsers could
// read in two ways (SECURITY rule S22). Beast forgives some of them and no longer shows them.
#pragma once

#include <cstddef>
#include <string_view>

namespace scep::http {

class HeadScan {
  public:
    enum class Found : std::uint8_t { NeedMore, End, Bad };

    // Goes on where the last call stopped; `head` is what that call saw, with more behind it.
    Found look(std::string_view head) noexcept;

    std::size_t end() const noexcept { return line_; }  // after End: octets of the head

    bool in_first_line() const noexcept { return line_ == 0; }

    std::string_view reason() const noexcept { return reason_; }  // after Bad

  private:
    Found bad(std::string_view reason) noexcept;

    std::size_t line_ = 0;     // where the current line begins
    std::size_t scanned_ = 0;  // no line feed before this
    std::string_view reason_{};
};

}  // namespace scep::http
