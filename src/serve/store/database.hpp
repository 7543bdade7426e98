// The SQLite file as this program opens it, and SQLite's exceptions as errors.
#pragma once

#include <filesystem>
#include <string_view>

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Exception.h>

#include "core/base/result.hpp"
#include "core/base/secret.hpp"
#include "core/files/descriptor.hpp"

namespace scep::store {

// "state.db: cannot write: disk I/O error (SQLITE_IOERR_FSYNC)", with the system's reason where
// SQLite kept it. `database` is null when there is none yet.
Error store_error(std::string_view verb,
                  const std::filesystem::path& path,
                  const SQLite::Exception& exception,
                  const SQLite::Database* database);

// The server's: made 0600 when it is missing, WAL, synchronous FULL, migrated; locks are not waited
// for once it is open. An older schema stays as it is when the audit key does not fit. What it made
// is removed when it fails. `lock` is given what keeps other servers out (Store when one has it),
// to be let go after the database. Throws nothing but std::bad_alloc.
Result<SQLite::Database> open_for_serve(const std::filesystem::path& path,
                                        const SecretBytes& audit_key,
                                        files::Descriptor& lock);

// Whether open_for_serve() would succeed, the audit key included: the same locks and pragmas,
// without making, entering WAL or migrating.
Status probe(const std::filesystem::path& path, const SecretBytes& audit_key);

// admin's: must exist with the current schema; waits for locks a little; leaves the WAL alone, also
// when it is the last to close.
Result<SQLite::Database> open_for_admin(const std::filesystem::path& path);

// To look at it alone, beside a server or without one: makes no file and writes none, so the place
// may be read-only. Must exist with the current schema.
Result<SQLite::Database> open_to_read(const std::filesystem::path& path);

}  // namespace scep::store
