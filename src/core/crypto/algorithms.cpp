#include "core/crypto/algorithms.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace scep::crypto {

namespace {

// In the order of the enumerations, which index them.
constexpr std::array kDigests{
    DigestInfo{Digest::Md5, oid::kMd5, "MD5", "MD5", 16},
    DigestInfo{Digest::Sha1, oid::kSha1, "SHA-1", "SHA1", 20},
    DigestInfo{Digest::Sha224, oid::kSha224, "SHA-224", "SHA2-224", 28},
    DigestInfo{Digest::Sha256, oid::kSha256, "SHA-256", "SHA2-256", 32},
    DigestInfo{Digest::Sha384, oid::kSha384, "SHA-384", "SHA2-384", 48},
    DigestInfo{Digest::Sha512, oid::kSha512, "SHA-512", "SHA2-512", 64},
};

constexpr std::array kCiphers{
    CipherInfo{Cipher::DesCbc, oid::kDesCbc, "DES-CBC", "DES-CBC", 8, 8},
    CipherInfo{Cipher::DesEde3Cbc, oid::kDesEde3Cbc, "DES-EDE3-CBC", "DES-EDE3-CBC", 24, 8},
    CipherInfo{Cipher::Aes128Cbc, oid::kAes128Cbc, "AES-128-CBC", "AES-128-CBC", 16, 16},
    CipherInfo{Cipher::Aes192Cbc, oid::kAes192Cbc, "AES-192-CBC", "AES-192-CBC", 24, 16},
    CipherInfo{Cipher::Aes256Cbc, oid::kAes256Cbc, "AES-256-CBC", "AES-256-CBC", 32, 16},
};

struct CurveRow {
    Curve curve;
    asn1::Oid oid;
    std::string_view name;
};

constexpr std::array kCurves{
    CurveRow{Curve::P256, oid::kP256, "P-256"},
    CurveRow{Curve::P384, oid::kP384, "P-384"},
    CurveRow{Curve::P521, oid::kP521, "P-521"},
};

static_assert(std::ranges::is_sorted(kDigests, {}, &DigestInfo::digest));
static_assert(std::ranges::is_sorted(kCiphers, {}, &CipherInfo::cipher));
static_assert(std::ranges::is_sorted(kCurves, {}, &CurveRow::curve));

template <class T>
struct Spelling {
    std::string_view plain;  // lower case, letters and digits only
    T value;
};

constexpr std::array kDigestSpellings{
    Spelling<Digest>{"md5", Digest::Md5},
    Spelling<Digest>{"sha1", Digest::Sha1},
    Spelling<Digest>{"sha224", Digest::Sha224},
    Spelling<Digest>{"sha256", Digest::Sha256},
    Spelling<Digest>{"sha384", Digest::Sha384},
    Spelling<Digest>{"sha512", Digest::Sha512},
};

constexpr std::array kCipherSpellings{
    Spelling<Cipher>{"des", Cipher::DesCbc},
    Spelling<Cipher>{"descbc", Cipher::DesCbc},
    Spelling<Cipher>{"3des", Cipher::DesEde3Cbc},
    Spelling<Cipher>{"des3", Cipher::DesEde3Cbc},
    Spelling<Cipher>{"desede3cbc", Cipher::DesEde3Cbc},
    Spelling<Cipher>{"aes128", Cipher::Aes128Cbc},
    Spelling<Cipher>{"aes128cbc", Cipher::Aes128Cbc},
    Spelling<Cipher>{"aes192", Cipher::Aes192Cbc},
    Spelling<Cipher>{"aes192cbc", Cipher::Aes192Cbc},
    Spelling<Cipher>{"aes256", Cipher::Aes256Cbc},
    Spelling<Cipher>{"aes256cbc", Cipher::Aes256Cbc},
};

constexpr std::array kCurveSpellings{
    Spelling<Curve>{"p256", Curve::P256},
    Spelling<Curve>{"prime256v1", Curve::P256},
    Spelling<Curve>{"secp256r1", Curve::P256},
    Spelling<Curve>{"p384", Curve::P384},
    Spelling<Curve>{"secp384r1", Curve::P384},
    Spelling<Curve>{"p521", Curve::P521},
    Spelling<Curve>{"secp521r1", Curve::P521},
};

char lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// The same word without regard to case, hyphens and underscores.
bool same_word(std::string_view spelt, std::string_view plain) noexcept {
    for (const char c : spelt) {
        if (c == '-' || c == '_')
            continue;
        if (plain.empty() || lower(c) != plain.front())
            return false;
        plain.remove_prefix(1);
    }
    return plain.empty();
}

template <class Table>
auto value_of(std::string_view spelt, const Table& table) noexcept {
    const auto found = std::ranges::find_if(
        table, [spelt](const auto& row) { return same_word(spelt, row.plain); });
    return found == table.end() ? std::nullopt : std::optional(found->value);
}

template <class T, class Table, class Member>
std::optional<T> by_oid(const asn1::Oid& oid, const Table& table, Member member) noexcept {
    const auto found =
        std::ranges::find_if(table, [&oid](const auto& row) { return row.oid == oid; });
    return found == table.end() ? std::nullopt : std::optional<T>((*found).*member);
}

constexpr std::array<std::string_view, 6> kPkcs1Names{"RSASSA-PKCS1-v1_5 with MD5",
                                                      "RSASSA-PKCS1-v1_5 with SHA-1",
                                                      "RSASSA-PKCS1-v1_5 with SHA-224",
                                                      "RSASSA-PKCS1-v1_5 with SHA-256",
                                                      "RSASSA-PKCS1-v1_5 with SHA-384",
                                                      "RSASSA-PKCS1-v1_5 with SHA-512"};
constexpr std::array<std::string_view, 6> kPssNames{"RSASSA-PSS with MD5",
                                                    "RSASSA-PSS with SHA-1",
                                                    "RSASSA-PSS with SHA-224",
                                                    "RSASSA-PSS with SHA-256",
                                                    "RSASSA-PSS with SHA-384",
                                                    "RSASSA-PSS with SHA-512"};
constexpr std::array<std::string_view, 6> kEcdsaNames{"ECDSA with MD5",
                                                      "ECDSA with SHA-1",
                                                      "ECDSA with SHA-224",
                                                      "ECDSA with SHA-256",
                                                      "ECDSA with SHA-384",
                                                      "ECDSA with SHA-512"};

}  // namespace

const DigestInfo& info(Digest digest) noexcept {
    return kDigests[static_cast<std::size_t>(digest)];
}

const CipherInfo& info(Cipher cipher) noexcept {
    return kCiphers[static_cast<std::size_t>(cipher)];
}

std::optional<Digest> digest_from(const asn1::Oid& oid) noexcept {
    return by_oid<Digest>(oid, kDigests, &DigestInfo::digest);
}

std::optional<Cipher> cipher_from(const asn1::Oid& oid) noexcept {
    return by_oid<Cipher>(oid, kCiphers, &CipherInfo::cipher);
}

std::optional<Digest> digest_from_name(std::string_view name) noexcept {
    return value_of(name, kDigestSpellings);
}

std::optional<Cipher> cipher_from_name(std::string_view name) noexcept {
    return value_of(name, kCipherSpellings);
}

std::string_view curve_name(Curve curve) noexcept {
    return kCurves[static_cast<std::size_t>(curve)].name;
}

std::optional<Curve> curve_from_name(std::string_view name) noexcept {
    return value_of(name, kCurveSpellings);
}

std::optional<Curve> curve_from(const asn1::Oid& oid) noexcept {
    return by_oid<Curve>(oid, kCurves, &CurveRow::curve);
}

const asn1::Oid& oid_of(Curve curve) noexcept {
    return kCurves[static_cast<std::size_t>(curve)].oid;
}

std::string_view name(const SignatureAlgorithm& algorithm) noexcept {
    const auto index = static_cast<std::size_t>(algorithm.digest);
    switch (algorithm.kind) {
        case SignatureKind::RsaPkcs1:
            return kPkcs1Names[index];
        case SignatureKind::RsaPss:
            return kPssNames[index];
        case SignatureKind::Ecdsa:
            break;
    }
    return kEcdsaNames[index];
}

}  // namespace scep::crypto
