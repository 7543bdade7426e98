// What a Store holds: the connection and the statements it keeps prepared.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "core/files/files.hpp"
#include "serve/store/database.hpp"
#include "serve/store/enrolment_rows.hpp"
#include "serve/store/rows.hpp"
#include "serve/store/store.hpp"

namespace scep::store {

// The database and what SQLite keeps beside it in WAL mode.
inline constexpr std::array<std::string_view, 3> kSuffixes{"", "-wal", "-shm"};

// Which files those of a database are at this moment.
using FileSet = std::array<std::optional<files::FileIdentity>, kSuffixes.size()>;
FileSet identify_files(const std::filesystem::path& database);

// What effects may rest on and another writer may have changed since.
struct Overtaken {
    SQLite::Statement spent_challenge, decided_pending, revoked_issuance;
};

struct Store::State {
    State(std::filesystem::path where, SecretBytes key, SQLite::Database opened)
        : path(std::move(where)),
          audit_key(std::move(key)),
          database(std::move(opened)),
          insert_issuance(database, kInsertIssuance),
          insert_event(database, kInsertEvent),
          select_head(database, kSelectHead),
          put_transaction(database, kPutTransaction),
          insert_pending(database, kInsertPending),
          end_pending(database, kEndPending),
          use_challenge(database, kUseChallenge),
          put_crl(database, kPutCrl),
          find_overtaken{{database, kFindSpentChallenge},
                         {database, kFindDecidedPending},
                         {database, kFindRevokedIssuance}},
          data_version(database, "PRAGMA data_version"),
          opened_files(identify_files(path)) {}

    // Store, from `database` too.
    static Result<std::unique_ptr<State>> make(const std::filesystem::path& path,
                                               SecretBytes audit_key,
                                               Result<SQLite::Database> database);

    Error error(std::string_view verb, const SQLite::Exception& exception) const {
        return store_error(verb, path, exception, &database);
    }

    // Inside a transaction, where the head is read under the write lock, so that two writers
    // continue one chain (SECURITY rule S26). All throw SQLite::Exception.
    void append(ChainHead& head, AuditEvent event);
    void write(const Effects& effects, ChainHead& head);
    // Whether what the effects were decided by still holds: admin may have revoked meanwhile what
    // they spend or renew.
    bool holds(const Effects& effects);
    // Takes out waiting requests that ended long ago, in proportion to those that `turn` adds, so
    // that neither their number nor the time it takes grows. The audit trail keeps what was done.
    void prune(const std::vector<Effects>& turn);

    // Store when a file was removed or replaced since: what is written then is lost with this
    // process.
    Status check_files() const;

    std::filesystem::path path;
    SecretBytes audit_key;
    // Of a server, see open_for_serve(). Before the database: that it is closed takes away the
    // locks which SQLite has on the file.
    files::Descriptor lock{};
    SQLite::Database database;  // before its statements
    SQLite::Statement insert_issuance, insert_event, select_head;
    SQLite::Statement put_transaction, insert_pending, end_pending, use_challenge, put_crl;
    Overtaken find_overtaken;
    SQLite::Statement data_version;
    FileSet opened_files;
    std::optional<Error> failed{};  // what ended writing for good
};

}  // namespace scep::store
