// What a Store holds: the connection and the statements it keeps prepared.
#pragma once

#include <optional>

#include "core/files/files.hpp"
#include "serve/store/database.hpp"
#include "serve/store/rows.hpp"

namespace scep::store {

struct Store::State {
    State(std::filesystem::path where, SecretBytes key, SQLite::Database opened)
        : path(std::move(where)),
          audit_key(std::move(key)),
          database(std::move(opened)),
          insert_issuance(database, kInsertIssuance),
          insert_event(database, kInsertEvent),
          select_head(database, kSelectHead),
          identity(files::identify(path)) {}

    // Store, from `database` too.
    static Result<std::unique_ptr<State>> make(const std::filesystem::path& path,
                                               SecretBytes audit_key,
                                               Result<SQLite::Database> database);

    Error error(std::string_view verb, const SQLite::Exception& exception) const {
        return store_error(verb, path, exception, &database);
    }

    std::filesystem::path path;
    SecretBytes audit_key;
    SQLite::Database database;  // before its statements
    SQLite::Statement insert_issuance, insert_event, select_head;
    std::optional<files::FileIdentity> identity;  // of the file as it was opened
    std::optional<Error> failed{};                // what ended writing for good
};

}  // namespace scep::store
