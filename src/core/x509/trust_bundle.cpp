#include "core/x509/trust_bundle.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "core/x509/openssl_chain.hpp"
#include "core/x509/twin.hpp"

namespace scep::x509 {

namespace {

// 112 bits: RSA of 2048, no SHA-1 (SECURITY rule S05); an anchor's own signature is not asked for.
constexpr int kAuthLevel = 2;

bool is_crl_trouble(int code) noexcept {
    switch (code) {
        case X509_V_ERR_UNABLE_TO_GET_CRL:
        case X509_V_ERR_UNABLE_TO_DECRYPT_CRL_SIGNATURE:
        case X509_V_ERR_CRL_SIGNATURE_FAILURE:
        case X509_V_ERR_CRL_NOT_YET_VALID:
        case X509_V_ERR_CRL_HAS_EXPIRED:
        case X509_V_ERR_ERROR_IN_CRL_LAST_UPDATE_FIELD:
        case X509_V_ERR_ERROR_IN_CRL_NEXT_UPDATE_FIELD:
        case X509_V_ERR_UNABLE_TO_GET_CRL_ISSUER:
        case X509_V_ERR_KEYUSAGE_NO_CRL_SIGN:
        case X509_V_ERR_UNHANDLED_CRITICAL_CRL_EXTENSION:
        case X509_V_ERR_DIFFERENT_CRL_SCOPE:
        case X509_V_ERR_CRL_PATH_VALIDATION_ERROR:
            return true;
        default:
            return false;
    }
}

// OpenSSL wants a CRL about the anchor too, which is trusted as it stands.
int forgive_anchor(int ok, X509_STORE_CTX* context) {
    if (ok == 1 || !is_crl_trouble(X509_STORE_CTX_get_error(context)))
        return ok;
    const int last = sk_X509_num(X509_STORE_CTX_get0_chain(context)) - 1;
    if (X509_STORE_CTX_get_error_depth(context) != last)
        return 0;
    X509_STORE_CTX_set_error(context, X509_V_OK);
    return 1;
}

Trust trust_of(int code) noexcept {
    if (code == X509_V_ERR_CERT_REVOKED)
        return Trust::Revoked;
    if (code == X509_V_ERR_CERT_HAS_EXPIRED || code == X509_V_ERR_CERT_NOT_YET_VALID)
        return Trust::NotValidNow;
    return is_crl_trouble(code) ? Trust::NoCurrentCrl : Trust::Untrusted;
}

TrustVerdict verdict(Trust trust, std::string subject, std::string_view why) {
    return {.trust = trust, .reason = fmt::format("{}: {}", subject, why), .subject = subject};
}

TrustVerdict verdict(Trust trust, const Error& error) {
    return {.trust = trust, .reason = to_text(error), .subject = error.where.subject};
}

bool is_for_clients(const Certificate& leaf) {
    return leaf.extension(oid::kExtendedKeyUsage) == nullptr || leaf.has_eku(oid::kClientAuth) ||
           leaf.has_eku(oid::kAnyExtendedKeyUsage);
}

// An intermediate that is for servers alone has no say about clients.
bool is_for_clients(X509_STORE_CTX& context) {
    STACK_OF(X509)* chain = X509_STORE_CTX_get0_chain(&context);
    for (int i = 1; i + 1 < sk_X509_num(chain); ++i)
        if ((X509_get_extended_key_usage(sk_X509_value(chain, i)) &
             (XKU_SSL_CLIENT | XKU_ANYEKU)) == 0)
            return false;
    return true;
}

// Under either of its fingerprints; the anchor is the operator's own and has one.
bool is_denied(STACK_OF(X509) & chain, int i, const std::vector<Fingerprint>& denied) {
    X509* certificate = sk_X509_value(&chain, i);
    Fingerprint print{};
    if (X509_digest(certificate, EVP_sha256(), print.data(), nullptr) != 1 ||
        std::ranges::binary_search(denied, print))
        return true;
    EVP_PKEY* issuer =
        i + 1 < sk_X509_num(&chain) ? X509_get0_pubkey(sk_X509_value(&chain, i + 1)) : nullptr;
    const auto twin = issuer != nullptr ? twin_fingerprint(*certificate, *issuer) : std::nullopt;
    return twin && std::ranges::binary_search(denied, *twin);
}

// The subject of the first certificate of the chain that is in the list.
std::optional<std::string> find_denied(X509_STORE_CTX& context,
                                       const std::vector<Fingerprint>& denied) {
    STACK_OF(X509)* chain = X509_STORE_CTX_get0_chain(&context);
    for (int i = 0; !denied.empty() && i < sk_X509_num(chain); ++i)
        if (is_denied(*chain, i, denied))
            return subject_text(sk_X509_value(chain, i));
    return std::nullopt;
}

Status add_crls(X509_STORE& store, std::span<const Crl> crls) {
    for (const Crl& crl : crls) {
        const unsigned char* at = crl.der.data();
        const crypto::X509CrlPtr parsed(
            d2i_X509_CRL(nullptr, &at, static_cast<long>(crl.der.size())));
        if (!parsed || X509_STORE_add_crl(&store, parsed.get()) != 1)
            return fail(crypto::openssl_error("OpenSSL cannot take the CRL"));
    }
    return {};
}

}  // namespace

Result<TrustBundle> TrustBundle::make(std::span<const Certificate> anchors,
                                      std::span<const Crl> crls,
                                      std::vector<Fingerprint> denied) {
    SCEP_TRY(store, to_store(anchors));
    SCEP_CHECK(add_crls(*store, crls));
    TrustBundle out;
    out.store_ = std::move(store);
    out.denied_ = std::move(denied);
    std::ranges::sort(out.denied_);
    out.wants_crls_ = !crls.empty();
    return out;
}

TrustVerdict TrustBundle::check(const Certificate& leaf,
                                std::span<const Certificate> intermediates,
                                TimePoint now) const {
    const std::string subject = leaf.subject_text();
    const auto target = to_openssl(leaf);
    const auto stack = to_stack(intermediates);
    if (!target || !stack)
        return verdict(Trust::Untrusted, !target ? target.error() : stack.error());
    const auto context = begin_chain(*store_, **target, **stack, now);
    if (!context)
        return verdict(Trust::Untrusted, context.error());
    X509_VERIFY_PARAM_set_auth_level(X509_STORE_CTX_get0_param(context->get()), kAuthLevel);
    if (wants_crls_) {
        X509_STORE_CTX_set_flags(context->get(), X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
        X509_STORE_CTX_set_verify_cb(context->get(), forgive_anchor);
    }
    if (X509_verify_cert(context->get()) != 1) {
        const int code = X509_STORE_CTX_get_error(context->get());
        ERR_clear_error();
        return verdict(trust_of(code),
                       subject_text(X509_STORE_CTX_get_current_cert(context->get())),
                       X509_verify_cert_error_string(code));
    }
    if (const Status digest = refuse_md5(**context); !digest)
        return verdict(Trust::Untrusted, digest.error());
    if (const auto denied = find_denied(**context, denied_))
        return verdict(Trust::Denied, *denied, "its fingerprint is denied");
    if (!is_for_clients(leaf) || !is_for_clients(**context))
        return verdict(Trust::Unfit, subject, "its extended key usage is not for TLS clients");
    return {.trust = Trust::Good, .reason = {}, .subject = subject};
}

}  // namespace scep::x509
