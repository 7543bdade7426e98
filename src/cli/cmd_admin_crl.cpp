// admin crl: a fresh revocation list, signed with the key of the configuration.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/cmd_admin.hpp"
#include "cli/config_path.hpp"
#include "cli/input_files.hpp"
#include "core/asn1/pem.hpp"
#include "core/base/escape.hpp"
#include "core/files/files.hpp"
#include "serve/ca/crl.hpp"

namespace scep::cli {

namespace {

constexpr unsigned kPublic = 0644;

struct Made {
    store::CrlRecord crl{};
    std::size_t revoked = 0;  // entries
};

Error usage(std::string_view option, std::string what, std::string hint = {}) {
    return {.code = Errc::Usage,
            .what = std::move(what),
            .where = {.source = std::string(option)},
            .hint = std::move(hint)};
}

Result<const config::Issuer*> find_issuer(const config::Config& config, const std::string& id) {
    if (const config::Issuer* found = config.issuer(id))
        return found;
    std::vector<std::string> known;
    for (const config::Issuer& issuer : config.issuers)
        known.push_back(issuer.id);
    return fail(usage("--issuer",
                      fmt::format("no issuer of the configuration is called {}", escape_text(id)),
                      fmt::format("the configuration has {}", fmt::join(known, ", "))));
}

Result<ca::Issuer> load_issuer(const config::Issuer& settings) {
    SCEP_TRY(file, files::load(settings.ca_cert_path));
    SCEP_TRY(certificates, x509::parse_certificates(file, settings.ca_cert_path.string()));
    SCEP_TRY(key, load_private_key(settings.ca_key_path));
    SCEP_TRY(public_key, certificates.front().public_key());
    if (!(public_key == key->public_key()))
        return fail(Error{.code = Errc::Config,
                          .what = fmt::format("does not match the CA certificate {}",
                                              settings.ca_cert_path.string()),
                          .where = {.source = settings.ca_key_path.string()}});
    return ca::Issuer::make(settings.id, certificates.front(), {}, std::move(key), {});
}

Result<Made> make(const AdminOptions& options, Io& io) {
    const store::Operator by = operator_now(io);
    const Result<Seconds> lifetime = parse_duration(options.lifetime);
    if (!lifetime || *lifetime <= Seconds{0})
        return fail(usage("--lifetime", "want a duration like 24h or 7d"));
    SCEP_TRY(config, load_configuration(options.config, io));
    SCEP_CHECK(check_output_apart(config, options.out));
    if (!options.out.empty())  // before a number is taken
        SCEP_CHECK(files::check_writable(options.out));
    SCEP_TRY(settings, find_issuer(config, *options.issuer));
    SCEP_TRY(issuer, load_issuer(*settings));
    SCEP_TRY(state, open_state(config, AuditKey::Needed));
    Made out;
    const auto sign = [&](const std::vector<store::Revocation>& revocations, std::int64_t number) {
        out.revoked = revocations.size();
        return ca::make_crl(issuer, revocations, number, by.now, *lifetime);
    };
    SCEP_TRY(crl, state->publish_crl(settings->id, ca::crl_key(issuer), sign, by));
    out.crl = std::move(crl);
    out.crl.issuer_id = settings->id;  // as the operator knows it
    return out;
}

std::string pem_of(const store::CrlRecord& crl) {
    return asn1::to_pem("X509 CRL", crl.der);
}

std::string content_of(const AdminOptions& options, const store::CrlRecord& crl) {
    return options.der ? to_string(crl.der) : pem_of(crl);
}

std::string summary_of(const Made& made) {
    return fmt::format("CRL {} of {}, {} revoked, next update {}",
                       made.crl.number,
                       escape_text(made.crl.issuer_id),
                       made.revoked,
                       to_rfc3339(made.crl.next_update));
}

void print(const AdminOptions& options, const Made& made, Io& io) {
    if (options.json()) {
        Json document = admin_document();
        document["crl"] = {{"issuer_id", made.crl.issuer_id},
                           {"number", made.crl.number},
                           {"this_update", to_rfc3339(made.crl.this_update)},
                           {"next_update", to_rfc3339(made.crl.next_update)},
                           {"revoked", made.revoked}};
        if (options.out.empty())
            document["crl"]["pem"] = pem_of(made.crl);
        else
            document["crl"]["file"] = options.out;
        return print_json(io, document);
    }
    if (options.out.empty()) {
        io.out << content_of(options, made.crl);
        note(io, summary_of(made));
    } else {
        io.out << fmt::format("{}: {}\n", escape_text(options.out), summary_of(made));
    }
}

}  // namespace

Exit write_crl(const AdminOptions& options, Io& io) {
    if (options.json() && options.der && options.out.empty())
        return report(io, usage("--der", "JSON holds no DER", "--out names a file for it"));
    const Result<Made> made = make(options, io);
    if (!made)
        return report(io, made.error());
    if (!options.out.empty()) {
        // It is public, and replaced by each run.
        const std::string content = content_of(options, made->crl);
        const Status written =
            files::write_atomic(options.out, as_bytes(content), kPublic, files::Overwrite::Replace);
        if (!written)
            return report(io, written.error());
    }
    print(options, *made, io);
    return Exit::Ok;
}

}  // namespace scep::cli
