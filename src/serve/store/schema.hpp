// The tables and how an older file becomes a current one.
#pragma once

#include <functional>

#include <SQLiteCpp/Database.h>

#include "core/base/result.hpp"

namespace scep::store {

// Brings an empty or older database to this program's schema in one transaction, an older one only
// when `may_upgrade` is content with it. Store when the file belongs to another program or to a
// newer schema. Throws SQLite::Exception.
Status migrate(SQLite::Database& database, const std::function<Status()>& may_upgrade);

// Whether there are tables, of this schema or of an older one; false when migrate() would make them
// all. Store and exceptions as migrate().
Result<bool> has_tables(SQLite::Database& database);

// Store unless the database has exactly this program's schema. Throws SQLite::Exception.
Status check_schema(SQLite::Database& database);

}  // namespace scep::store
