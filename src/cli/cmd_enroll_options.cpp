// enroll: which option means something to which operation. What means nothing is refused, for who
// typed it believes that it does: a fingerprint that nobody compares is worse than none.
#include <algorithm>

#include <fmt/format.h>

#include "cli/cmd_enroll_plan.hpp"

namespace scep::cli {

namespace {

constexpr unsigned kEnroll = 1U << 0U;
constexpr unsigned kRenew = 1U << 1U;
constexpr unsigned kResume = 1U << 2U;
constexpr unsigned kPoll = 1U << 3U;
constexpr unsigned kCaps = 1U << 4U;
constexpr unsigned kCaCert = 1U << 5U;
constexpr unsigned kNextCa = 1U << 6U;
constexpr unsigned kOwn = 1U << 7U;  // get-crl
constexpr unsigned kGetCert = 1U << 8U;
constexpr unsigned kNew = kEnroll | kRenew;
constexpr unsigned kGoesOn = kResume | kPoll;
constexpr unsigned kBySigner = kOwn | kGetCert;
constexpr unsigned kTrusts = kNew | kCaCert | kNextCa | kBySigner;

template <auto Member>
bool differs(const EnrollOptions& options) {
    static const EnrollOptions kUntouched;
    return options.*Member != kUntouched.*Member;
}

struct OptionUse {
    std::string_view option;
    bool (*given)(const EnrollOptions&);
    unsigned operations;
};

// Those that mean something to every operation are not here.
constexpr OptionUse kUses[] = {
    {"--subject", differs<&EnrollOptions::subject>, kNew},
    {"--san", differs<&EnrollOptions::sans>, kNew},
    {"--key", differs<&EnrollOptions::key>, kNew},
    {"--key-file", differs<&EnrollOptions::key_file>, kNew | kGoesOn},
    {"--signer", differs<&EnrollOptions::signer>, kEnroll},
    {"--challenge-file", [](const EnrollOptions& o) { return !o.challenge.file.empty(); }, kNew},
    {"--challenge-env", [](const EnrollOptions& o) { return !o.challenge.env.empty(); }, kNew},
    {"--challenge", [](const EnrollOptions& o) { return !o.challenge.value.empty(); }, kNew},
    {"--out-form", differs<&EnrollOptions::out_form>, kTrusts},
    {"--p12-pass-file", differs<&EnrollOptions::p12_pass_file>, kNew | kGoesOn | kBySigner},
    {"--p12-pass-env", differs<&EnrollOptions::p12_pass_env>, kNew | kGoesOn | kBySigner},
    {"--ca-fingerprint", differs<&EnrollOptions::ca_fingerprint>, kTrusts | kGoesOn},
    {"--ra-fingerprint", differs<&EnrollOptions::ra_fingerprints>, kTrusts | kGoesOn},
    {"--trust-on-first-use", differs<&EnrollOptions::trust_on_first_use>, kTrusts},
    {"--digest", differs<&EnrollOptions::digest>, kNew | kBySigner},
    {"--cipher", differs<&EnrollOptions::cipher>, kNew | kBySigner},
    {"--key-transport", differs<&EnrollOptions::key_transport>, kNew | kBySigner},
    {"--http", differs<&EnrollOptions::http>, kNew | kBySigner},
    {"--recipient", differs<&EnrollOptions::recipient>, kTrusts},
    {"--insecure", differs<&EnrollOptions::insecure>, kNew | kNextCa | kBySigner},
    {"--poll-interval", differs<&EnrollOptions::poll_interval>, kNew | kResume},
    {"--poll-timeout", differs<&EnrollOptions::poll_timeout>, kNew | kResume},
    {"--renew-style", differs<&EnrollOptions::renew_style>, kRenew},
    {"--cert", differs<&EnrollOptions::cert>, kRenew | kBySigner},
    {"--cert-key", differs<&EnrollOptions::cert_key>, kRenew | kBySigner},
    {"--serial", differs<&EnrollOptions::serial>, kGetCert},
};

struct OperationName {
    unsigned bit;
    std::string_view typed;
};

OperationName name_of(EnrollOperation operation, const EnrollOptions& options) {
    switch (operation) {
        case EnrollOperation::Poll:
            return {kPoll, "--operation poll"};
        case EnrollOperation::GetCaCaps:
            return {kCaps, "--operation get-ca-caps"};
        case EnrollOperation::GetCaCert:
            return {kCaCert, "--operation get-ca-cert"};
        case EnrollOperation::GetNextCaCert:
            return {kNextCa, "--operation get-next-ca-cert"};
        case EnrollOperation::GetCert:
            return {kGetCert, "--operation get-cert"};
        case EnrollOperation::GetCrl:
            return {kOwn, "--operation get-crl"};
        case EnrollOperation::Enroll:
        case EnrollOperation::Renew:
            break;
    }
    if (options.resume)
        return {kResume, "--resume"};
    return operation == EnrollOperation::Renew ? OperationName{kRenew, "--renew"}
                                               : OperationName{kEnroll, "--operation enroll"};
}

std::string_view what_instead(const OptionUse& use, unsigned operation) {
    if (operation == kPoll && (use.operations & kResume) != 0)
        return "--resume polls for longer";
    if ((operation & kGoesOn) != 0)
        return "the run that is gone on with has its own in --out-dir";
    if (operation == kEnroll && (use.operations & kRenew) != 0)
        return "--renew renews the certificate of --cert";
    if (operation == kRenew && use.operations == kEnroll)
        return "the certificate of --cert signs a renewal";
    return "certctl-scep enroll --help";
}

}  // namespace

Status check_uses(EnrollOperation operation, const EnrollOptions& options) {
    const OperationName name = name_of(operation, options);
    const auto* unused = std::ranges::find_if(kUses, [&](const OptionUse& use) {
        return (use.operations & name.bit) == 0 && use.given(options);
    });
    if (unused == std::end(kUses))
        return {};
    return fail({.code = Errc::Usage,
                 .what = fmt::format("means nothing with {}", name.typed),
                 .where = {.source = std::string(unused->option)},
                 .hint = std::string(what_instead(*unused, name.bit))});
}

}  // namespace scep::cli
