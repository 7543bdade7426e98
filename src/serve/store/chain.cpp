// The audit chain's MAC and its key.
#include <cstdlib>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "core/base/encoding.hpp"
#include "core/base/limits.hpp"
#include "core/crypto/system_random.hpp"
#include "core/files/files.hpp"
#include "serve/store/store.hpp"

namespace scep::store {

namespace {

constexpr unsigned kKeyFileMode = 0600;

// The canonical form: no two rows give the same octets.
class Canonical {
  public:
    Canonical() { out_.reserve(kUsualSize); }

    Canonical& number(std::uint64_t value) {
        for (int shift = 56; shift >= 0; shift -= 8)
            out_.push_back(static_cast<std::uint8_t>(value >> static_cast<unsigned>(shift)));
        return *this;
    }

    Canonical& field(Bytes octets) {
        number(octets.size());
        append(out_, octets);
        return *this;
    }

    Canonical& field(const std::string& text) { return field(as_bytes(text)); }

    Bytes octets() const noexcept { return out_; }

  private:
    static constexpr std::size_t kUsualSize = 768;
    Buffer out_{};
};

}  // namespace

std::array<std::uint8_t, 32> chain_mac(Bytes key, Bytes previous, const AuditEvent& event) {
    Canonical row;
    row.field(previous)
        .number(static_cast<std::uint64_t>(event.sequence))
        .number(static_cast<std::uint64_t>(event.time.time_since_epoch().count()))
        .field(event.profile)
        .field(event.action)
        .field(event.outcome)
        .field(event.reason)
        .field(event.reference)
        .field(event.transaction_id)
        .field(event.subject)
        .field(event.subject_alt_names)
        .field(event.serial)
        .field(event.signer)
        .field(event.client_address)
        .field(event.mtls_subject);
    std::array<std::uint8_t, 32> mac{};
    if (HMAC(EVP_sha256(),
             key.data(),
             static_cast<int>(key.size()),
             row.octets().data(),
             row.octets().size(),
             mac.data(),
             nullptr) == nullptr)
        std::abort();  // out of memory; a chain with a wrong link would be worse
    return mac;
}

Result<SecretBytes> create_audit_key(const std::filesystem::path& path) {
    SecretBytes key(limits::kAuditKeyOctets);
    crypto::SystemRandom().fill(key);
    std::string text = to_hex(key) + '\n';
    Status written =
        files::write_atomic(path, as_bytes(text), kKeyFileMode, files::Overwrite::Refuse);
    wipe(text.data(), text.size());
    if (!written) {
        if (written.error().code == Errc::Config)
            written.error().hint = "another start made it at the same moment: start again";
        return fail(std::move(written).error());
    }
    return key;
}

}  // namespace scep::store
