// What breaks the rules about the CA that takes over. The first rows pass all of them;
// test_rules.cpp's own deployment, which has none, is none of their business.
#include <fmt/format.h>

#include "row.hpp"

namespace scep::test {

namespace {

constexpr std::uint32_t kCaUsage = x509::kKeyCertSign | x509::kCrlSign | x509::kDigitalSignature;
constexpr x509::BasicConstraints kCa{.ca = true, .path_length = 0};

CertificateRecipe next_recipe() {
    return {.subject = "CN=Test CA",
            .key_usage = kCaUsage,
            .basic_constraints = kCa,
            .not_after = kNow + 900 * kDay};
}

Identity make_next(const CertificateRecipe& recipe = next_recipe(), const Key& key = rsa_key()) {
    return make_identity(recipe, key, nullptr);
}

void set_next(World& w, std::string_view lines) {
    w.config.insert(w.config.find("ca_key_path"), lines);
}

// Both files, and the settings that name them.
void add_next(World& w, const Identity& next) {
    w.write_identity("next", next);
    set_next(w, "next_ca_cert_path = \"next.crt\"\nnext_ca_key_path = \"next.key\"\n");
}

// A second RA pair, issued by `ca`.
void add_ra(World& w, const Identity& ca) {
    w.write_identity("ra-2", make_ra(rsa_key(), ca, "CN=Second RA"));
    w.config += "[[scep.corp.ra]]\ncert_path = \"ra-2.crt\"\nkey_path = \"ra-2.key\"\n";
}

std::vector<Row> right_rows() {
    return {
        {.name = "a next CA with an RSA key", .make = [](World& w) { add_next(w, make_next()); }},
        {.name = "one that begins when the current one ends",
         .make =
             [](World& w) {
                 CertificateRecipe recipe = next_recipe();
                 recipe.not_before = w.ca.certificate.not_after();
                 add_next(w, make_next(recipe));
             }},
        {.name = "an EC key, and an RSA pair in front of it",
         .make =
             [](World& w) {
                 const Identity next = make_next(next_recipe(), ec_key());
                 add_next(w, next);
                 add_ra(w, next);
             }},
        {.name = "a next CA that is only announced",
         .make =
             [](World& w) {
                 w.write_identity("next", make_next(next_recipe(), ec_key()));
                 set_next(w, "next_ca_cert_path = \"next.crt\"\n");
             }},
    };
}

std::vector<Row> file_rows() {
    return {
        {.name = "a next CA certificate that is not there",
         .ids = {"next-ca-certificate"},
         .message = "cannot open",
         .make = [](World& w) { add_next(w, make_next()); },
         .spoil = [](World& w) { std::filesystem::remove(w.dir / "next.crt"); }},
        {.name = "a next CA key alone",
         .ids = {"next-ca-certificate"},
         .message = "is not set",
         .make =
             [](World& w) {
                 w.write_identity("next", make_next());
                 set_next(w, "next_ca_key_path = \"next.key\"\n");
             }},
        {.name = "a next CA key that is none",
         .ids = {"next-ca-key"},
         .make = [](World& w) { add_next(w, make_next()); },
         .spoil = [](World& w) { w.dir.write("next.key", "nonsense\n"); }},
        {.name = "a next CA key that others may read",
         .ids = {"next-ca-key-mode"},
         .message = "mode is 0640, want 0600",
         .make = [](World& w) { add_next(w, make_next()); },
         .spoil = [](World& w) { w.set_mode("next.key", 0640); }},
        {.name = "the next CA key of another",
         .ids = {"next-ca-key-match"},
         .message = "does not match the certificate",
         .make = [](World& w) { add_next(w, make_next()); },
         .spoil =
             [](World& w) { w.dir.write("next.key", as_text(shared_rsa_key()->to_pkcs8_pem())); }},
    };
}

std::vector<Row> certificate_rows() {
    return {
        {.name = "a next CA that is none",
         .ids = {"next-ca-constraints"},
         .message = "is not a CA certificate: CN=Test CA lacks CA:TRUE",
         .make =
             [](World& w) {
                 CertificateRecipe recipe = next_recipe();
                 recipe.basic_constraints.reset();
                 add_next(w, make_next(recipe));
             }},
        {.name = "a next CA that may not sign",
         .ids = {"next-ca-constraints"},
         .message = "the key usage lacks keyCertSign",
         .make =
             [](World& w) {
                 CertificateRecipe recipe = next_recipe();
                 recipe.key_usage = x509::kCrlSign | x509::kDigitalSignature;
                 add_next(w, make_next(recipe));
             }},
        {.name = "a CA that may not sign what it announces",
         .ids = {"next-ca-signature-usage"},
         .message = "the key usage lacks digitalSignature, and this CA signs the replies to "
                    "GetNextCACert",
         .make =
             [](World& w) {
                 w.replace_ca(
                     {.key_usage = x509::kKeyCertSign | x509::kCrlSign, .basic_constraints = kCa});
                 add_next(w, make_next());
             }},
        {.name = "a next CA that may not sign its replies",
         .ids = {"next-ca-signature-usage"},
         .message = "this CA signs the replies to what is enveloped for it",
         .make =
             [](World& w) {
                 CertificateRecipe recipe = next_recipe();
                 recipe.key_usage = x509::kKeyCertSign | x509::kCrlSign;
                 add_next(w, make_next(recipe));
             }},
        {.name = "a next CA of the past",
         .ids = {"next-ca-valid", "next-ca-later"},
         .message = "the certificate has expired",
         .make =
             [](World& w) {
                 CertificateRecipe recipe = next_recipe();
                 recipe.not_before = kNow - 9 * kDay;
                 recipe.not_after = kNow - kDay;
                 add_next(w, make_next(recipe));
             }},
        {.name = "a next CA that ends with the current one",
         .ids = {"next-ca-later"},
         .message = "ends 2027-11-24T03:00:00Z, and the CA that it replaces 2027-11-24T03:00:00Z",
         .make =
             [](World& w) {
                 CertificateRecipe recipe = next_recipe();
                 recipe.not_after = w.ca.certificate.not_after();
                 add_next(w, make_next(recipe));
             }},
        {.name = "a gap between the two",
         .ids = {"next-ca-later"},
         .message = "begins 2027-11-25T03:00:00Z, after the CA that it replaces ended",
         .make =
             [](World& w) {
                 CertificateRecipe recipe = next_recipe();
                 recipe.not_before = w.ca.certificate.not_after() + kDay;
                 add_next(w, make_next(recipe));
             }},
        {.name = "a new certificate for the old key",
         .ids = {"next-ca-key-new", "next-ca-recipient"},
         .message = "has the same key as",
         .make =
             [](World& w) {
                 CertificateRecipe recipe = next_recipe();
                 recipe.subject = "CN=Other name";
                 add_next(w, make_next(recipe, w.ca.key));
             }},
    };
}

std::vector<Row> recipient_rows() {
    return {
        {.name = "an EC key with nobody in front of it",
         .ids = {"next-ca-recipient"},
         .message = "nobody can envelop a request for the next CA: its key is EC",
         .make = [](World& w) { add_next(w, make_next(next_recipe(), ec_key())); }},
        {.name = "a pair of the next CA in the first place",
         .ids = {"ra-chain"},
         .message = "is issued by the next CA: clients of today would not trust the replies",
         .make =
             [](World& w) {
                 const Identity next = make_next();
                 add_next(w, next);
                 w.ra = make_ra(shared_rsa_key(), next);
             }},
        {.name = "a pair of a next CA that is only announced",
         .ids = {"ra-chain"},
         .message = "is issued by the next CA, which cannot issue without its key",
         .make =
             [](World& w) {
                 const Identity next = make_next();
                 w.write_identity("next", next);
                 set_next(w, "next_ca_cert_path = \"next.crt\"\n");
                 add_ra(w, next);
             }},
        {.name = "a second pair of neither CA",
         .ids = {"ra-chain"},
         .message = "does not chain to the CA of issuer iss-local",
         .make =
             [](World& w) {
                 add_next(w, make_next());
                 add_ra(w, make_ca(ec_key(), "CN=Stranger"));
             }},
    };
}

}  // namespace

const std::vector<Row>& next_ca_rows() {
    static const std::vector<Row> table = [] {
        std::vector<Row> out = right_rows();
        for (const auto& more : {file_rows(), certificate_rows(), recipient_rows()})
            out.insert(out.end(), more.begin(), more.end());
        return out;
    }();
    return table;
}

}  // namespace scep::test
