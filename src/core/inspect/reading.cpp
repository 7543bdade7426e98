#include "core/inspect/reading.hpp"

#include <algorithm>
#include <array>

#include "core/asn1/clipped.hpp"
#include "core/inspect/tree.hpp"

namespace scep::inspect {

namespace {

using cms::Partial;
using cms::SignedData;

bool is_scep_attribute(const asn1::Oid& type) noexcept {
    constexpr std::array kOwn{oid::kMessageType,
                              oid::kPkiStatus,
                              oid::kFailInfo,
                              oid::kSenderNonce,
                              oid::kRecipientNonce,
                              oid::kTransactionId};
    return std::ranges::find(kOwn, type) != kOwn.end();
}

bool has_scep_attribute(const SignedData& signed_data) {
    return std::ranges::any_of(signed_data.signer_infos, [](const cms::SignerInfo& signer) {
        return std::ranges::any_of(signer.attributes, is_scep_attribute, &cms::Attribute::type);
    });
}

Kind kind_of_signed_data(const Partial<SignedData>& read) {
    const SignedData& data = read.data;
    if (has_scep_attribute(data))
        return Kind::PkiMessage;
    const bool holds_certificates =
        data.content && cms::content_type_of(*data.content) == oid::kSignedData;
    // jscep signs nothing and puts the certificates beside it.
    const bool carries_certificates = !data.content && !data.certificates.empty();
    if (holds_certificates || (carries_certificates && !data.signer_infos.empty()))
        return Kind::NextCaCertificates;
    return data.signer_infos.empty() && !data.content ? Kind::CertificatesOnly : Kind::PkiMessage;
}

Kind kind_of_shape(Bytes message) {
    switch (shape_of(message)) {
        case Shape::Certificate:
            return Kind::Certificate;
        case Shape::CertificationRequest:
            return Kind::Request;
        case Shape::CertificateList:
            return Kind::CertificateList;
        case Shape::IssuerAndSerialNumber:
            return Kind::IssuerAndSerialNumber;
        case Shape::IssuerAndSubject:
            return Kind::IssuerAndSubject;
        case Shape::PrivateKey:
            return Kind::PrivateKey;
        case Shape::ContentInfo:
        case Shape::Unknown:
            break;
    }
    return Kind::Unknown;
}

Kind kind_of_content(const capture::Captured& captured) {
    switch (captured.content) {
        case capture::Content::Capabilities:
            return Kind::Capabilities;
        case capture::Content::Text:
            return Kind::Text;
        case capture::Content::None:
            return Kind::Nothing;
        case capture::Content::Asn1:
            break;
    }
    return Kind::Unknown;
}

class MessageReader {
  public:
    MessageReader(const Means& means, Reading& out) : means_(means), out_(out) {}

    void read() {
        out_.kind = kind_of_content(*out_.captured);
        if (out_.captured->content != capture::Content::Asn1)
            return;
        cut_left_over();
        const std::optional<asn1::Oid> type = cms::content_type_of(out_.bytes);
        if (type == oid::kSignedData)
            read_signed();
        else if (type == oid::kEnvelopedData)
            read_bare_envelope();
        else
            read_bare();
    }

  private:
    void cut_left_over() {
        out_.bytes = out_.captured->bytes;
        const auto first = asn1::first_clipped(out_.bytes, 0);
        if (!first)
            return;
        out_.left_over = out_.bytes.size() - first->tlv.size();
        out_.bytes = first->tlv;
    }

    void read_signed() {
        out_.signed_data = cms::read_signed_data(out_.bytes);
        out_.kind = kind_of_signed_data(*out_.signed_data);
        take_certificates(out_.signed_data->data, out_.certificates);
        if (!out_.signed_data->data.signer_infos.empty())
            read_signer(out_.signed_data->data.signer_infos.front());
        if (out_.kind == Kind::NextCaCertificates) {
            read_next_ca(out_.signed_data->data);
            return;
        }
        const std::optional<Bytes>& content = out_.signed_data->data.content;
        if (out_.kind == Kind::PkiMessage && content && content->size() > 1)
            read_envelope(*content, out_.signed_data->data.content_offset);
    }

    void read_next_ca(const SignedData& data) {
        if (data.content)
            read_inner(*data.content);
        else
            out_.issued = out_.certificates;
    }

    void take_certificates(const SignedData& from, std::vector<x509::Certificate>& to) {
        for (std::size_t i = 0; i < from.certificates.size(); ++i) {
            auto certificate =
                x509::Certificate::parse(from.certificates[i], {}, from.certificate_offsets[i]);
            if (certificate)
                to.push_back(*std::move(certificate));
            else
                out_.certificate_errors.push_back(std::move(certificate).error());
        }
    }

    void read_signer(const cms::SignerInfo& signer) {
        out_.signer_info = &signer;
        out_.attributes = read_attributes(signer);
        find_signer(signer.sid);
        if (!out_.signer)
            return;
        Result<crypto::PublicKey> key = out_.signer->public_key(crypto::kDecodeKeys);
        if (key)
            out_.signer_key = *std::move(key);
        else
            out_.signer_error = std::move(key).error();
    }

    void find_signer(const cms::Identifier& sid) {
        const std::array<const std::vector<x509::Certificate>*, 4> places{
            &out_.certificates, &means_.certificates, &means_.ca, &means_.anchors};
        for (const auto* known : places)
            for (const x509::Certificate& certificate : *known) {
                if (out_.signer || !cms::identifies(sid, certificate))
                    continue;
                out_.signer = certificate;
                out_.signer_enclosed = known == &out_.certificates;
            }
        for (const OwnKey& own : means_.keys)
            for (const x509::Certificate& certificate : own.certificates)
                if (!out_.signer && cms::identifies(sid, certificate))
                    out_.signer = certificate;
        if (!out_.signer)
            out_.signer_error =
                Error{.code = Errc::Protocol,
                      .what = "no certificate for the signer, " + cms::to_text(sid),
                      .where = {.offset = out_.signer_info->offset, .field = "SignerInfo.sid"}};
    }

    void read_envelope(Bytes content, std::size_t offset) {
        out_.envelope = cms::read_enveloped_data(content, offset);
        const Partial<cms::EnvelopedData>& envelope = *out_.envelope;
        out_.opening = open_envelope(envelope.data, means_);
        if (!out_.opening.opened)
            return;
        out_.content = out_.opening.content;
        read_content();
    }

    void read_content() {
        if (!out_.attributes.type) {
            guess_content();
            return;
        }
        switch (*out_.attributes.type) {
            case MessageType::CertRep:
                return read_inner(out_.content);
            case MessageType::CertPoll:
                return read_poll(out_.content);
            case MessageType::GetCert:
            case MessageType::GetCrl:
                return read_query(out_.content);
            case MessageType::PkcsReq:
            case MessageType::RenewalReq:
            case MessageType::UpdateReq:
                return read_request(out_.content, 0);
        }
        guess_content();
    }

    void guess_content() {
        if (cms::content_type_of(out_.content) == oid::kSignedData)
            return read_inner(out_.content);
        switch (shape_of(out_.content)) {
            case Shape::IssuerAndSerialNumber:
                return read_query(out_.content);
            case Shape::IssuerAndSubject:
                return read_poll(out_.content);
            default:
                return read_request(out_.content, 0);
        }
    }

    void read_request(Bytes der, std::size_t base) {
        const auto first = asn1::first_clipped(der, base);
        if (first) {
            out_.request_left_over = der.size() - first->tlv.size();
            der = first->tlv;
        }
        Result<x509::CertificationRequest> request =
            x509::CertificationRequest::parse_but_challenge(der, base, out_.request_error);
        if (!request) {
            out_.request_error = std::move(request).error();
            return;
        }
        if (Result<crypto::PublicKey> key = request->public_key(crypto::kDecodeKeys))
            out_.request_key = *std::move(key);
        else
            out_.request_error = std::move(key).error();
        out_.request = *std::move(request);
    }

    // IssuerAndSerialNumber ::= SEQUENCE { issuer Name, serialNumber INTEGER }
    void read_query(Bytes der) {
        const auto read = [&]() -> Result<IssuerAndSerialNumber> {
            asn1::Reader around(der);
            SCEP_TRY(in, around.expect_into(asn1::kSequence, "IssuerAndSerialNumber"));
            SCEP_TRY(issuer, in.expect(asn1::kSequence, "IssuerAndSerialNumber.issuer"));
            SCEP_TRY(name, x509::Name::parse(issuer.tlv, "IssuerAndSerialNumber.issuer"));
            SCEP_TRY(serial, in.expect(asn1::kInteger, "IssuerAndSerialNumber.serialNumber"));
            SCEP_CHECK(in.finish("IssuerAndSerialNumber"));
            return IssuerAndSerialNumber{std::move(name), to_buffer(serial.content)};
        };
        keep(read(), out_.query);
    }

    // IssuerAndSubject ::= SEQUENCE { issuer Name, subject Name }, RFC 8894 section 3.3.3
    void read_poll(Bytes der) {
        using Pair = std::pair<x509::Name, x509::Name>;
        const auto read = [&]() -> Result<Pair> {
            asn1::Reader around(der);
            SCEP_TRY(in, around.expect_into(asn1::kSequence, "IssuerAndSubject"));
            SCEP_TRY(issuer, in.expect(asn1::kSequence, "IssuerAndSubject.issuer"));
            SCEP_TRY(subject, in.expect(asn1::kSequence, "IssuerAndSubject.subject"));
            SCEP_CHECK(in.finish("IssuerAndSubject"));
            SCEP_TRY(first, x509::Name::parse(issuer.tlv, "IssuerAndSubject.issuer"));
            SCEP_TRY(second, x509::Name::parse(subject.tlv, "IssuerAndSubject.subject"));
            return Pair{std::move(first), std::move(second)};
        };
        keep(read(), out_.poll);
    }

    void read_inner(Bytes der) {
        out_.inner = cms::read_signed_data(der);
        if (out_.inner->refusal)
            out_.content_error = out_.inner->refusal;
        take_certificates(out_.inner->data, out_.issued);
    }

    template <class T>
    void keep(Result<T> result, std::optional<T>& slot) {
        if (result)
            slot = *std::move(result);
        else
            out_.content_error = std::move(result).error();
    }

    void read_bare_envelope() {
        out_.kind = Kind::EnvelopedData;
        read_envelope(out_.bytes, 0);
    }

    void read_bare() {
        out_.kind = kind_of_shape(out_.bytes);
        if (out_.kind == Kind::Request)
            read_request(out_.content = out_.bytes, 0);
        else if (out_.kind == Kind::IssuerAndSerialNumber)
            read_query(out_.bytes);
        else if (out_.kind == Kind::IssuerAndSubject)
            read_poll(out_.bytes);
        else if (out_.kind == Kind::Certificate)
            take_bare_certificate();
    }

    void take_bare_certificate() {
        auto certificate = x509::Certificate::parse(out_.bytes);
        if (certificate)
            out_.certificates.push_back(*std::move(certificate));
        else
            out_.certificate_errors.push_back(std::move(certificate).error());
    }

    const Means& means_;
    Reading& out_;
};

bool is_legacy(const asn1::AlgorithmIdentifier& algorithm) {
    return algorithm.algorithm == oid::kMd5 || algorithm.algorithm == oid::kMd5WithRsa;
}

}  // namespace

namespace {

// A request, and whatever was sent as one; what a file has without its way may be anything.
bool is_asked(const Reading& reading) {
    const capture::Captured& captured = *reading.captured;
    if (captured.content != capture::Content::Asn1 ||
        captured.direction == capture::Direction::Reply)
        return false;
    return (reading.kind == Kind::PkiMessage && !reading.is_reply()) ||
           (captured.direction == capture::Direction::Request &&
            captured.operation == OperationKind::PkiOperation);
}

}  // namespace

void read_message(const capture::Captured& captured, const Means& means, Reading& out) {
    out.captured = &captured;
    MessageReader(means, out).read();
    if (means.ask_server && is_asked(out))
        out.answer = means.ask_server(captured);
}

std::optional<TimePoint> known_time(const Reading& reading, const Means& means) noexcept {
    if (means.at)
        return means.at;
    return reading.captured->time ? reading.captured->time : reading.attributes.signing_time;
}

TimePoint time_of(const Reading& reading, const Means& means) noexcept {
    return known_time(reading, means).value_or(means.now);
}

const crypto::Library& library_for(const Reading& reading, const Means& means) {
    const cms::SignerInfo* signer = reading.signer_info;
    bool legacy = signer != nullptr &&
                  (is_legacy(signer->digest_algorithm) || is_legacy(signer->signature_algorithm));
    if (reading.request)
        if (const auto algorithm = reading.request->signature_algorithm())
            legacy = legacy || algorithm->digest == crypto::Digest::Md5;
    return legacy ? means.libraries->legacy() : means.libraries->standard();
}

}  // namespace scep::inspect
