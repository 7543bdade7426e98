// enroll: from options to a plan, or to one clear error before anything is sent or written.
#include "cli/cmd_enroll_plan.hpp"

#include <fmt/format.h>

#include "cli/cmd_enroll_state.hpp"
#include "cli/infrastructure.hpp"
#include "core/base/escape.hpp"

namespace scep::cli {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kShownOctets = 100;  // of a wrong value

struct OperationWord {
    std::string_view word;
    EnrollOperation operation;
};

constexpr OperationWord kOperations[] = {{"enroll", EnrollOperation::Enroll},
                                         {"renew", EnrollOperation::Renew},
                                         {"poll", EnrollOperation::Poll},
                                         {"get-ca-caps", EnrollOperation::GetCaCaps},
                                         {"get-ca-cert", EnrollOperation::GetCaCert},
                                         {"get-next-ca-cert", EnrollOperation::GetNextCaCert},
                                         {"get-cert", EnrollOperation::GetCert},
                                         {"get-crl", EnrollOperation::GetCrl}};

bool asks_by_certificate(EnrollOperation operation) {
    return operation == EnrollOperation::GetCert || operation == EnrollOperation::GetCrl;
}

Result<EnrollOperation> plan_operation(const EnrollOptions& options) {
    std::string_view word = options.renew ? "renew" : "enroll";
    if (!options.operation.empty())
        word = options.operation;
    if (options.renew && word != "renew")
        return fail(wrong_value("--operation", word, "renew, as --renew has it"));
    const auto* found = std::ranges::find(kOperations, word, &OperationWord::word);
    if (found == std::end(kOperations))
        return fail(wrong_value("--operation", word, "one of those that --help lists"));
    if (options.resume && !obtains(found->operation))
        return fail(wrong_value("--operation", word, "enroll, renew or poll with --resume"));
    return found->operation;
}

Error needed(std::string_view option) {
    return {.code = Errc::Usage,
            .what = fmt::format("{} is required", option),
            .hint = "certctl-scep enroll --help"};
}

// What CLI11 cannot know, since it depends on the operation.
Status check_needed(EnrollOperation operation, const EnrollOptions& options) {
    const bool goes_on = options.resume || operation == EnrollOperation::Poll;
    if (options.url.empty() && !goes_on)
        return fail(needed("--url"));
    if (options.subject.empty() && operation == EnrollOperation::Enroll && !goes_on)
        return fail(needed("--subject"));
    if (options.out_dir.empty() && obtains(operation))
        return fail(needed("--out-dir"));
    return {};
}

// --- keys --------------------------------------------------------------------------------------

Result<std::shared_ptr<crypto::PrivateKey>> make_key(EnrollPlan& plan,
                                                     const EnrollOptions& options) {
    if (!options.key_file.empty())
        return load_key(plan, options.key_file);
    auto made = crypto::generate_key(options.key);
    if (!made)
        return during(std::move(made).error(), fmt::format("--key {}", shown_value(options.key)));
    return std::shared_ptr<crypto::PrivateKey>(std::move(*made));
}

RecipientSetting recipient_setting(std::string_view word) {
    return word == "transport"   ? RecipientSetting::Transport
           : word == "agreement" ? RecipientSetting::Agreement
           : word == "password"  ? RecipientSetting::Password
                                 : RecipientSetting::Auto;
}

std::optional<SignerKey> signer_setting(std::string_view word) {
    if (word == "auto")
        return std::nullopt;
    return word == "own" ? SignerKey::Own : SignerKey::Transient;
}

Status plan_message(EnrollPlan& plan, const EnrollOptions& options) {
    AlgorithmSettings& algorithms = plan.exchange.algorithms;
    if (!options.digest.empty()) {
        algorithms.digest = crypto::digest_from_name(options.digest);
        if (!algorithms.digest)
            return fail(
                wrong_value("--digest", options.digest, "sha256, sha384, sha512, sha224 or sha1"));
    }
    if (!options.cipher.empty()) {
        algorithms.cipher = crypto::cipher_from_name(options.cipher);
        if (!algorithms.cipher)
            return fail(wrong_value("--cipher", options.cipher, "aes128, aes192, aes256 or 3des"));
    }
    algorithms.oaep = options.key_transport == "oaep";
    plan.exchange.http = options.http == "get"    ? HttpMethod::Get
                         : options.http == "post" ? HttpMethod::Post
                                                  : HttpMethod::Auto;
    plan.exchange.recipient = recipient_setting(options.recipient);
    plan.signer = signer_setting(options.signer);
    if (options.insecure)
        plan.legacy = crypto::Library::with_legacy_later();
    // With no capabilities known yet: does the library admit what was asked for?
    const auto admitted = choose_algorithms({}, algorithms, plan.library());
    return admitted ? Status{} : fail(admitted.error());
}

// RFC 5280 says 64 characters; some CAs take more, so the server decides.
void tell_of_long_name(const x509::Name& subject, Io& io) {
    for (const std::string& name : subject.values(oid::kCommonName))
        if (!fits_common_name(name))
            note(io,
                 "--subject: CN is longer than the 64 characters of RFC 5280, which many CAs "
                 "refuse");
}

// Said here, before the challenge is spent on a request that servers refuse.
Status check_characters(std::string_view option, std::string_view typed, std::string_view value) {
    if (has_control_characters(value))
        return fail(wrong_value(option, typed, "no control characters"));
    return {};
}

Status plan_subject(EnrollPlan& plan, const EnrollOptions& options, Io& io) {
    auto subject = x509::Name::from_text(options.subject);
    if (!subject)
        return during(std::move(subject).error(),
                      fmt::format("--subject {}", shown_value(options.subject)));
    if (subject->empty())
        return fail(wrong_value("--subject", options.subject, "a name: CN=cam-1,O=Example"));
    for (const x509::NameAttribute& attribute : subject->attributes())
        SCEP_CHECK(check_characters("--subject", options.subject, attribute.value));
    plan.subject = std::move(*subject);
    tell_of_long_name(plan.subject, io);
    return {};
}

Status plan_names(EnrollPlan& plan, const EnrollOptions& options, Io& io) {
    if (!options.subject.empty())
        SCEP_CHECK(plan_subject(plan, options, io));
    for (const std::string& text : options.sans) {
        SCEP_CHECK(check_characters("--san", text, text));
        auto name = x509::general_name_from_text(text);
        if (!name)
            return during(std::move(name).error(), fmt::format("--san {}", shown_value(text)));
        plan.sans.push_back(std::move(*name));
    }
    return {};
}

// A file with a key under no password at all is nobody's wish.
Status plan_form(EnrollPlan& plan) {
    if (plan.files.form != OutForm::Pkcs12)
        return {};
    SCEP_TRY(password, p12_password(plan));
    if (password.empty())
        return fail({.code = Errc::Usage,
                     .what = "no password for the PKCS#12 file",
                     .where = {.source = "--out-form p12"},
                     .hint = "--p12-pass-file FILE or --p12-pass-env NAME"});
    if (!obtains(plan.operation))
        return fail(wrong_value("--out-form", "p12", "pem or der: there is no key to go with it"));
    return {};
}

// --- the way of each operation -----------------------------------------------------------------

// A copy that may be kept: the secret on the command line is not in it.
EnrollOptions without_secrets(EnrollOptions options) {
    wipe(options.challenge.value.data(), options.challenge.value.size());
    options.challenge.value.clear();
    return options;
}

Status plan_own(EnrollPlan& plan, const EnrollOptions& options) {
    SCEP_TRY(own, load_own_certificate(plan));
    if (plan.operation == EnrollOperation::Renew)
        SCEP_CHECK(take_names(plan, own));
    plan.own = std::move(own);
    plan.renew_style = options.renew_style == "rfc"     ? RenewStyle::Rfc
                       : options.renew_style == "draft" ? RenewStyle::Draft
                                                        : RenewStyle::Auto;
    return {};
}

Status check_challenge(const EnrollPlan& plan) {
    if (plan.exchange.recipient != RecipientSetting::Password || !plan.challenge.empty())
        return {};
    return fail({.code = Errc::Usage,
                 .what = "no challenge to encrypt the request with",
                 .where = {.source = "--recipient password"},
                 .hint = "--challenge-file FILE or --challenge-env NAME"});
}

// A new key, request and files.
Status plan_new(EnrollPlan& plan, const EnrollOptions& options, Io& io) {
    SCEP_CHECK(plan_names(plan, options, io));
    SCEP_CHECK(check_files(plan.files, options));
    if (plan.operation == EnrollOperation::Renew)
        SCEP_CHECK(plan_own(plan, options));
    SCEP_TRY(key, make_key(plan, options));
    plan.key = std::move(key);
    SCEP_TRY(challenge, load_challenge(options.challenge, io));
    plan.challenge = std::move(challenge);
    return check_challenge(plan);
}

Status plan_going_on(EnrollPlan& plan, const std::shared_ptr<const EnrollState>& state) {
    if (!plan.files.own_key)
        plan.files.waiting_key = plan.files.directory / (state->key_waits ? kNewKey : "key.pem");
    return plan_resumed(plan, state);
}

Status plan_query(EnrollPlan& plan, const EnrollOptions& options) {
    if (asks_by_certificate(plan.operation))
        SCEP_CHECK(plan_own(plan, options));
    if (plan.operation == EnrollOperation::GetCert) {
        SCEP_TRY(serial, parse_serial(options.serial));
        plan.serial = std::move(serial);
    }
    return {};
}

// What only a run that asks the server needs.
Status plan_asking(EnrollPlan& plan, const EnrollOptions& options, const Clock& clock) {
    SCEP_CHECK(plan_transport(plan, options, clock));
    SCEP_CHECK(plan_message(plan, options));
    SCEP_TRY(polling, plan_polling(options));
    plan.polling = polling;
    return {};
}

Result<EnrollPlan> make_plan(EnrollOperation operation,
                             const EnrollOptions& options,
                             const std::shared_ptr<const EnrollState>& state,
                             Io& io) {
    EnrollPlan plan{.operation = operation};
    plan.options = without_secrets(options);
    plan.json = options.format == "json";
    plan.quiet = options.quiet;
    SCEP_CHECK(plan_trust(plan.exchange.trust, options, io));
    if (!state || state->phase != StatePhase::Placing)
        SCEP_CHECK(plan_asking(plan, options, io.clock));
    plan.files = plan_files(options);
    SCEP_CHECK(plan_form(plan));
    SCEP_CHECK(state                ? plan_going_on(plan, state)
               : obtains(operation) ? plan_new(plan, options, io)
                                    : plan_query(plan, options));
    return plan;
}

}  // namespace

std::string shown_value(std::string_view value) {
    return escape_text(shorten(value, kShownOctets));
}

Error wrong_value(std::string_view option, std::string_view value, std::string_view want) {
    return {.code = Errc::Usage,
            .what = fmt::format("got {}, want {}", shown_value(value), want),
            .where = {.source = std::string(option)}};
}

bool obtains(EnrollOperation operation) noexcept {
    return operation == EnrollOperation::Enroll || operation == EnrollOperation::Renew ||
           operation == EnrollOperation::Poll;
}

Result<EnrollPlan> plan_enrollment(const EnrollOptions& options, Io& io) {
    io.quiet = options.quiet;
    SCEP_TRY(operation, plan_operation(options));
    SCEP_CHECK(check_uses(operation, options));
    SCEP_CHECK(check_needed(operation, options));
    if (!options.resume && operation != EnrollOperation::Poll)
        return make_plan(operation, options, nullptr, io);
    SCEP_TRY(lock, files::DirectoryLock::take(options.out_dir));
    const EnrollFiles files = plan_files(options);
    SCEP_TRY(found, load_state(files.request));
    bring_back_key(files, found);
    SCEP_CHECK(check_resumed(found, options));
    const auto state = std::make_shared<const EnrollState>(std::move(found));
    SCEP_TRY(plan, make_plan(operation, resumed_options(*state, options), state, io));
    plan.lock = std::move(lock);
    return std::move(plan);
}

}  // namespace scep::cli
