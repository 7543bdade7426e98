// Requests that are good but for one thing behind the envelope (SECURITY rules S01, S02), by key
// transport, by key agreement and under a password. As an attacker sends them, who has recorded an
// envelope: signed by a key that is not the CSR's. Used by a test and by a benchmark, so without
// doctest.
#pragma once

#include <openssl/rsa.h>

#include "serve/endpoint/fixture.hpp"
#include "support/der_tree.hpp"

namespace scep::test {

enum class Recipient : std::uint8_t { Transport, Agreement, Password };

struct DamagedEnvelope {
    Recipient recipient = Recipient::Transport;
    std::string name{};
    Buffer message{};
};

class DamagedEnvelopes {
  public:
    // For `profile`, which opens what is under a password too: how depends on the key of its RA.
    explicit DamagedEnvelopes(const TestProfile& profile)
        : ra_(profile.ra), kind_(kind_of(profile.ra)) {
        const Key stranger = kind_ == Recipient::Transport ? rsa_key() : ec_key();
        const Identity other = make_ra(stranger, profile.ca, "CN=Another RA");
        add(kind_, "another recipient", make_envelope({}, other.certificate));
        if (kind_ == Recipient::Transport)
            add_transport();
        else
            add_changed(kind_, "wrapped key changed", {1, 0, 1, 0, 3, 0, 1}, 5);
        add_contents(kind_, {});
        add(Recipient::Password, "another password", envelope({.password = "another"}));
        add_changed(Recipient::Password, "check octets of the key", {1, 0, 1, 0, 3}, 5);
        add_contents(Recipient::Password, std::string(kChallenge));
    }

    const std::vector<DamagedEnvelope>& rows() const noexcept { return rows_; }

    // The request that all of them are damaged copies of.
    Buffer good(Recipient recipient) const {
        return signed_by_stranger(envelope(recipe_for(recipient)));
    }

    static Recipient kind_of(const Identity& ra) {
        return ra.key->public_key().type() == crypto::KeyType::Rsa ? Recipient::Transport
                                                                   : Recipient::Agreement;
    }

  private:
    Buffer envelope(const RequestRecipe& recipe) const {
        return make_envelope(recipe, ra_.certificate);
    }

    static RequestRecipe recipe_for(Recipient recipient) {
        RequestRecipe out;
        if (recipient == Recipient::Password)
            out.password = kChallenge;
        return out;
    }

    Buffer signed_by_stranger(const Buffer& envelope) const {
        return sign_message({.signer_key = signer_key_}, envelope);
    }

    void add(Recipient recipient, std::string name, const Buffer& envelope) {
        rows_.push_back({recipient, std::move(name), signed_by_stranger(envelope)});
    }

    // One bit of the value at `path`, in octet `at`.
    void add_changed(Recipient recipient,
                     std::string name,
                     std::initializer_list<std::size_t> path,
                     std::size_t at) {
        Node tree = Node::parse(envelope(recipe_for(recipient)));
        tree.at(path).content.at(at) ^= 1U;
        add(recipient, std::move(name), tree.der());
    }

    void add_encrypted_key(std::string name, Buffer encrypted_key) {
        Node tree = Node::parse(envelope({}));
        tree.at({1, 0, 1, 0, 3}).content = std::move(encrypted_key);
        add(Recipient::Transport, std::move(name), tree.der());
    }

    void add_transport() {
        add_changed(Recipient::Transport, "encrypted key changed", {1, 0, 1, 0, 3}, 255);
        add_encrypted_key("RSA padding of type 1", raw_block(1, 16));
        add_encrypted_key("RSA padding without its end", raw_block(2, 0));
        add_encrypted_key("a content key that is too long", raw_block(2, 24));
        add_encrypted_key("a content key that is too short", raw_block(2, 8));
    }

    // 00, the type, nonzero octets, and 00 with a key of that length unless it is 0.
    Buffer raw_block(std::uint8_t type, std::size_t key_length) const {
        Buffer block(256, 0x5a);
        block.at(0) = 0;
        block.at(1) = type;
        if (key_length > 0)
            block.at(block.size() - key_length - 1) = 0;
        const crypto::PkeyCtxPtr context(EVP_PKEY_CTX_new(&ra_.key->evp(), nullptr));
        EVP_PKEY_encrypt_init(context.get());
        EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_NO_PADDING);
        Buffer out(256);
        std::size_t size = out.size();
        if (EVP_PKEY_encrypt(context.get(), out.data(), &size, block.data(), block.size()) != 1)
            throw std::runtime_error("EVP_PKEY_encrypt");
        return out;
    }

    // What is wrong once the content is decrypted.
    void add_contents(Recipient recipient, const std::string& password) {
        const Buffer csr = make_csr({});
        const auto add_content = [&](std::string name, Buffer content) {
            add(recipient,
                std::move(name),
                envelope({.plaintext = std::move(content), .password = password}));
        };
        Node tree = Node::parse(envelope(recipe_for(recipient)));
        Buffer& encrypted = tree.at({1, 0, 2, 2}).content;
        encrypted.at(encrypted.size() - 17) ^= 1U;  // the last octet of the last block but one
        add(recipient, "cipher padding", tree.der());
        add_content("not a CSR", Buffer(csr.size(), 0x30));
        add_content("another SEQUENCE of that length", renamed(csr));
        Buffer longer = csr;
        longer.push_back(0);
        add_content("an octet after the CSR", longer);
        add_content("nothing", {});
        Buffer wrong = csr;
        wrong.back() ^= 1U;
        add_content("signature of the CSR", wrong);
        rows_.push_back({recipient,
                         "likewise, signed by its own key",
                         sign_message({}, envelope({.plaintext = wrong, .password = password}))});
        add_content("signature of an EC CSR", csr_of_ec_key());
    }

    static Buffer csr_of_ec_key() {
        Node tree = Node::parse(make_csr({.device_key = ec_key()}));
        tree.at({2}).content.back() ^= 1U;
        return tree.der();
    }

    // The CSR with OCTET STRINGs for its parts.
    static Buffer renamed(Bytes csr) {
        Node tree = Node::parse(csr);
        for (Node& part : tree.children)
            part = {.tag = asn1::kOctetString,
                    .content = part.constructed ? part.der() : part.content};
        return tree.der();
    }

    Identity ra_;
    Recipient kind_;
    Key signer_key_ = rsa_key();
    std::vector<DamagedEnvelope> rows_{};
};

// A profile that takes passwords, with an RA key of either type.
inline TestProfile profile_for_damage(const Key& ra_key) {
    ProfileRecipe recipe{.ra_key = ra_key};
    recipe.settings.password_recipients = true;
    return make_profile(recipe);
}

}  // namespace scep::test
