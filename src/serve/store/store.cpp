#include "serve/store/store.hpp"

#include <cassert>
#include <sqlite3.h>

#include <SQLiteCpp/Transaction.h>

#include "serve/store/state.hpp"

namespace scep::store {

Store::Store(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}

Store::~Store() = default;

Result<std::unique_ptr<Store>> Store::make(Use use,
                                           const std::filesystem::path& path,
                                           SecretBytes audit_key) {
    SCEP_TRY(database, use == Use::Serve ? open_for_serve(path) : open_for_admin(path));
    try {
        return std::unique_ptr<Store>(
            new Store(std::make_unique<State>(path, std::move(audit_key), std::move(database))));
    } catch (const SQLite::Exception& exception) {
        return fail(store_error("open", path, exception, nullptr));
    }
}

Result<std::unique_ptr<Store>> Store::open(const std::filesystem::path& path,
                                           SecretBytes audit_key) {
    SCEP_TRY(store, make(Use::Serve, path, std::move(audit_key)));
    SCEP_CHECK(store->check_key());
    return std::move(store);
}

Result<std::unique_ptr<Store>> Store::open_existing(const std::filesystem::path& path,
                                                    SecretBytes audit_key) {
    return make(Use::Admin, path, std::move(audit_key));
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
        return WriteResult::Done;
    } catch (const SQLite::Exception& exception) {
        if (exception.getErrorCode() == SQLITE_BUSY)
            return WriteResult::Busy;
        state_->failed = state_->error("write", exception);
        return fail(*state_->failed);
    }
}

}  // namespace scep::store
