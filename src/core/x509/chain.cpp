// Who issued whom: our own check for one step, OpenSSL's path builder for chains.
#include <algorithm>

#include <fmt/format.h>
#include <openssl/err.h>

#include "core/x509/openssl_chain.hpp"
#include "core/x509/trust_anchors.hpp"

namespace scep::x509 {

namespace {

Error at_fault(const Certificate& certificate, std::string what, std::string cite) {
    return {.code = Errc::Crypto,
            .what = std::move(what),
            .where = {.subject = certificate.subject_text()},
            .cite = std::move(cite)};
}

// What tells a path builder more than leaf and anchors do, each once.
std::vector<Certificate> useful(const Certificate& leaf,
                                std::span<const Certificate> intermediates,
                                std::span<const Certificate> anchors) {
    std::vector<Certificate> out;
    for (const Certificate& certificate : intermediates)
        if (!(certificate == leaf) && std::ranges::find(anchors, certificate) == anchors.end() &&
            std::ranges::find(out, certificate) == out.end())
            out.push_back(certificate);
    return out;
}

}  // namespace

Status check_issued_by(const crypto::Library& library,
                       const Certificate& leaf,
                       const Certificate& issuer) {
    if (!equal(leaf.issuer_der(), issuer.subject_der())) {
        const Result<Name> wanted = leaf.issuer();
        const Result<Name> got = issuer.subject();
        if (!wanted || !got || !wanted->matches(*got))
            return fail(at_fault(
                leaf,
                fmt::format("issued by {}, not by {}", leaf.issuer_text(), issuer.subject_text()),
                "RFC 5280 section 6.1.3"));
    }
    if (!issuer.is_ca())
        return fail(at_fault(issuer, "not a CA certificate", "RFC 5280 section 4.2.1.9"));
    if (!issuer.allows_usage(kKeyCertSign))
        return fail(at_fault(issuer,
                             "its key usage does not allow signing certificates",
                             "RFC 5280 section 4.2.1.3"));
    SCEP_TRY(key, issuer.public_key(crypto::KeyRules{.min_rsa_bits = limits::kMinRsaBitsLegacy}));
    return leaf.verify_signature(library, key);
}

Status verify_chain(const Certificate& leaf,
                    std::span<const Certificate> intermediates,
                    std::span<const Certificate> anchors,
                    TimePoint now) {
    SCEP_TRY(store, TrustAnchors::make(anchors));
    return store.verify(leaf, intermediates, now);
}

Result<TrustAnchors> TrustAnchors::make(std::span<const Certificate> anchors) {
    SCEP_TRY(store, to_store(anchors));
    return TrustAnchors(anchors, std::move(store));
}

Status TrustAnchors::verify(const Certificate& leaf,
                            std::span<const Certificate> intermediates,
                            TimePoint now) const {
    SCEP_TRY(target, to_openssl(leaf));
    SCEP_TRY(stack, to_stack(useful(leaf, intermediates, anchors_)));
    SCEP_TRY(context, begin_chain(*store_, *target, *stack, now));
    if (X509_verify_cert(context.get()) == 1)
        return refuse_md5(*context);
    const int code = X509_STORE_CTX_get_error(context.get());
    ERR_clear_error();
    return fail({.code = Errc::Crypto,
                 .what = X509_verify_cert_error_string(code),
                 .where = {.subject = subject_text(X509_STORE_CTX_get_current_cert(context.get()))},
                 .cite = "RFC 5280 section 6.1"});
}

}  // namespace scep::x509
