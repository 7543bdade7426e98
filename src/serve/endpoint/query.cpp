// CertPoll, GetCert and GetCRL: answers from what is already there (RFC 8894
// sections 3.3.3, 3.3.4).
#include <utility>

#include <fmt/format.h>

#include "core/base/encoding.hpp"
#include "serve/endpoint/case.hpp"
#include "serve/endpoint/opening.hpp"

namespace scep::endpoint {

namespace {

struct Asked {
    x509::Name issuer{};
    std::string serial{};  // as issuances have it
};

// nullopt: `refusal` says why.
std::optional<Asked> open_asked(Case& c, Refusal& refusal) {
    Result<IssuerAndSerialNumber> opened = open_issuer_and_serial(c);
    if (!opened) {
        refusal = bad_message_check(to_text(opened.error()));
        return std::nullopt;
    }
    return Asked{std::move(opened->issuer), x509::serial_hex(opened->serial)};
}

// The issuer of this profile that has this name.
std::shared_ptr<const ca::Issuer> issuer_named(const ProfileSnapshot& profile,
                                               const x509::Name& name) {
    for (const auto& issuer : {profile.issuer, profile.next_issuer})
        if (issuer)
            if (const Result<x509::Name> own = issuer->certificate().subject();
                own && own->matches(name))
                return issuer;
    return nullptr;
}

}  // namespace

// By the key that signed and the transactionID; what its envelope says is not asked (RFC 8894
// section 3.3.3 lets a server go by these).
Verdict decide_poll(Case& c) {
    Result<std::optional<store::Transaction>> known =
        c.circumstances.view.transaction(c.transaction_key());
    if (!known)
        return Unavailable{std::move(known).error()};
    if (!*known)
        return bad_cert_id("no transaction of this id and signer");
    if (Step answer = answer_known(c.profile, c.circumstances, **known))
        return *std::move(answer);
    return bad_cert_id("the transaction is over: it expired, or its certificate is not good now");
}

// Only a holder of a certificate of this profile is told about others of it (SECURITY rule S13).
Verdict decide_get_cert(Case& c) {
    Refusal refusal;
    const std::optional<Asked> asked = open_asked(c, refusal);
    if (!asked)
        return refusal;
    const Result<std::optional<store::Issuance>> signer = signer_issuance(c);
    if (!signer)
        return Unavailable{signer.error()};
    if (!*signer || (*signer)->profile != c.profile.settings.path_id || (*signer)->revoked_at)
        return bad_cert_id("GetCert by a signer without a certificate of this profile");
    const auto issuer = issuer_named(c.profile, asked->issuer);
    if (!issuer || issuer->id() != (*signer)->issuer_id)
        return bad_cert_id(fmt::format("no issuer of this profile is {}", asked->issuer.to_text()));
    Result<std::optional<store::Issuance>> found =
        c.circumstances.view.issuance(issuer->id(), asked->serial);
    if (!found)
        return Unavailable{std::move(found).error()};
    if (!*found || (*found)->profile != c.profile.settings.path_id)
        return bad_cert_id(fmt::format("no certificate of this profile is {}", asked->serial));
    return Give{**std::move(found)};
}

Verdict decide_get_crl(Case& c) {
    Refusal refusal;
    const std::optional<Asked> asked = open_asked(c, refusal);
    if (!asked)
        return refusal;
    auto issuer = issuer_named(c.profile, asked->issuer);
    if (!issuer)
        return bad_cert_id(fmt::format("no issuer of this profile is {}", asked->issuer.to_text()));
    return GiveCrl{std::move(issuer)};
}

}  // namespace scep::endpoint
