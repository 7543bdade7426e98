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

// As it is stored: upper case, whole octets, no leading zero octet. nullopt when it is no number.
std::optional<std::string> stored_serial(std::string text) {
    std::erase(text, ':');
    if (text.starts_with("0x"))
        text.erase(0, 2);
    if (text.size() % 2 != 0)
        text.insert(0, "0");
    const std::optional<Buffer> octets = from_hex(text);
    if (!octets || octets->empty())
        return std::nullopt;
    Bytes digits = *octets;
    while (digits.size() > 1 && digits.front() == 0)
        digits = digits.subspan(1);
    return to_hex_upper(digits);
}

std::string pem_of(const store::Issuance& issued) {
    return asn1::to_pem("CERTIFICATE", issued.certificate);
}

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
            {"signer_spki_sha256", to_hex(issued.signer_spki_sha256)}};
}

void print_list(Io& io, const std::vector<store::Issuance>& rows) {
    Table table({"SERIAL", "ISSUED", "NOT AFTER", "PROFILE", "SUBJECT"});
    for (const store::Issuance& row : rows)
        table.add({row.serial,
                   to_rfc3339(row.issued_at),
                   to_rfc3339(row.not_after),
                   row.profile,
                   row.subject});
    table.print(io.out, io.color.out);
}

void print_one(Io& io, const store::Issuance& issued) {
    const auto line = [&io](std::string_view name, std::string_view value) {
        io.out << fmt::format("{:<18} {}\n", name, value.empty() ? "-" : escape_controls(value));
    };
    line("serial", issued.serial);
    line("subject", issued.subject);  // with its own escapes, unlike names and transactionIDs
    line("subject alt names", escape_text(issued.subject_alt_names));
    line("issuer id", issued.issuer_id);
    line("profile", issued.profile);
    line("not before", to_rfc3339(issued.not_before));
    line("not after", to_rfc3339(issued.not_after));
    line("issued at", to_rfc3339(issued.issued_at));
    line("transaction", escape_text(issued.transaction_id));
    line("SHA-256", to_hex(issued.fingerprint));
    line("signer key SHA-256", to_hex(issued.signer_spki_sha256));
    io.out << pem_of(issued);
}

Result<store::Issuance> find(const AdminOptions& options, Io& io) {
    const std::optional<std::string> serial = stored_serial(options.serial);
    if (!serial)
        return fail(Error{.code = Errc::Usage,
                          .what = fmt::format("SERIAL: got \"{}\", want a number in hexadecimal",
                                              escape_text(options.serial)),
                          .hint = std::string(kListHint)});
    SCEP_TRY(state, open_state(options, false, io));
    SCEP_TRY(found, state->issuance(*serial));
    if (!found)
        return fail(Error{.code = Errc::Policy,
                          .what = fmt::format("no certificate was issued with serial number {}",
                                              escape_text(options.serial)),
                          .hint = std::string(kListHint)});
    return *std::move(found);
}

Result<std::vector<store::Issuance>> find_all(const AdminOptions& options, Io& io) {
    SCEP_TRY(state, open_state(options, false, io));
    return state->issued(
        {.profile = options.profile, .subject = options.subject, .limit = one_more(options.limit)});
}

}  // namespace

Exit list_issued(const AdminOptions& options, Io& io) {
    Result<std::vector<store::Issuance>> rows = find_all(options, io);
    if (!rows)
        return report(io, rows.error());
    const bool more = options.limit != store::kAllRows && rows->size() > options.limit;
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
