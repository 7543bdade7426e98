// The deployment of world.hpp with an mTLS route, a trusted proxy and all their files, in which
// nothing is wrong either.
#pragma once

#include "core/asn1/pem.hpp"
#include "support/crl.hpp"
#include "world.hpp"

namespace scep::test {

struct BootstrapRecipe {
    std::string subject = "CN=bootstrap";
    std::uint32_t key_usage = x509::kKeyCertSign | x509::kCrlSign;
    std::optional<x509::BasicConstraints> basic_constraints = x509::BasicConstraints{.ca = true};
    TimePoint not_before = kNow - kDay, not_after = kNow + 365 * kDay;
    crypto::Digest digest = crypto::Digest::Sha256;
};

// Self-signed unless there is an issuer.
inline Identity make_bootstrap(const BootstrapRecipe& recipe = {},
                               const Identity* issuer = nullptr,
                               const Key& key = ec_key()) {
    return make_identity({.subject = recipe.subject,
                          .key_usage = recipe.key_usage,
                          .basic_constraints = recipe.basic_constraints,
                          .not_before = recipe.not_before,
                          .not_after = recipe.not_after,
                          .digest = recipe.digest},
                         key,
                         issuer);
}

// As others sign: `md` over a CA whose key is `key`, by `ca`.
inline x509::Certificate made_by_openssl(EVP_PKEY* key, const Identity& ca, const EVP_MD* md) {
    const Identity model = make_bootstrap({.subject = "CN=model"}, &ca);
    const unsigned char* at = model.certificate.der().data();
    const crypto::X509Ptr made(
        d2i_X509(nullptr, &at, static_cast<long>(model.certificate.der().size())));
    if (key != nullptr)
        REQUIRE(X509_set_pubkey(made.get(), key) == 1);
    REQUIRE(X509_sign(made.get(), &ca.key->evp(), md) > 0);
    unsigned char* der = nullptr;
    const int size = i2d_X509(made.get(), &der);
    const crypto::OpensslBytes owner(der);
    return must(x509::Certificate::parse(Bytes(der, static_cast<std::size_t>(size))));
}

inline std::string crl_pem(const Identity& ca, const CrlRecipe& recipe = {}) {
    CrlRecipe lasting = recipe;
    if (lasting.until == CrlRecipe{}.until)
        lasting.until = kNow + 7 * kDay;
    return asn1::to_pem("X509 CRL", make_crl(ca, lasting));
}

inline std::string bundle_pem(std::initializer_list<Identity> cas) {
    std::string out;
    for (const Identity& ca : cas)
        out += x509::to_pem(ca.certificate);
    return out;
}

// bundle.pem, bundle.crl, denied.txt and proxy-ca.pem beside the rest.
inline void add_mtls(World& world,
                     const Identity& bootstrap = make_bootstrap(),
                     const CrlRecipe& crl = {}) {
    world.dir.write("bundle.pem", bundle_pem({bootstrap}), 0644);
    world.dir.write("bundle.crl", crl_pem(bootstrap, crl), 0644);
    world.dir.write("denied.txt", std::string(64, 'a') + "\n", 0644);
    world.dir.write("proxy-ca.pem", bundle_pem({make_bootstrap({.subject = "CN=proxies"})}), 0644);
    world.config += R"(mtls_enabled = true
mtls_client_ca_trust_bundle_path = "bundle.pem"
mtls_only = true
mtls_bind = "cn"
mtls_crl_path = "bundle.crl"
mtls_deny_path = "denied.txt"
[server.trusted_proxy]
enabled = true
cidrs = ["10.0.0.0/24", "2001:db8::/64"]
client_ca_path = "proxy-ca.pem"
)";
}

// Only the proxy's table differs from add_mtls(): `from` there becomes `to`.
inline void add_mtls_but(World& world, std::string_view from, std::string_view to) {
    add_mtls(world);
    const std::size_t place = world.config.rfind(from);
    REQUIRE(place != std::string::npos);
    world.config.replace(place, from.size(), to);
}

}  // namespace scep::test
