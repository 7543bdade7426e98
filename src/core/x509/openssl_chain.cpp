#include "core/x509/openssl_chain.hpp"

#include <algorithm>
#include <chrono>

#include <openssl/err.h>

namespace scep::x509 {

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

// X509_STORE_add_cert() sorts all that is there to look for the new one: 2 s for 5,000. Pushed
// unseen, they are sorted once, by the first search. A certificate that is there twice does no
// harm.
Result<crypto::X509StorePtr> to_store(std::span<const Certificate> anchors) {
    crypto::X509StorePtr store(X509_STORE_new());
    for (const Certificate& anchor : anchors) {
        SCEP_TRY(x509, to_openssl(anchor));
        crypto::X509ObjectPtr object(X509_OBJECT_new());
        if (!store || !object || X509_OBJECT_set1_X509(object.get(), x509.get()) != 1 ||
            sk_X509_OBJECT_push(X509_STORE_get0_objects(store.get()), object.get()) <= 0)
            return fail(crypto::openssl_error("no memory for trust anchors"));
        static_cast<void>(object.release());  // the store owns it now
    }
    return store;
}

namespace {

Result<Name> to_name(const X509_NAME* name) {
    unsigned char* der = nullptr;
    const int size = i2d_X509_NAME(name, &der);
    const crypto::OpensslBytes owner(der);
    return Name::parse(Bytes(der, static_cast<std::size_t>(std::max(size, 0))), "name");
}

}  // namespace

std::string name_text(const X509_NAME* name) {
    const Result<Name> parsed = to_name(name);
    return !parsed ? "(malformed)" : parsed->empty() ? "(empty)" : parsed->to_text();
}

std::string name_key(const X509_NAME* name) {
    const Result<Name> parsed = to_name(name);
    return parsed ? parsed->match_key() : std::string{};
}

std::string subject_text(X509* certificate) {
    return certificate == nullptr ? "" : name_text(X509_get_subject_name(certificate));
}

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

Result<crypto::X509StoreCtxPtr> begin_chain(X509_STORE& store,
                                            X509& target,
                                            STACK_OF(X509) & intermediates,
                                            TimePoint now) {
    ERR_clear_error();
    crypto::X509StoreCtxPtr context(X509_STORE_CTX_new());
    if (!context || X509_STORE_CTX_init(context.get(), &store, &target, &intermediates) != 1)
        return fail(crypto::openssl_error("cannot check a chain"));
    X509_VERIFY_PARAM* parameters = X509_STORE_CTX_get0_param(context.get());
    X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_PARTIAL_CHAIN);
    X509_VERIFY_PARAM_set_depth(parameters, static_cast<int>(limits::kMaxChain));
    X509_VERIFY_PARAM_set_time(parameters, now.time_since_epoch().count());
    return context;
}

}  // namespace scep::x509
