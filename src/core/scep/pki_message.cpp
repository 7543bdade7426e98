#include "core/scep/pki_message.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "core/base/encoding.hpp"
#include "core/scep/attributes.hpp"

namespace scep {

namespace {

template <class Enum>
std::string numbered(std::string_view name, Enum value) {
    return fmt::format("{} ({})", name, static_cast<std::uint32_t>(value));
}

// The message's own certificate; one that is there several times over is refused, not looked for
// elsewhere.
Result<x509::Certificate> find_signer(const cms::SignedData& signed_data,
                                      const cms::SignerInfo& signer,
                                      std::span<const x509::Certificate> known) {
    SCEP_TRY(own, cms::enclosed_certificate(signed_data, signer));
    if (own)
        return std::move(*own);
    const x509::Certificate* found = nullptr;
    for (const x509::Certificate& certificate : known) {
        if (!cms::identifies(signer.sid, certificate))
            continue;
        if (found != nullptr && !(*found == certificate))
            return fail(Errc::Protocol, "several known certificates match the signer identifier");
        found = &certificate;
    }
    if (found == nullptr)
        return cms::signer_certificate(signed_data, signer);  // its error
    return *found;
}

}  // namespace

std::string to_text(MessageType type) {
    switch (type) {
        case MessageType::CertRep:
            return numbered("CertRep", type);
        case MessageType::RenewalReq:
            return numbered("RenewalReq", type);
        case MessageType::UpdateReq:
            return numbered("UpdateReq", type);
        case MessageType::PkcsReq:
            return numbered("PKCSReq", type);
        case MessageType::CertPoll:
            return numbered("CertPoll", type);
        case MessageType::GetCert:
            return numbered("GetCert", type);
        case MessageType::GetCrl:
            return numbered("GetCRL", type);
    }
    return numbered("unknown", type);
}

std::string to_text(PkiStatus status) {
    switch (status) {
        case PkiStatus::Success:
            return numbered("SUCCESS", status);
        case PkiStatus::Failure:
            return numbered("FAILURE", status);
        case PkiStatus::Pending:
            return numbered("PENDING", status);
    }
    return numbered("unknown", status);
}

std::string to_text(FailInfo info) {
    switch (info) {
        case FailInfo::BadAlg:
            return numbered("badAlg", info);
        case FailInfo::BadMessageCheck:
            return numbered("badMessageCheck", info);
        case FailInfo::BadRequest:
            return numbered("badRequest", info);
        case FailInfo::BadTime:
            return numbered("badTime", info);
        case FailInfo::BadCertId:
            return numbered("badCertId", info);
    }
    return numbered("unknown", info);
}

std::string TransactionId::to_text() const {
    asn1::Element element{.tag = string_type};
    element.content = octets;
    Result<std::string> text = asn1::text(element, "transactionID");
    return text ? std::move(*text) : to_hex(octets);
}

Result<PkiMessage> parse_pki_message(Bytes message, std::span<const x509::Certificate> signers) {
    SCEP_TRY(signed_data, cms::parse_signed_data(message));
    SCEP_TRY(signer, cms::only_signer(signed_data));
    if (signed_data.content_type != oid::kData)
        return fail({.code = Errc::Protocol,
                     .what = fmt::format("content type is {}, want data",
                                         asn1::name(signed_data.content_type)),
                     .where = {.field = "EncapsulatedContentInfo.eContentType"},
                     .cite = "RFC 8894 section 3.2"});
    SCEP_TRY(certificate, find_signer(signed_data, *signer, signers));
    PkiMessage out;
    SCEP_CHECK(read_scep_attributes(*signer, out));
    out.signer = std::move(certificate);
    out.signed_data = std::move(signed_data);
    return out;
}

Status check_well_formed(const PkiMessage& message) {
    if (message.request_defect)
        return fail(*message.request_defect);
    if (message.other_defect)
        return fail(*message.other_defect);
    return {};
}

Status verify_message(const crypto::Library& library,
                      const PkiMessage& message,
                      const crypto::PublicKey& key) {
    return cms::verify_signer(library, message.signed_data, message.signer_info(), key);
}

Result<Buffer> build_pki_message(const crypto::Library& library,
                                 const PkiMessageSpec& spec,
                                 crypto::Signer& key) {
    cms::SignedDataSpec out{.content = spec.envelope,
                            .signer = spec.signer,
                            .algorithm = spec.algorithm,
                            .attributes = write_scep_attributes(spec)};
    out.certificates.reserve(spec.extra_certificates.size() + 1);
    if (spec.include_signer)
        out.certificates.push_back(spec.signer->der());
    std::ranges::copy(spec.extra_certificates, std::back_inserter(out.certificates));
    return cms::build_signed_data(library, out, key);
}

}  // namespace scep
