// enroll: what it says at the end.
#include <algorithm>
#include <ostream>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "cli/cmd_enroll_state.hpp"
#include "core/base/encoding.hpp"
#include "core/base/escape.hpp"
#include "core/scep/hresult.hpp"

namespace scep::cli {

namespace {

using Json = nlohmann::ordered_json;
using Names = std::vector<std::string>;

constexpr std::string_view kSchema = "certctl-scep/enroll/1";

std::string fingerprint_text(const x509::Certificate& certificate) {
    return to_hex(certificate.fingerprint());
}

Names request_algorithms(const Exchange& exchange) {
    const AlgorithmChoice& chosen = exchange.algorithms();
    return {std::string(crypto::info(chosen.digest).name),
            std::string(crypto::info(chosen.cipher).name)};
}

bool is_broken(const std::string& name) {
    return name == crypto::info(crypto::Cipher::DesCbc).name ||
           name == crypto::info(crypto::Digest::Md5).name;
}

// --insecure is loud about what it let through, and says when it was not needed.
void warn_of_broken(const Exchange& exchange, Io& io) {
    const auto one = [&io](std::string_view who, const Names& names) {
        const bool broken = std::ranges::any_of(names, is_broken);
        if (broken)
            warning(io, fmt::format("insecure: the {} uses {}", who, fmt::join(names, " and ")));
        return broken;
    };
    const bool request = one("request", request_algorithms(exchange));
    const bool reply = one("reply", exchange.outcome().algorithms);
    if (!request && !reply)
        note(io, "--insecure was not needed: neither DES nor MD5 was used");
}

// --- text --------------------------------------------------------------------------------------

void print_success(const EnrollPlan& plan,
                   const x509::Certificate& certificate,
                   std::ostream& out) {
    const auto line = [&out](std::string_view name, std::string_view value) {
        out << fmt::format("{:<12} {}\n", name, escape_controls(value));
    };
    line("subject", certificate.subject_text());
    line("issuer", certificate.issuer_text());
    line("serial", certificate.serial_hex());
    line("not before", to_rfc3339(certificate.not_before()));
    line("not after", to_rfc3339(certificate.not_after()));
    line("SHA-256", fingerprint_text(certificate));
    line("key", plan.files.key.string());
    line("certificate", plan.files.certificate.string());
    line("chain", plan.files.chain.string());
}

// --- JSON --------------------------------------------------------------------------------------

Json certificate_json(const x509::Certificate& certificate) {
    Json sans = Json::array();
    if (const auto names = certificate.subject_alt_names())
        for (const x509::GeneralName& name : *names)
            sans.push_back(name.to_text());
    return {{"subject", certificate.subject_text()},
            {"issuer", certificate.issuer_text()},
            {"serial", certificate.serial_hex()},
            {"not_before", to_rfc3339(certificate.not_before())},
            {"not_after", to_rfc3339(certificate.not_after())},
            {"subject_alt_names", sans},
            {"sha256", fingerprint_text(certificate)}};
}

std::string_view kind_word(cms::RecipientKind kind) {
    switch (kind) {
        case cms::RecipientKind::KeyTransport:
            return "transport";
        case cms::RecipientKind::KeyAgreement:
            return "agreement";
        case cms::RecipientKind::Password:
            return "password";
        case cms::RecipientKind::Kek:
        case cms::RecipientKind::Other:
            break;
    }
    return "";
}

Json key_transport_json(const Exchange& exchange) {
    if (exchange.ca().recipient_kind != cms::RecipientKind::KeyTransport)
        return {};
    return exchange.algorithms().key_transport.oaep ? "oaep" : "pkcs1";
}

Json exchange_json(const EnrollPlan& plan, const Exchange& exchange) {
    const AlgorithmChoice& chosen = exchange.algorithms();
    const x509::Certificate& anchor = exchange.ca().anchors.front();
    const x509::Certificate& recipient = exchange.ca().recipient;
    return {{"url", plan.url.to_text()},
            {"transaction_id", exchange.transaction_id()},
            {"ca",
             {{"subject", anchor.subject_text()},
              {"sha256", fingerprint_text(anchor)},
              {"trusted_by", to_text(exchange.ca().trusted_by)}}},
            {"recipient",
             {{"kind", kind_word(exchange.ca().recipient_kind)},
              {"subject", recipient.subject_text()},
              {"sha256", fingerprint_text(recipient)}}},
            {"request",
             {{"digest", crypto::info(chosen.digest).name},
              {"cipher", crypto::info(chosen.cipher).name},
              {"key_transport", key_transport_json(exchange)}}},
            {"reply",
             {{"signer", exchange.outcome().signer.subject_text()},
              {"algorithms", exchange.outcome().algorithms}}}};
}

std::string_view status_word(PkiStatus status) {
    switch (status) {
        case PkiStatus::Success:
            return "success";
        case PkiStatus::Failure:
            return "failure";
        case PkiStatus::Pending:
            return "pending";
    }
    return "unknown";
}

Json files_json(const EnrollFiles& files) {
    return {{"key", files.key.string()},
            {"certificate", files.certificate.string()},
            {"chain", files.chain.string()}};
}

Json placed_document(const EnrollPlan& plan) {
    const EnrollState& state = *plan.resumed;
    return {{"schema", kSchema},
            {"status", status_word(PkiStatus::Success)},
            {"url", plan.url.to_text()},
            {"transaction_id", state.transaction_id},
            {"ca", {{"subject", state.ca.subject_text()}, {"sha256", fingerprint_text(state.ca)}}},
            {"recipient",
             {{"subject", state.recipient.subject_text()},
              {"sha256", fingerprint_text(state.recipient)}}},
            {"certificate", certificate_json(state.issued)},
            {"files", files_json(plan.files)}};
}

enum class Written : bool { No, Yes };  // the certificate

Json document(const EnrollPlan& plan, const Exchange& exchange, Written written) {
    const OperationOutcome& outcome = exchange.outcome();
    Json out{{"schema", kSchema}, {"status", status_word(outcome.status)}};
    out.update(exchange_json(plan, exchange));
    if (outcome.status == PkiStatus::Failure) {
        out["fail_info"] = outcome.fail_info ? Json(to_text(*outcome.fail_info)) : Json();
        out["fail_info_text"] = outcome.fail_info_text;
        if (outcome.hresult)
            out["hresult"] = hresult_text(*outcome.hresult);
    }
    if (outcome.status == PkiStatus::Success) {
        out["certificate"] = certificate_json(outcome.certificate);
        if (written == Written::No)
            out["certificate"]["pem"] = x509::to_pem(outcome.certificate);
    }
    if (outcome.status == PkiStatus::Success && written == Written::Yes) {
        out["files"] = files_json(plan.files);
    } else {
        out["files"]["key"] = plan.files.waiting_key.string();
        out["files"]["request"] = plan.files.request.string();
    }
    return out;
}

void print_json(const Json& document, Io& io) {
    io.out << document.dump(2, ' ', true, Json::error_handler_t::replace) << '\n';
}

// --- the other answers -------------------------------------------------------------------------

// What to do on the Windows side.
std::string windows_hint(const OperationOutcome& outcome) {
    const Hresult* known = outcome.hresult ? find_hresult(*outcome.hresult) : nullptr;
    return known == nullptr || known->hint.empty() ? "" : fmt::format("{}; ", known->hint);
}

Exit report_failure(const EnrollPlan& plan, const OperationOutcome& outcome, Io& io) {
    Error error = refusal(plan, outcome);
    error.hint = windows_hint(outcome);
    error.hint +=
        plan.files.own_key || plan.files.overwrite == files::Overwrite::Refuse
            ? fmt::format("once the cause is mended, the same key serves again: {}",
                          same_key_again(plan.files))
            : "once the cause is mended, the same command makes another key and tries again";
    return report(io, error);
}

Exit report_pending(const EnrollPlan& plan, const Exchange& exchange, Io& io) {
    note(io,
         fmt::format("{}: pending: the CA has not decided about transaction {} yet",
                     plan.url.to_text(),
                     exchange.transaction_id()));
    hint(io,
         fmt::format("once it has, this fetches the certificate: {}", resume_command(plan.files)));
    if (!plan.json)
        io.out << fmt::format("{:<12} {}\n", "pending", exchange.transaction_id());
    return Exit::Pending;
}

}  // namespace

Error refusal(const EnrollPlan& plan, const OperationOutcome& outcome) {
    Error error{
        .code = Errc::Policy,
        .what = fmt::format("the server refuses: {}",
                            outcome.fail_info ? to_text(*outcome.fail_info) : "no failInfo"),
        .where = {.source = plan.url.to_text()}};
    if (!outcome.fail_info_text.empty())
        error.what += fmt::format(": {}", escape_text(outcome.fail_info_text));
    if (outcome.hresult)
        error.what += fmt::format("; Windows says {}", hresult_text(*outcome.hresult));
    return error;
}

Exit report_enrollment(const EnrollPlan& plan, const Exchange& exchange, Io& io) {
    if (plan.legacy)
        warn_of_broken(exchange, io);
    if (plan.json)
        print_json(document(plan, exchange, Written::Yes), io);
    const OperationOutcome& outcome = exchange.outcome();
    switch (outcome.status) {
        case PkiStatus::Success:
            if (!plan.json)
                print_success(plan, outcome.certificate, io.out);
            return Exit::Ok;
        case PkiStatus::Failure:
            return report_failure(plan, outcome, io);
        case PkiStatus::Pending:
            return report_pending(plan, exchange, io);
    }
    return Exit::Failure;
}

void report_placed(const EnrollPlan& plan, Io& io) {
    if (plan.json)
        print_json(placed_document(plan), io);
    else
        print_success(plan, plan.resumed->issued, io.out);
}

void print_unwritten(const EnrollPlan& plan, const Exchange& exchange, Io& io) {
    note(io, "the certificate was issued and could not be written: it is on standard output");
    if (plan.json)
        print_json(document(plan, exchange, Written::No), io);
    else
        io.out << x509::to_pem(exchange.outcome().certificate);
}

}  // namespace scep::cli
