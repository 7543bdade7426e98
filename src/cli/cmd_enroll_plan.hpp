// The parts of plan_enrollment(), each in a file named after it.
#pragma once

#include "cli/cmd_enroll.hpp"

namespace scep::cli {

// Usage: "--san: got x, want y", the value escaped and shortened.
Error wrong_value(std::string_view option, std::string_view value, std::string_view want);

// As wrong_value() shows it.
std::string shown_value(std::string_view value);

// --- cmd_enroll_options.cpp --------------------------------------------------------------------

// Usage for an option that means nothing to the operation.
Status check_uses(EnrollOperation operation, const EnrollOptions& options);

// --- cmd_enroll_inputs.cpp ---------------------------------------------------------------------

// No input is an output but for the pair that is renewed in place; then check_outputs(). Usage.
Status check_files(const EnrollFiles& files, const EnrollOptions& options);

// --- cmd_enroll_p12_password.cpp ---------------------------------------------------------------

// By --p12-pass-file (one trailing newline, LF or CRLF, is ignored) or --p12-pass-env; empty: none.
// Read once, for it may come from a pipe, and kept in plan.files. Usage, Io, Config.
Result<Bytes> p12_password(EnrollPlan& plan);

// --- cmd_enroll_trust.cpp ----------------------------------------------------------------------

// Fingerprints and --trust-on-first-use. Usage.
Status plan_trust(TrustSettings& trust, const EnrollOptions& options, Io& io);

// --- cmd_enroll_transport.cpp ------------------------------------------------------------------

// URL, TLS files, proxies of the environment, --timeout. Usage, Config, Io.
Status plan_transport(EnrollPlan& plan, const EnrollOptions& options, const Clock& clock);

// --- cmd_enroll_own.cpp ------------------------------------------------------------------------

// A private key, in a file of its own or in a PKCS#12. As load_private_key().
Result<std::shared_ptr<crypto::PrivateKey>> load_key(EnrollPlan& plan, const std::string& path);

// --cert and --cert-key; a PKCS#12 as --cert has both. Usage when one is missing, Config when they
// do not belong together.
Result<OwnCertificate> load_own_certificate(EnrollPlan& plan);

// Subject and names of the certificate that is renewed, where the options give none. Der.
Status take_names(EnrollPlan& plan, const OwnCertificate& own);

// --serial as contents octets of an INTEGER. Usage.
Result<Buffer> parse_serial(const std::string& text);

// --- cmd_enroll_polling.cpp --------------------------------------------------------------------

// --poll-interval and --poll-timeout. A run waits only when one of them is given: then an hour, and
// 30 seconds between polls. Usage.
Result<Polling> plan_polling(const EnrollOptions& options);

// --- cmd_enroll_resume.cpp ---------------------------------------------------------------------

// The options of the run that is gone on with, beneath those that were typed now.
EnrollOptions resumed_options(const EnrollState& state, const EnrollOptions& typed);

// Usage for a --key-file where that run made its own.
Status check_resumed(const EnrollState& state, const EnrollOptions& typed);

// A run with --force that was killed between its renames has put its own key where the waiting one
// of this run was, which still lies beside it: back to its place. Under the lock.
void bring_back_key(const EnrollFiles& files, const EnrollState& state);

// Key, request, names, challenge and CA of that run. Config, Io.
Status plan_resumed(EnrollPlan& plan, std::shared_ptr<const EnrollState> state);

}  // namespace scep::cli
