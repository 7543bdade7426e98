#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include <fmt/format.h>

#include "core/base/encoding.hpp"
#include "core/base/escape.hpp"
#include "core/files/descriptor.hpp"
#include "core/files/files.hpp"

namespace scep::files {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kStandardInput = "-";
constexpr unsigned kGroupAndOthers = 077;
constexpr std::size_t kReadStep = 64U << 10U;     // octets; a pipe does not say its size
constexpr std::size_t kMaxReadStep = 16U << 20U;  // of them, the more the more there was
constexpr std::size_t kMaxPiped = 64U << 20U;     // octets that are held without a size

struct Source {
    Descriptor owner{};  // empty for standard input
    int fd = -1;

    struct stat status {};

    std::string name{};
};

Error at(const Source& source, Errc code, std::string what) {
    return {.code = code, .what = std::move(what), .where = {.source = source.name}};
}

// /dev/zero and its like. /dev/null ends at once.
bool is_endless(const Source& source) {
    struct stat null {};

    if (!S_ISCHR(source.status.st_mode) || ::isatty(source.fd) == 1)
        return false;
    return ::stat("/dev/null", &null) != 0 || null.st_rdev != source.status.st_rdev;
}

Result<Source> open_source(const fs::path& path) {
    Source out;
    out.name = path == kStandardInput ? "<stdin>" : path.string();
    if (path == kStandardInput) {
        out.fd = STDIN_FILENO;
    } else {
        out.owner = Descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
        if (!out.owner)
            return fail(system_error("open", path));
        out.fd = out.owner.get();
    }
    if (::fstat(out.fd, &out.status) != 0)
        return fail(system_error("open", out.name));
    if (S_ISDIR(out.status.st_mode))
        return fail(at(out, Errc::Io, "is a directory, want a file"));
    if (is_endless(out))
        return fail(at(out, Errc::Io, "is a device, want a file, a pipe or a terminal"));
    return out;
}

// Never resizes a wiped container upward without reserving: the allocator wipes what it lets go.
template <class Container>
Result<Container> read_all(const Source& source, std::size_t limit) {
    const auto size = static_cast<std::size_t>(source.status.st_size);
    const bool sized = S_ISREG(source.status.st_mode);
    if (!sized)
        limit = std::min(limit, kMaxPiped);
    const auto too_large = [&] {
        Error error = at(source, Errc::Io, fmt::format("is larger than {} bytes", limit));
        if (!sized)
            error.hint = "a file may be larger than what comes by a pipe";
        return error;
    };
    if (sized && size > limit)
        return fail(too_large());
    Container out(sized ? size + 1 : kReadStep);
    std::size_t filled = 0;
    for (;;) {
        const ssize_t got = ::read(source.fd, out.data() + filled, out.size() - filled);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return fail(system_error("read", source.name));
        if (got == 0)
            break;
        filled += static_cast<std::size_t>(got);
        if (filled > limit)
            return fail(too_large());
        if (filled == out.size()) {
            const std::size_t more = std::clamp(filled, kReadStep, kMaxReadStep);
            out.reserve(filled + more);
            out.resize(filled + more);
        }
    }
    out.resize(filled);
    return out;
}

// Both ends resolved: a link inside the directory does not lend its leave to a file elsewhere.
bool is_under(const fs::path& path, const fs::path& directory) {
    std::error_code ignored;
    const fs::path inner = fs::canonical(path, ignored);
    const fs::path outer = fs::canonical(directory, ignored);
    if (inner.empty() || outer.empty())
        return false;
    const auto [rest, end] = std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end());
    return rest == outer.end();
}

Status check_private(const Source& source, const fs::path& path, const fs::path& credentials) {
    const unsigned mode = source.status.st_mode & 07777U;
    if (!S_ISREG(source.status.st_mode) || (mode & kGroupAndOthers) == 0)
        return {};
    if (!credentials.empty() && path != kStandardInput && is_under(path, credentials))
        return {};
    Error error = at(source, Errc::Config, fmt::format("mode is {:04o}, want 0600", mode));
    error.hint = path == kStandardInput ? "give it by a pipe, or from a file of mode 0600"
                                        : fmt::format("chmod 0600 {}", shell_word(source.name));
    return fail(std::move(error));
}

}  // namespace

Result<Buffer> load(const fs::path& path, std::size_t limit) {
    SCEP_TRY(source, open_source(path));
    return read_all<Buffer>(source, limit);
}

Result<SecretBytes> load_secret(const fs::path& path,
                                const fs::path& credentials_directory,
                                std::size_t limit) {
    SCEP_TRY(source, open_source(path));
    SCEP_CHECK(check_private(source, path, credentials_directory));
    return read_all<SecretBytes>(source, limit);
}

Result<SecretBytes> load_challenge(const fs::path& path, const fs::path& credentials_directory) {
    SCEP_TRY(source, open_source(path));
    if (path != kStandardInput)  // whoever opened that for us has decided who may read it
        SCEP_CHECK(check_private(source, path, credentials_directory));
    SCEP_TRY(secret, read_all<SecretBytes>(source, limits::kMaxSecretFile));
    if (!secret.empty() && secret.back() == '\n') {
        secret.pop_back();
        if (!secret.empty() && secret.back() == '\r')
            secret.pop_back();
    }
    const auto refuse = [&](std::string what) {
        return fail(Error{.code = Errc::Config,
                          .what = std::move(what),
                          .where = {.source = path == kStandardInput ? "<stdin>" : path.string()}});
    };
    if (secret.empty())
        return refuse("the challenge is empty");
    if (secret.size() > limits::kMaxChallengeOctets)
        return refuse(
            fmt::format("the challenge is longer than {} bytes", limits::kMaxChallengeOctets));
    return std::move(secret);
}

Result<SecretBytes> load_audit_key(const fs::path& path, const fs::path& credentials_directory) {
    SCEP_TRY(file, load_secret(path, credentials_directory, limits::kMaxSecretFile));
    std::string_view text = as_text(file);
    if (text.ends_with('\n'))
        text.remove_suffix(1);
    std::optional<Buffer> octets = from_hex(text);
    if (!octets || octets->size() != limits::kAuditKeyOctets)
        return fail(Error{.code = Errc::Config,
                          .what = fmt::format("is not an audit key, want {} hexadecimal digits",
                                              2 * limits::kAuditKeyOctets),
                          .where = {.source = path.string()},
                          .hint = "put back the key that was made with the state database"});
    SecretBytes key = to_secret(*octets);
    wipe(octets->data(), octets->size());
    return key;
}

}  // namespace scep::files
