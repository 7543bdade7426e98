#include "core/files/descriptor.hpp"

#include <unistd.h>

#include <cctype>
#include <cerrno>
#include <system_error>

#include <fmt/format.h>

namespace scep::files {

Descriptor::~Descriptor() {
    if (fd_ >= 0)
        ::close(fd_);
}

Status Descriptor::close(const std::filesystem::path& path) noexcept {
    if (::close(std::exchange(fd_, -1)) != 0 && errno != EINTR)
        return tl::unexpected(system_error("write", path));
    return {};
}

Error system_error(std::string_view verb, const std::filesystem::path& path) {
    const int number = errno;
    std::string reason = std::generic_category().message(number);
    if (reason.size() > 1 && std::islower(static_cast<unsigned char>(reason[1])) != 0)
        reason[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(reason[0])));
    return {.code = Errc::Io,
            .what = fmt::format("cannot {}: {}", verb, reason),
            .where = {.source = path.string()}};
}

}  // namespace scep::files
