// The tables and how an older file becomes a current one.
#pragma once

#include <SQLiteCpp/Database.h>

#include "core/base/result.hpp"

namespace scep::store {

// Brings an empty or older database to this program's schema in one transaction. Store when the
// file belongs to another program or to a newer schema. Throws SQLite::Exception.
Status migrate(SQLite::Database& database);

// Whether the schema is this program's; false when it is an older one that migrate() would bring up
// to date. Store and exceptions as migrate().
Result<bool> is_current(SQLite::Database& database);

// Store unless the database has exactly this program's schema. Throws SQLite::Exception.
Status check_schema(SQLite::Database& database);

}  // namespace scep::store
