#include "core/x509/pkcs12.hpp"

#include <algorithm>
#include <cassert>

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/x509.h>

#include "core/asn1/reader.hpp"
#include "core/crypto/ossl_pkcs12.hpp"
#include "core/x509/openssl_chain.hpp"

namespace scep::x509 {

namespace {

constexpr std::uint64_t kVersion = 3;
// Of PBKDF2 and of the MAC. OpenSSL's 2048 are few for a file that is carried about.
constexpr int kIterations = 100'000;

using SecretText = std::basic_string<char, std::char_traits<char>, WipingAllocator<char>>;

// OpenSSL wants it to end with NUL.
SecretText text_of(Bytes password) {
    const std::string_view text = as_text(password);
    return {text.begin(), text.end()};
}

Error bad(std::string_view source, Errc code, std::string what) {
    return {.code = code, .what = std::move(what), .where = {.source = std::string(source)}};
}

Result<std::unique_ptr<crypto::PrivateKey>> to_key(const EVP_PKEY& raw, std::string_view source) {
    const crypto::Pkcs8Ptr pkcs8(EVP_PKEY2PKCS8(&raw));
    unsigned char* octets = nullptr;
    const int size = pkcs8 ? i2d_PKCS8_PRIV_KEY_INFO(pkcs8.get(), &octets) : -1;
    if (size < 0)
        return fail(crypto::openssl_error("cannot read the private key"));
    const crypto::OpensslBytes owner(octets);
    const SecretBytes der(octets, octets + size);
    wipe(octets, static_cast<std::size_t>(size));
    return crypto::PrivateKey::parse(der, source);
}

Result<Certificate> to_certificate(X509& raw, std::string_view source) {
    unsigned char* octets = nullptr;
    const int size = i2d_X509(&raw, &octets);
    if (size < 0)
        return fail(crypto::openssl_error("cannot read a certificate"));
    const crypto::OpensslBytes owner(octets);
    return Certificate::parse({octets, static_cast<std::size_t>(size)}, source);
}

}  // namespace

bool looks_like_pkcs12(Bytes file) noexcept {
    asn1::Reader in(file);
    auto body = in.expect_into(asn1::kSequence, "PFX");
    if (!body)
        return false;
    const auto version = body->expect(asn1::kInteger, "PFX.version");
    return version && version->content.size() == 1 && version->content.front() == kVersion;
}

Result<Pkcs12> parse_pkcs12(Bytes file, Bytes password, std::string_view source) {
    ERR_clear_error();
    const unsigned char* cursor = file.data();
    const crypto::Pkcs12Ptr pfx(d2i_PKCS12(nullptr, &cursor, static_cast<long>(file.size())));
    if (!pfx || cursor != file.data() + file.size())
        return fail(bad(source, Errc::Config, "is no PKCS#12 file"));
    EVP_PKEY* key = nullptr;
    X509* own = nullptr;
    STACK_OF(X509)* others = nullptr;
    const SecretText text = text_of(password);
    const bool opened = PKCS12_parse(pfx.get(), text.c_str(), &key, &own, &others) == 1;
    const crypto::PkeyPtr key_owner(key);
    const crypto::X509Ptr own_owner(own);
    const crypto::X509StackPtr others_owner(others);
    ERR_clear_error();
    if (!opened)
        return fail(bad(source, Errc::Config, "does not open: the password is another"));
    if (key == nullptr || own == nullptr)
        return fail(bad(source, Errc::Config, "holds no private key with its certificate"));
    Pkcs12 out;
    SCEP_TRY(private_key, to_key(*key, source));
    out.key = std::move(private_key);
    SCEP_TRY(certificate, to_certificate(*own, source));
    out.certificates.push_back(std::move(certificate));
    for (int i = 0; i < sk_X509_num(others); ++i) {
        SCEP_TRY(other, to_certificate(*sk_X509_value(others, i), source));
        out.certificates.push_back(std::move(other));
    }
    return out;
}

Result<SecretBytes> build_pkcs12(crypto::PrivateKey& key,
                                 const Certificate& certificate,
                                 std::span<const Certificate> chain,
                                 Bytes password) {
    assert(std::ranges::find(password, std::uint8_t{0}) == password.end());
    ERR_clear_error();
    SCEP_TRY(own, to_openssl(certificate));
    SCEP_TRY(above, to_stack(chain));
    const SecretText text = text_of(password);
    const crypto::Pkcs12Ptr pfx(PKCS12_create(text.c_str(),
                                              nullptr,
                                              &key.evp(),
                                              own.get(),
                                              above.get(),
                                              NID_aes_256_cbc,
                                              NID_aes_256_cbc,
                                              kIterations,
                                              kIterations,
                                              0));
    unsigned char* octets = nullptr;
    const int size = pfx ? i2d_PKCS12(pfx.get(), &octets) : -1;
    if (size < 0)
        return fail(crypto::openssl_error("cannot write PKCS#12"));
    const crypto::OpensslBytes owner(octets);
    return SecretBytes(octets, octets + size);
}

}  // namespace scep::x509
