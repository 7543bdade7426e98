// The door to the file system: loading with limits and modes, atomic writing.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/limits.hpp"
#include "core/base/result.hpp"
#include "core/base/secret.hpp"
#include "core/files/descriptor.hpp"

namespace scep::files {

struct FileInfo {
    unsigned mode = 0;   // permission bits, 07777
    unsigned owner = 0;  // uid
    std::size_t size = 0;
    bool regular = false;
    bool directory = false;
};

// A regular file (or a pipe; "-" is standard input). Symbolic links are followed. Io with path and
// reason: missing, unreadable, a directory, larger than `limit`.
Result<Buffer> load(const std::filesystem::path& path, std::size_t limit = limits::kMaxFile);

// The same into wiped memory, and refused when group or others may read it: "mode is 0644, want
// 0600", hint "chmod 0600 PATH" (Config). Files under $CREDENTIALS_DIRECTORY (passed in by the
// caller) are taken with any mode; pipes have none that means anything.
Result<SecretBytes> load_secret(const std::filesystem::path& path,
                                const std::filesystem::path& credentials_directory = {},
                                std::size_t limit = limits::kMaxFile);

// A challenge, as load_secret() has it, but from standard input whatever its mode; one trailing
// newline (LF or CRLF) is dropped. Config when empty or too long.
Result<SecretBytes> load_challenge(const std::filesystem::path& path,
                                   const std::filesystem::path& credentials_directory = {});

// The MAC key of the audit chain: 64 hexadecimal digits, one newline allowed; 32 octets. Config
// when it is something else.
Result<SecretBytes> load_audit_key(const std::filesystem::path& path,
                                   const std::filesystem::path& credentials_directory = {});

// Of what a symbolic link points to. Io.
Result<FileInfo> inspect(const std::filesystem::path& path);

// Which file a path names; two are equal when both name one file.
struct FileIdentity {
    std::uint64_t device = 0, inode = 0;

    bool operator==(const FileIdentity&) const = default;
};

// nullopt when there is none. "-" is the file that standard input comes from.
std::optional<FileIdentity> identify(const std::filesystem::path& path) noexcept;

// Changes whenever the file's content may have: which file it is, its size, its time of change.
struct FileStamp {
    FileIdentity identity{};
    std::uint64_t size = 0;
    std::int64_t changed = 0;  // nanoseconds

    bool operator==(const FileStamp&) const = default;
};

// nullopt when there is none.
std::optional<FileStamp> stamp(const std::filesystem::path& path) noexcept;

enum class Access : std::uint8_t { Read, Write };

// This user may not do so, or not look into a directory above it; false where there is no file.
bool is_forbidden(const std::filesystem::path& path, Access access = Access::Read) noexcept;

bool exists(const std::filesystem::path& path) noexcept;  // of any kind, a dangling link too

// There is none for sure. Below a directory that this user may not look into, nobody knows: neither
// exists() nor is_missing().
bool is_missing(const std::filesystem::path& path) noexcept;

// The file can be read and begins otherwise.
bool lacks_magic(const std::filesystem::path& path, std::string_view magic);

// Whether this process could open `path` for writing and make files beside it, found out without
// writing: an existing regular file and its directory are writable, or the directory alone when
// there is no file yet. Io with the path at fault, hint when the directory is missing.
Status check_writable(const std::filesystem::path& path);

// The name of the network file system that holds the nearest existing parent of `path` ("nfs",
// "cifs"), empty on a local one.
Result<std::string> network_file_system(const std::filesystem::path& path);

enum class Overwrite : std::uint8_t { Refuse, Replace };

// Written to a temporary file beside `path`, synced, then linked or renamed into place; nothing is
// left behind on failure. The mode is exact, whatever the umask. Refuse: an existing file is an
// error with the hint --force (Config).
Status write_atomic(const std::filesystem::path& path,
                    Bytes content,
                    unsigned mode,
                    Overwrite overwrite);

struct NewFile {
    std::filesystem::path path;
    SecretBytes content;
    unsigned mode = 0644;
};

// A set of files that appear together or not at all: temporary files first, then put into place.
// What was not placed is removed with the set.
class FileSet {
  public:
    FileSet();
    FileSet(FileSet&& other) noexcept;
    FileSet& operator=(FileSet&& other) noexcept;
    ~FileSet();

    // Makes the temporary file that write() will fill: for whoever has time now and none then. What
    // fails here write() tries again and tells.
    void make_ready(const std::filesystem::path& path);

    // The disk begins with it, and place() waits for that. Io.
    Status write(const NewFile& file);
    Status write(const std::filesystem::path& path, Bytes content, unsigned mode);

    // Behind what a file holds; on the disk before anything is placed. It stays, whatever becomes
    // of the set, and of a crash on the way some of it. Io, also when there is no such file.
    Status append(const std::filesystem::path& path, Bytes content);

    // What was written, in that order. On failure those already placed are removed, and what they
    // replaced is put back. `confirm` is asked when all is in its place; its failure is one of
    // those.
    Status place(Overwrite overwrite, const std::function<Status()>& confirm = {});

  private:
    struct State;
    std::unique_ptr<State> state_;
};

// A FileSet of these at once.
Status write_all(const std::vector<NewFile>& files,
                 Overwrite overwrite,
                 const std::function<Status()>& confirm = {});

// What a process that was killed left of writing `path`: what it wrote, or what that replaced. For
// who keeps other writers of it out.
std::vector<std::filesystem::path> find_temporaries(const std::filesystem::path& path);
void remove_temporaries(const std::filesystem::path& path);

// A directory with those above it that are missing, and how to take them away again. The umask
// applies.
class NewDirectory {
  public:
    // Io; existing directories are fine.
    static Result<NewDirectory> make(const std::filesystem::path& path, unsigned mode);

    // Whether the directory itself is new.
    bool made() const noexcept { return !made_.empty(); }

    // Removes what make() made and what is still empty; for the way out of a failure.
    void undo() noexcept;

  private:
    std::vector<std::filesystem::path> made_{};  // outermost first
};

// Keeps other runs of this program out of a directory for as long as it lives. It leaves nothing
// behind, also when the process is killed. Where a file system knows no such locks, nobody is kept
// out.
class DirectoryLock {
  public:
    // Config when another process holds it.
    static Result<DirectoryLock> take(const std::filesystem::path& directory);

  private:
    Descriptor directory_{};
};

}  // namespace scep::files
