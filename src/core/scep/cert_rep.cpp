#include "core/scep/cert_rep.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/base/encoding.hpp"
#include "core/scep/hresult.hpp"

namespace scep {

namespace {

using Certificates = std::vector<x509::Certificate>;

Error refused(std::string what, std::string_view cite) {
    return {.code = Errc::Policy, .what = std::move(what), .cite = std::string(cite)};
}

Status check_signer(const PkiMessage& reply, const AuthenticatedCa& ca) {
    const Certificates signers = ca.signers();
    if (std::ranges::find(signers, reply.signer) != signers.end())
        return {};
    return fail(refused(
        fmt::format("the reply is signed by {} (SHA-256 {}), which is neither the CA nor an RA of "
                    "the authenticated GetCACert",
                    reply.signer.subject_text(),
                    to_hex(reply.signer.fingerprint())),
        "RFC 8894 section 3.3.2"));
}

bool insecure_admits(std::string_view name) {
    return name == crypto::info(crypto::Cipher::DesCbc).name ||
           name == crypto::info(crypto::Digest::Md5).name;
}

Status check_algorithms(const crypto::Library& library,
                        const PkiMessage& reply,
                        const std::optional<cms::EnvelopedData>& envelope) {
    const auto names = refused_algorithms(library, reply, envelope);
    if (names.empty())
        return {};
    Error error = refused(
        fmt::format("the server's reply uses {}, which is refused", fmt::join(names, " and ")),
        "RFC 8894 section 2.9");
    if (std::ranges::all_of(names, insecure_admits))
        error.hint = "--insecure admits single DES and MD5, for old servers in a lab";
    return fail(std::move(error));
}

Status check_attributes(const PkiMessage& reply, const SentRequest& sent) {
    if (reply.type != MessageType::CertRep)
        return fail(refused(
            fmt::format("the reply's messageType is {}, want CertRep (3)", to_text(reply.type)),
            "RFC 8894 section 3.2.1.2"));
    if (reply.transaction_id != sent.transaction_id)
        return fail(
            refused("the reply's transactionID is not the request's", "RFC 8894 section 3.2.1.1"));
    if (reply.recipient_nonce != sent.sender_nonce)
        return fail(refused(reply.recipient_nonce.empty()
                                ? "the reply has no recipientNonce"
                                : "the reply's recipientNonce is not the request's senderNonce",
                            "RFC 8894 section 3.2.1.5"));
    if (!reply.status)
        return fail(refused("the reply has no pkiStatus", "RFC 8894 section 3.2.1.3"));
    return {};
}

// --- SUCCESS -----------------------------------------------------------------------------------

// For the signer's certificate; else for whoever has the challenge.
Result<SecretBytes> open_envelope(const crypto::Library& library,
                                  const cms::EnvelopedData& envelope,
                                  const SentRequest& sent) {
    const auto by_key = cms::opening_for(envelope, sent.signer, *sent.decrypter);
    const auto* by_password = cms::first_recipient(envelope, cms::RecipientKind::Password);
    if ((by_key && by_key->named) || by_password == nullptr)
        return cms::decrypt(library, envelope, sent.signer, *sent.decrypter);
    if (sent.password == nullptr)
        return fail(
            {.code = Errc::Crypto,
             .what = "encrypted under a challenge, and the request had none",
             .where = {.offset = by_password->offset, .field = "EnvelopedData.recipientInfos"}});
    return cms::decrypt(library, envelope, {.recipient = by_password, .password = sent.password});
}

std::vector<std::string> algorithm_names(const PkiMessage& reply,
                                         const std::optional<cms::EnvelopedData>& envelope) {
    std::vector<std::string> out;
    if (const auto digest = crypto::digest_from(reply.signer_info().digest_algorithm.algorithm))
        out.emplace_back(crypto::info(*digest).name);
    if (envelope)
        if (const auto cipher = crypto::cipher_from(envelope->content_encryption.algorithm))
            out.emplace_back(crypto::info(*cipher).name);
    return out;
}

// The envelope of a SUCCESS. Some servers put an octet of nothing into other replies; that is left
// alone.
Result<std::optional<cms::EnvelopedData>> envelope_of(const PkiMessage& reply) {
    if (reply.status != PkiStatus::Success)
        return std::optional<cms::EnvelopedData>{};
    if (!reply.signed_data.content)
        return fail({.code = Errc::Protocol,
                     .what = "the reply says SUCCESS and has no envelope",
                     .cite = "RFC 8894 section 3.3.2.1"});
    SCEP_TRY(
        envelope,
        cms::parse_enveloped_data(*reply.signed_data.content, reply.signed_data.content_offset));
    return std::optional<cms::EnvelopedData>{std::move(envelope)};
}

std::optional<std::uint32_t> hresult_of(const PkiMessage& reply) {
    const cms::Attribute* attribute = reply.signer_info().attribute(oid::kNdesHresult);
    if (attribute == nullptr || reply.status != PkiStatus::Failure)
        return std::nullopt;
    return parse_hresult(attribute->values.front());
}

}  // namespace

Result<CertRep> read_cert_rep(const crypto::Library& library,
                              Bytes body,
                              const SentRequest& sent,
                              const AuthenticatedCa& ca) {
    const Certificates signers = ca.signers();
    SCEP_TRY(reply, parse_pki_message(body, signers));
    SCEP_CHECK(check_well_formed(reply));
    SCEP_CHECK(check_signer(reply, ca));
    SCEP_TRY(envelope, envelope_of(reply));
    SCEP_CHECK(check_algorithms(library, reply, envelope));
    SCEP_TRY(key, reply.signer.public_key());
    SCEP_CHECK(verify_message(library, reply, key));
    SCEP_CHECK(check_attributes(reply, sent));

    CertRep out{.status = *reply.status,
                .fail_info = reply.fail_info,
                .fail_info_text = reply.fail_info_text,
                .hresult = hresult_of(reply),
                .signer = reply.signer,
                .algorithms = algorithm_names(reply, envelope)};
    if (envelope) {
        auto content = open_envelope(library, *envelope, sent);
        if (!content)
            return during(std::move(content).error(), "opening the reply's envelope");
        out.message_data = std::move(*content);
    }
    return out;
}

}  // namespace scep
