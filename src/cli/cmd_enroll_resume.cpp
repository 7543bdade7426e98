// enroll --resume, and --operation poll: the plan of a run that was begun before.
#include <fmt/format.h>

#include "cli/cmd_enroll_plan.hpp"
#include "cli/cmd_enroll_state.hpp"
#include "cli/input_files.hpp"
#include "core/asn1/pem.hpp"
#include "core/base/encoding.hpp"
#include "core/x509/request.hpp"

namespace scep::cli {

namespace {

namespace fs = std::filesystem;

Result<SecretBytes> load_request(const fs::path& path) {
    SCEP_TRY(text, files::load_secret(path, {}, limits::kMaxFile));
    SCEP_TRY(blocks, asn1::parse_pem(as_text(text), path.string()));
    for (asn1::PemBlock& block : blocks)
        if (block.label == "CERTIFICATE REQUEST")
            return std::move(block.content);
    return fail({.code = Errc::Config,
                 .what = "holds no certification request",
                 .where = {.source = path.string()}});
}

Status take_request(EnrollPlan& plan) {
    SCEP_TRY(der, load_request(plan.files.request));
    SCEP_TRY(request, x509::CertificationRequest::parse(der));
    SCEP_TRY(key, request.public_key(crypto::kStrictKeys));
    if (!(key == plan.key->public_key()))
        return fail(
            {.code = Errc::Config,
             .what = fmt::format("is not for the key in {}", plan.files.waiting_key.string()),
             .where = {.source = plan.files.request.string()},
             .hint = "a run with --force was interrupted there: --force asks anew"});
    plan.subject = request.subject();
    if (request.challenge())
        plan.challenge = request.challenge()->value;
    plan.request = std::move(der);
    return {};
}

bool is_key(const fs::path& path, const crypto::PublicKey& wanted) {
    std::error_code ignored;
    if (!fs::is_regular_file(fs::symlink_status(path, ignored)))  // a pipe would be waited for
        return false;
    const auto key = load_private_key(path);
    return key && (*key)->public_key() == wanted;
}

Result<crypto::PublicKey> requested_key(const fs::path& path) {
    SCEP_TRY(der, load_request(path));
    SCEP_TRY(request, x509::CertificationRequest::parse(der));
    return request.public_key(crypto::kStrictKeys);
}

// Where it has been waiting, or in its place already.
Status take_issued_key(EnrollPlan& plan, const EnrollState& state) {
    const EnrollFiles& files = plan.files;
    const fs::path path = files::is_missing(files.waiting_key) ? files.key : files.waiting_key;
    SCEP_TRY(key, load_key(plan, path.string()));
    SCEP_TRY(certified, state.issued.public_key());
    if (!(certified == key->public_key()))
        return fail(
            {.code = Errc::Config,
             .what = fmt::format("is not the key of the certificate in {}", files.request.string()),
             .where = {.source = path.string()}});
    plan.key = std::move(key);
    SCEP_TRY(url, http::parse_url(state.url));
    plan.url = std::move(url);
    return {};
}

// The CA stays the one that was authenticated; which RA of it is taken, that too.
Status take_ca(TrustSettings& trust, const EnrollState& state) {
    if (!fits_fingerprint(trust, state.ca))
        return fail({.code = Errc::Usage,
                     .what = fmt::format("is not of {}, which this run has authenticated: its "
                                         "SHA-256 is {}",
                                         state.ca.subject_text(),
                                         to_hex(state.ca.fingerprint())),
                     .where = {.source = "--ca-fingerprint"},
                     .hint = "--resume without it; for another CA a new run in another --out-dir"});
    trust.ca_fingerprint = state.ca.fingerprint();
    trust.ca_sha1.reset();
    return {};
}

}  // namespace

EnrollOptions resumed_options(const EnrollState& state, const EnrollOptions& typed) {
    EnrollOptions out = state.options;
    out.operation = typed.operation;
    out.out_dir = typed.out_dir;
    out.url = typed.url.empty() ? state.url : typed.url;
    out.resume = true;
    out.force = out.force || typed.force;
    out.poll_interval = typed.poll_interval;
    out.poll_timeout = typed.poll_timeout;
    out.save_messages = typed.save_messages;
    out.format = typed.format;
    out.quiet = typed.quiet;
    if (typed.timeout != EnrollOptions{}.timeout)
        out.timeout = typed.timeout;
    if (!typed.p12_pass_file.empty() || !typed.p12_pass_env.empty()) {
        out.p12_pass_file.clear();
        out.p12_pass_env.clear();
    }
    for (const auto member : {&EnrollOptions::key_file,
                              &EnrollOptions::tls_ca,
                              &EnrollOptions::tls_client_cert,
                              &EnrollOptions::tls_client_key,
                              &EnrollOptions::p12_pass_file,
                              &EnrollOptions::p12_pass_env})
        if (!(typed.*member).empty())
            out.*member = typed.*member;
    if (!typed.ra_fingerprints.empty())
        out.ra_fingerprints = typed.ra_fingerprints;
    out.ca_fingerprint = typed.ca_fingerprint;
    return out;
}

Status check_resumed(const EnrollState& state, const EnrollOptions& typed) {
    if (typed.key_file.empty() || !state.options.key_file.empty())
        return {};
    return fail({.code = Errc::Usage,
                 .what = "the run that is gone on with has made its own key",
                 .where = {.source = "--key-file"},
                 .hint = "--resume without it"});
}

void bring_back_key(const EnrollFiles& files, const EnrollState& state) {
    const fs::path place = files.directory / kNewKey;
    const auto wanted = requested_key(files.request);
    if (!state.key_waits || !wanted || is_key(place, *wanted))
        return;
    std::error_code ignored;
    for (const fs::path& left : files::find_temporaries(place))
        if (is_key(left, *wanted))
            return fs::rename(left, place, ignored);
}

Status plan_resumed(EnrollPlan& plan, std::shared_ptr<const EnrollState> state) {
    SCEP_CHECK(take_ca(plan.exchange.trust, *state));
    if (state->phase == StatePhase::Placing) {
        SCEP_CHECK(take_issued_key(plan, *state));
    } else {
        SCEP_TRY(key, load_key(plan, plan.files.waiting_key.string()));
        plan.key = std::move(key);
        SCEP_CHECK(take_request(plan));
    }
    plan.resumed = std::move(state);
    return {};
}

}  // namespace scep::cli
