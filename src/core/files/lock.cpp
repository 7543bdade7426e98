// Locks on directories.
#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>

#include "core/files/files.hpp"

namespace scep::files {

Result<DirectoryLock> DirectoryLock::take(const std::filesystem::path& directory) {
    DirectoryLock out;
    out.directory_ =
        Descriptor(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK));
    if (!out.directory_)
        return out;  // who may not list a directory may still be allowed to make files in it
    if (::flock(out.directory_.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
        return fail(Error{.code = Errc::Config,
                          .what = "another run works in this directory",
                          .where = {.source = directory.string()},
                          .hint = "wait for it, or take another directory"});
    return out;
}

}  // namespace scep::files
