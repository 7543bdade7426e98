// admin pending: the requests that wait for an operator.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/cmd_admin.hpp"
#include "cli/table.hpp"
#include "core/base/encoding.hpp"
#include "core/base/escape.hpp"
#include "core/crypto/keys.hpp"
#include "core/x509/certificate.hpp"
#include "core/x509/name.hpp"

namespace scep::cli {

namespace {

constexpr std::string_view kListHint = "certctl-scep admin pending list --all shows all requests";

std::string_view state_of(const store::PendingRequest& request, TimePoint now) {
    if (request.state == store::PendingState::Pending && request.expires_at <= now)
        return "expired";
    return store::name_of(request.state);
}

std::string_view kind_of(const store::PendingRequest& request) {
    return request.renewal ? "renewal" : "enrolment";
}

// "RSA 2048 bits"; the request was checked before it was kept.
std::string key_text(const store::PendingRequest& request) {
    const Result<crypto::PublicKey> key =
        crypto::parse_public_key(request.spki, crypto::kDecodeKeys);
    return key ? key->describe() : "";
}

Json to_json(const store::PendingRequest& request, TimePoint now) {
    return {{"id", request.id},
            {"state", state_of(request, now)},
            {"profile", request.key.profile},
            {"kind", kind_of(request)},
            {"subject", request.subject},
            {"subject_alt_names", request.subject_alt_names},
            {"security_identifier", request.security_identifier},
            {"key", key_text(request)},
            {"spki_sha256", to_hex(crypto::sha256(request.spki))},
            {"authorisation", request.authorisation},
            {"for_next_ca", request.next_ca},
            {"received_at", to_rfc3339(request.received_at)},
            {"expires_at", to_rfc3339(request.expires_at)},
            {"decided_at", time_or_null(request.decided_at)},
            {"decided_by", request.decided_by},
            {"reason", request.reason},
            {"client_address", request.client_address},
            {"mtls_subject", request.mtls_subject},
            {"signer", request.signer},
            {"signer_spki_sha256", to_hex(request.key.signer_spki_sha256)},
            {"transaction_id", request.transaction_id},
            {"reference", request.reference},
            {"issuer_id", request.issuer_id},
            {"serial", request.serial}};
}

// A request, and as it is now the certificate that it would renew.
struct Shown {
    store::PendingRequest request{};
    std::optional<store::Issuance> renewed{};
};

Json renewed_json(const Shown& shown) {
    if (!shown.renewed)
        return {};
    return {{"serial", shown.renewed->serial},
            {"not_after", to_rfc3339(shown.renewed->not_after)},
            {"revoked_at", time_or_null(shown.renewed->revoked_at)}};
}

// "0A, revoked 2026-11-24T03:00:00Z": then an approval would be in vain.
std::string renewed_text(const Shown& shown, TimePoint now) {
    if (!shown.renewed)
        return "";
    const store::Issuance& renewed = *shown.renewed;
    if (renewed.revoked_at)
        return fmt::format("{}, revoked {}", renewed.serial, to_rfc3339(*renewed.revoked_at));
    return fmt::format("{}, {} {}",
                       renewed.serial,
                       renewed.not_after < now ? "expired" : "valid until",
                       to_rfc3339(renewed.not_after));
}

// An operator sees all that is asked for: the row keeps the texts cut, for lists.
void show_whole(store::PendingRequest& request) {
    if (const Result<x509::Name> subject = x509::Name::parse(request.name, "subject"))
        request.subject = subject->to_text();
    if (request.general_names.empty())
        return;
    const Result<std::vector<x509::GeneralName>> names =
        x509::parse_general_names(request.general_names);
    if (!names)
        return;
    std::vector<std::string> texts;
    for (const x509::GeneralName& name : *names)
        texts.push_back(name.to_text());
    request.subject_alt_names = fmt::format("{}", fmt::join(texts, ", "));
}

void print_list(Io& io, const std::vector<store::PendingRequest>& rows) {
    Table table({"ID", "STATE", "RECEIVED", "EXPIRES", "KIND", "PROFILE", "CLIENT", "SUBJECT"});
    for (const store::PendingRequest& row : rows)
        table.add({std::to_string(row.id),
                   std::string(state_of(row, io.clock.now())),
                   to_rfc3339(row.received_at),
                   to_rfc3339(row.expires_at),
                   std::string(kind_of(row)),
                   row.key.profile,
                   row.client_address,
                   row.subject});
    table.print(io.out, io.color.out);
}

// Rows of before do not name it.
std::string next_ca_text(const store::PendingRequest& request) {
    const std::string key = to_hex(request.next_ca_spki_sha256);
    return key.empty() ? "the next CA" : "the next CA, key SHA-256 " + key;
}

void print_one(Io& io, const Shown& shown) {
    const store::PendingRequest& request = shown.request;
    const auto line = [&io](std::string_view name, std::string_view value) {
        print_member(io, name, value);
    };
    line("id", std::to_string(request.id));
    line("state", state_of(request, io.clock.now()));
    line("kind", kind_of(request));
    if (request.renewal)
        line("renews", renewed_text(shown, io.clock.now()));
    line("subject", request.subject);  // names come with their own escapes
    line("subject alt names", escape_text(request.subject_alt_names));
    if (!request.security_identifier.empty())
        line("Microsoft SID", request.security_identifier);
    line("profile", request.key.profile);
    line("authorisation", request.authorisation);
    if (request.next_ca)
        line("for", next_ca_text(request));
    line("key", key_text(request));
    line("key SHA-256", to_hex(crypto::sha256(request.spki)));
    line("received", to_rfc3339(request.received_at));
    line("expires", to_rfc3339(request.expires_at));
    line("client", request.client_address);
    line("mTLS subject", request.mtls_subject);
    line("signer", request.signer);
    line("signer key SHA-256", to_hex(request.key.signer_spki_sha256));
    line("transaction", escape_text(request.transaction_id));
    line("reference", request.reference);
    line("decided", request.decided_at ? to_rfc3339(*request.decided_at) : "");
    line("decided by", escape_text(request.decided_by));
    line("reason", escape_text(request.reason));
    line("issuer id", request.issuer_id);
    line("serial", request.serial);
}

Result<std::vector<store::PendingRequest>> find_all(const AdminOptions& options, Io& io) {
    SCEP_TRY(state, open_state(options, AuditKey::NotNeeded, io));
    return state->pending_requests(
        {.profile = options.profile,
         .waiting_at = options.all ? std::nullopt : std::optional(io.clock.now()),
         .limit = one_more(options.limit)});
}

// What a renewal was signed by; nullopt when that is not among the certificates any more.
Result<std::optional<store::Issuance>> find_renewed(const store::Store& state,
                                                    const store::PendingRequest& request) {
    const Result<x509::Certificate> signer = x509::Certificate::parse(request.signer_certificate);
    if (!request.renewal || !signer)
        return std::nullopt;
    SCEP_TRY(issued, state.issuance(signer->serial_hex()));
    if (issued && issued->fingerprint != signer->fingerprint())
        return std::nullopt;
    return std::move(issued);
}

Result<Shown> find(const AdminOptions& options, Io& io) {
    const std::int64_t id = options.ids.front();
    SCEP_TRY(state, open_state(options, AuditKey::NotNeeded, io));
    SCEP_TRY(found, state->pending_request(id));
    if (!found)
        return fail(Error{.code = Errc::Policy,
                          .what = fmt::format("there is no request {}", id),
                          .hint = std::string(kListHint)});
    SCEP_TRY(renewed, find_renewed(*state, *found));
    show_whole(*found);
    return Shown{.request = *std::move(found), .renewed = std::move(renewed)};
}

void print_decided(Io& io, const store::PendingRequest& request) {
    io.out << fmt::format("request {} {}: {}\n",
                          request.id,
                          store::name_of(request.state),
                          escape_controls(request.subject));
}

// Each is a decision of its own: one that cannot be made keeps none of the others, unless the
// database is at fault.
Exit decide(const AdminOptions& options, store::Verdict verdict, Io& io) {
    const Result<std::unique_ptr<store::Store>> state = open_state(options, AuditKey::Needed, io);
    if (!state)
        return report(io, state.error());
    const store::Operator by = operator_now(io);
    Json document = admin_document();
    document["requests"] = Json::array();
    document["refused"] = Json::array();
    Exit code = Exit::Ok;
    for (const std::int64_t id : options.ids) {
        const auto decided = (*state)->decide_pending(id, verdict, options.reason, by);
        if (decided && options.json())
            document["requests"].push_back(to_json(*decided, by.now));
        else if (decided)
            print_decided(io, *decided);
        else {
            document["refused"].push_back({{"id", id}, {"reason", decided.error().what}});
            code = report(io, decided.error());
        }
        if (code == Exit::Failure)
            break;
    }
    if (options.json())
        print_json(io, document);
    return code;
}

}  // namespace

Exit list_pending(const AdminOptions& options, Io& io) {
    Result<std::vector<store::PendingRequest>> rows = find_all(options, io);
    if (!rows)
        return report(io, rows.error());
    const bool more = is_cut(rows->size(), options.limit);
    if (more)
        rows->erase(rows->begin());
    if (options.json()) {
        Json document = admin_document();
        document["requests"] = Json::array();
        for (const store::PendingRequest& row : *rows)
            document["requests"].push_back(to_json(row, io.clock.now()));
        document["more"] = more;
        print_json(io, document);
        return Exit::Ok;
    }
    print_list(io, *rows);
    if (more)
        note(io, "older requests are left out; --limit 0 lists all");
    if (rows->empty())
        note(io,
             options.all ? "there is no request"
                         : "no request waits; --all also lists what was decided or expired");
    return Exit::Ok;
}

Exit show_pending(const AdminOptions& options, Io& io) {
    const Result<Shown> shown = find(options, io);
    if (!shown)
        return report(io, shown.error());
    if (options.json()) {
        Json document = admin_document();
        document["request"] = to_json(shown->request, io.clock.now());
        document["request"]["renews"] = renewed_json(*shown);
        print_json(io, document);
    } else {
        print_one(io, *shown);
    }
    return Exit::Ok;
}

Exit approve_pending(const AdminOptions& options, Io& io) {
    return decide(options, store::Verdict::Approve, io);
}

Exit reject_pending(const AdminOptions& options, Io& io) {
    return decide(options, store::Verdict::Reject, io);
}

}  // namespace scep::cli
