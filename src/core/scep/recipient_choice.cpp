#include "core/scep/recipient_choice.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/base/entropy.hpp"

namespace scep {

namespace {

using Certificates = std::vector<x509::Certificate>;

constexpr std::string_view kCite = "RFC 8894 section 3.1";

bool has_key(const x509::Certificate& certificate, crypto::KeyType type) {
    const auto key = certificate.public_key();
    return key && key->type() == type;
}

bool has_rsa_key(const x509::Certificate& certificate) {
    return has_key(certificate, crypto::KeyType::Rsa);
}

const x509::Certificate* find(const Certificates& certificates,
                              crypto::KeyType type,
                              std::uint32_t usage) {
    const auto found = std::ranges::find_if(certificates, [&](const auto& certificate) {
        return certificate.allows_usage(usage) && has_key(certificate, type);
    });
    return found == certificates.end() ? nullptr : &*found;
}

// By key usage: an RA for keys, an RA for data (old RAs have that bit alone), the CA. A CA on its
// own is taken whatever its key usage says: RFC 8894 section 3.5.2 knows such servers.
const x509::Certificate* find_rsa(AuthenticatedCa& ca) {
    constexpr auto kRsa = crypto::KeyType::Rsa;
    const x509::Certificate* found = find(ca.ras, kRsa, x509::kKeyEncipherment);
    if (found == nullptr)
        found = find(ca.ras, kRsa, x509::kDataEncipherment);
    if (found == nullptr)
        found = find(ca.authorities, kRsa, x509::kKeyEncipherment);
    if (found == nullptr && ca.ras.empty()) {
        found = find(ca.authorities, kRsa, 0);
        if (found != nullptr)
            ca.notes.push_back(
                fmt::format("encrypting to {} although its key usage has no "
                            "keyEncipherment: the server names no RA",
                            found->subject_text()));
    }
    return found;
}

// EC certificates for signing rarely name keyAgreement, though they are agreed with all the same.
const x509::Certificate* find_ec(const AuthenticatedCa& ca) {
    for (const Certificates* certificates : {&ca.ras, &ca.authorities})
        for (const std::uint32_t usage : {std::uint32_t{x509::kKeyAgreement}, 0U})
            if (const auto* found = find(*certificates, crypto::KeyType::Ec, usage))
                return found;
    return nullptr;
}

// A server whose RSA certificates cannot take part, expired ones for example, is not one that wants
// to be spoken to in another way; and who strikes its RA from the reply shall gain nothing.
bool lost_its_ra(const AuthenticatedCa& ca, const Certificates& reply) {
    return ca.ras.empty() && reply.size() > 1 &&
           std::ranges::any_of(reply, [](const auto& certificate) {
               return !certificate.is_ca() && has_rsa_key(certificate);
           });
}

std::string key_text(const x509::Certificate& certificate) {
    const auto key = certificate.public_key();
    return key ? key->describe() : "unfit: " + to_text(key.error());
}

Error no_recipient(const AuthenticatedCa& ca, std::string_view what) {
    std::vector<std::string> keys;
    for (const x509::Certificate& certificate : ca.signers())
        keys.push_back(fmt::format("{} ({})", certificate.subject_text(), key_text(certificate)));
    return {.code = Errc::Protocol,
            .what = fmt::format("{}: {}", what, fmt::join(keys, ", ")),
            .cite = std::string(kCite),
            .hint = fmt::format("{}", fmt::join(ca.notes, "; "))};
}

Error no_rsa_recipient(const AuthenticatedCa& ca) {
    const auto signers = ca.signers();
    return no_recipient(
        ca,
        std::ranges::any_of(signers, has_rsa_key)
            ? "no certificate of GetCACert allows keyEncipherment"
            : "no certificate of GetCACert has an RSA key to encrypt the request to");
}

Error no_challenge() {
    return {.code = Errc::Usage,
            .what = "no challenge to encrypt the request with",
            .cite = std::string(kCite),
            .hint = "--challenge-file FILE or --challenge-env NAME; or --recipient agreement"};
}

void take(AuthenticatedCa& ca, const x509::Certificate& recipient, cms::RecipientKind kind) {
    ca.recipient = recipient;
    ca.recipient_kind = kind;
}

bool is_guessable(Bytes challenge) {
    return least_bits(as_text(challenge)) < kStrongBits;
}

// The certificate is then only whom the request is meant for.
Status take_password(AuthenticatedCa& ca, const x509::Certificate& meant, Bytes challenge) {
    if (challenge.empty())
        return fail(no_challenge());
    take(ca, meant, cms::RecipientKind::Password);
    if (is_guessable(challenge))
        ca.notes.emplace_back(
            "the request is encrypted under a challenge that can be guessed: whoever records it "
            "may find the challenge out");
    return {};
}

Status take_agreement(AuthenticatedCa& ca, const x509::Certificate* recipient) {
    if (recipient == nullptr)
        return fail(no_recipient(ca, "no certificate of GetCACert has an EC key to agree with"));
    take(ca, *recipient, cms::RecipientKind::KeyAgreement);
    return {};
}

Status take_best(AuthenticatedCa& ca,
                 const Certificates& reply,
                 const x509::Certificate* rsa,
                 Bytes challenge) {
    if (rsa != nullptr) {
        take(ca, *rsa, cms::RecipientKind::KeyTransport);
        return {};
    }
    const x509::Certificate* ec = lost_its_ra(ca, reply) ? nullptr : find_ec(ca);
    if (ec == nullptr)
        return fail(no_rsa_recipient(ca));
    if (!challenge.empty() && !is_guessable(challenge))
        return take_password(ca, *ec, challenge);
    if (!challenge.empty())
        ca.notes.emplace_back(
            "the challenge can be guessed, so the request is not encrypted under it but by key "
            "agreement, which not every server knows; --recipient password does it all the same");
    return take_agreement(ca, ec);
}

}  // namespace

Status choose_recipient(AuthenticatedCa& ca,
                        const Certificates& reply,
                        RecipientSetting setting,
                        Bytes challenge) {
    switch (setting) {
        case RecipientSetting::Auto:
            return take_best(ca, reply, find_rsa(ca), challenge);
        case RecipientSetting::Transport: {
            const x509::Certificate* rsa = find_rsa(ca);
            if (rsa == nullptr)
                return fail(no_rsa_recipient(ca));
            take(ca, *rsa, cms::RecipientKind::KeyTransport);
            return {};
        }
        case RecipientSetting::Agreement:
            return take_agreement(ca, find_ec(ca));
        case RecipientSetting::Password:
            break;
    }
    return take_password(ca, ca.signers().front(), challenge);
}

}  // namespace scep
