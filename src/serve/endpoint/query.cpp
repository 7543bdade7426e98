// CertPoll, GetCert and GetCRL: answers from what is already there (RFC 8894
// sections 3.3.3, 3.3.4).
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "serve/endpoint/case.hpp"
#include "serve/endpoint/opening.hpp"

namespace scep::endpoint {

namespace {

// Whoever may ask whether an envelope of his making was opened can have any captured one read to
// him, octet by octet. So all that goes wrong behind it is one answer, at one cost (SECURITY rule
// S01), and none but a holder of a certificate of this profile may ask (S13).
Refusal not_found(const Case& c, std::string reason) {
    spend_decoys(c);
    return bad_cert_id(std::move(reason));
}

// Before the private key is used. nullopt: go on.
Step check_holder(const Case& c) {
    Result<std::optional<store::Issuance>> signer = signer_issuance(c);
    if (!signer)
        return Unavailable{std::move(signer).error()};
    if (!*signer || (*signer)->profile != c.profile.settings.path_id || (*signer)->revoked_at ||
        (*signer)->waiting || !c.decision.message.signer.valid_at(c.circumstances.now))
        return bad_cert_id("the signer has no good certificate of this profile");
    return spend_derivation(c);
}

bool has_name(const x509::Certificate& ca, const x509::Name& name) {
    const Result<x509::Name> own = ca.subject();
    return own && own->matches(name);
}

// The issuer of this profile that has this name.
std::shared_ptr<const ca::Issuer> issuer_named(const ProfileSnapshot& profile,
                                               const x509::Name& name) {
    for (const auto& issuer : {profile.issuer, profile.next_issuer})
        if (issuer && has_name(issuer->certificate(), name))
            return issuer;
    return nullptr;
}

// A CA whose certificates can be asked for: a former one too, which signs no lists any more.
bool is_issuer_name(const ProfileSnapshot& profile, const x509::Name& name) {
    return issuer_named(profile, name) != nullptr ||
           std::ranges::any_of(profile.former_cas, [&](const x509::Certificate& former) {
               return has_name(former, name);
           });
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

Verdict decide_get_cert(Case& c) {
    if (Step refused = check_holder(c))
        return *std::move(refused);
    const Result<IssuerAndSerialNumber> asked = open_issuer_and_serial(c);
    const bool named = asked && is_issuer_name(c.profile, asked->issuer);
    // Looked up in any case: to find nothing must not take less time than to look for nothing.
    Result<std::optional<store::Issuance>> found = c.circumstances.view.issuance(
        c.profile.issuer->id(), named ? x509::serial_hex(asked->serial) : std::string());
    if (!found)
        return Unavailable{std::move(found).error()};
    if (!asked)
        return not_found(c, to_text(asked.error()));
    if (!*found || (*found)->waiting || (*found)->profile != c.profile.settings.path_id)
        return not_found(c,
                         fmt::format("no certificate of this profile is {} of {}",
                                     x509::serial_hex(asked->serial),
                                     asked->issuer.to_text()));
    return Give{**std::move(found)};
}

Verdict decide_get_crl(Case& c) {
    if (Step refused = check_holder(c))
        return *std::move(refused);
    const Result<IssuerAndSerialNumber> asked = open_issuer_and_serial(c);
    if (!asked)
        return not_found(c, to_text(asked.error()));
    auto issuer = issuer_named(c.profile, asked->issuer);
    if (!issuer)
        return not_found(c,
                         fmt::format("no issuer of this profile is {}", asked->issuer.to_text()));
    return GiveCrl{std::move(issuer)};
}

}  // namespace scep::endpoint
