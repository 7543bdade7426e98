// The SQLite file as this program opens it, and SQLite's exceptions as errors.
#pragma once

#include <filesystem>
#include <optional>
#include <string_view>

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Exception.h>

#include "core/base/result.hpp"

namespace scep::store {

// "state.db: cannot write: disk I/O error (SQLITE_IOERR_FSYNC)", with the system's reason where
// SQLite kept it. `database` is null when there is none yet.
Error store_error(std::string_view verb,
                  const std::filesystem::path& path,
                  const SQLite::Exception& exception,
                  const SQLite::Database* database);

// The server's: made 0600 when it is missing, WAL, synchronous FULL, migrated; locks are not waited
// for once it is open. What it made is removed when it fails. Throws nothing but std::bad_alloc.
Result<SQLite::Database> open_for_serve(const std::filesystem::path& path);

// To see whether open_for_serve() would succeed: the same locks and pragmas, without making,
// entering WAL or migrating. nullopt when the schema is an older one.
Result<std::optional<SQLite::Database>> open_for_probe(const std::filesystem::path& path);

// admin's: must exist with the current schema; waits for locks a little; leaves the WAL alone, also
// when it is the last to close.
Result<SQLite::Database> open_for_admin(const std::filesystem::path& path);

}  // namespace scep::store
