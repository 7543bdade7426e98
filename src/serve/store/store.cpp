#include "serve/store/store.hpp"

#include <cassert>
#include <sqlite3.h>

#include <SQLiteCpp/Transaction.h>

#include "core/files/files.hpp"
#include "serve/store/state.hpp"

namespace scep::store {

Store::Store(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}

Store::~Store() = default;

FileSet identify_files(const std::filesystem::path& database) {
    // SQLite follows links, and keeps its files beside the real one.
    std::error_code unknown;
    const std::filesystem::path real = std::filesystem::canonical(database, unknown);
    const std::string& name = unknown ? database.native() : real.native();
    FileSet out;
    for (std::size_t i = 0; i < kSuffixes.size(); ++i)
        out[i] = files::identify(name + std::string(kSuffixes[i]));
    return out;
}

Status Store::State::check_files() const {
    const FileSet now = identify_files(path);
    for (std::size_t i = 0; i < kSuffixes.size(); ++i)
        if (!now[i] || now[i] != opened_files[i])
            return fail({.code = Errc::Store,
                         .what = "was removed or replaced while the server had it open",
                         .where = {.source = path.string() + std::string(kSuffixes[i])},
                         .hint = "put the database back with its -wal file, and start again"});
    return {};
}

Result<std::unique_ptr<Store::State>> Store::State::make(const std::filesystem::path& path,
                                                         SecretBytes audit_key,
                                                         Result<SQLite::Database> database) {
    if (!database)
        return fail(std::move(database).error());
    try {
        return std::make_unique<State>(path, std::move(audit_key), *std::move(database));
    } catch (const SQLite::Exception& exception) {
        return fail(store_error("open", path, exception, nullptr));
    }
}

Result<std::unique_ptr<Store>> Store::open(const std::filesystem::path& path,
                                           SecretBytes audit_key) {
    SCEP_TRY(state, State::make(path, std::move(audit_key), open_for_serve(path)));
    std::unique_ptr<Store> store(new Store(std::move(state)));
    SCEP_CHECK(store->check_key());
    return store;
}

Result<std::unique_ptr<Store>> Store::create(const std::filesystem::path& path,
                                             const std::filesystem::path& audit_key_path) {
    SCEP_TRY(key, create_audit_key(audit_key_path));
    Result<std::unique_ptr<Store>> store = open(path, std::move(key));
    // A database that is there was made by another start, which has read this key by now.
    if (!store && !files::exists(path)) {
        std::error_code ignored;
        std::filesystem::remove(audit_key_path, ignored);
    }
    return store;
}

Result<std::unique_ptr<Store>> Store::open_existing(const std::filesystem::path& path,
                                                    SecretBytes audit_key) {
    SCEP_TRY(state, State::make(path, std::move(audit_key), open_for_admin(path)));
    return std::unique_ptr<Store>(new Store(std::move(state)));
}

Status Store::probe(const std::filesystem::path& path, const SecretBytes& audit_key) {
    std::error_code unknown;
    const auto size = std::filesystem::file_size(path, unknown);
    if (unknown || size == 0)
        return {};
    SCEP_TRY(database, open_for_probe(path));
    if (!database)  // an older schema
        return {};
    SCEP_TRY(state, State::make(path, audit_key, *std::move(database)));
    return Store(std::move(state)).check_key();
}

// Inside the transaction: the head is read under the write lock, so that two
// writers continue one chain (SECURITY rule S26).
void Store::write_rows(const std::vector<Effects>& turn) {
    ChainHead head = read_head(state_->select_head);
    for (const Effects& effects : turn) {
        for (const Issuance& issuance : effects.issuances)
            insert(state_->insert_issuance, issuance);
        for (AuditEvent event : effects.events) {
            event.sequence = ++head.sequence;
            const auto mac = chain_mac(state_->audit_key, head.mac, event);
            event.mac.assign(mac.begin(), mac.end());
            insert(state_->insert_event, event);
            head.mac = std::move(event.mac);
        }
    }
}

Result<WriteResult> Store::write(const std::vector<Effects>& turn) {
    assert(!state_->audit_key.empty());
    if (state_->failed)
        return fail(*state_->failed);
    try {
        SQLite::Transaction transaction(state_->database, SQLite::TransactionBehavior::IMMEDIATE);
        write_rows(turn);
        transaction.commit();
    } catch (const SQLite::Exception& exception) {
        if (exception.getErrorCode() == SQLITE_BUSY)
            return WriteResult::Busy;
        state_->failed = state_->error("write", exception);
        return fail(*state_->failed);
    }
    // After the commit: files that went before it would have swallowed it.
    if (Status status = state_->check_files(); !status) {
        state_->failed = std::move(status).error();
        return fail(*state_->failed);
    }
    return WriteResult::Done;
}

}  // namespace scep::store
