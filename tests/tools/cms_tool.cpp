// Writes and reads CMS messages with this program's codec, for tests that set it against another's.
//
//   cms_tool sign    CERT KEY DIGEST rsa|pss|ecdsa IN OUT
//   cms_tool verify  IN OUT                              (the signer's certificate is in IN)
//   cms_tool encrypt CERT CIPHER pkcs1|oaep:DIGEST|agree|agree:DIGEST:aes128|192|256 IN OUT
//   cms_tool decrypt CERT KEY IN OUT
//   cms_tool encrypt-password PASSWORD CIPHER IN OUT
//   cms_tool decrypt-password PASSWORD IN OUT
//
// Exit status: 0 done, 1 the message is not right, 2 usage.
#include <array>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

#include "core/cms/enveloped_data.hpp"
#include "core/crypto/system_random.hpp"

namespace {

using namespace scep;
using Arguments = std::vector<std::string>;

const crypto::Library& library() {
    return crypto::Library::standard();
}

Result<Buffer> read(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in)
        return fail(Errc::Io, "cannot read " + path);
    return Buffer{std::istreambuf_iterator<char>(in), {}};
}

Status write(const std::string& path, Bytes bytes) {
    std::ofstream out(path, std::ios::binary);
    out << as_text(bytes);
    if (!out.flush())
        return fail(Errc::Io, "cannot write " + path);
    return {};
}

Result<x509::Certificate> certificate(const std::string& path) {
    SCEP_TRY(file, read(path));
    SCEP_TRY(certificates, x509::parse_certificates(file, path));
    return certificates.front();
}

Result<std::unique_ptr<crypto::PrivateKey>> private_key(const std::string& path) {
    SCEP_TRY(file, read(path));
    return crypto::PrivateKey::parse(file, path);
}

Result<crypto::Digest> digest(const std::string& name) {
    if (const auto found = crypto::digest_from_name(name))
        return *found;
    return fail(Errc::Usage, "unknown digest " + name);
}

Result<crypto::SignatureKind> signature_kind(const std::string& name) {
    if (name == "rsa")
        return crypto::SignatureKind::RsaPkcs1;
    if (name == "pss")
        return crypto::SignatureKind::RsaPss;
    if (name == "ecdsa")
        return crypto::SignatureKind::Ecdsa;
    return fail(Errc::Usage, "unknown signature " + name);
}

Result<crypto::KeyTransport> key_transport(const std::string& name) {
    constexpr std::string_view kOaep = "oaep:";
    if (name == "pkcs1")
        return crypto::KeyTransport{};
    if (!name.starts_with(kOaep))
        return fail(Errc::Usage, "unknown key transport " + name);
    SCEP_TRY(found, digest(name.substr(kOaep.size())));
    return crypto::KeyTransport{.oaep = true, .digest = found, .mgf1 = found};
}

// agree:DIGEST:WRAP
Result<crypto::KeyAgreement> key_agreement(const std::string& name) {
    constexpr std::string_view kAgree = "agree:";
    const std::size_t colon = name.rfind(':');
    SCEP_TRY(kdf, digest(name.substr(kAgree.size(), colon - kAgree.size())));
    for (const auto wrap :
         {crypto::KeyWrap::Aes128, crypto::KeyWrap::Aes192, crypto::KeyWrap::Aes256})
        if ("id-" + name.substr(colon + 1) + "-wrap" == crypto::info(wrap).name)
            return crypto::KeyAgreement{.kdf = kdf, .wrap = wrap};
    return fail(Errc::Usage, "unknown key agreement " + name);
}

// Puts the way to the recipient into `spec`.
Status set_way(cms::EnvelopedDataSpec& spec, const std::string& name) {
    if (name == "agree")
        return {};
    if (name.starts_with("agree:")) {
        SCEP_TRY(agreement, key_agreement(name));
        spec.key_agreement = agreement;
        return {};
    }
    SCEP_TRY(transport, key_transport(name));
    spec.key_transport = transport;
    return {};
}

Result<crypto::Cipher> cipher_named(const std::string& name) {
    if (const auto found = crypto::cipher_from_name(name))
        return *found;
    return fail(Errc::Usage, "unknown cipher " + name);
}

Status sign(const Arguments& args) {
    SCEP_TRY(signer, certificate(args[0]));
    SCEP_TRY(key, private_key(args[1]));
    SCEP_TRY(hash, digest(args[2]));
    SCEP_TRY(kind, signature_kind(args[3]));
    SCEP_TRY(content, read(args[4]));
    const crypto::SignatureAlgorithm algorithm{
        .kind = kind,
        .digest = hash,
        .mgf1 = hash,
        .salt_length = static_cast<std::uint32_t>(crypto::info(hash).size)};
    SCEP_TRY(message,
             cms::build_signed_data(library(),
                                    {.content = content,
                                     .certificates = {signer.der()},
                                     .signer = &signer,
                                     .algorithm = algorithm},
                                    *key));
    return write(args[5], message);
}

Status verify(const Arguments& args) {
    SCEP_TRY(message, read(args[0]));
    SCEP_TRY(parsed, cms::parse_signed_data(message));
    SCEP_TRY(info, cms::only_signer(parsed));
    SCEP_TRY(signer, cms::signer_certificate(parsed, *info));
    SCEP_TRY(key, signer.public_key());
    SCEP_CHECK(cms::verify_signer(library(), parsed, *info, key));
    return write(args[1], parsed.content.value_or(Bytes{}));
}

Status encrypt_as(const cms::EnvelopedDataSpec& spec, const std::string& path) {
    crypto::SystemRandom random;
    SCEP_TRY(message, cms::build_enveloped_data(library(), spec, random));
    return write(path, message);
}

Status encrypt(const Arguments& args) {
    SCEP_TRY(recipient, certificate(args[0]));
    SCEP_TRY(cipher, cipher_named(args[1]));
    SCEP_TRY(content, read(args[3]));
    cms::EnvelopedDataSpec spec{.content = content, .recipients = {&recipient}, .cipher = cipher};
    SCEP_CHECK(set_way(spec, args[2]));
    return encrypt_as(spec, args[4]);
}

Status encrypt_password(const Arguments& args) {
    SCEP_TRY(cipher, cipher_named(args[1]));
    SCEP_TRY(content, read(args[2]));
    return encrypt_as({.content = content, .password = as_bytes(args[0]), .cipher = cipher},
                      args[3]);
}

Status decrypt(const Arguments& args) {
    SCEP_TRY(recipient, certificate(args[0]));
    SCEP_TRY(key, private_key(args[1]));
    SCEP_TRY(message, read(args[2]));
    SCEP_TRY(parsed, cms::parse_enveloped_data(message));
    SCEP_TRY(content, cms::decrypt(library(), parsed, recipient, *key));
    return write(args[3], content);
}

Status decrypt_password(const Arguments& args) {
    SCEP_TRY(message, read(args[1]));
    SCEP_TRY(parsed, cms::parse_enveloped_data(message));
    crypto::PasswordDecrypter password(to_secret(args[0]));
    const auto* recipient = cms::first_recipient(parsed, cms::RecipientKind::Password);
    if (recipient == nullptr)
        return fail(Errc::Protocol, "no password recipient");
    SCEP_TRY(content,
             cms::decrypt(library(), parsed, {.recipient = recipient, .password = &password}));
    return write(args[2], content);
}

struct Verb {
    std::string_view name;
    std::size_t arguments;
    Status (*run)(const Arguments&);
};

constexpr std::array kVerbs{Verb{"sign", 6, sign},
                            Verb{"verify", 2, verify},
                            Verb{"encrypt", 5, encrypt},
                            Verb{"decrypt", 4, decrypt},
                            Verb{"encrypt-password", 4, encrypt_password},
                            Verb{"decrypt-password", 3, decrypt_password}};

int run(const Verb& verb, const Arguments& arguments) {
    const Status done = verb.run(arguments);
    if (done)
        return 0;
    std::cerr << "cms_tool: " << to_text(done.error()) << '\n';
    return done.error().code == Errc::Usage ? 2 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    const Arguments all(argv + 1, argv + argc);
    for (const Verb& verb : kVerbs)
        if (!all.empty() && all[0] == verb.name && all.size() == verb.arguments + 1)
            return run(verb, {all.begin() + 1, all.end()});
    std::cerr << "cms_tool: wrong usage, see the head of cms_tool.cpp\n";
    return 2;
}
