#include "core/inspect/transaction_form.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "core/base/encoding.hpp"
#include "core/crypto/md5.hpp"

namespace scep::inspect {

namespace {

using crypto::Digest;

enum class Spelling : std::uint8_t { LowerHex, UpperHex, Base64 };
enum class Over : std::uint8_t { Spki, KeyOctets };

struct Form {
    Digest digest;
    std::size_t octets;  // of the digest, the first
    Over over;
    Spelling spelling;
    std::string_view clients;  // empty: none that is known
};

// From captures and from the clients' sources. The first of a length is what its looks mean.
constexpr std::array kForms{
    Form{Digest::Md5, 16, Over::Spki, Spelling::UpperHex, "sscep, FortiGate, Cisco IOS"},
    Form{Digest::Md5, 16, Over::KeyOctets, Spelling::UpperHex, ""},
    Form{Digest::Md5, 16, Over::Spki, Spelling::LowerHex, ""},
    Form{Digest::Md5, 16, Over::KeyOctets, Spelling::LowerHex, ""},
    Form{Digest::Sha1, 20, Over::Spki, Spelling::LowerHex, "jscep and what is built on it"},
    Form{Digest::Sha1, 20, Over::KeyOctets, Spelling::LowerHex, ""},
    Form{Digest::Sha1, 20, Over::Spki, Spelling::UpperHex, "strongSwan pki --scep"},
    Form{Digest::Sha1, 20, Over::KeyOctets, Spelling::UpperHex, "Apple devices"},
    Form{Digest::Sha256, 20, Over::KeyOctets, Spelling::Base64, "micromdm scepclient"},
    Form{Digest::Sha1, 20, Over::KeyOctets, Spelling::Base64, "old micromdm scepclient"},
    Form{Digest::Sha1, 20, Over::Spki, Spelling::Base64, ""},
    Form{Digest::Sha256, 32, Over::Spki, Spelling::LowerHex, "certctl-scep enroll"},
    Form{Digest::Sha256, 32, Over::KeyOctets, Spelling::LowerHex, ""},
    Form{Digest::Sha256, 32, Over::Spki, Spelling::UpperHex, ""},
    Form{Digest::Sha256, 32, Over::Spki, Spelling::Base64, ""},
};

constexpr std::string_view kSscepConstant = "SSCEP transactionId";

std::string spelt(Spelling spelling, Bytes digest) {
    switch (spelling) {
        case Spelling::LowerHex:
            return to_hex(digest);
        case Spelling::UpperHex:
            return to_hex_upper(digest);
        case Spelling::Base64:
            break;
    }
    return to_base64(digest);
}

std::string_view name(Spelling spelling) noexcept {
    switch (spelling) {
        case Spelling::LowerHex:
            return "lower-case hex";
        case Spelling::UpperHex:
            return "upper-case hex";
        case Spelling::Base64:
            break;
    }
    return "base64";
}

bool looks_like(std::string_view id, Spelling spelling, std::size_t digest_size) {
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    const auto all = [&](auto&& letter) {
        return std::ranges::all_of(id, [&](char c) { return is_digit(c) || letter(c); });
    };
    if (spelling == Spelling::Base64) {
        const auto decoded = from_base64(id);
        return id.ends_with('=') && decoded && decoded->size() == digest_size;
    }
    if (id.size() != digest_size * 2)
        return false;
    return spelling == Spelling::LowerHex ? all([](char c) { return c >= 'a' && c <= 'f'; })
                                          : all([](char c) { return c >= 'A' && c <= 'F'; });
}

std::string with_clients(std::string text, const Form& form, std::string_view link) {
    if (!form.clients.empty())
        text += fmt::format("{}{}", link, form.clients);
    return text;
}

// "upper-case hex SHA-1", "base64 of 20 octets of SHA-256"
std::string made(const Form& form) {
    const crypto::DigestInfo& digest = crypto::info(form.digest);
    return form.octets == digest.size
               ? fmt::format("{} {}", name(form.spelling), digest.name)
               : fmt::format(
                     "{} of {} octets of {}", name(form.spelling), form.octets, digest.name);
}

std::string_view name(Over over) noexcept {
    return over == Over::Spki ? "public key (SubjectPublicKeyInfo)" : "public key's octets";
}

bool is_made_so(std::string_view id, const Form& form, const crypto::PublicKey& key) {
    if (!looks_like(id, form.spelling, form.octets))
        return false;
    const Bytes over = form.over == Over::Spki ? key.spki() : key.key_octets();
    const Buffer digest = form.digest == Digest::Md5
                              ? crypto::md5_name(over)
                              : crypto::digest(crypto::Library::standard(), form.digest, over);
    return digest.size() >= form.octets &&
           spelt(form.spelling, Bytes(digest).first(form.octets)) == id;
}

std::string computed(std::string_view id, const crypto::PublicKey& key) {
    for (const Form& form : kForms)
        if (is_made_so(id, form, key))
            return with_clients(
                fmt::format("{} of the {}", made(form), name(form.over)), form, ": ");
    return {};
}

// By its looks alone, which several forms share.
std::string guessed(std::string_view id) {
    for (const Form& form : kForms)
        if (looks_like(id, form.spelling, form.octets))
            return with_clients(fmt::format("looks like {}", made(form)), form, ", as of ");
    return {};
}

}  // namespace

std::string transaction_form(std::string_view transaction_id,
                             const std::optional<crypto::PublicKey>& key) {
    if (transaction_id == kSscepConstant)
        return "a constant: sscep and FortiGate, for GetCert and GetCRL";
    if (key)
        if (std::string text = computed(transaction_id, *key); !text.empty())
            return text;
    return guessed(transaction_id);
}

}  // namespace scep::inspect
