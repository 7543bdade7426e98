// enroll: a SCEP client. The options.
#include "cli/cmd_enroll.hpp"

#include <unistd.h>

#include <memory>
#include <optional>

#include <CLI/CLI.hpp>

#include "cli/cmd_enroll_messages.hpp"
#include "cli/input_files.hpp"
#include "cli/spinner.hpp"
#include "cli/usage.hpp"
#include "core/crypto/system_random.hpp"

namespace scep::cli {

namespace {

void add_identity(CLI::App& app, EnrollOptions& opt) {
    app.add_option("--url", opt.url, "the server's SCEP URL, http:// or https://")
        ->type_name("URL");
    app.add_option("--subject", opt.subject, "subject of the certificate: CN=cam-1,O=Example")
        ->type_name("NAME");
    app.add_option("--san", opt.sans, "subject alternative name, dns: ip: email: uri: or upn:")
        ->type_name("TYPE:VALUE")
        ->allow_extra_args(false);
    auto* key =
        app.add_option(
               "--key", opt.key, "key to make: rsa:2048 rsa:3072 rsa:4096 ec:P-256 ec:P-384")
            ->type_name("KIND")
            ->capture_default_str();
    app.add_option("--key-file", opt.key_file, "use this private key instead (PEM, DER or PKCS#12)")
        ->type_name("FILE")
        ->excludes(key);
    app.add_option(
           "--out-dir", opt.out_dir, "directory for key.pem, request.pem, cert.pem and chain.pem")
        ->type_name("DIR");
    app.add_flag("--force", opt.force, "replace files that are there");
    app.add_option("--out-form",
                   opt.out_form,
                   "form of what is written; p12 is one file, cert.p12, with key and chain")
        ->check(one_of({"pem", "der", "p12"}))
        ->type_name("pem|der|p12")
        ->capture_default_str();
    auto* pass = app.add_option("--p12-pass-file",
                                opt.p12_pass_file,
                                "file with the password of PKCS#12 files, read or written")
                     ->type_name("FILE");
    app.add_option("--p12-pass-env",
                   opt.p12_pass_env,
                   "name of the environment variable with that password")
        ->type_name("NAME")
        ->excludes(pass);
}

void add_trust(CLI::App& app, EnrollOptions& opt) {
    app.add_option("--ca-fingerprint",
                   opt.ca_fingerprint,
                   "SHA-256 of the CA certificate, hex; SHA-1 with a warning")
        ->type_name("SHA256");
    app.add_option("--ra-fingerprint",
                   opt.ra_fingerprints,
                   "SHA-256 of the RA certificate, hex; take this RA and no other")
        ->type_name("SHA256")
        ->allow_extra_args(false);
    app.add_flag("--trust-on-first-use", opt.trust_on_first_use, "accept any CA; prints which");
    app.add_option("--tls-ca", opt.tls_ca, "trust anchors for the server's TLS certificate, PEM")
        ->type_name("FILE");
    auto* cert =
        app.add_option(
               "--tls-client-cert", opt.tls_client_cert, "TLS client certificate, PEM chain")
            ->type_name("FILE");
    auto* key = app.add_option("--tls-client-key", opt.tls_client_key, "its private key")
                    ->type_name("FILE")
                    ->needs(cert);
    cert->needs(key);
}

void add_message(CLI::App& app, EnrollOptions& opt) {
    app.add_option("--digest",
                   opt.digest,
                   "sha256 sha384 sha512 sha224 sha1, or md5 with --insecure (default: by the "
                   "server's capabilities, sha256 when they name none)")
        ->type_name("NAME");
    app.add_option("--cipher",
                   opt.cipher,
                   "aes128 aes192 aes256 3des, or des with --insecure (default: by the server's "
                   "capabilities, aes128 when they name none)")
        ->type_name("NAME");
    app.add_option("--key-transport", opt.key_transport, "how the content key is encrypted")
        ->check(one_of({"pkcs1", "oaep"}))
        ->type_name("pkcs1|oaep")
        ->capture_default_str();
    app.add_option("--recipient",
                   opt.recipient,
                   "how the request is encrypted: to an RSA key by key transport, to an EC key by "
                   "key agreement, or under the challenge")
        ->check(one_of({"auto", "transport", "agreement", "password"}))
        ->type_name("auto|transport|agreement|password")
        ->capture_default_str();
    app.add_option("--signer",
                   opt.signer,
                   "who signs the request: its own key or a transient RSA key; auto is own unless "
                   "the key is EC and the request goes to an RSA key")
        ->check(one_of({"auto", "own", "transient"}))
        ->type_name("auto|own|transient")
        ->capture_default_str();
    app.add_option("--http", opt.http, "method of PKIOperation")
        ->check(one_of({"get", "post", "auto"}))
        ->type_name("get|post|auto")
        ->capture_default_str();
    app.add_flag("--insecure", opt.insecure, "admit single DES and MD5, for old servers in a lab");
    app.add_option("--timeout", opt.timeout, "for one HTTP exchange: 30s, 2m")
        ->type_name("DURATION")
        ->capture_default_str();
}

void add_operation(CLI::App& app, EnrollOptions& opt) {
    app.add_option("--operation", opt.operation, "what to do (default: enroll)")
        ->check(one_of({"enroll",
                        "renew",
                        "poll",
                        "get-ca-caps",
                        "get-ca-cert",
                        "get-next-ca-cert",
                        "get-cert",
                        "get-crl"}))
        ->type_name("enroll|renew|poll|get-ca-caps|get-ca-cert|get-next-ca-cert|get-cert|get-crl");
    auto* resume =
        app.add_flag("--resume", opt.resume, "go on with the run that left --out-dir unfinished");
    app.add_option("--poll-interval",
                   opt.poll_interval,
                   "before the first poll while the CA has not decided; later ones come slower "
                   "(default: 30s)")
        ->type_name("DURATION");
    app.add_option("--poll-timeout",
                   opt.poll_timeout,
                   "how long to poll (default: not at all, 1h with --poll-interval)")
        ->type_name("DURATION");
    app.add_flag("--renew", opt.renew, "renew --cert: the same as --operation renew")
        ->excludes(resume);
    app.add_option("--renew-style",
                   opt.renew_style,
                   "RenewalReq, or a PKCSReq signed by the old certificate; auto is by the "
                   "server's capabilities")
        ->check(one_of({"auto", "rfc", "draft"}))
        ->type_name("auto|rfc|draft")
        ->capture_default_str();
    app.add_option("--cert",
                   opt.cert,
                   "certificate of ours: to renew, or to ask with (PEM, DER or PKCS#12)")
        ->type_name("FILE");
    app.add_option("--cert-key", opt.cert_key, "its private key; not for a PKCS#12")
        ->type_name("FILE");
    app.add_option("--serial", opt.serial, "serial number of the certificate to get, hex")
        ->type_name("HEX");
}

Exit run_saving(EnrollPlan& plan, EnrollWorld world, Io& io) {
    SavingTransport saving(world.transport, plan.options.save_messages);
    const Exit out =
        enroll(plan, {.transport = saving, .random = world.random, .pause = world.pause}, io);
    if (!saving.saved())
        warning(io, to_text(saving.saved().error()));
    const std::string command = saving.decode_command();
    if (out != Exit::Ok && !command.empty())
        hint(io, "to look into the messages: " + command);
    return out;
}

Exit run_plan(EnrollPlan& plan, http::Transport& transport, Io& io) {
    crypto::SystemRandom random;
    SystemPause plain;
    Spinner spinner(io.err);
    plan.steps = ::isatty(STDERR_FILENO) == 1;
    const bool spins = plan.steps && !plan.quiet;
    const EnrollWorld world{.transport = transport,
                            .random = random,
                            .pause = spins ? static_cast<Pause&>(spinner) : plain};
    return plan.options.save_messages.empty() ? enroll(plan, world, io)
                                              : run_saving(plan, world, io);
}

Exit run_enroll(const EnrollOptions& options, Io& io) {
    auto plan = plan_enrollment(options, io);
    if (!plan)
        return report(io, plan.error());
    const auto transport = http::make_transport(plan->transport);
    if (!transport)
        return report(io, about_setting(transport.error()));
    return run_plan(*plan, **transport, io);
}

}  // namespace

Action attach_enroll(CLI::App& app) {
    auto opt = std::make_shared<EnrollOptions>();
    add_operation(app, *opt);
    add_identity(app, *opt);
    add_challenge(app, opt->challenge);
    add_trust(app, *opt);
    add_message(app, *opt);
    app.add_option("--format", opt->format, "output form")
        ->check(one_of({"text", "json"}))
        ->type_name("text|json")
        ->capture_default_str();
    app.add_option("--save-messages",
                   opt->save_messages,
                   "directory for each request and reply, for decode-pkimessage")
        ->type_name("DIR");
    app.add_flag("--quiet", opt->quiet, "no notes and no steps; warnings, errors and the result");
    return [opt](Io& io) { return run_enroll(*opt, io); };
}

}  // namespace scep::cli
