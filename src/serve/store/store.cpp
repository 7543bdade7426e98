#include "serve/store/store.hpp"

#include <algorithm>
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
    files::Descriptor lock;
    Result<SQLite::Database> database = open_for_serve(path, audit_key, lock);
    SCEP_TRY(state, State::make(path, std::move(audit_key), std::move(database)));
    state->lock = std::move(lock);
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

Result<std::unique_ptr<Store>> Store::open_to_read(const std::filesystem::path& path) {
    SCEP_TRY(state, State::make(path, {}, store::open_to_read(path)));
    return std::unique_ptr<Store>(new Store(std::move(state)));
}

Status Store::probe(const std::filesystem::path& path, const SecretBytes& audit_key) {
    std::error_code unknown;
    const auto size = std::filesystem::file_size(path, unknown);
    if (unknown || size == 0)
        return {};
    return store::probe(path, audit_key);
}

void Store::State::append(ChainHead& head, AuditEvent event) {
    event.sequence = ++head.sequence;
    const auto mac = chain_mac(audit_key, head.mac, event);
    event.mac.assign(mac.begin(), mac.end());
    insert(insert_event, event);
    head.mac = std::move(event.mac);
}

void Store::State::write(const Effects& effects, ChainHead& head) {
    for (const Issuance& issuance : effects.issuances)
        insert(insert_issuance, issuance);
    for (const AuditEvent& event : effects.events)
        append(head, event);
    std::vector<std::int64_t> ids;
    for (const PendingRequest& request : effects.pending) {
        insert(insert_pending, request);
        ids.push_back(database.getLastInsertRowid());
    }
    for (const Transaction& transaction : effects.transactions) {
        const auto request =
            std::ranges::find(effects.pending, transaction.key, &PendingRequest::key);
        const bool waits = request != effects.pending.end();
        put(put_transaction,
            transaction,
            waits ? ids[static_cast<std::size_t>(request - effects.pending.begin())]
                  : transaction.pending_id);
    }
    for (const PendingOutcome& outcome : effects.pending_outcomes)
        end(end_pending, outcome);
    for (const ChallengeUse& one : effects.challenge_uses)
        use(use_challenge, one);
    for (const CrlRecord& crl : effects.crls)
        put(put_crl, crl);
}

bool Store::State::holds(const Effects& effects) {
    const auto spent = [this](const ChallengeUse& use) {
        return Run(find_overtaken.spent_challenge).bind(use.id).step();
    };
    const auto decided = [this](const PendingOutcome& outcome) {
        return Run(find_overtaken.decided_pending).bind(outcome.id).step();
    };
    const auto revoked = [this](const CertificateId& id) {
        return Run(find_overtaken.revoked_issuance).bind(id.serial).bind(id.issuer_id).step();
    };
    return std::ranges::none_of(effects.challenge_uses, spent) &&
           std::ranges::none_of(effects.pending_outcomes, decided) &&
           std::ranges::none_of(effects.unrevoked, revoked);
}

Result<WriteResult> Store::write(const std::vector<Effects>& turn,
                                 std::vector<std::size_t>* overtaken) {
    assert(!state_->audit_key.empty());
    if (state_->failed)
        return fail(*state_->failed);
    try {
        SQLite::Transaction transaction(state_->database, SQLite::TransactionBehavior::IMMEDIATE);
        ChainHead head = read_head(state_->select_head);
        for (std::size_t i = 0; i < turn.size(); ++i) {
            if (state_->holds(turn[i])) {
                state_->write(turn[i], head);
                continue;
            }
            assert(overtaken != nullptr);
            overtaken->push_back(i);
        }
        state_->prune(turn);
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

Result<std::int64_t> Store::data_version() const {
    try {
        Run run(state_->data_version);
        run.step();
        return Columns(state_->data_version).number();
    } catch (const SQLite::Exception& exception) {
        return fail(state_->error("read", exception));
    }
}

}  // namespace scep::store
