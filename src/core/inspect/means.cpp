#include "core/inspect/means.hpp"

#include <algorithm>

namespace scep::inspect {

const crypto::Library& Libraries::legacy() {
    if (!legacy_ && !missing_) {
        Result<std::unique_ptr<crypto::Library>> made = crypto::Library::with_legacy();
        if (made)
            legacy_ = *std::move(made);
        else
            missing_ = std::move(made).error();
    }
    return legacy_ ? *legacy_ : standard();
}

void pair_keys(Means& means) {
    std::erase_if(means.certificates, [&](const x509::Certificate& certificate) {
        const Result<crypto::PublicKey> key = certificate.public_key(crypto::kDecodeKeys);
        const auto owner = std::ranges::find_if(
            means.keys, [&](const OwnKey& own) { return key && own.key->public_key() == *key; });
        if (owner == means.keys.end())
            return false;
        owner->certificates.push_back(certificate);
        return true;
    });
}

}  // namespace scep::inspect
