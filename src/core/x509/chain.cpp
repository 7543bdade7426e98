// Who issued whom: our own check for one step, OpenSSL's path builder for chains.
#include <chrono>

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/x509_vfy.h>

#include "core/crypto/ossl.hpp"
#include "core/x509/certificate.hpp"

namespace scep::x509 {

namespace {

Error at_fault(const Certificate& certificate, std::string what, std::string cite) {
    return {.code = Errc::Crypto,
            .what = std::move(what),
            .where = {.subject = certificate.subject_text()},
            .cite = std::move(cite)};
}

Result<crypto::X509Ptr> to_openssl(const Certificate& certificate) {
    ERR_clear_error();
    const unsigned char* at = certificate.der().data();
    crypto::X509Ptr out(d2i_X509(nullptr, &at, static_cast<long>(certificate.der().size())));
    if (out && at == certificate.der().data() + certificate.der().size())
        return out;
    Error error = crypto::openssl_error("OpenSSL cannot read the certificate");
    error.where.subject = certificate.subject_text();
    return fail(std::move(error));
}

// An empty stack when there is nothing to add; never null.
Result<crypto::X509StackPtr> to_stack(std::span<const Certificate> certificates) {
    crypto::X509StackPtr stack(sk_X509_new_null());
    for (const Certificate& certificate : certificates) {
        SCEP_TRY(x509, to_openssl(certificate));
        if (!stack || sk_X509_push(stack.get(), x509.get()) <= 0)
            return fail(crypto::openssl_error("no memory for a chain"));
        static_cast<void>(x509.release());  // the stack owns it now
    }
    return stack;
}

Result<crypto::X509StorePtr> to_store(std::span<const Certificate> anchors) {
    crypto::X509StorePtr store(X509_STORE_new());
    for (const Certificate& anchor : anchors) {
        SCEP_TRY(x509, to_openssl(anchor));
        if (!store || X509_STORE_add_cert(store.get(), x509.get()) != 1)
            return fail(crypto::openssl_error("no memory for trust anchors"));
    }
    return store;
}

std::string subject_text(X509* certificate) {
    if (certificate == nullptr)
        return {};
    unsigned char* der = nullptr;
    const int size = i2d_X509_NAME(X509_get_subject_name(certificate), &der);
    if (size <= 0)
        return {};
    const crypto::OpensslBytes owner(der);
    const Bytes tlv(der, static_cast<std::size_t>(size));
    const Result<Name> name = Name::parse(tlv, "subject");
    return !name ? "(malformed)" : name->empty() ? "(empty)" : name->to_text();
}

// OpenSSL's default provider still verifies MD5, under which certificates have been forged; its
// refusal is ours. The last of the chain is trusted as it stands.
Status refuse_md5(X509_STORE_CTX& context) {
    STACK_OF(X509)* chain = X509_STORE_CTX_get0_chain(&context);
    for (int i = 0; i + 1 < sk_X509_num(chain); ++i) {
        X509* certificate = sk_X509_value(chain, i);
        int digest = NID_undef;
        X509_get_signature_info(certificate, &digest, nullptr, nullptr, nullptr);
        if (digest == NID_md5)
            return fail({.code = Errc::Crypto,
                         .what = "certificate is signed with MD5",
                         .where = {.subject = subject_text(certificate)}});
    }
    return {};
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
    SCEP_TRY(target, to_openssl(leaf));
    SCEP_TRY(stack, to_stack(intermediates));
    SCEP_TRY(store, to_store(anchors));
    ERR_clear_error();
    const crypto::X509StoreCtxPtr context(X509_STORE_CTX_new());
    if (!context || X509_STORE_CTX_init(context.get(), store.get(), target.get(), stack.get()) != 1)
        return fail(crypto::openssl_error("cannot check a chain"));
    X509_VERIFY_PARAM* parameters = X509_STORE_CTX_get0_param(context.get());
    X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_PARTIAL_CHAIN);
    X509_VERIFY_PARAM_set_depth(parameters, static_cast<int>(limits::kMaxChain));
    X509_VERIFY_PARAM_set_time(parameters, now.time_since_epoch().count());
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
