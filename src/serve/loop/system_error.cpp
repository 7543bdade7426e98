#include "serve/loop/system_error.hpp"

#include <cerrno>
#include <system_error>

namespace scep::loop {

std::string system_text(int error_number) {
    std::string text = std::generic_category().message(error_number);
    if (!text.empty() && text.front() >= 'A' && text.front() <= 'Z')
        text.front() = static_cast<char>(text.front() - 'A' + 'a');
    return text;
}

Error system_error(std::string what) {
    const int number = errno;
    return Error{.code = Errc::Io, .what = std::move(what) + ": " + system_text(number)};
}

}  // namespace scep::loop
