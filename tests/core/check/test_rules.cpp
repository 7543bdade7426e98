// Every rule of the table: passed over a deployment that is right, failed over one that breaks it
// and nothing else, not applicable where there is nothing to judge.
#include <algorithm>
#include <map>
#include <set>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <openssl/rsa.h>

#include "core/check/rule.hpp"
#include "mtls_world.hpp"
#include "row.hpp"

namespace {

using namespace scep;
using scep::test::Ids;
using scep::test::ids_of;
using scep::test::judge;
using scep::test::kDay;
using scep::test::kNow;
using scep::test::Row;
using scep::test::World;

constexpr std::uint32_t kCaUsage = x509::kKeyCertSign | x509::kCrlSign;
constexpr x509::BasicConstraints kCa{.ca = true, .path_length = 0};

// Too small for our own key generator.
crypto::PublicKey small_rsa_key() {
    const crypto::PkeyPtr pkey(EVP_RSA_gen(1024));
    unsigned char* raw = nullptr;
    const int size = i2d_PUBKEY(pkey.get(), &raw);
    const crypto::OpensslBytes owner(raw);
    return test::must(
        crypto::parse_public_key(Bytes(raw, static_cast<std::size_t>(size)), crypto::kDecodeKeys));
}

x509::Certificate certificate_of_small_key(const World& world) {
    SeededRandom random(1);
    const Buffer der = test::must(x509::sign_infrastructure_certificate(
        {.serial = x509::random_serial(random),
         .issuer = test::must(world.ca.certificate.subject()),
         .subject = test::must(x509::Name::from_text("CN=small")),
         .not_before = kNow - kDay,
         .not_after = kNow + 100 * kDay,
         .key = small_rsa_key()},
        *world.ca.key,
        crypto::Digest::Sha256));
    return test::must(x509::Certificate::parse(der));
}

void replace(std::string& text, std::string_view from, std::string_view to) {
    const std::size_t place = text.find(from);
    REQUIRE(place != std::string::npos);
    text.replace(place, from.size(), to);
}

void listen_on(World& world, std::string_view address) {
    world.config.insert(world.config.find("tls_cert"), fmt::format("listen = \"{}\"\n", address));
}

test::Identity make_root(std::uint32_t path_length) {
    return test::make_identity(
        {.subject = "CN=Root",
         .key_usage = x509::kKeyCertSign,
         .basic_constraints = x509::BasicConstraints{.ca = true, .path_length = path_length}},
        test::ec_key(),
        nullptr);
}

// The world's CA issued by `root`, which is its chain file.
void put_below(World& world, const test::Identity& root, test::CertificateRecipe recipe) {
    recipe.subject = "CN=Test CA";
    recipe.key_usage = kCaUsage;
    recipe.basic_constraints = kCa;
    world.ca = test::make_identity(recipe, test::ec_key(), &root);
    world.ra = test::make_ra(test::shared_rsa_key(), world.ca);
    world.tls = world.make_tls({});
    replace(world.config, "ca_key_path", "chain_path = \"root.crt\"\nca_key_path");
    world.dir.write("root.crt", x509::to_pem(root.certificate), 0644);
}

const std::vector<Row>& rows() {
    static const std::vector<Row> table{
        // profiles
        {.name = "no profile",
         .ids = {"profile-present"},
         .message = "no SCEP profile is configured",
         .make = [](World& w) { w.config.erase(w.config.find("[scep.corp]")); }},
        {.name = "a profile without its issuer",
         .ids = {"profile-issuer"},
         .message = "there is no [issuer.iss-local]",
         .change = [](check::Deployment& d) { d.profiles[0].issuer = d.issuers.size(); }},
        {.name = "a profile without its certificate profile",
         .ids = {"profile-certificate-profile"},
         .message = "there is no [certificate_profile.gone]",
         .change = [](check::Deployment& d) { d.profiles[0].settings.profile_id = "gone"; }},

        {.name = "a profile that takes requests signed by any key",
         .ids = {"signer-key"},
         .message = "a stranger can wrap a captured request again",
         .make = [](World& w) { replace(w.config, "signer_key = true", "signer_key = false"); }},
        {.name = "the same where no client needs it",
         .ids = {"signer-key"},
         .message = "none of the named clients needs this off",
         .make = [](World& w) { replace(w.config, "signer_key = true", "signer_key = false"); },
         .clients = {"strongswan"}},
        {.name = "a profile that allows SHA-1",
         .ids = {"legacy-algorithms"},
         .message = "every client of this profile may use SHA-1, for which collisions are made",
         .change =
             [](check::Deployment& d) {
                 d.profiles[0].settings.allow_legacy = {"sha1", "3des"};
             }},
        {.name = "a staple that nobody provides",
         .ids = {"must-staple-ocsp"},
         .message = "is not set, while certificate profile devices says must_staple",
         .make = [](World& w) { replace(w.config, "max_ttl", "must_staple = true\nmax_ttl"); }},
        {.name = "a clock from before this program",
         .ids = {"clock", "ca-valid", "ra-valid", "tls-valid"},
         .message = "it is 1970-01-02T00:00:00Z, before this program was made",
         .now = TimePoint(kDay)},
        {.name = "a clock from before every certificate",
         .ids = {"clock", "ca-valid", "ra-valid", "tls-valid"},
         .message = "it is 2026-11-20T03:00:00Z, and the oldest certificate here begins "
                    "2026-11-23T03:00:00Z",
         .now = kNow - 4 * kDay},

        // CA
        {.name = "no issuer at all",
         .ids = {"profile-present"},
         .message = "no SCEP profile",
         .make =
             [](World& w) {
                 w.config.erase(w.config.find("[scep.corp]"));
                 w.config.erase(w.config.find("[issuer"),
                                w.config.find("[cert") - w.config.find("[issuer"));
             }},
        {.name = "no CA certificate",
         .ids = {"ca-certificate"},
         .message = "cannot open: no such file or directory",
         .spoil = [](World& w) { std::filesystem::remove(w.dir / "ca.crt"); }},
        {.name = "a CA certificate that is none",
         .ids = {"ca-certificate"},
         .message = "",
         .spoil = [](World& w) { w.dir.write("ca.crt", "nonsense\n"); }},
        {.name = "no CA certificate configured",
         .ids = {"ca-certificate"},
         .message = "is not set",
         .spoil = [](World& w) { w.change_config("ca_cert_path = \"ca.crt\"", ""); }},
        {.name = "a CA key that is none",
         .ids = {"ca-key"},
         .message = "",
         .spoil = [](World& w) { w.dir.write("ca.key", "nonsense\n"); }},
        {.name = "a CA key that others may read",
         .ids = {"ca-key-mode"},
         .message = "mode is 0640, want 0600",
         .spoil = [](World& w) { w.set_mode("ca.key", 0640); }},
        {.name = "a chain file that is not there",
         .ids = {"ca-chain-file"},
         .message = "cannot open",
         .make =
             [](World& w) {
                 w.config.insert(w.config.find("ca_key"), "chain_path = \"c.pem\"\n");
             }},
        {.name = "the CA key of another",
         .ids = {"ca-key-match"},
         .message = "does not match the certificate",
         .spoil = [](World& w) { w.dir.write("ca.key", as_text(test::ec_key()->to_pkcs8_pem())); }},
        {.name = "a CA certificate without CA:TRUE",
         .ids = {"ca-basic-constraints", "ra-chain"},
         .message = "is not a CA certificate: CN=Test CA lacks CA:TRUE",
         .make = [](World& w) { w.replace_ca({.key_usage = kCaUsage}); }},
        {.name = "a CA certificate that may not sign certificates",
         .ids = {"ca-key-usage", "ra-chain"},
         .message = "the key usage lacks keyCertSign",
         .make =
             [](World& w) {
                 w.replace_ca({.key_usage = x509::kCrlSign, .basic_constraints = kCa});
             }},
        {.name = "an expired CA",
         .ids = {"ca-valid"},
         .message = "the certificate has expired: notAfter is 2026-11-23T03:00:00Z",
         .make =
             [](World& w) {
                 w.replace_ca({.key_usage = kCaUsage,
                               .basic_constraints = kCa,
                               .not_before = kNow - 10 * kDay,
                               .not_after = kNow - kDay});
             }},
        {.name = "a CA of the future",
         .ids = {"ca-valid"},
         .message = "the certificate is not valid yet: notBefore is 2026-11-25T03:00:00Z",
         .make =
             [](World& w) {
                 w.replace_ca(
                     {.key_usage = kCaUsage, .basic_constraints = kCa, .not_before = kNow + kDay});
             }},
        {.name = "a CA that ends soon",
         .ids = {"ca-expiry", "ca-outlived"},
         .message = "the certificate expires in 10 days: notAfter is 2026-12-04T03:00:00Z",
         .make =
             [](World& w) {
                 w.replace_ca({.key_usage = kCaUsage,
                               .basic_constraints = kCa,
                               .not_after = kNow + 10 * kDay});
             }},
        {.name = "a chain that does not lead up from the CA",
         .ids = {"ca-chain"},
         .message = "did not issue CN=Test CA",
         .make =
             [](World& w) { w.config.insert(w.config.find("ca_key"), "chain_path = \"c.pem\"\n"); },
         .spoil =
             [](World& w) {
                 w.dir.write(
                     "c.pem",
                     x509::to_pem(test::make_ca(test::ec_key(), "CN=Stranger").certificate));
             }},
        {.name = "a CA below one that may have none below it",
         .ids = {"ca-path-length"},
         .message = "its path length is 0, and one CA stands below it",
         .make =
             [](World& w) {
                 const test::Identity root = make_root(0);
                 put_below(w, root, {});
             }},
        {.name = "a CA certified with SHA-1",
         .ids = {"ca-signature"},
         .message = "the certificate is signed with SHA-1",
         .make = [](World& w) { put_below(w, make_root(1), {.digest = crypto::Digest::Sha1}); }},
        {.name = "a CA that ends before what it issues",
         .ids = {"ca-outlived"},
         .message = "max_ttl reaches beyond the CA of issuer iss-local",
         .make = [](World& w) { w.config.replace(w.config.find("\"30d\""), 5, "\"400d\""); }},

        // RA
        {.name = "no RA pair configured",
         .ids = {"ra-present"},
         .message = "no RA pair is configured",
         .make =
             [](World& w) {
                 replace(w.config, "ra_cert_path = \"ra.crt\"\nra_key_path = \"ra.key\"\n", "");
             }},
        {.name = "no RA certificate",
         .ids = {"ra-certificate"},
         .message = "cannot open",
         .spoil = [](World& w) { std::filesystem::remove(w.dir / "ra.crt"); }},
        {.name = "an RA certificate that is none",
         .ids = {"ra-certificate"},
         .message = "",
         .spoil = [](World& w) { w.dir.write("ra.crt", "nonsense\n"); }},
        {.name = "no RA key",
         .ids = {"ra-key"},
         .message = "cannot open",
         .spoil = [](World& w) { std::filesystem::remove(w.dir / "ra.key"); }},
        {.name = "an RA key that others may read",
         .ids = {"ra-key-mode"},
         .message = "mode is 0644, want 0600",
         .spoil = [](World& w) { w.set_mode("ra.key", 0644); }},
        {.name = "the RA key of another",
         .ids = {"ra-key-match"},
         .message = "does not match the certificate",
         .spoil = [](World& w) { w.dir.write("ra.key", as_text(test::ec_key()->to_pkcs8_pem())); }},
        {.name = "an expired RA",
         .ids = {"ra-valid"},
         .message = "the certificate has expired",
         .make =
             [](World& w) {
                 w.replace_ra({.not_before = kNow - 10 * kDay, .not_after = kNow - kDay});
             }},
        {.name = "an RA that ends soon",
         .ids = {"ra-expiry"},
         .message = "the certificate expires in 29 days",
         .make = [](World& w) { w.replace_ra({.not_after = kNow + 30 * kDay - Seconds(1)}); }},
        {.name = "an RA certified with SHA-1",
         .ids = {"ra-signature"},
         .message = "the certificate is signed with SHA-1: many clients refuse it",
         .make = [](World& w) { w.replace_ra({.digest = crypto::Digest::Sha1}); }},
        {.name = "an RA with an EC key",
         .ids = {"ra-key-type"},
         .message = "the key is EC P-256: it takes a client that does key agreement, and of "
                    "certmonger, chromeos, cisco,",
         .make =
             [](World& w) {
                 w.replace_ra({.key_usage = x509::kDigitalSignature}, test::ec_key());
             }},
        {.name = "an RA with a small key",
         .ids = {"ra-key-size"},
         .message = "the key cannot be used",
         .make = [](World& w) { w.ra.certificate = certificate_of_small_key(w); }},
        {.name = "an RA that may not encrypt",
         .ids = {"ra-key-usage"},
         .message = "the key usage lacks digitalSignature or keyEncipherment",
         .make = [](World& w) { w.replace_ra({.key_usage = x509::kDigitalSignature}); }},
        {.name = "an RA that may not sign",
         .ids = {"ra-key-usage"},
         .message = "the key usage lacks digitalSignature or keyEncipherment",
         .make = [](World& w) { w.replace_ra({.key_usage = x509::kKeyEncipherment}); }},
        {.name = "an RA that looks like a device",
         .ids = {"ra-eku"},
         .message = "the certificate looks like a device's",
         .make = [](World& w) { w.replace_ra({.ekus = {oid::kClientAuth}}); }},
        {.name = "the RA of another CA",
         .ids = {"ra-chain"},
         .message = "does not chain to the CA of issuer iss-local (CN=Test CA)",
         .make =
             [](World& w) {
                 w.ra = test::make_ra(test::shared_rsa_key(),
                                      test::make_ca(test::ec_key(), "CN=Stranger"));
             }},
        {.name = "the CA as its own RA",
         .ids = {"ra-key-shared"},
         .message = "is the key of the CA",
         .make =
             [](World& w) {
                 w.replace_ca(
                     {.key_usage = kCaUsage | x509::kDigitalSignature | x509::kKeyEncipherment,
                      .basic_constraints = kCa},
                     test::shared_rsa_key());
                 w.ra = w.ca;
             }},

        // challenge
        {.name = "no challenge file",
         .ids = {"challenge-present"},
         .message = "cannot open",
         .spoil = [](World& w) { std::filesystem::remove(w.dir / "challenge"); }},
        {.name = "an empty challenge",
         .ids = {"challenge-present"},
         .message = "the challenge is empty",
         .spoil = [](World& w) { w.dir.write("challenge", "\n"); }},
        {.name = "no challenge configured",
         .ids = {"challenge-present"},
         .message = "is not set",
         .spoil = [](World& w) { w.change_config("challenge_password_file = \"challenge\"", ""); }},
        {.name = "a challenge that others may read",
         .ids = {"challenge-mode"},
         .message = "mode is 0604, want 0600",
         .spoil = [](World& w) { w.set_mode("challenge", 0604); }},
        {.name = "a challenge in a configuration that others may read",
         .ids = {"challenge-mode"},
         .message = "holds a challenge while the mode of the file is 0644, want 0600",
         .spoil =
             [](World& w) {
                 w.change_config("challenge_password_file = \"challenge\"",
                                 "challenge_password = \"" + w.challenge + "\"");
                 w.set_mode("certctl-scep.toml", 0644);
             }},
        {.name = "a challenge that does not fit a PrintableString",
         .ids = {"challenge-printable"},
         .message = "the challenge does not fit a PrintableString",
         .make = [](World& w) { w.challenge += "\xc3\xa4"; }},
        {.name = "a challenge that is a word",
         .ids = {"challenge-strength"},
         .message = "the challenge looks guessable",
         .make = [](World& w) { w.challenge = "password"; }},
        {.name = "a challenge of one letter over and over",
         .ids = {"challenge-strength"},
         .message = "the challenge looks guessable",
         .make = [](World& w) { w.challenge = std::string(100, 'a'); }},
        {.name = "a challenge of too few hexadecimal digits",
         .ids = {"challenge-strength"},
         .message = "the challenge looks guessable",
         .make = [](World& w) { w.challenge = "0123456789abcdef0123456789abcde"; }},

        {.name = "one challenge for two profiles",
         .ids = {"challenge-shared"},
         .message = "is also the challenge of /scep/corp",
         .make = [](World& w) { w.add_profile("lab", "challenge"); }},

        // TLS
        {.name = "no TLS certificate",
         .ids = {"tls-certificate"},
         .message = "cannot open",
         .spoil = [](World& w) { std::filesystem::remove(w.dir / "tls.crt"); }},
        {.name = "no TLS certificate configured",
         .ids = {"tls-certificate"},
         .message = "is not set",
         .spoil = [](World& w) { w.change_config("tls_cert_path = \"tls.crt\"", ""); }},
        {.name = "no TLS key configured",
         .ids = {"tls-key"},
         .message = "is not set",
         .spoil = [](World& w) { w.change_config("tls_key_path = \"tls.key\"", ""); }},
        {.name = "a TLS key that is none",
         .ids = {"tls-key"},
         .message = "",
         .spoil = [](World& w) { w.dir.write("tls.key", "nonsense\n"); }},
        {.name = "a TLS key that others may read",
         .ids = {"tls-key-mode"},
         .message = "mode is 0666, want 0600",
         .spoil = [](World& w) { w.set_mode("tls.key", 0666); }},
        {.name = "the TLS key of another",
         .ids = {"tls-key-match"},
         .message = "does not match the first certificate of",
         .spoil =
             [](World& w) { w.dir.write("tls.key", as_text(test::ec_key()->to_pkcs8_pem())); }},
        {.name = "an expired TLS certificate",
         .ids = {"tls-valid"},
         .message = "the certificate has expired",
         .make =
             [](World& w) {
                 w.tls = w.make_tls({.not_before = kNow - 10 * kDay, .not_after = kNow - kDay});
             }},
        {.name = "a TLS certificate that ends today",
         .ids = {"tls-expiry"},
         .message = "the certificate expires in 0 days",
         .make = [](World& w) { w.tls = w.make_tls({.not_after = kNow}); }},
        {.name = "a TLS certificate without names",
         .ids = {"tls-names"},
         .message = "the certificate has no subjectAltName",
         .make =
             [](World& w) {
                 w.tls = test::make_identity({.subject = "CN=localhost"}, test::ec_key(), &w.ca);
             }},
        {.name = "a TLS certificate that is for clients",
         .ids = {"tls-eku"},
         .message = "the extended key usage lacks serverAuth",
         .make = [](World& w) { w.tls = w.make_tls({.ekus = {oid::kClientAuth}}); }},

        {.name = "a TLS certificate signed with SHA-1",
         .ids = {"tls-signature"},
         .message = "the certificate is signed with SHA-1",
         .make = [](World& w) { w.tls = w.make_tls({.digest = crypto::Digest::Sha1}); }},
        {.name = "a TLS certificate of another host",
         .ids = {"tls-host"},
         .message = "the certificate is not for 192.0.2.1, the address of listen",
         .make = [](World& w) { listen_on(w, "192.0.2.1:8443"); }},

        // state
        {.name = "an address of another machine",
         .ids = {"listen-address"},
         .message = "this machine cannot listen on 127.0.0.1:8443: no such address",
         .change =
             [](check::Deployment& d) {
                 d.state.not_listening = Error{.code = Errc::Io, .what = "no such address"};
             }},
        {.name = "a state path that cannot be made",
         .ids = {"state-writable"},
         .message = "cannot be made: /proc/no-such-place does not exist",
         .make =
             [](World& w) {
                 w.config.replace(
                     w.config.find("\"state.db\""), 10, "\"/proc/no-such-place/state.db\"");
             }},
        {.name = "a state path that is a directory",
         .ids = {"state-writable"},
         .message = "is not a regular file",
         .spoil =
             [](World& w) {
                 std::filesystem::create_directory(w.dir / "state.db");
                 w.set_mode("state.db", 0700);
             }},
        {.name = "a state path that is a link to nowhere",
         .ids = {"state-writable"},
         .message = "points to no file",
         .spoil = [](World& w) { std::filesystem::create_symlink("/none/x", w.dir / "state.db"); }},
        {.name = "a directory where SQLite keeps its log",
         .ids = {"state-writable"},
         .message = "is not a regular file",
         .spoil = [](World& w) { std::filesystem::create_directory(w.dir / "state.db-wal"); }},
        {.name = "a state path with no room for a suffix",
         .ids = {"state-writable"},
         .message = "cannot be: File name too long",
         .make =
             [](World& w) {
                 w.config.replace(
                     w.config.find("\"state.db\""), 10, '"' + std::string(250, 'x') + '"');
             }},
        {.name = "one path for database and audit key",
         .ids = {"audit-key"},
         .message = "is state_path too",
         .make =
             [](World& w) {
                 w.config.replace(w.config.find("\"audit.key\""), 11, "\"state.db\"");
             }},
        {.name = "state on a network file system",
         .ids = {"state-local"},
         .message = "is on a network file system (nfs)",
         .change = [](check::Deployment& d) { d.state.network_file_system = "nfs"; }},
        {.name = "state that others may read",
         .ids = {"state-mode"},
         .message = "mode is 0644, want 0600",
         .spoil = [](World& w) { w.dir.write("state.db", "", 0644); }},
        {.name = "an audit key that others may read",
         .ids = {"audit-key"},
         .message = "mode is 0640, want 0600",
         .spoil = [](World& w) { w.dir.write("audit.key", "x", 0640); }},
        {.name = "an audit key that is none",
         .ids = {"audit-key"},
         .message = "is not an audit key, want 64 hexadecimal digits",
         .spoil = [](World& w) { w.dir.write("audit.key", "x"); }},
        {.name = "an audit key that was lost",
         .ids = {"audit-key"},
         .message = "is missing, while the state database is there",
         .spoil = [](World& w) { w.dir.write("state.db", std::string("SQLite format 3\0", 16)); }},
        {.name = "a state database that the server would refuse",
         .ids = {"state-database"},
         .message = "is an SQLite database of another program",
         .change =
             [](check::Deployment& d) {
                 d.state.database_unfit = Error{.code = Errc::Store,
                                                .what = "is an SQLite database of another program",
                                                .where = {.source = "state.db"}};
             }},
        {.name = "an audit key that cannot be made",
         .ids = {"audit-key"},
         .message = "cannot be made",
         .make =
             [](World& w) {
                 w.config.replace(w.config.find("\"audit.key\""), 11, "\"none/audit.key\"");
             }},

        // named clients
        {.name = "TLS 1.2 and plain HTTP without a proxy",
         .ids = {"client-tls"},
         .message = "junos (Juniper Junos) speaks plain HTTP, and serve speaks TLS 1.3 only",
         .make =
             [](World& w) {
                 listen_on(w, "0.0.0.0:8443");
                 w.replace_ca({.key_usage = kCaUsage, .basic_constraints = kCa},
                              test::shared_rsa_key());
                 w.ra = test::make_ra(test::rsa_key(), w.ca);
                 replace(w.config, "signer_key", "signer_key = true\nchain = \"none\"\n#");
             },
         .clients = {"junos"}},
        {.name = "no profile at the root for a client that asks there",
         .ids = {"client-root-path", "client-algorithms", "client-ca-key"},
         .message = "cisco-classic asks for /cgi-bin/pkiclient.exe",
         .clients = {"cisco-classic"}},
        {.name = "a client with old algorithms",
         .ids = {"client-algorithms"},
         .message = "printers uses SHA-1 and 3DES, or less",
         .clients = {"printers"}},
        {.name = "a challenge that a client cannot send",
         .ids = {"challenge-printable", "client-challenge"},
         .message = "the challenge does not fit a PrintableString",
         .make = [](World& w) { w.challenge += "\xc3\xa4"; },
         .clients = {"windows"}},
        {.name = "a client that signs with another key",
         .ids = {"client-signer-key"},
         .message = "ios signs requests with another key",
         .clients = {"apple"}},
        {.name = "a client that wants the CA in the reply",
         .ids = {"client-reply-chain"},
         .message = "cisco wants the CA certificate in the reply",
         .make =
             [](World& w) {
                 replace(w.config, "signer_key", "signer_key = true\nchain = \"none\"\n#");
             },
         .clients = {"cisco"}},
        {.name = "a client that takes no CA in the reply",
         .ids = {"client-reply-chain", "client-ca-key"},
         .message = "junos takes no reply with a CA certificate in it",
         .clients = {"juniper"}},
        {.name = "an RA without key usage for a client that goes by it",
         .ids = {"client-ra-key-usage"},
         .message = "jscep finds the RA by its key usage, and this certificate has none",
         .make = [](World& w) { w.replace_ra({.key_usage = 0, .ekus = {oid::kCmcRa}}); },
         .clients = {"android"}},
    };
    return table;
}

std::vector<Row> all_rows() {
    std::vector<Row> out = rows();
    for (const std::vector<Row>* more : {&test::mtls_rows(),
                                         &test::next_ca_rows(),
                                         &test::previous_ca_rows(),
                                         &test::lifecycle_rows()})
        out.insert(out.end(), more->begin(), more->end());
    return out;
}

// What breaks no rule, or is found by rules of other rows: for verdicts that no row above gives.
const std::vector<Row>& quiet_rows() {
    static const std::vector<Row> table{
        {.name = "a configuration in order"},
        {.name = "two profiles with a challenge each",
         .make = [](World& w) { w.add_profile("lab", "other"); },
         .spoil = [](World& w) { w.dir.write("other", "Ab7dQ1rUx5yTe3zWn8mKf0jLhC\n"); }},
        {.name = "a staple, and somebody who provides it",
         .make =
             [](World& w) {
                 replace(w.config, "max_ttl", "must_staple = true\nmax_ttl");
                 replace(w.config, "ca_key_path", "ocsp_url = \"http://a/o\"\nca_key_path");
             }},
        {.name = "a CA below a root", .make = [](World& w) { put_below(w, make_root(1), {}); }},
        {.name = "the TLS certificate of the host",
         .make =
             [](World& w) {
                 listen_on(w, "scep.example:8443");
                 w.tls = w.make_tls({.subject_alt_names = {test::must(
                                         x509::general_name_from_text("dns:*.example"))}});
             }},
        {.name = "a database and its key",
         .spoil =
             [](World& w) {
                 w.dir.write("audit.key", std::string(64, 'a'));
                 w.dir.write("state.db", std::string("SQLite format 3\0", 16));
             }},
        {.name = "clients that ask for nothing that is not there",
         .make =
             [](World& w) {
                 w.replace_ca({.key_usage = kCaUsage, .basic_constraints = kCa},
                              test::shared_rsa_key());
                 w.ra = test::make_ra(test::rsa_key(), w.ca);
                 replace(w.config, "require_signer_key = true", "path_id = \"\"");
             },
         .change =
             [](check::Deployment& d) {
                 d.profiles[0].settings.allow_legacy = {"sha1", "3des"};
             },
         .clients = {"ios", "windows", "cisco", "cisco-classic"}},
    };
    return table;
}

struct Judged {
    std::vector<check::Finding> findings{};
    std::vector<check::Check> checks{};
};

Judged judge_row(const Row& row) {
    World world;
    row.make(world);
    world.write();
    row.spoil(world);
    const config::Reading reading = config::read_config_file(world.dir / "certctl-scep.toml");
    REQUIRE(reading.errors.empty());
    check::Deployment deployment = check::load_deployment(reading.config, {});
    row.change(deployment);
    check::Judging judging{.now = row.now};
    for (const std::string_view name : row.clients)
        judging.clients.push_back(check::client_family(name));
    check::Report report = check::judge(reading, deployment, judging);
    return {.findings = std::move(report.findings), .checks = std::move(report.checks)};
}

// Tried out in test_judge.cpp.
bool found_while_reading(std::string_view id) {
    return id == "configuration" || id == "environment";
}

}  // namespace

TEST_SUITE("core/check") {
    TEST_CASE("a deployment that is right is passed in silence by every rule") {
        const World world;
        world.write();
        for (const check::Finding& finding : judge(world.load()))
            FAIL_CHECK(finding.id << ": " << check::to_text(finding));
    }

    TEST_CASE("each rule finds what breaks it, and no other rule does") {
        for (const Row& row : all_rows()) {
            CAPTURE(row.name);
            const std::vector<check::Finding> findings = judge_row(row).findings;
            CHECK(ids_of(findings) == row.ids);
            if (findings.empty())
                continue;
            CAPTURE(check::to_text(findings.front()));
            CHECK(findings.front().message.find(row.message) != std::string::npos);
            CHECK_FALSE(findings.front().where.source.empty());
            for (const check::Finding& finding : findings)
                CHECK_FALSE(finding.hint.empty());
            CHECK(findings.front().severity ==
                  row.severity.value_or(check::rule(findings.front().id).severity));
        }
    }

    TEST_CASE("a finding about a certificate of a bundle names file, line and subject") {
        World world;
        test::add_mtls(world);
        const test::Identity other = test::make_bootstrap({.subject = "CN=other"});
        const std::string first = test::bundle_pem({test::make_bootstrap()});
        world.dir.write("bundle.pem", first + test::bundle_pem({other, other}), 0644);
        const auto lines = static_cast<std::size_t>(std::ranges::count(first, '\n'));
        world.dir.write("bundle.crl", test::crl_pem(other), 0644);
        world.write();
        const std::vector<check::Finding> findings = judge(world.load());
        REQUIRE(ids_of(findings) == Ids{"trust-duplicate", "trust-crl-missing"});
        const check::Finding& twice = findings[0];
        CHECK(twice.where.source == (world.dir / "bundle.pem").string());
        CHECK(twice.where.line == 2 * lines + 1);
        CHECK(twice.where.subject == "CN=other");
        CHECK(twice.profile == "corp");
        CHECK(twice.hint == fmt::format("remove the block at line {} of {}",
                                        2 * lines + 1,
                                        (world.dir / "bundle.pem").string()));
        CHECK(findings[1].where.line == 1);
    }

    TEST_CASE("files of a route that is closed are not looked at") {
        World world;
        world.config +=
            "mtls_client_ca_trust_bundle_path = \"none.pem\"\nmtls_crl_path = \"none.crl\"\n"
            "mtls_deny_path = \"none.txt\"\nmtls_bind = \"san\"\n";
        world.write();
        const std::vector<check::Finding> findings = judge(world.load());
        CHECK(ids_of(findings) == Ids{"mtls-unused"});
        CHECK(findings.size() == 4);
    }

    TEST_CASE("what is in order is passed in silence") {
        for (const Row& row : quiet_rows()) {
            CAPTURE(row.name);
            for (const check::Finding& finding : judge_row(row).findings)
                if (finding.id != "legacy-algorithms")
                    FAIL_CHECK(finding.id << ": " << check::to_text(finding));
        }
    }

    TEST_CASE("every rule of a configuration has a row for each of its verdicts") {
        std::map<std::string_view, std::set<check::Verdict>> seen;
        const std::vector<Row> broken = all_rows();
        for (const auto* table : {&broken, &quiet_rows()})
            for (const Row& row : *table)
                for (const check::Check& check : judge_row(row).checks)
                    seen[check.rule].insert(check.verdict);
        for (const check::Rule& rule : check::rules()) {
            if (rule.scope == check::Scope::Url || found_while_reading(rule.id))
                continue;
            CAPTURE(rule.id);
            CHECK(seen[rule.id].contains(check::Verdict::Failed));
            CHECK(seen[rule.id].contains(check::Verdict::Passed));
            const bool always = rule.applies == nullptr && rule.scope == check::Scope::Server;
            CHECK(seen[rule.id].contains(check::Verdict::NotApplicable) == !always);
        }
    }

    TEST_CASE("ids are unique, and every rule has a citation and a summary") {
        Ids seen;
        for (const check::RuleInfo& rule : check::list_rules()) {
            CAPTURE(rule.id);
            CHECK(seen.insert(std::string(rule.id)).second);
            CHECK_FALSE(rule.cite.empty());
            CHECK_FALSE(rule.summary.empty());
            CHECK_FALSE(rule.hint.empty());
        }
    }
}
