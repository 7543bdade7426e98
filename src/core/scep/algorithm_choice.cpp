#include "core/scep/algorithm_choice.hpp"

#include <fmt/format.h>

namespace scep {

namespace {

using crypto::Cipher;
using crypto::Digest;

Digest best_digest(const Capabilities& capabilities, const crypto::Library& library) {
    if (capabilities.sha256 || capabilities.scep_standard)
        return Digest::Sha256;
    if (capabilities.sha512)
        return Digest::Sha512;
    if (capabilities.sha384)
        return Digest::Sha384;
    if (capabilities.sha1)
        return Digest::Sha1;
    return library.admits(Digest::Md5) ? Digest::Md5 : Digest::Sha256;
}

Cipher best_cipher(const Capabilities& capabilities, const crypto::Library& library) {
    if (capabilities.aes || capabilities.scep_standard)
        return Cipher::Aes128Cbc;
    if (capabilities.des3)
        return Cipher::DesEde3Cbc;
    return library.admits(Cipher::DesCbc) ? Cipher::DesCbc : Cipher::Aes128Cbc;
}

template <class Algorithm>
Status check_admitted(const crypto::Library& library, Algorithm algorithm) {
    if (library.admits(algorithm))
        return {};
    return fail({.code = Errc::Usage,
                 .what = fmt::format("{} is refused", crypto::info(algorithm).name),
                 .cite = "RFC 8894 section 2.9",
                 .hint = "--insecure admits single DES and MD5, for old servers in a lab"});
}

bool is_weak(Digest digest) {
    return digest == Digest::Sha1 || digest == Digest::Md5;
}

bool is_weak(Cipher cipher) {
    return cipher == Cipher::DesEde3Cbc || cipher == Cipher::DesCbc;
}

// The operator's setting, or the best of the capabilities with a note when that is not good.
template <class Algorithm>
Algorithm settle(const std::optional<Algorithm>& setting,
                 Algorithm best,
                 std::vector<std::string>& notes) {
    if (!setting && is_weak(best))
        notes.push_back(
            fmt::format("the request uses {}: the server's capabilities name nothing "
                        "better",
                        crypto::info(best).name));
    return setting.value_or(best);
}

}  // namespace

Result<AlgorithmChoice> choose_algorithms(const Capabilities& capabilities,
                                          const AlgorithmSettings& settings,
                                          const crypto::Library& library) {
    AlgorithmChoice out;
    out.digest = settle(settings.digest, best_digest(capabilities, library), out.notes);
    out.cipher = settle(settings.cipher, best_cipher(capabilities, library), out.notes);
    out.key_transport = {.oaep = settings.oaep, .digest = out.digest, .mgf1 = out.digest};
    SCEP_CHECK(check_admitted(library, out.digest));
    SCEP_CHECK(check_admitted(library, out.cipher));
    return out;
}

}  // namespace scep
