#include <fcntl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

#include <fmt/format.h>

#include "core/base/escape.hpp"
#include "core/files/descriptor.hpp"
#include "core/files/files.hpp"

namespace scep::files {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kStandardInput = "-";

// statfs(2) f_type of file systems whose locks and syncs are not ours to trust.
constexpr std::array<std::pair<std::uint32_t, std::string_view>, 7> kNetworkFileSystems{{
    {0x6969, "nfs"},
    {0x517b, "smb"},
    {0xff534d42, "cifs"},
    {0xfe534d42, "smb2"},
    {0x5346414f, "afs"},
    {0x00c36400, "ceph"},
    {0x01021997, "9p"},
}};

fs::path directory_of(const fs::path& path) {
    const fs::path parent = path.parent_path();
    return parent.empty() ? fs::path(".") : parent;
}

Status check_access(const fs::path& path, int mode) {
    if (::faccessat(AT_FDCWD, path.c_str(), mode, AT_EACCESS) == 0)
        return {};
    return fail(system_error("write", path));
}

}  // namespace

Result<FileInfo> inspect(const fs::path& path) {
    struct stat status {};

    if (::stat(path.c_str(), &status) != 0)
        return fail(system_error("open", path));
    return FileInfo{.mode = status.st_mode & 07777U,
                    .owner = status.st_uid,
                    .size = static_cast<std::size_t>(status.st_size),
                    .regular = S_ISREG(status.st_mode),
                    .directory = S_ISDIR(status.st_mode)};
}

std::optional<FileIdentity> identify(const fs::path& path) noexcept {
    struct stat status {};

    const int rc =
        path == kStandardInput ? ::fstat(STDIN_FILENO, &status) : ::stat(path.c_str(), &status);
    if (rc != 0)
        return {};
    return FileIdentity{.device = status.st_dev, .inode = status.st_ino};
}

std::optional<FileStamp> stamp(const fs::path& path) noexcept {
    struct stat status {};

    if (::stat(path.c_str(), &status) != 0)
        return std::nullopt;
    constexpr std::int64_t kNanoseconds = 1'000'000'000;
    return FileStamp{.identity = {status.st_dev, status.st_ino},
                     .size = static_cast<std::uint64_t>(status.st_size),
                     .changed = status.st_ctim.tv_sec * kNanoseconds + status.st_ctim.tv_nsec};
}

bool is_forbidden(const fs::path& path, Access access) noexcept {
    const int mode = access == Access::Read ? R_OK : W_OK;
    return ::faccessat(AT_FDCWD, path.c_str(), mode, AT_EACCESS) != 0 && errno == EACCES;
}

bool exists(const fs::path& path) noexcept {
    struct stat status {};

    return ::lstat(path.c_str(), &status) == 0;
}

bool is_missing(const fs::path& path) noexcept {
    struct stat status {};

    return ::lstat(path.c_str(), &status) != 0 && (errno == ENOENT || errno == ENOTDIR);
}

bool lacks_magic(const fs::path& path, std::string_view magic) {
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
    std::string begin(magic.size(), '\0');
    if (!file)
        return false;
    const ssize_t got = ::read(file.get(), begin.data(), begin.size());
    return got >= 0 && (static_cast<std::size_t>(got) != begin.size() || begin != magic);
}

Status check_writable(const fs::path& path) {
    const fs::path directory = directory_of(path);
    const Result<FileInfo> place = inspect(directory);
    const auto refuse = [](const fs::path& where, std::string what, std::string hint) {
        return fail(Error{.code = Errc::Io,
                          .what = std::move(what),
                          .where = {.source = where.string()},
                          .hint = std::move(hint)});
    };
    if (!place)
        return refuse(path,
                      fmt::format("cannot be made: {} does not exist", directory.string()),
                      fmt::format("mkdir -p -m 0700 {}", shell_word(directory.string())));
    if (!place->directory)
        return refuse(directory, "is not a directory", {});
    SCEP_CHECK(check_access(directory, W_OK | X_OK));
    const Result<FileInfo> file = inspect(path);
    if (!file)
        return {};
    if (!file->regular)
        return refuse(path, "is not a regular file", {});
    return check_access(path, R_OK | W_OK);
}

Result<std::string> network_file_system(const fs::path& path) {
    fs::path place = path;

    struct statfs status {};

    while (::statfs(place.c_str(), &status) != 0) {
        const fs::path above = directory_of(place);
        if (errno != ENOENT || above == place)
            return fail(system_error("open", place));
        place = above;
    }
    for (const auto& [type, name] : kNetworkFileSystems)
        if (static_cast<std::uint32_t>(status.f_type) == type)
            return std::string(name);
    return std::string();
}

}  // namespace scep::files
