// What a certificate revocation list says, asked of OpenSSL (RFC 5280 section 5).
#include <openssl/err.h>

#include "core/x509/openssl_chain.hpp"
#include "core/x509/trust_bundle.hpp"

namespace scep::x509 {

namespace {

crypto::X509CrlPtr to_openssl(const Crl& crl) {
    const unsigned char* at = crl.der.data();
    return crypto::X509CrlPtr(d2i_X509_CRL(nullptr, &at, static_cast<long>(crl.der.size())));
}

Error unfit(const Crl& crl, std::string what, std::string cite) {
    return {.code = Errc::Crypto,
            .what = std::move(what),
            .where = {.line = crl.line, .subject = crl.issuer},
            .cite = std::move(cite)};
}

}  // namespace

Status check_crl_issued_by(const Crl& crl, const Certificate& ca) {
    const crypto::X509CrlPtr list = to_openssl(crl);
    SCEP_TRY(issuer, to_openssl(ca));
    if (!list ||
        X509_NAME_cmp(X509_CRL_get_issuer(list.get()), X509_get_subject_name(issuer.get())) != 0)
        return fail(unfit(crl, "is not by " + ca.subject_text(), "RFC 5280 section 5.1.2.3"));
    if (!ca.allows_usage(kCrlSign))
        return fail(
            unfit(crl, "the key usage of its issuer lacks cRLSign", "RFC 5280 section 4.2.1.3"));
    EVP_PKEY* key = X509_get0_pubkey(issuer.get());
    const bool signed_by = key != nullptr && X509_CRL_verify(list.get(), key) == 1;
    ERR_clear_error();
    if (!signed_by)
        return fail(unfit(
            crl, "has the name of its issuer and not its signature", "RFC 5280 section 6.3.3"));
    return {};
}

bool is_revoked_by(const Crl& crl, const Certificate& certificate) {
    const crypto::X509CrlPtr list = to_openssl(crl);
    const Result<crypto::X509Ptr> wanted = to_openssl(certificate);
    X509_REVOKED* entry = nullptr;
    // 2: taken from hold again (reason removeFromCRL)
    const bool listed =
        list && wanted && X509_CRL_get0_by_cert(list.get(), &entry, wanted->get()) == 1;
    ERR_clear_error();
    return listed;
}

}  // namespace scep::x509
