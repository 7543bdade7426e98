// The keys and certificates of tests/core/cms/fixtures, and a decrypter that counts.
#pragma once

#include <fstream>
#include <iterator>
#include <map>
#include <stdexcept>
#include <string>

#include "core/crypto/keys.hpp"
#include "core/x509/certificate.hpp"

namespace scep::test {

inline Buffer read_file(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in)
        throw std::runtime_error("cannot read " + path);
    return {std::istreambuf_iterator<char>(in), {}};
}

inline Buffer fixture(const std::string& name) {
    return read_file(std::string(CMS_FIXTURES "/") + name);
}

inline x509::Certificate certificate(const std::string& name) {
    const Buffer file = fixture(name + ".pem");
    return x509::parse_certificates(file, name).value().front();
}

inline std::unique_ptr<crypto::PrivateKey> private_key(const std::string& name) {
    const Buffer file = fixture(name + ".key");
    return std::move(crypto::PrivateKey::parse(file, name).value());
}

struct Party {
    std::unique_ptr<crypto::PrivateKey> key;
    x509::Certificate certificate;
};

// "ra", "client", "other", "ec"
inline Party& party(const std::string& name) {
    static std::map<std::string, Party> known;
    auto found = known.find(name);
    if (found == known.end())
        found = known.emplace(name, Party{private_key(name), certificate(name)}).first;
    return found->second;
}

// Counts the private-key operations asked of it.
class CountingDecrypter final : public crypto::Decrypter {
  public:
    explicit CountingDecrypter(crypto::Decrypter& key) noexcept : key_(key) {}

    const crypto::PublicKey& public_key() const noexcept override { return key_.public_key(); }

    SecretBytes unwrap_key(const crypto::KeyTransport& transport,
                           Bytes encrypted_key,
                           std::size_t key_size) override {
        ++count_;
        return key_.unwrap_key(transport, encrypted_key, key_size);
    }

    SecretBytes agree_key(const crypto::KeyAgreement& algorithm,
                          const crypto::PublicKey& originator,
                          std::optional<Bytes> user_keying_material,
                          Bytes encrypted_key,
                          std::size_t key_size) override {
        ++count_;
        return key_.agree_key(algorithm, originator, user_keying_material, encrypted_key, key_size);
    }

    int count() const noexcept { return count_; }

  private:
    crypto::Decrypter& key_;
    int count_ = 0;
};

}  // namespace scep::test
