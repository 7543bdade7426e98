// The audit chain's MAC and its key.
#include <cstdlib>

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "core/base/encoding.hpp"
#include "core/crypto/system_random.hpp"
#include "core/files/files.hpp"
#include "serve/store/store.hpp"

namespace scep::store {

namespace {

constexpr std::size_t kKeyOctets = 32;
constexpr std::size_t kKeyFileLimit = 4096;  // octets; a longer file is another one
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

Error bad_key(const std::filesystem::path& path, std::string what, std::string hint) {
    return {.code = Errc::Config,
            .what = std::move(what),
            .where = {.source = path.string()},
            .hint = std::move(hint)};
}

Result<SecretBytes> parse_key(const std::filesystem::path& path, std::string_view text) {
    if (!text.empty() && text.back() == '\n')
        text.remove_suffix(1);
    std::optional<Buffer> octets = from_hex(text);
    if (!octets || octets->size() != kKeyOctets)
        return fail(
            bad_key(path,
                    fmt::format("is not an audit key, want {} hexadecimal digits", 2 * kKeyOctets),
                    "put back the key that was made with the state database"));
    SecretBytes key = to_secret(*octets);
    wipe(octets->data(), octets->size());
    return key;
}

Result<SecretBytes> create_key(const std::filesystem::path& path) {
    SecretBytes key(kKeyOctets);
    crypto::SystemRandom().fill(key);
    std::string text = to_hex(key) + '\n';
    const Status written =
        files::write_atomic(path, as_bytes(text), kKeyFileMode, files::Overwrite::Refuse);
    wipe(text.data(), text.size());
    if (!written)
        return fail(written.error());
    return key;
}

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

Result<SecretBytes> load_or_create_audit_key(const std::filesystem::path& path, bool create) {
    if (create && !files::exists(path))
        return create_key(path);
    SCEP_TRY(text, files::load_secret(path, {}, kKeyFileLimit));
    return parse_key(path, as_text(text));
}

}  // namespace scep::store
