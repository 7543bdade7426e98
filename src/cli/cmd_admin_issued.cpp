// admin issued: what was issued, newest first.
#include <fmt/format.h>

#include "cli/cmd_admin.hpp"
#include "cli/table.hpp"
#include "core/asn1/pem.hpp"
#include "core/base/encoding.hpp"
#include "core/base/escape.hpp"

namespace scep::cli {

namespace {

constexpr std::string_view kListHint = "certctl-scep admin issued list shows what was issued";

std::string pem_of(const store::Issuance& issued) {
    return asn1::to_pem("CERTIFICATE", issued.certificate);
}

// "2026-11-24T03:00:00Z, keyCompromise"; empty: not revoked.
std::string revocation_of(const store::Issuance& issued) {
    return issued.revoked_at ? fmt::format("{}, {}",
                                           to_rfc3339(*issued.revoked_at),
                                           store::name_of(issued.revocation_reason))
                             : "";
}

void print_list(Io& io, const std::vector<store::Issuance>& rows) {
    Table table({"SERIAL", "ISSUED", "NOT AFTER", "REVOKED", "PROFILE", "SUBJECT"});
    for (const store::Issuance& row : rows)
        table.add({row.serial,
                   to_rfc3339(row.issued_at),
                   to_rfc3339(row.not_after),
                   row.revoked_at ? to_rfc3339(*row.revoked_at) : "",
                   row.profile,
                   row.subject});
    table.print(io.out, io.color.out);
}

void print_one(Io& io, const store::Issuance& issued) {
    print_member(io, "serial", issued.serial);
    print_member(
        io, "subject", issued.subject);  // with its own escapes, unlike names and transactionIDs
    print_member(io, "subject alt names", escape_text(issued.subject_alt_names));
    print_member(io, "issuer id", issued.issuer_id);
    print_member(io, "profile", issued.profile);
    print_member(io, "not before", to_rfc3339(issued.not_before));
    print_member(io, "not after", to_rfc3339(issued.not_after));
    print_member(io, "issued at", to_rfc3339(issued.issued_at));
    print_member(io, "revoked", revocation_of(issued));
    print_member(io, "transaction", escape_text(issued.transaction_id));
    print_member(io, "SHA-256", to_hex(issued.fingerprint));
    print_member(io, "signer key SHA-256", to_hex(issued.signer_spki_sha256));
    io.out << pem_of(issued);
}

Result<store::Issuance> find(const AdminOptions& options, Io& io) {
    SCEP_TRY(serial, stored_serial(options.serial));
    SCEP_TRY(state, open_state(options, AuditKey::NotNeeded, io));
    SCEP_TRY(found, state->issuance(serial));
    if (!found)
        return fail(Error{.code = Errc::Policy,
                          .what = fmt::format("no certificate was issued with serial number {}",
                                              escape_text(options.serial)),
                          .hint = std::string(kListHint)});
    return *std::move(found);
}

Result<std::vector<store::Issuance>> find_all(const AdminOptions& options, Io& io) {
    SCEP_TRY(state, open_state(options, AuditKey::NotNeeded, io));
    return state->issued(
        {.profile = options.profile, .subject = options.subject, .limit = one_more(options.limit)});
}

}  // namespace

Json to_json(const store::Issuance& issued) {
    return {{"serial", issued.serial},
            {"issuer_id", issued.issuer_id},
            {"profile", issued.profile},
            {"subject", issued.subject},
            {"subject_alt_names", issued.subject_alt_names},
            {"not_before", to_rfc3339(issued.not_before)},
            {"not_after", to_rfc3339(issued.not_after)},
            {"issued_at", to_rfc3339(issued.issued_at)},
            {"transaction_id", issued.transaction_id},
            {"sha256", to_hex(issued.fingerprint)},
            {"signer_spki_sha256", to_hex(issued.signer_spki_sha256)},
            {"revoked_at", time_or_null(issued.revoked_at)},
            {"revocation_reason",
             issued.revoked_at ? Json(store::name_of(issued.revocation_reason)) : Json()}};
}

Exit list_issued(const AdminOptions& options, Io& io) {
    Result<std::vector<store::Issuance>> rows = find_all(options, io);
    if (!rows)
        return report(io, rows.error());
    const bool more = is_cut(rows->size(), options.limit);
    if (more)
        rows->pop_back();
    if (options.json()) {
        Json document = admin_document();
        document["certificates"] = Json::array();
        for (const store::Issuance& row : *rows)
            document["certificates"].push_back(to_json(row));
        document["more"] = more;
        print_json(io, document);
    } else {
        print_list(io, *rows);
        if (more)
            note(io, "older certificates are left out; --limit 0 lists all");
    }
    return Exit::Ok;
}

Exit show_issued(const AdminOptions& options, Io& io) {
    const Result<store::Issuance> issued = find(options, io);
    if (!issued)
        return report(io, issued.error());
    if (options.json()) {
        Json document = admin_document();
        document["certificate"] = to_json(*issued);
        document["certificate"]["pem"] = pem_of(*issued);
        print_json(io, document);
    } else {
        print_one(io, *issued);
    }
    return Exit::Ok;
}

}  // namespace scep::cli
