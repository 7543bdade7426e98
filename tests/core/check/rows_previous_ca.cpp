// What breaks the rules about the CAs that an issuer had before. The first row passes all of them;
// test_rules.cpp's own deployment, which has none, is none of their business.
#include "row.hpp"

namespace scep::test {

namespace {

CertificateRecipe former_recipe() {
    return {.subject = "CN=Former CA",
            .key_usage = x509::kKeyCertSign | x509::kCrlSign,
            .basic_constraints = x509::BasicConstraints{.ca = true, .path_length = 0}};
}

void name_former(World& w, const std::string& pem) {
    w.dir.write("former.crt", pem, 0644);
    w.config.insert(w.config.find("ca_key_path"), "previous_ca_cert_path = \"former.crt\"\n");
}

void add_former(World& w, const CertificateRecipe& recipe) {
    name_former(w, x509::to_pem(make_identity(recipe, ec_key(), nullptr).certificate));
}

}  // namespace

const std::vector<Row>& previous_ca_rows() {
    static const std::vector<Row> table{
        {.name = "two former CAs, one with the name of the current one",
         .make =
             [](World& w) {
                 CertificateRecipe namesake = former_recipe();
                 namesake.subject = "CN=Test CA";
                 const auto pem = [](const CertificateRecipe& recipe) {
                     return x509::to_pem(make_identity(recipe, ec_key(), nullptr).certificate);
                 };
                 name_former(w, pem(former_recipe()) + pem(namesake));
             }},
        {.name = "a former CA that is not there",
         .ids = {"previous-ca-certificate"},
         .message = "cannot open",
         .make = [](World& w) { add_former(w, former_recipe()); },
         .spoil = [](World& w) { std::filesystem::remove(w.dir / "former.crt"); }},
        {.name = "a former CA with its key, for everybody to read",
         .ids = {"ca-key-mode"},
         .message = "holds a private key",
         .make =
             [](World& w) {
                 const Identity former = make_identity(former_recipe(), ec_key(), nullptr);
                 name_former(w,
                             x509::to_pem(former.certificate) +
                                 std::string(as_text(former.key->to_pkcs8_pem())));
             }},
        {.name = "a former CA that is none",
         .ids = {"previous-ca-constraints"},
         .message = "is not a CA certificate: CN=Former CA lacks CA:TRUE",
         .make =
             [](World& w) {
                 CertificateRecipe recipe = former_recipe();
                 recipe.basic_constraints.reset();
                 add_former(w, recipe);
             }},
        {.name = "a former CA that may not sign",
         .ids = {"previous-ca-constraints"},
         .message = "the key usage of CN=Former CA lacks keyCertSign",
         .make =
             [](World& w) {
                 CertificateRecipe recipe = former_recipe();
                 recipe.key_usage = x509::kCrlSign;
                 add_former(w, recipe);
             }},
        {.name = "the current CA as its own predecessor",
         .ids = {"previous-ca-former"},
         .message = "holds the certificate of ca_cert_path",
         .make = [](World& w) { name_former(w, x509::to_pem(w.ca.certificate)); }},
        {.name = "a former CA of the past",
         .ids = {"previous-ca-expired"},
         .message = "the certificate has expired",
         .make =
             [](World& w) {
                 CertificateRecipe recipe = former_recipe();
                 recipe.not_before = kNow - 9 * kDay;
                 recipe.not_after = kNow - kDay;
                 add_former(w, recipe);
             }},
    };
    return table;
}

}  // namespace scep::test
