// Atomic writing.
//
// Each file is written whole to a temporary name in its own directory, given its mode, and synced
// before any of the set takes its final name; all are written before the first is synced, for
// the disk then works at all of them at once. Taking the name is one rename(2): RENAME_NOREPLACE
// where nothing may be there, RENAME_EXCHANGE where something may, so that the temporary name then
// holds what was replaced and a failure further on can swap it back. File systems without these
// flags fall back to link(2) and to a plain rename.
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <set>

#include <fmt/format.h>

#include "core/files/descriptor.hpp"
#include "core/files/files.hpp"

namespace scep::files {

namespace {

namespace fs = std::filesystem;

fs::path directory_of(const fs::path& path) {
    const fs::path parent = path.parent_path();
    return parent.empty() ? fs::path(".") : parent;
}

constexpr std::size_t kDrawn = 6;  // characters that mkstemp(3) draws

// What the name of a temporary file begins with; no name that an operator would give.
std::string temporary_stem(const fs::path& path) {
    return fmt::format(".{}.part-", path.filename().string());
}

bool unsupported(int number) noexcept {
    return number == EINVAL || number == ENOSYS || number == EOPNOTSUPP;
}

int rename_with(const fs::path& from, const fs::path& to, unsigned flags) noexcept {
    return ::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), flags);
}

Status write_fully(int fd, Bytes content, const fs::path& path) {
    while (!content.empty()) {
        const ssize_t written = ::write(fd, content.data(), content.size());
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return fail(system_error("write", path));
        content = content.subspan(static_cast<std::size_t>(written));
    }
    return {};
}

Status sync_directory(const fs::path& directory) {
    const Descriptor fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd)
        return fail(system_error("open", directory));
    if (::fsync(fd.get()) != 0 && !unsupported(errno))
        return fail(system_error("sync", directory));
    return {};
}

// One file on its way: a temporary name until place(), undone by the destructor unless kept.
class Placement {
  public:
    explicit Placement(fs::path path) : path_(std::move(path)) {}

    Placement(const Placement&) = delete;
    Placement& operator=(const Placement&) = delete;

    ~Placement() {
        if (state_ == State::Exchanged)
            rename_with(temporary_, path_, RENAME_EXCHANGE);
        if (state_ == State::Placed)
            ::unlink(path_.c_str());
        if (!temporary_.empty())
            ::unlink(temporary_.c_str());
    }

    const fs::path& path() const noexcept { return path_; }

    // A file that was made ready may have waited for long, and somebody have tidied up.
    bool is_there() const noexcept {
        struct ::stat status {};

        return fd_ && ::fstat(fd_.get(), &status) == 0 && status.st_nlink > 0;
    }

    // The temporary file, empty as yet.
    Status make() {
        SCEP_TRY(fd, open_temporary());
        fd_ = std::move(fd);
        return {};
    }

    Status write(Bytes content, unsigned mode) {
        if (!is_there())
            SCEP_CHECK(make());
        SCEP_CHECK(write_fully(fd_.get(), content, path_));
        if (::fchmod(fd_.get(), mode) != 0)
            return fail(system_error("set the mode", path_));
        ::sync_file_range(fd_.get(), 0, 0, SYNC_FILE_RANGE_WRITE);  // begun; sync() waits for it
        return {};
    }

    Status sync() {
        if (::fsync(fd_.get()) != 0)
            return fail(system_error("sync", path_));
        return fd_.close(path_);
    }

    Status place(Overwrite overwrite) {
        return overwrite == Overwrite::Refuse ? place_new() : place_over();
    }

    void keep() noexcept {
        if (state_ != State::Exchanged)
            temporary_.clear();
        state_ = State::Kept;
    }

  private:
    enum class State : std::uint8_t { Temporary, Placed, Exchanged, Replaced, Kept };

    Result<Descriptor> open_temporary() {
        std::string name =
            (directory_of(path_) / (temporary_stem(path_) + std::string(kDrawn, 'X'))).string();
        Descriptor fd(::mkostemp(name.data(), O_CLOEXEC));  // O_EXCL and 0600
        if (!fd)
            return fail(system_error("create", path_));
        temporary_ = name;
        return fd;
    }

    Status place_new() {
        int rc = rename_with(temporary_, path_, RENAME_NOREPLACE);
        if (rc != 0 && unsupported(errno)) {
            rc = ::link(temporary_.c_str(), path_.c_str());
            if (rc == 0)
                ::unlink(temporary_.c_str());
        }
        if (rc != 0 && errno == EEXIST)
            return fail(Error{.code = Errc::Config,
                              .what = "already exists",
                              .where = {.source = path_.string()},
                              .hint = "--force replaces it"});
        if (rc != 0)
            return fail(system_error("create", path_));
        temporary_.clear();
        state_ = State::Placed;
        return {};
    }

    Status place_over() {
        std::error_code ignored;
        if (fs::is_directory(fs::symlink_status(path_, ignored)))  // an exchange would take it
            return fail(Error{.code = Errc::Config,
                              .what = "is a directory, want a file",
                              .where = {.source = path_.string()}});
        if (rename_with(temporary_, path_, RENAME_EXCHANGE) == 0) {
            state_ = State::Exchanged;
            return {};
        }
        if (errno == ENOENT)
            return place_new();
        if (!unsupported(errno) || ::rename(temporary_.c_str(), path_.c_str()) != 0)
            return fail(system_error("replace", path_));
        temporary_.clear();
        state_ = State::Replaced;
        return {};
    }

    fs::path path_;
    fs::path temporary_{};
    Descriptor fd_{};
    State state_ = State::Temporary;
};

// What is added to a file that is there.
struct Addition {
    fs::path path{};
    Descriptor fd{};

    Status sync() {
        if (::fsync(fd.get()) != 0)
            return fail(system_error("sync", path));
        return fd.close(path);
    }
};

}  // namespace

struct FileSet::State {
    std::vector<Addition> additions{};
    std::vector<std::unique_ptr<Placement>> made{};  // by make_ready(), and not written
    std::vector<std::unique_ptr<Placement>> written{};

    // The one that make_ready() has made, or a new one.
    std::unique_ptr<Placement> take(const fs::path& path) {
        const auto found = std::ranges::find(made, path, &Placement::path);
        if (found == made.end())
            return std::make_unique<Placement>(path);
        std::unique_ptr<Placement> out = std::move(*found);
        made.erase(found);
        return out;
    }

    Status sync() {
        for (Addition& addition : additions)
            SCEP_CHECK(addition.sync());
        additions.clear();
        for (const auto& placement : written)
            SCEP_CHECK(placement->sync());
        return {};
    }

    Status place(Overwrite overwrite, const std::function<Status()>& confirm) {
        SCEP_CHECK(sync());
        std::set<fs::path> directories;
        for (const auto& placement : written) {
            SCEP_CHECK(placement->place(overwrite));
            directories.insert(directory_of(placement->path()));
        }
        for (const fs::path& directory : directories)
            SCEP_CHECK(sync_directory(directory));
        if (confirm)
            SCEP_CHECK(confirm());
        for (const auto& placement : written)
            placement->keep();
        return {};
    }
};

FileSet::FileSet() : state_(std::make_unique<State>()) {}

FileSet::FileSet(FileSet&& other) noexcept = default;
FileSet& FileSet::operator=(FileSet&& other) noexcept = default;
FileSet::~FileSet() = default;

void FileSet::make_ready(const fs::path& path) {
    std::unique_ptr<Placement> placement = state_->take(path);
    if (placement->is_there() || placement->make())
        state_->made.push_back(std::move(placement));
}

Status FileSet::write(const fs::path& path, Bytes content, unsigned mode) {
    state_->written.push_back(state_->take(path));
    return state_->written.back()->write(content, mode);
}

Status FileSet::append(const fs::path& path, Bytes content) {
    // A pipe that nobody reads would hold the run up.
    Descriptor fd(::open(path.c_str(), O_WRONLY | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!fd)
        return fail(system_error("open", path));
    if (!fs::is_regular_file(fs::symlink_status(path)))
        return fail({.code = Errc::Io, .what = "is no file", .where = {.source = path.string()}});
    SCEP_CHECK(write_fully(fd.get(), content, path));
    ::sync_file_range(fd.get(), 0, 0, SYNC_FILE_RANGE_WRITE);
    state_->additions.push_back({path, std::move(fd)});
    return {};
}

Status FileSet::write(const NewFile& file) {
    return write(file.path, file.content, file.mode);
}

Status FileSet::place(Overwrite overwrite, const std::function<Status()>& confirm) {
    Status placed = state_->place(overwrite, confirm);
    state_->written.clear();  // what is not kept goes, and what was replaced comes back
    return placed;
}

Status write_all(const std::vector<NewFile>& files,
                 Overwrite overwrite,
                 const std::function<Status()>& confirm) {
    FileSet set;
    for (const NewFile& file : files)
        SCEP_CHECK(set.write(file));
    return set.place(overwrite, confirm);
}

Status write_atomic(const fs::path& path, Bytes content, unsigned mode, Overwrite overwrite) {
    FileSet set;
    SCEP_CHECK(set.write(path, content, mode));
    return set.place(overwrite);
}

std::vector<fs::path> find_temporaries(const fs::path& path) {
    std::vector<fs::path> out;
    const std::string stem = temporary_stem(path);
    std::error_code ignored;
    fs::directory_iterator entry(directory_of(path), ignored);
    while (!ignored && entry != fs::directory_iterator()) {
        const std::string name = entry->path().filename().string();
        if (name.starts_with(stem) && name.size() == stem.size() + kDrawn)
            out.push_back(entry->path());
        entry.increment(ignored);
    }
    return out;
}

void remove_temporaries(const fs::path& path) {
    for (const fs::path& temporary : find_temporaries(path))
        ::unlink(temporary.c_str());
}

Result<NewDirectory> NewDirectory::make(const fs::path& path, unsigned mode) {
    NewDirectory out;
    fs::path place;
    for (const fs::path& part : path) {
        place /= part;
        if (::mkdir(place.c_str(), mode) == 0) {
            out.made_.push_back(place);
            continue;
        }
        std::error_code ignored;
        const int number = errno;
        if (fs::is_directory(place, ignored))
            continue;
        errno = number;
        Error error = system_error("make the directory", place);
        out.undo();
        return fail(std::move(error));
    }
    return out;
}

void NewDirectory::undo() noexcept {
    for (auto directory = made_.rbegin(); directory != made_.rend(); ++directory)
        ::rmdir(directory->c_str());
    made_.clear();
}

}  // namespace scep::files
