#include "core/inspect/transaction_form.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "core/base/encoding.hpp"

namespace scep::inspect {

namespace {

using crypto::Digest;

enum class Spelling : std::uint8_t { LowerHex, UpperHex, Base64 };
enum class Over : std::uint8_t { Spki, KeyOctets };

struct Form {
    Digest digest;
    Over over;
    Spelling spelling;
    std::string_view clients;
};

// From captures and from the clients' sources. The first of a length is what its looks mean.
constexpr std::array kForms{
    Form{Digest::Md5, Over::Spki, Spelling::UpperHex, "sscep, FortiGate, Cisco IOS"},
    Form{Digest::Md5, Over::KeyOctets, Spelling::UpperHex, "old sscep, Cisco IOS"},
    Form{Digest::Md5, Over::Spki, Spelling::LowerHex, "old strongSwan (scepclient), OpenSCEP"},
    Form{Digest::Md5, Over::KeyOctets, Spelling::LowerHex, "old strongSwan (scepclient), OpenSCEP"},
    Form{Digest::Sha1, Over::Spki, Spelling::LowerHex, "jscep and what is built on it"},
    Form{Digest::Sha1, Over::KeyOctets, Spelling::LowerHex, "strongSwan pki --scep, certmonger"},
    Form{Digest::Sha1, Over::Spki, Spelling::UpperHex, "Windows, NDES-style clients"},
    Form{Digest::Sha1, Over::KeyOctets, Spelling::UpperHex, "Windows, NDES-style clients"},
    Form{Digest::Sha1, Over::KeyOctets, Spelling::Base64, "micromdm scepclient, step"},
    Form{Digest::Sha1, Over::Spki, Spelling::Base64, "micromdm scepclient, step"},
    Form{Digest::Sha256, Over::Spki, Spelling::LowerHex, "certctl-scep enroll"},
    Form{Digest::Sha256, Over::KeyOctets, Spelling::LowerHex, ""},
    Form{Digest::Sha256, Over::Spki, Spelling::UpperHex, ""},
    Form{Digest::Sha256, Over::Spki, Spelling::Base64, ""},
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

std::string computed(std::string_view id,
                     const crypto::PublicKey& key,
                     const crypto::Library& library) {
    for (const Form& form : kForms) {
        if (!library.admits(form.digest) ||
            !looks_like(id, form.spelling, crypto::info(form.digest).size))
            continue;
        const Bytes over = form.over == Over::Spki ? key.spki() : key.key_octets();
        if (spelt(form.spelling, crypto::digest(library, form.digest, over)) == id)
            return with_clients(
                fmt::format("{} {} of the {}",
                            name(form.spelling),
                            crypto::info(form.digest).name,
                            form.over == Over::Spki ? "public key (SubjectPublicKeyInfo)"
                                                    : "public key's octets"),
                form,
                ": ");
    }
    return {};
}

}  // namespace

std::string transaction_form(std::string_view transaction_id,
                             const std::optional<crypto::PublicKey>& key,
                             const crypto::Library& library) {
    if (transaction_id == kSscepConstant)
        return "a constant: sscep and FortiGate, for GetCert and GetCRL";
    if (key)
        if (std::string text = computed(transaction_id, *key, library); !text.empty())
            return text;
    for (const Form& form : kForms)
        if (looks_like(transaction_id, form.spelling, crypto::info(form.digest).size))
            return with_clients(
                fmt::format(
                    "looks like {} {}", name(form.spelling), crypto::info(form.digest).name),
                form,
                ", as of ");
    return {};
}

}  // namespace scep::inspect
