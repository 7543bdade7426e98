#include "serve/store/database.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <functional>
#include <optional>
#include <sqlite3.h>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "core/base/limits.hpp"
#include "core/files/descriptor.hpp"
#include "serve/store/chain_tail.hpp"
#include "serve/store/schema.hpp"

namespace scep::store {

namespace {

namespace fs = std::filesystem;

constexpr mode_t kPrivate = 0600;

int milliseconds(std::chrono::milliseconds time) {
    return static_cast<int>(time.count());
}

// SQLite's text for all of these is "disk I/O error", and the system's error is often lost.
constexpr std::array<std::pair<int, std::string_view>, 7> kNamed{
    {{SQLITE_IOERR_READ, "SQLITE_IOERR_READ"},
     {SQLITE_IOERR_SHORT_READ, "SQLITE_IOERR_SHORT_READ"},
     {SQLITE_IOERR_WRITE, "SQLITE_IOERR_WRITE"},
     {SQLITE_IOERR_FSYNC, "SQLITE_IOERR_FSYNC"},
     {SQLITE_IOERR_DIR_FSYNC, "SQLITE_IOERR_DIR_FSYNC"},
     {SQLITE_IOERR_TRUNCATE, "SQLITE_IOERR_TRUNCATE"},
     {SQLITE_IOERR_SHMSIZE, "SQLITE_IOERR_SHMSIZE"}}};

std::string result_name(int extended) {
    const auto* const found =
        std::ranges::find(kNamed, extended, &decltype(kNamed)::value_type::first);
    return found != kNamed.end() ? std::string(found->second)
                                 : fmt::format("SQLite result {}", extended);
}

bool out_of_space(int result, int system_error) {
    return result == SQLITE_FULL || system_error == ENOSPC || system_error == EDQUOT;
}

std::string hint_for(int result, int system_error, const fs::path& path) {
    if (out_of_space(result, system_error))
        return fmt::format("make room on the file system of {}", path.string());
    if (result == SQLITE_NOTADB || result == SQLITE_CORRUPT)
        return "put back a copy that is known to be good, with no -wal and -shm file beside it";
    if (result == SQLITE_BUSY)
        return "another program holds the state database; try again when it is done";
    return {};
}

// SQLite alone would give a new file 0644 and the umask; its -wal and -shm take over the mode of
// the file. True when there was none. The name is made durable with the first commit: SQLite syncs
// the directory when it makes the WAL.
Result<bool> create(const fs::path& path) {
    const files::Descriptor made(
        ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, kPrivate));
    if (made && ::fchmod(made.get(), kPrivate) == 0)
        return true;
    if (!made && errno == EEXIST)
        return false;
    Error error = files::system_error("create", path);
    error.code = Errc::Store;
    return fail(std::move(error));
}

// Whether another process has it open: in WAL mode SQLite holds a lock on the file all the time.
bool in_use(const fs::path& path) noexcept {
    const files::Descriptor file(::open(path.c_str(), O_RDWR | O_CLOEXEC));

    struct flock lock {};  // all of the file

    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    return file && ::fcntl(file.get(), F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

// Two servers would each decide by what they read before the other wrote: one approval, two
// certificates. flock() is not what SQLite locks with, and goes with the process.
Result<files::Descriptor> keep_others_out(const fs::path& path) {
    files::Descriptor file(::open(path.c_str(), O_RDWR | O_CLOEXEC));
    if (file && ::flock(file.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
        return fail(Error{.code = Errc::Store,
                          .what = "another server has it open",
                          .where = {.source = path.string()},
                          .hint = "stop that one first, or give this one a state_path of its own"});
    return file;
}

void remove_files(const fs::path& path) {
    for (const std::string_view suffix : {"-wal", "-shm", "-journal", ""}) {
        std::error_code ignored;
        fs::remove(path.string().append(suffix), ignored);
    }
}

Error at(Error error, const fs::path& path) {
    error.where.source = path.string();
    return error;
}

void configure(SQLite::Database& database) {
    database.exec("PRAGMA synchronous = FULL");
    database.exec("PRAGMA foreign_keys = ON");
    database.exec("PRAGMA temp_store = MEMORY");
    database.exec("PRAGMA trusted_schema = OFF");
}

Status enter_wal(SQLite::Database& database) {
    const std::string mode = database.execAndGet("PRAGMA journal_mode = WAL").getString();
    if (mode != "wal")
        return fail(Error{.code = Errc::Store,
                          .what = fmt::format("got journal mode {}, want wal", mode),
                          .hint = "state_path must lie on a local file system"});
    database.exec(fmt::format("PRAGMA wal_autocheckpoint = {}", limits::kWalCheckpointPages));
    database.exec(fmt::format("PRAGMA journal_size_limit = {}", limits::kWalKeptOctets));
    return {};
}

// An audit key that does not fit changes nothing: the program that wrote the file still reads it.
Status prepare_for_serve(SQLite::Database& database, const SecretBytes& audit_key) {
    configure(database);
    SCEP_CHECK(enter_wal(database));
    SCEP_CHECK(
        migrate(database, [&] { return check_tail(database, database.getFilename(), audit_key); }));
    database.setBusyTimeout(0);
    return {};
}

// A WAL that a killed server left stays as it is; without one, closing takes away what reading
// made.
Status prepare_for_probe(SQLite::Database& database) {
    std::error_code unknown;
    if (fs::exists(database.getFilename() + "-wal", unknown))
        sqlite3_db_config(database.getHandle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    configure(database);
    return {};
}

Status prepare_for_admin(SQLite::Database& database) {
    configure(database);
    database.exec("PRAGMA wal_autocheckpoint = 0");
    sqlite3_db_config(database.getHandle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    return check_schema(database);
}

using Prepare = std::function<Status(SQLite::Database&)>;

Result<SQLite::Database> open_file(const fs::path& path,
                                   const std::string& name,
                                   int flags,
                                   std::chrono::milliseconds busy_timeout,
                                   const Prepare& prepare) {
    std::optional<SQLite::Database> database;
    try {
        database.emplace(name, flags | SQLite::OPEN_NOMUTEX, milliseconds(busy_timeout));
        if (Status prepared = prepare(*database); !prepared)
            return fail(at(std::move(prepared).error(), path));
        return *std::move(database);
    } catch (const SQLite::Exception& exception) {
        return fail(store_error("open", path, exception, database ? &*database : nullptr));
    }
}

Result<SQLite::Database> open_existing_file(const fs::path& path,
                                            std::chrono::milliseconds busy_timeout,
                                            const Prepare& prepare) {
    return open_file(path, path.string(), SQLite::OPEN_READWRITE, busy_timeout, prepare);
}

Status check_exists(const fs::path& path) {
    std::error_code unknown;
    if (fs::exists(path, unknown) || unknown)
        return {};
    return fail(Error{.code = Errc::Store,
                      .what = "there is no state database",
                      .where = {.source = path.string()},
                      .hint = "certctl-scep serve makes it when it first starts"});
}

// RFC 3986: of the characters that a path may have, those that end it.
std::string uri_of(const fs::path& path, bool immutable) {
    std::string out = "file:";
    for (const char letter : fs::absolute(path).string())
        out += letter == '%' || letter == '?' || letter == '#'
                   ? fmt::format("%{:02X}", static_cast<unsigned char>(letter))
                   : std::string(1, letter);
    return out + (immutable ? "?immutable=1" : "?mode=ro");
}

}  // namespace

Error store_error(std::string_view verb,
                  const fs::path& path,
                  const SQLite::Exception& exception,
                  const SQLite::Database* database) {
    const int result = exception.getErrorCode();
    const bool from_system = result == SQLITE_IOERR || result == SQLITE_CANTOPEN;
    const int number =
        from_system && database != nullptr ? sqlite3_system_errno(database->getHandle()) : 0;
    std::string detail = result_name(exception.getExtendedErrorCode());
    if (number != 0)
        detail += fmt::format(", {}", std::generic_category().message(number));
    return {.code = Errc::Store,
            .what = fmt::format("cannot {}: {} ({})", verb, exception.what(), detail),
            .where = {.source = path.string()},
            .hint = hint_for(result, number, path)};
}

Result<SQLite::Database> open_for_serve(const fs::path& path,
                                        const SecretBytes& audit_key,
                                        files::Descriptor& lock) {
    SCEP_TRY(made, create(path));
    SCEP_TRY(locked, keep_others_out(path));
    lock = std::move(locked);
    Result<SQLite::Database> database =
        open_existing_file(path, limits::kStoreBusyDeadline, [&](SQLite::Database& opened) {
            return prepare_for_serve(opened, audit_key);
        });
    if (!database && made && !in_use(path))  // a start at the same moment may have taken it up
        remove_files(path);
    return database;
}

Status probe(const fs::path& path, const SecretBytes& audit_key) {
    const auto prepare = [&](SQLite::Database& database) -> Status {
        SCEP_CHECK(prepare_for_probe(database));
        SCEP_TRY(made, has_tables(database));
        return made ? check_tail(database, path, audit_key) : Status{};
    };
    SCEP_CHECK(open_existing_file(path, limits::kStoreBusyDeadline, prepare));
    return {};
}

Result<SQLite::Database> open_for_admin(const fs::path& path) {
    SCEP_CHECK(check_exists(path));
    return open_existing_file(path, limits::kAdminBusyTimeout, prepare_for_admin);
}

// Without a WAL nobody writes: then SQLite need not make one to read.
Result<SQLite::Database> open_to_read(const fs::path& path) {
    SCEP_CHECK(check_exists(path));
    std::error_code unknown;
    const bool alone = !fs::exists(path.string() + "-wal", unknown) && !unknown;
    return open_file(path,
                     uri_of(path, alone),
                     SQLite::OPEN_READONLY | SQLite::OPEN_URI,
                     limits::kAdminBusyTimeout,
                     check_schema);
}

}  // namespace scep::store
