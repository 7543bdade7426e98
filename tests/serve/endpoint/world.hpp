// A profile with a state that remembers: what one message wrote, the next one finds.
#pragma once

#include "serve/endpoint/fixture.hpp"
#include "serve/endpoint/memory_view.hpp"
#include "support/der_tree.hpp"

namespace scep::test {

struct World {
    explicit World(const ProfileRecipe& recipe = {}, std::uint64_t seed = 1)
        : profile(make_profile(recipe)), random(seed) {}

    endpoint::Outcome send(Bytes message) {
        endpoint::Outcome out = post(profile, message, now, view, random, client_address, instant);
        view.apply(out.effects);
        return out;
    }

    endpoint::Outcome send(const RequestRecipe& recipe) {
        return send(make_message(recipe, profile.ra.certificate));
    }

    // The certificate that a first enrolment gave.
    x509::Certificate enrol(const RequestRecipe& recipe) {
        const endpoint::Outcome outcome = send(recipe);
        if (outcome.effects.issuances.size() != 1)
            throw std::runtime_error(outcome.detail);
        return must(x509::Certificate::parse(outcome.effects.issuances.front().certificate));
    }

    // IssuerAndSubject, which nobody reads; from the transient signer of a PKCSReq.
    endpoint::Outcome poll(RequestRecipe recipe) {
        recipe.type = MessageType::CertPoll;
        recipe.plaintext = Buffer{0x30, 0x00};
        return send(recipe);
    }

    TestProfile profile;
    MemoryView view{};
    TimePoint now = kNow;
    auth::RateLimit::Instant instant{std::chrono::hours(1)};
    std::string client_address = "192.0.2.7";
    SeededRandom random;
};

struct Reply {
    PkiStatus status = PkiStatus::Failure;
    std::optional<FailInfo> fail_info{};
};

inline Reply reply_of(const World& w, const endpoint::Outcome& outcome) {
    const PkiMessage message = read_reply(w.profile, outcome);
    return {message.status.value(), message.fail_info};
}

// The reason of the audit row, or what the log says when there is none.
inline std::string reason_of(const endpoint::Outcome& outcome) {
    return outcome.effects.events.empty() ? outcome.detail : outcome.effects.events.back().reason;
}

inline bool is_success(const World& w, const endpoint::Outcome& outcome) {
    return reply_of(w, outcome).status == PkiStatus::Success;
}

inline bool is_pending(const World& w, const endpoint::Outcome& outcome) {
    return reply_of(w, outcome).status == PkiStatus::Pending;
}

inline bool fails_with(const World& w, const endpoint::Outcome& outcome, FailInfo info) {
    const Reply reply = reply_of(w, outcome);
    return reply.status == PkiStatus::Failure && reply.fail_info == info;
}

// Counts what it is asked to open.
class CountingDecrypter final : public crypto::Decrypter {
  public:
    explicit CountingDecrypter(std::shared_ptr<crypto::Decrypter> key) : key_(std::move(key)) {}

    int count = 0;

    const crypto::PublicKey& public_key() const noexcept override { return key_->public_key(); }

    SecretBytes unwrap_key(const crypto::KeyTransport& transport,
                           Bytes encrypted_key,
                           std::size_t key_size) override {
        ++count;
        return key_->unwrap_key(transport, encrypted_key, key_size);
    }

    SecretBytes agree_key(const crypto::KeyAgreement& algorithm,
                          const crypto::PublicKey& originator,
                          std::optional<Bytes> user_keying_material,
                          Bytes encrypted_key,
                          std::size_t key_size) override {
        ++count;
        return key_->agree_key(
            algorithm, originator, user_keying_material, encrypted_key, key_size);
    }

  private:
    std::shared_ptr<crypto::Decrypter> key_;
};

inline const Key& other_rsa_key() {
    static const Key key = rsa_key();
    return key;
}

// The issuer's name, subject and serial number of another certificate, signed with `key`.
inline x509::Certificate make_named_like(const x509::Certificate& other, const Key& key) {
    const x509::CertificateFields fields{.serial = to_buffer(other.serial()),
                                         .issuer = must(other.issuer()),
                                         .subject = must(other.subject()),
                                         .not_before = other.not_before(),
                                         .not_after = other.not_after(),
                                         .key = key->public_key(),
                                         .key_usage = x509::kDigitalSignature};
    return must(x509::Certificate::parse(
        must(x509::sign_infrastructure_certificate(fields, *key, crypto::Digest::Sha256))));
}

// A message with other octets in the place of its envelope.
inline Buffer with_content(Bytes message, Bytes content) {
    Node tree = Node::parse(message);
    tree.at({1, 0, 2, 1, 0}).content = to_buffer(content);
    return tree.der();
}

}  // namespace scep::test
