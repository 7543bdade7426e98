#include "serve/store/chain_tail.hpp"

#include <optional>

#include <fmt/format.h>

#include "serve/store/rows.hpp"
#include "serve/store/store.hpp"

namespace scep::store {

Error broken_chain(const std::filesystem::path& path,
                   std::int64_t sequence,
                   std::string_view what) {
    return {.code = Errc::Crypto,
            .what = fmt::format("audit row {} {}", sequence, what),
            .where = {.source = path.string()},
            .hint = "rows were changed outside certctl-scep, or audit_key_path names another key"};
}

namespace {

// The last row and the MAC of the one before it.
struct Tail {
    std::optional<AuditEvent> last{};
    Buffer previous{};
};

Tail read_tail(SQLite::Database& database) {
    SQLite::Statement select(
        database,
        fmt::format("SELECT {} FROM audit_event ORDER BY sequence DESC LIMIT 2", kEventColumns));
    Tail out;
    if (select.executeStep())
        out.last = read_event(select);
    if (out.last && select.executeStep())
        out.previous = read_event(select).mac;
    return out;
}

}  // namespace

Status check_tail(SQLite::Database& database,
                  const std::filesystem::path& path,
                  const SecretBytes& audit_key) {
    const auto refuse = [&path](std::int64_t sequence, std::string_view what) {
        Error error = broken_chain(path, sequence, what);
        error.code = Errc::Store;
        error.hint = "put back the key that audit_key_path named before, or the state database";
        return fail(std::move(error));
    };
    const Tail tail = read_tail(database);
    if (!tail.last) {
        SQLite::Statement head(database, kSelectHead);
        const std::int64_t written = read_head(head).sequence;
        return written == 0 ? Status{} : refuse(written, "is missing");
    }
    if (equal_constant_time(chain_mac(audit_key, tail.previous, *tail.last), tail.last->mac))
        return {};
    return refuse(tail.last->sequence, "does not fit under the audit key");
}

}  // namespace scep::store
