// Private key files: PKCS#8, PKCS#1 and SEC1, as PEM or DER.
#include <cassert>
#include <new>

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include "core/asn1/pem.hpp"
#include "core/base/escape.hpp"
#include "core/crypto/keys.hpp"
#include "core/crypto/rsa_private_key.hpp"

namespace scep::crypto {

namespace {

enum class Form : std::uint8_t { Pkcs8, Pkcs1, Sec1 };

struct KeyFile {
    Form form = Form::Pkcs8;
    SecretBytes der{};
    std::size_t line = 0;  // of the BEGIN line; 0 for DER
};

Error bad_file(std::string_view source, std::size_t line, std::string what) {
    return {.code = Errc::Config,
            .what = std::move(what),
            .where = {.source = std::string(source), .line = line}};
}

Error encrypted(std::string_view source, std::size_t line) {
    Error error = bad_file(source, line, "the private key is encrypted, want an unencrypted one");
    error.hint =
        fmt::format("decrypt it: openssl pkey -in {} -out NEW, with mode 0600", shell_file(source));
    return error;
}

Error no_key(std::string_view source) {
    Error error = bad_file(source, 0, "holds no private key");
    error.hint = R"(want "-----BEGIN PRIVATE KEY-----", PKCS#1 or SEC1, in PEM or DER)";
    return error;
}

std::optional<Form> form_of(std::string_view label) noexcept {
    if (label == "PRIVATE KEY")
        return Form::Pkcs8;
    if (label == "RSA PRIVATE KEY")
        return Form::Pkcs1;
    if (label == "EC PRIVATE KEY")
        return Form::Sec1;
    return std::nullopt;
}

Result<KeyFile> from_pem(std::string_view text, std::string_view source) {
    SCEP_TRY(blocks, asn1::parse_pem(text, source));
    for (asn1::PemBlock& block : blocks) {
        if (!block.label.ends_with("PRIVATE KEY"))
            continue;
        if (block.encrypted || block.label == "ENCRYPTED PRIVATE KEY")
            return fail(encrypted(source, block.line));
        const std::optional<Form> form = form_of(block.label);
        if (!form)
            return fail(bad_file(
                source,
                block.line,
                fmt::format("{} is not a kind of private key that can be used", block.label)));
        return KeyFile{*form, std::move(block.content), block.line};
    }
    return fail(no_key(source));
}

// Told by the second element: PKCS#8 has an AlgorithmIdentifier after the version, PKCS#1 the
// modulus, SEC1 an OCTET STRING. EncryptedPrivateKeyInfo begins with an AlgorithmIdentifier.
Result<KeyFile> from_der(Bytes file, std::string_view source) {
    asn1::Reader in(file, asn1::Rules::Der);
    Result<asn1::Reader> body = in.expect_into(asn1::kSequence, "private key");
    if (!body)
        return fail(no_key(source));
    if (body->next_is(asn1::kSequence)) {
        const Result<asn1::Element> algorithm = body->next("encryptionAlgorithm");
        return fail(algorithm && body->next_is(asn1::kOctetString) ? encrypted(source, 0)
                                                                   : no_key(source));
    }
    if (const Result<asn1::Element> version = body->expect(asn1::kInteger, "version"); !version)
        return fail(no_key(source));
    if (body->next_is(asn1::kSequence))
        return KeyFile{Form::Pkcs8, to_secret(file), 0};
    if (body->next_is(asn1::kInteger))
        return KeyFile{Form::Pkcs1, to_secret(file), 0};
    if (body->next_is(asn1::kOctetString))
        return KeyFile{Form::Sec1, to_secret(file), 0};
    return fail(no_key(source));
}

PkeyPtr read_rsa(const KeyFile& file) {
    return file.form == Form::Pkcs8   ? read_rsa_pkcs8(file.der)
           : file.form == Form::Pkcs1 ? read_rsa_pkcs1(file.der)
                                      : nullptr;
}

PkeyPtr decode_pkcs8(const std::uint8_t** at, long size) {
    const Pkcs8Ptr info(d2i_PKCS8_PRIV_KEY_INFO(nullptr, at, size));
    return info ? PkeyPtr(EVP_PKCS82PKEY_ex(info.get(), nullptr, nullptr)) : nullptr;
}

Result<PkeyPtr> decode(const KeyFile& file, std::string_view source) {
    ERR_clear_error();
    if (PkeyPtr key = read_rsa(file))
        return key;
    const std::uint8_t* at = file.der.data();
    const auto size = static_cast<long>(file.der.size());
    PkeyPtr key =
        file.form == Form::Pkcs8
            ? decode_pkcs8(&at, size)
            : PkeyPtr(d2i_PrivateKey_ex(file.form == Form::Pkcs1 ? EVP_PKEY_RSA : EVP_PKEY_EC,
                                        nullptr,
                                        &at,
                                        size,
                                        nullptr,
                                        nullptr));
    if (!key) {
        ERR_clear_error();  // it names OpenSSL's functions, nothing an operator could use
        return fail(bad_file(source, file.line, "malformed private key"));
    }
    if (at != file.der.data() + file.der.size())
        return fail(bad_file(source, file.line, "bytes left over after the private key"));
    return key;
}

}  // namespace

Result<std::unique_ptr<PrivateKey>> PrivateKey::parse(Bytes file,
                                                      std::string_view source,
                                                      const KeyRules& rules) {
    const std::string_view text = as_text(file);
    SCEP_TRY(key_file,
             asn1::looks_like_pem(text) ? from_pem(text, source) : from_der(file, source));
    SCEP_TRY(pkey, decode(key_file, source));
    Result<std::unique_ptr<PrivateKey>> out = adopt(std::move(pkey), rules);
    if (!out)
        out.error().where = {.source = std::string(source), .line = key_file.line};
    return out;
}

SecretBytes PrivateKey::to_pkcs8_pem() const {
    const BioPtr bio(BIO_new(BIO_s_secmem()));
    char* text = nullptr;
    if (!bio || PEM_write_bio_PKCS8PrivateKey(
                    bio.get(), pkey_.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1)
        throw std::bad_alloc();
    const long size = BIO_get_mem_data(bio.get(), &text);
    return to_secret(std::string_view(text, static_cast<std::size_t>(size)));
}

}  // namespace scep::crypto
