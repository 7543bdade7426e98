// Writes and reads CMS messages with this program's codec, for tests that set it against another's.
//
//   cms_tool sign    CERT KEY DIGEST rsa|pss|ecdsa IN OUT
//   cms_tool verify  IN OUT                              (the signer's certificate is in IN)
//   cms_tool encrypt CERT CIPHER pkcs1|oaep:DIGEST IN OUT
//   cms_tool decrypt CERT KEY IN OUT
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

Status encrypt(const Arguments& args) {
    SCEP_TRY(recipient, certificate(args[0]));
    const auto cipher = crypto::cipher_from_name(args[1]);
    if (!cipher)
        return fail(Errc::Usage, "unknown cipher " + args[1]);
    SCEP_TRY(transport, key_transport(args[2]));
    SCEP_TRY(content, read(args[3]));
    crypto::SystemRandom random;
    SCEP_TRY(message,
             cms::build_enveloped_data(library(),
                                       {.content = content,
                                        .recipients = {&recipient},
                                        .cipher = *cipher,
                                        .key_transport = transport},
                                       random));
    return write(args[4], message);
}

Status decrypt(const Arguments& args) {
    SCEP_TRY(recipient, certificate(args[0]));
    SCEP_TRY(key, private_key(args[1]));
    SCEP_TRY(message, read(args[2]));
    SCEP_TRY(parsed, cms::parse_enveloped_data(message));
    SCEP_TRY(content, cms::decrypt(library(), parsed, recipient, *key));
    return write(args[3], content);
}

struct Verb {
    std::string_view name;
    std::size_t arguments;
    Status (*run)(const Arguments&);
};

constexpr std::array kVerbs{Verb{"sign", 6, sign},
                            Verb{"verify", 2, verify},
                            Verb{"encrypt", 5, encrypt},
                            Verb{"decrypt", 4, decrypt}};

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
