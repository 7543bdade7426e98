// What breaks the rules about bundles, revocation lists, mTLS routes and the trusted proxy. The
// first rows pass all of them; test_rules.cpp's own deployment, without either, is none of their
// business.
#include <openssl/rsa.h>

#include "core/crypto/ossl.hpp"
#include "mtls_world.hpp"
#include "row.hpp"

namespace scep::test {

namespace {

void with_bundle(World& w, std::initializer_list<Identity> cas) {
    add_mtls(w);
    std::string crls;
    for (const Identity& ca : cas)
        crls += crl_pem(ca);
    w.dir.write("bundle.pem", bundle_pem(cas), 0644);
    w.dir.write("bundle.crl", crls, 0644);
}

// That certificate in the bundle beside its issuer, with no lists at all.
void with_odd_certificate(World& w, EVP_PKEY* key, const EVP_MD* md) {
    add_mtls(w);
    const Identity ca = make_bootstrap({}, nullptr, shared_rsa_key());  // ECDSA has no MD5
    w.dir.write("bundle.pem", bundle_pem({ca}) + x509::to_pem(made_by_openssl(key, ca, md)), 0644);
    const std::string_view setting = "mtls_crl_path = \"bundle.crl\"\n";
    w.config.erase(w.config.find(setting), setting.size());
}

void without(World& w, std::string_view setting) {
    add_mtls(w);
    const std::size_t place = w.config.find(setting);
    REQUIRE(place != std::string::npos);
    w.config.erase(place, setting.size());
}

std::vector<Row> right_rows() {
    return {
        {.name = "an mTLS route and a proxy that are right",
         .ids = {},
         .message = "",
         .make = [](World& w) { add_mtls(w); }},
        {.name = "a root and its intermediate, each with its list",
         .ids = {},
         .message = "",
         .make =
             [](World& w) {
                 const Identity root = make_bootstrap({.subject = "CN=root"});
                 with_bundle(w, {root, make_bootstrap({.subject = "CN=below"}, &root)});
             }},
        {.name = "two certificates of one CA, and its list once",
         .ids = {},
         .message = "",
         .make =
             [](World& w) {
                 const Identity ca = make_bootstrap();
                 with_bundle(w, {ca, make_bootstrap({.not_after = kNow + 99 * kDay}, &ca, ca.key)});
             }},
        {.name = "a stale list beside a new one",
         .ids = {},
         .message = "",
         .make =
             [](World& w) {
                 const Identity ca = make_bootstrap();
                 add_mtls(w, ca);
                 w.dir.write(
                     "bundle.crl",
                     crl_pem(ca, {.from = kNow - 9 * kDay, .until = kNow - 2 * kDay}) + crl_pem(ca),
                     0644);
             }},
        {.name = "a list that never is stale",
         .ids = {},
         .message = "",
         .make = [](World& w) { add_mtls(w, make_bootstrap(), {.until = std::nullopt}); }},
        {.name = "RFC 9440's own header",
         .ids = {},
         .message = "",
         .make =
             [](World& w) {
                 add_mtls_but(w,
                              "enabled = true\n",
                              "enabled = true\nheader = \"client-cert\"\nformat = \"rfc9440\"\n");
             }},
    };
}

std::vector<Row> bundle_rows() {
    return {
        {.name = "an mTLS route without a bundle",
         .ids = {"trust-bundle"},
         .message = "is not set",
         .make =
             [](World& w) { without(w, "mtls_client_ca_trust_bundle_path = \"bundle.pem\"\n"); }},
        {.name = "a bundle that is not there",
         .ids = {"trust-bundle"},
         .message = "cannot open: no such file or directory",
         .make = [](World& w) { add_mtls(w); },
         .spoil = [](World& w) { std::filesystem::remove(w.dir / "bundle.pem"); }},
        {.name = "a bundle with a private key",
         .ids = {"trust-bundle"},
         .message = "a private key lies among the certificates",
         .make =
             [](World& w) {
                 add_mtls(w);
                 const Identity ca = make_bootstrap();
                 w.dir.write("bundle.pem",
                             bundle_pem({ca}) + std::string(as_text(ca.key->to_pkcs8_pem())));
             }},
        {.name = "a bootstrap CA that has expired",
         .ids = {"trust-valid"},
         .message = "the certificate has expired: notAfter is 2026-11-23T03:00:00Z",
         .make =
             [](World& w) {
                 add_mtls(
                     w, make_bootstrap({.not_before = kNow - 9 * kDay, .not_after = kNow - kDay}));
             }},
        {.name = "a bootstrap CA of the future",
         .ids = {"trust-valid"},
         .message = "the certificate is not valid yet",
         .severity = check::Severity::Warning,
         .make = [](World& w) { add_mtls(w, make_bootstrap({.not_before = kNow + kDay})); }},
        {.name = "a bootstrap CA that ends soon",
         .ids = {"trust-expiry"},
         .message = "the certificate expires in 9 days",
         .make = [](World& w) { add_mtls(w, make_bootstrap({.not_after = kNow + 9 * kDay})); }},
        {.name = "a device's own certificate in the bundle",
         .ids = {"trust-basic-constraints"},
         .message = "is not a CA certificate: it lacks CA:TRUE",
         .make =
             [](World& w) { add_mtls(w, make_bootstrap({.basic_constraints = std::nullopt})); }},
        {.name = "a bootstrap CA that may not sign certificates",
         .ids = {"trust-key-usage"},
         .message = "the key usage lacks keyCertSign",
         .make = [](World& w) { add_mtls(w, make_bootstrap({.key_usage = x509::kCrlSign})); }},
        {.name = "a bootstrap CA with a small RSA key",
         .ids = {"trust-key-size"},
         .message = "the key is too weak: RSA 1024 bits, want 2048 or more",
         .make =
             [](World& w) {
                 const crypto::PkeyPtr key(EVP_RSA_gen(1024));
                 with_odd_certificate(w, key.get(), EVP_sha256());
             }},
        {.name = "a bootstrap CA with a small EC key",
         .ids = {"trust-key-size"},
         .message = "the key is too weak: EC secp224r1",
         .make =
             [](World& w) {
                 const crypto::PkeyPtr key(EVP_EC_gen("P-224"));
                 with_odd_certificate(w, key.get(), EVP_sha256());
             }},
        {.name = "a bootstrap CA signed with SHA-1 by another",
         .ids = {"trust-signature"},
         .message = "is signed with SHA-1",
         .make = [](World& w) { with_odd_certificate(w, nullptr, EVP_sha1()); }},
        {.name = "a bootstrap CA signed with MD5 by another",
         .ids = {"trust-signature"},
         .message = "is signed with MD5",
         .severity = check::Severity::Error,
         .make = [](World& w) { with_odd_certificate(w, nullptr, EVP_md5()); }},
        {.name = "a root signed with SHA-1 by itself",
         .ids = {"trust-signature"},
         .message = "is signed with SHA-1, by itself: the anchor is trusted as it stands",
         .severity = check::Severity::Notice,
         .make = [](World& w) { add_mtls(w, make_bootstrap({.digest = crypto::Digest::Sha1})); }},
        {.name = "a certificate twice",
         .ids = {"trust-duplicate"},
         .message = "is the certificate of line 1 once more",
         .make =
             [](World& w) {
                 const Identity ca = make_bootstrap();
                 with_bundle(w, {ca, ca});
             }},
        {.name = "two CAs of one name",
         .ids = {"trust-namesake"},
         .message = "has the name of line 1 and another key",
         .make =
             [](World& w) {
                 with_bundle(w, {make_bootstrap(), make_bootstrap()});
             }},
        {.name = "the profile's own CA in the bundle",
         .ids = {"trust-issuing-ca"},
         .message = "leads to issuer iss-local: every certificate that this profile enrols passes",
         .make =
             [](World& w) {
                 with_bundle(w, {make_bootstrap(), w.ca});
             }},
        {.name = "the root above the profile's CA in the bundle",
         .ids = {"trust-issuing-ca"},
         .message = "leads to issuer iss-local",
         .make =
             [](World& w) {
                 const Identity root = make_bootstrap({.subject = "CN=root"});
                 with_bundle(w, {root});
                 w.ca = make_bootstrap({.subject = "CN=Test CA"}, &root);
                 w.ra = make_ra(shared_rsa_key(), w.ca);
                 w.tls = w.make_tls({});
             }},
    };
}

std::vector<Row> crl_rows() {
    return {
        {.name = "a CRL file that is not there",
         .ids = {"trust-crl"},
         .message = "cannot open",
         .make = [](World& w) { add_mtls(w); },
         .spoil = [](World& w) { std::filesystem::remove(w.dir / "bundle.crl"); }},
        {.name = "a stale CRL",
         .ids = {"trust-crl"},
         .message = "the CRL of CN=bootstrap is stale: nextUpdate is 2026-11-23T03:00:00Z; every "
                    "device of that CA is refused",
         .make =
             [](World& w) {
                 add_mtls(w, make_bootstrap(), {.from = kNow - 9 * kDay, .until = kNow - kDay});
             }},
        {.name = "a CRL of the future",
         .ids = {"trust-crl"},
         .message = "the CRL of CN=bootstrap is not valid yet: thisUpdate is",
         .make =
             [](World& w) {
                 add_mtls(w, make_bootstrap(), {.from = kNow + kDay, .until = kNow + 9 * kDay});
             }},
        {.name = "a CRL in its last quarter",
         .ids = {"trust-crl-expiry"},
         .message = "the CRL of CN=bootstrap is stale in 23 hours",
         .make =
             [](World& w) {
                 add_mtls(w,
                          make_bootstrap(),
                          {.from = kNow - 9 * kDay, .until = kNow + kDay - Seconds(1)});
             }},
        {.name = "a bootstrap CA without its CRL",
         .ids = {"trust-crl-missing"},
         .message = "there is no CRL of it in ",
         .make =
             [](World& w) {
                 const Identity ca = make_bootstrap();
                 add_mtls(w, ca);
                 w.dir.write(
                     "bundle.pem", bundle_pem({ca, make_bootstrap({.subject = "CN=other"})}), 0644);
             }},
        {.name = "a root without a CRL above an intermediate with one",
         .ids = {"trust-crl-missing"},
         .message = "devices right below it are refused",
         .severity = check::Severity::Notice,
         .make =
             [](World& w) {
                 const Identity root = make_bootstrap({.subject = "CN=root"});
                 const Identity below = make_bootstrap({.subject = "CN=below"}, &root);
                 add_mtls(w, below);
                 w.dir.write("bundle.pem", bundle_pem({root, below}), 0644);
             }},
        {.name = "a CRL in the name of the CA by another key",
         .ids = {"trust-crl-missing", "trust-crl-issuer"},
         .message = "has the name of its issuer and not its signature",
         .severity = check::Severity::Error,
         .make =
             [](World& w) {
                 add_mtls(w);
                 w.dir.write("bundle.crl", crl_pem(make_bootstrap()), 0644);
             }},
        {.name = "a CRL by nobody in the bundle",
         .ids = {"trust-crl-issuer"},
         .message = "the CRL of CN=stranger is by no CA of the bundle",
         .make =
             [](World& w) {
                 const Identity ca = make_bootstrap();
                 add_mtls(w, ca);
                 w.dir.write("bundle.crl",
                             crl_pem(ca) + crl_pem(make_bootstrap({.subject = "CN=stranger"})),
                             0644);
             }},
        {.name = "a deny file that is none",
         .ids = {"trust-deny"},
         .message = "not a SHA-256 fingerprint",
         .make = [](World& w) { add_mtls(w); },
         .spoil = [](World& w) { w.dir.write("denied.txt", "nonsense\n"); }},
        {.name = "a deny file of comments",
         .ids = {"trust-deny-empty"},
         .message = "holds no fingerprint: nobody is denied",
         .make = [](World& w) { add_mtls(w); },
         .spoil = [](World& w) { w.dir.write("denied.txt", "# none yet\n"); }},
    };
}

std::vector<Row> route_rows() {
    return {
        {.name = "/scep open beside /scep-mtls",
         .ids = {"mtls-scep-open"},
         .message = "/scep/corp is open beside /scep-mtls/corp: the challenge alone still enrols",
         .make = [](World& w) { without(w, "mtls_only = true\n"); }},
        {.name = "bootstrap certificates that may enrol any name",
         .ids = {"mtls-bind"},
         .message = "any bootstrap certificate may enrol any name",
         .make = [](World& w) { without(w, "mtls_bind = \"cn\"\n"); }},
        {.name = "a bundle of a route that is closed",
         .ids = {"mtls-unused"},
         .message = "has no effect: mtls_enabled is false",
         .make =
             [](World& w) { w.config += "mtls_client_ca_trust_bundle_path = \"bundle.pem\"\n"; }},
    };
}

std::vector<Row> proxy_rows() {
    return {
        {.name = "a trusted proxy without addresses",
         .ids = {"proxy-both"},
         .message = "is not set while the trusted proxy is enabled",
         .make =
             [](World& w) {
                 add_mtls_but(w, "cidrs = [\"10.0.0.0/24\", \"2001:db8::/64\"]\n", "");
             }},
        {.name = "addresses of a proxy that is not trusted",
         .ids = {"proxy-both", "proxy-unused"},
         .message = "is not true while cidrs are set",
         .make = [](World& w) { add_mtls_but(w, "enabled = true\n", ""); }},
        {.name = "a trusted proxy anywhere, by IPv4",
         .ids = {"proxy-networks"},
         .message = "0.0.0.0/0 is everybody: any client may write the header X-SSL-Client-Cert",
         .make = [](World& w) { add_mtls_but(w, "10.0.0.0/24", "0.0.0.0/0"); }},
        {.name = "a trusted proxy anywhere, by IPv6",
         .ids = {"proxy-networks"},
         .message = "::/0 is everybody",
         .make = [](World& w) { add_mtls_but(w, "2001:db8::/64", "::/0"); }},
        {.name = "a trusted proxy in half of everywhere",
         .ids = {"proxy-networks"},
         .message = "128.0.0.0/4 is wide for the addresses of proxies",
         .severity = check::Severity::Warning,
         .make = [](World& w) { add_mtls_but(w, "10.0.0.0/24", "128.0.0.0/4"); }},
        {.name = "RFC 9440 in another header",
         .ids = {"proxy-header"},
         .message = "is X-SSL-Client-Cert, while format \"rfc9440\" goes with Client-Cert",
         .make =
             [](World& w) {
                 add_mtls_but(w, "enabled = true\n", "enabled = true\nformat = \"rfc9440\"\n");
             }},
        {.name = "RFC 9440's header in another format",
         .ids = {"proxy-header"},
         .message = "is not \"rfc9440\", which is what the header Client-Cert holds",
         .make =
             [](World& w) {
                 add_mtls_but(w, "enabled = true\n", "enabled = true\nheader = \"Client-Cert\"\n");
             }},
        {.name = "a header that is taken",
         .ids = {"proxy-header"},
         .message = "X-Forwarded-For means something else in HTTP",
         .severity = check::Severity::Error,
         .make =
             [](World& w) {
                 add_mtls_but(
                     w, "enabled = true\n", "enabled = true\nheader = \"X-Forwarded-For\"\n");
             }},
        {.name = "a trusted proxy that need not authenticate itself",
         .ids = {"proxy-unauthenticated"},
         .message = "is not set: whoever gets an address of cidrs speaks for any device",
         .make = [](World& w) { without(w, "client_ca_path = \"proxy-ca.pem\"\n"); }},
        {.name = "no file with the proxy's CA",
         .ids = {"proxy-ca"},
         .message = "cannot open",
         .make = [](World& w) { add_mtls(w); },
         .spoil = [](World& w) { std::filesystem::remove(w.dir / "proxy-ca.pem"); }},
        {.name = "a CA of proxies that has expired",
         .ids = {"proxy-ca-valid"},
         .message = "the certificate has expired",
         .make = [](World& w) { add_mtls(w); },
         .spoil =
             [](World& w) {
                 w.dir.write("proxy-ca.pem",
                             bundle_pem({make_bootstrap(
                                 {.not_before = kNow - 9 * kDay, .not_after = kNow - kDay})}));
             }},
        {.name = "a CA of proxies that ends soon",
         .ids = {"proxy-ca-expiry"},
         .message = "the certificate expires in 9 days",
         .make = [](World& w) { add_mtls(w); },
         .spoil =
             [](World& w) {
                 w.dir.write("proxy-ca.pem",
                             bundle_pem({make_bootstrap({.not_after = kNow + 9 * kDay})}));
             }},
        {.name = "the proxy's own certificate for its CA's",
         .ids = {"proxy-ca-constraints"},
         .message = "is not a CA certificate: it lacks CA:TRUE",
         .make = [](World& w) { add_mtls(w); },
         .spoil =
             [](World& w) {
                 w.dir.write("proxy-ca.pem",
                             bundle_pem({make_bootstrap({.basic_constraints = std::nullopt})}));
             }},
        {.name = "a trusted proxy before no mTLS route",
         .ids = {"proxy-unused"},
         .message = "no profile has mtls_enabled",
         .make =
             [](World& w) {
                 add_mtls(w);
                 const std::size_t first = w.config.find("mtls_enabled");
                 w.config.erase(first, w.config.find("[server.trusted_proxy]") - first);
             }},
    };
}

}  // namespace

const std::vector<Row>& mtls_rows() {
    static const std::vector<Row> table = [] {
        std::vector<Row> out;
        for (const auto rows : {right_rows, bundle_rows, crl_rows, route_rows, proxy_rows}) {
            std::vector<Row> more = rows();
            out.insert(out.end(), more.begin(), more.end());
        }
        return out;
    }();
    return table;
}

}  // namespace scep::test
