// A profile and a device for endpoint tests, and messages between them.
#pragma once

#include <string>

#include "core/scep/pki_message.hpp"
#include "serve/endpoint/endpoint.hpp"
#include "support/pki.hpp"

namespace scep::test {

inline constexpr std::string_view kChallenge = "secret";

struct ProfileRecipe {
    Key ca_key{};
    std::string ca_subject = "CN=Test CA";
    Key ra_key{};
    std::string challenge{kChallenge};
    config::Chain chain = config::Chain::Ca;
    bool require_signer_key = false;
    std::vector<std::string> allow_legacy{};
    std::optional<Identity> ra{};  // instead of a made one
    config::Profile settings{};    // what is not named above
    x509::CertificateProfile certificate_profile{};
    std::vector<x509::Certificate> former_cas{};
};

struct TestProfile {
    Identity ca{};
    Identity ra{};
    endpoint::ProfileSnapshot snapshot{};
};

inline TestProfile make_profile(const ProfileRecipe& recipe = {}) {
    TestProfile out;
    out.ca = make_ca(recipe.ca_key ? recipe.ca_key : ec_key(), recipe.ca_subject);
    out.ra =
        recipe.ra ? *recipe.ra : make_ra(recipe.ra_key ? recipe.ra_key : shared_rsa_key(), out.ca);
    auto issuer = std::make_shared<const ca::Issuer>(
        must(ca::Issuer::make("iss-local", out.ca.certificate, {}, out.ca.key, {})));
    config::Profile settings = recipe.settings;
    settings.name = "test";
    settings.chain = recipe.chain;
    settings.require_signer_key = recipe.require_signer_key;
    settings.allow_legacy = recipe.allow_legacy;
    out.snapshot = endpoint::make_snapshot({.settings = std::move(settings),
                                            .certificate_profile = recipe.certificate_profile,
                                            .issuer = issuer,
                                            .former_cas = recipe.former_cas,
                                            .ra = {{.certificate = out.ra.certificate,
                                                    .signer = out.ra.key,
                                                    .decrypter = out.ra.key,
                                                    .issuer = issuer}},
                                            .challenge = to_secret(recipe.challenge)});
    return out;
}

// How one PKCSReq is made; the defaults are a good one.
struct RequestRecipe {
    std::string subject = "CN=device-1";
    std::vector<std::string> sans{};
    std::string challenge{kChallenge};
    Key device_key = shared_rsa_key();          // of the CSR
    Key signer_key{};                           // of the message; null: the device's
    std::optional<x509::Certificate> signer{};  // of the message; nullopt: a transient one
    MessageType type = MessageType::PkcsReq;
    std::string transaction_id = "transaction-1";
    Buffer sender_nonce = Buffer(16, 0x5a);
    crypto::Digest digest = crypto::Digest::Sha256;
    crypto::Cipher cipher = crypto::Cipher::Aes128Cbc;
    crypto::KeyTransport key_transport{};
    crypto::Digest csr_digest = crypto::Digest::Sha256;
    std::optional<Buffer> plaintext{};  // instead of the CSR
    std::string password{};             // the envelope's, instead of the recipient
};

inline Buffer make_csr(const RequestRecipe& recipe) {
    x509::RequestFields fields{.subject = must(x509::Name::from_text(recipe.subject)),
                               .challenge = to_secret(recipe.challenge)};
    for (const std::string& san : recipe.sans)
        fields.subject_alt_names.push_back(must(x509::general_name_from_text(san)));
    const SecretBytes csr =
        must(x509::build_request(fields, *recipe.device_key, recipe.csr_digest));
    return to_buffer(csr);
}

inline Buffer sign_message(const RequestRecipe& recipe, const std::optional<Buffer>& envelope) {
    const Key& signer_key = recipe.signer_key ? recipe.signer_key : recipe.device_key;
    const x509::Certificate signer =
        recipe.signer ? *recipe.signer : make_transient(signer_key, recipe.subject).certificate;
    PkiMessageSpec spec{
        .type = recipe.type,
        .transaction_id = {to_buffer(as_bytes(recipe.transaction_id))},
        .sender_nonce = recipe.sender_nonce,
        .signer = &signer,
        .algorithm = crypto::default_signature(signer_key->public_key(), recipe.digest)};
    if (envelope)
        spec.envelope = *envelope;
    return must(build_pki_message(crypto::Library::standard(), spec, *signer_key));
}

inline Buffer make_envelope(const RequestRecipe& recipe, const x509::Certificate& recipient) {
    SeededRandom random(3);
    const Buffer content = recipe.plaintext ? *recipe.plaintext : make_csr(recipe);
    cms::EnvelopedDataSpec spec{.content = content,
                                .password = as_bytes(recipe.password),
                                .cipher = recipe.cipher,
                                .key_transport = recipe.key_transport};
    if (recipe.password.empty())
        spec.recipients = {&recipient};
    return must(cms::build_enveloped_data(crypto::Library::standard(), spec, random));
}

inline Buffer make_message(const RequestRecipe& recipe, const x509::Certificate& recipient) {
    return sign_message(recipe, make_envelope(recipe, recipient));
}

inline const store::View& empty_view() {
    static const store::EmptyView view;
    return view;
}

inline endpoint::Outcome post(const TestProfile& profile,
                              Bytes message,
                              TimePoint now,
                              const store::View& view,
                              Random& random,
                              const std::string& client_address = "192.0.2.7",
                              auth::RateLimit::Instant instant = {}) {
    http::Request request{.method = "POST",
                          .path = "/scep",
                          .query = "operation=PKIOperation",
                          .body = to_buffer(message)};
    return endpoint::answer(
        crypto::Library::standard(),
        profile.snapshot,
        request,
        {.reference = "0badc0de", .client_address = client_address, .now = now, .instant = instant},
        view,
        random);
}

// Each alike: nonce and serial number are the same every time.
inline endpoint::Outcome post(const TestProfile& profile, Bytes message, TimePoint now = kNow) {
    SeededRandom random(1);
    return post(profile, message, now, empty_view(), random);
}

inline endpoint::Outcome get(const TestProfile& profile, const std::string& query) {
    SeededRandom random(1);
    return endpoint::answer(crypto::Library::standard(),
                            profile.snapshot,
                            {.method = "GET", .path = "/scep", .query = query},
                            {.reference = "0badc0de", .client_address = "192.0.2.7", .now = kNow},
                            empty_view(),
                            random);
}

// The reply as the device sees it: parsed and its signature verified with the RA's key. The reply
// must outlive what is returned.
inline PkiMessage read_reply(const TestProfile& profile, const endpoint::Outcome& outcome) {
    PkiMessage reply = must(parse_pki_message(outcome.reply.body));
    const Status verified = verify_message(
        crypto::Library::standard(), reply, must(profile.ra.certificate.public_key()));
    if (!verified)
        throw std::runtime_error(to_text(verified.error()));
    return reply;
}

// The certificates inside a SUCCESS, opened with the device's key.
inline std::vector<x509::Certificate> issued_certificates(const PkiMessage& reply,
                                                          const Key& device_key,
                                                          const std::string& subject) {
    const cms::EnvelopedData envelope = must(cms::parse_enveloped_data(*reply.signed_data.content));
    const Identity device = make_transient(device_key, subject);
    const SecretBytes content =
        must(cms::decrypt(crypto::Library::standard(), envelope, device.certificate, *device_key));
    const cms::SignedData certs_only = must(cms::parse_signed_data(content));
    std::vector<x509::Certificate> out;
    for (const Bytes der : certs_only.certificates)
        out.push_back(must(x509::Certificate::parse(der)));
    return out;
}

}  // namespace scep::test
