// The end of the audit chain: whether it was written under the key at hand.
#pragma once

#include <filesystem>

#include <SQLiteCpp/Database.h>

#include "core/base/result.hpp"
#include "core/base/secret.hpp"

namespace scep::store {

// "state.db: audit row 7 WHAT" and how such a thing comes about.
Error broken_chain(const std::filesystem::path& path, std::int64_t sequence, std::string_view what);

// Store, with a hint, when the last row does not fit under the key, or when there is none although
// one was written. The table is the same in every schema so far. `path` is for the error. Throws
// SQLite::Exception.
Status check_tail(SQLite::Database& database,
                  const std::filesystem::path& path,
                  const SecretBytes& audit_key);

}  // namespace scep::store
