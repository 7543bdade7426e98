// admin audit: the rows of the chain, oldest first, and whether they fit together.
#include <fmt/format.h>

#include "cli/cmd_admin.hpp"
#include "cli/table.hpp"
#include "core/base/encoding.hpp"

namespace scep::cli {

namespace {

Json to_json(const store::AuditEvent& event) {
    return {{"sequence", event.sequence},
            {"time", to_rfc3339(event.time)},
            {"profile", event.profile},
            {"action", event.action},
            {"outcome", event.outcome},
            {"reason", event.reason},
            {"reference", event.reference},
            {"transaction_id", event.transaction_id},
            {"subject", event.subject},
            {"subject_alt_names", event.subject_alt_names},
            {"serial", event.serial},
            {"signer", event.signer},
            {"client_address", event.client_address},
            {"mtls_subject", event.mtls_subject},
            {"mac", to_hex(event.mac)}};
}

void print_list(Io& io, const std::vector<store::AuditEvent>& rows) {
    Table table(
        {"SEQUENCE", "TIME", "OUTCOME", "ACTION", "PROFILE", "REFERENCE", "SUBJECT", "REASON"});
    for (const store::AuditEvent& row : rows)
        table.add({std::to_string(row.sequence),
                   to_rfc3339(row.time),
                   row.outcome,
                   row.action,
                   row.profile,
                   row.reference,
                   row.subject,
                   row.reason});
    table.print(io.out, io.color.out);
}

Result<std::vector<store::AuditEvent>> find_all(const AdminOptions& options, Io& io) {
    SCEP_TRY(state, open_state(options, AuditKey::NotNeeded, io));
    return state->audit({.profile = options.profile,
                         .action = options.action,
                         .outcome = options.outcome,
                         .transaction_id = options.transaction_id,
                         .after = options.after,
                         .limit = one_more(options.limit)});
}

Result<std::int64_t> verify(const AdminOptions& options, Io& io) {
    SCEP_TRY(state, open_state(options, AuditKey::Needed, io));
    return state->verify_chain();
}

}  // namespace

Exit list_audit(const AdminOptions& options, Io& io) {
    Result<std::vector<store::AuditEvent>> rows = find_all(options, io);
    if (!rows)
        return report(io, rows.error());
    const bool more = is_cut(rows->size(), options.limit);
    if (more)
        rows->erase(options.after ? rows->end() - 1 : rows->begin());
    if (options.json()) {
        Json document = admin_document();
        document["events"] = Json::array();
        for (const store::AuditEvent& row : *rows)
            document["events"].push_back(to_json(row));
        document["more"] = more;
        print_json(io, document);
        return Exit::Ok;
    }
    print_list(io, *rows);
    if (more && options.after)
        note(io, fmt::format("more rows follow; --after {} goes on", rows->back().sequence));
    else if (more)
        note(io, "older rows are left out; --limit 0 lists all, --after 0 begins with the first");
    return Exit::Ok;
}

Exit verify_audit(const AdminOptions& options, Io& io) {
    const Result<std::int64_t> rows = verify(options, io);
    if (!rows && rows.error().code != Errc::Crypto)
        return report(io, rows.error());
    if (options.json()) {
        Json document = admin_document();
        document["verified"] = rows.has_value();
        if (rows)
            document["rows"] = *rows;
        else
            document["reason"] = rows.error().what;
        print_json(io, document);
    } else if (rows) {
        io.out << fmt::format("{} audit rows, every MAC fits\n", *rows);
    }
    return rows ? Exit::Ok : report(io, rows.error());
}

}  // namespace scep::cli
