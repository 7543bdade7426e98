#include "core/crypto/key_bundle.hpp"

#include <climits>
#include <cstring>

#include <openssl/err.h>
#include <openssl/pem.h>

#include "core/asn1/pem.hpp"

namespace scep::crypto {

namespace {

constexpr int kMaxPassphrase = 1024;  // octets; what OpenSSL itself hands out room for

// A context in which old files can be decrypted, apart from everything else in the process.
struct LegacyContext {
    LibCtxPtr context{OSSL_LIB_CTX_new()};
    ProviderPtr standard{}, legacy{};

    LegacyContext() {
        if (!context)
            return;
        standard.reset(OSSL_PROVIDER_load(context.get(), "default"));
        legacy.reset(OSSL_PROVIDER_load(context.get(), "legacy"));
        ERR_clear_error();  // without it only old files are lost
    }
};

Error bad_file(std::string_view source, std::string what, std::string hint = {}) {
    ERR_clear_error();
    return {.code = Errc::Config,
            .what = std::move(what),
            .where = {.source = std::string(source)},
            .hint = std::move(hint)};
}

Error undecrypted(std::string_view source, bool have_passphrase) {
    return have_passphrase ? bad_file(source, "cannot be decrypted with this passphrase")
                           : bad_file(source,
                                      "the private key is encrypted, and no passphrase was given",
                                      "--passin pass:..., env:NAME or file:PATH");
}

// RFC 7292 section 4: PFX ::= SEQUENCE { version INTEGER {v3(3)}, authSafe ContentInfo, ... }
bool is_pkcs12(Bytes file) {
    constexpr std::uint32_t kVersion = 3;
    asn1::Reader in(file);
    Result<asn1::Reader> pfx = in.expect_into(asn1::kSequence, "PFX");
    if (!pfx)
        return false;
    const auto version = pfx->expect(asn1::kInteger, "PFX.version");
    if (!version || asn1::small_integer(*version, "PFX.version").value_or(0) != kVersion)
        return false;
    Result<asn1::Reader> safe = pfx->expect_into(asn1::kSequence, "PFX.authSafe");
    return safe && safe->next_is(asn1::kObjectIdentifier);
}

// EncryptedPrivateKeyInfo ::= SEQUENCE { AlgorithmIdentifier, OCTET STRING }
bool is_encrypted_der(Bytes file) {
    asn1::Reader in(file);
    Result<asn1::Reader> body = in.expect_into(asn1::kSequence, "private key");
    return body && body->expect(asn1::kSequence, "encryptionAlgorithm") &&
           body->next_is(asn1::kOctetString);
}

bool is_encrypted_pem(std::string_view text, std::string_view source) {
    const Result<std::vector<asn1::PemBlock>> blocks = asn1::parse_pem(text, source);
    if (!blocks)
        return false;
    for (const asn1::PemBlock& block : *blocks)
        if (block.label.ends_with("PRIVATE KEY"))
            return block.encrypted || block.label == "ENCRYPTED PRIVATE KEY";
    return false;
}

int give_passphrase(char* out, int room, int /*writing*/, void* given) {
    const SecretBytes& passphrase = **static_cast<const SecretBytes**>(given);
    const int size = static_cast<int>(passphrase.size());
    if (size > room)
        return -1;
    std::memcpy(out, passphrase.data(), passphrase.size());
    return size;
}

BioPtr over(Bytes file) {
    return BioPtr(BIO_new_mem_buf(file.data(), static_cast<int>(file.size())));
}

// As unencrypted PKCS#8, so that the one parser of keys has the last word on it, and no object of a
// short-lived library context stays behind.
Result<std::unique_ptr<PrivateKey>> adopted(const EVP_PKEY& key,
                                            std::string_view source,
                                            const KeyRules& rules) {
    const Pkcs8Ptr info(EVP_PKEY2PKCS8(&key));
    std::uint8_t* raw = nullptr;
    const int size = info ? i2d_PKCS8_PRIV_KEY_INFO(info.get(), &raw) : 0;
    if (size <= 0)
        return fail(bad_file(source, "the private key cannot be read"));
    const OpensslBytes owner(raw);
    const SecretBytes der(raw, raw + size);
    wipe(raw, static_cast<std::size_t>(size));
    return PrivateKey::parse(der, source, rules);
}

Result<KeyBundle> decrypted(Bytes pem,
                            std::string_view source,
                            const SecretBytes& passphrase,
                            const KeyRules& rules) {
    const LegacyContext legacy;
    const BioPtr bio = over(pem);
    const SecretBytes* given = &passphrase;
    const PkeyPtr key(PEM_read_bio_PrivateKey_ex(
        bio.get(), nullptr, give_passphrase, &given, legacy.context.get(), nullptr));
    if (!key)
        return fail(undecrypted(source, true));
    SCEP_TRY(out, adopted(*key, source, rules));
    return KeyBundle{.key = std::move(out)};
}

void take_certificate(const X509* certificate, KeyBundle& out) {
    std::uint8_t* raw = nullptr;
    const int size = certificate == nullptr ? 0 : i2d_X509(certificate, &raw);
    if (size <= 0)
        return;
    const OpensslBytes owner(raw);
    out.certificates.emplace_back(raw, raw + size);
}

Result<KeyBundle> from_pkcs12(Bytes file,
                              std::string_view source,
                              const std::optional<SecretBytes>& passphrase,
                              const KeyRules& rules) {
    const LegacyContext legacy;
    const BioPtr bio = over(file);
    PKCS12* raw = PKCS12_init_ex(NID_pkcs7_data, legacy.context.get(), nullptr);
    if (d2i_PKCS12_bio(bio.get(), &raw) == nullptr)
        return fail(bad_file(source, "malformed PKCS#12"));
    const Pkcs12Ptr container(raw);
    SecretBytes text = passphrase.value_or(SecretBytes{});
    text.push_back(0);
    EVP_PKEY* key = nullptr;
    X509* own = nullptr;
    STACK_OF(X509)* others = nullptr;
    const int done = PKCS12_parse(
        container.get(), reinterpret_cast<const char*>(text.data()), &key, &own, &others);
    const PkeyPtr key_owner(key);
    const X509Ptr own_owner(own);
    const X509StackPtr others_owner(others);
    if (done != 1)
        return fail(undecrypted(source, passphrase.has_value()));
    if (!key_owner)
        return fail(bad_file(source, "holds no private key"));
    KeyBundle out;
    take_certificate(own, out);
    for (int i = 0; i < sk_X509_num(others); ++i)
        take_certificate(sk_X509_value(others, i), out);
    SCEP_TRY(adopted_key, adopted(*key_owner, source, rules));
    out.key = std::move(adopted_key);
    return out;
}

}  // namespace

Result<KeyBundle> open_key_file(Bytes file,
                                std::string_view source,
                                const std::optional<SecretBytes>& passphrase,
                                const KeyRules& rules) {
    ERR_clear_error();
    if (file.size() > INT_MAX || (passphrase && passphrase->size() > kMaxPassphrase))
        return fail(bad_file(source, "too long"));
    if (is_pkcs12(file))
        return from_pkcs12(file, source, passphrase, rules);
    const bool pem = asn1::looks_like_pem(as_text(file));
    if (!(pem ? is_encrypted_pem(as_text(file), source) : is_encrypted_der(file))) {
        SCEP_TRY(key, PrivateKey::parse(file, source, rules));
        return KeyBundle{.key = std::move(key)};
    }
    if (!passphrase)
        return fail(undecrypted(source, false));
    if (pem)
        return decrypted(file, source, *passphrase, rules);
    return decrypted(
        as_bytes(asn1::to_pem("ENCRYPTED PRIVATE KEY", file)), source, *passphrase, rules);
}

}  // namespace scep::crypto
