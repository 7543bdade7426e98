// A file descriptor that closes itself, and errno as an Error.
#pragma once

#include <filesystem>
#include <string_view>
#include <utility>

#include "core/base/result.hpp"

namespace scep::files {

class Descriptor {
  public:
    Descriptor() = default;

    explicit Descriptor(int fd) noexcept : fd_(fd) {}

    Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

    Descriptor& operator=(Descriptor&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }

    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor();

    explicit operator bool() const noexcept { return fd_ >= 0; }

    int get() const noexcept { return fd_; }

    // Io. A deferred write error (a full disk, NFS) may come to light only here.
    Status close(const std::filesystem::path& path) noexcept;

  private:
    int fd_ = -1;
};

// "cannot <verb>: no such file or directory", with the path; reads errno before anything else.
Error system_error(std::string_view verb, const std::filesystem::path& path);

}  // namespace scep::files
