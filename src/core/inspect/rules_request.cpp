// Rules about the certification request and its challenge.
#include <algorithm>

#include <fmt/format.h>

#include "core/inspect/rule.hpp"
#include "core/x509/extensions.hpp"

namespace scep::inspect {

namespace {

const x509::ChallengePassword* challenge_of(const Case& c) {
    if (!c.reading.request || !c.reading.request->challenge())
        return nullptr;
    return &*c.reading.request->challenge();
}

bool has_controls(std::string_view text) noexcept {
    return std::ranges::any_of(text, [](char letter) {
        const auto octet = static_cast<unsigned char>(letter);
        return octet < 0x20 || octet == 0x7f;
    });
}

void check_name(const x509::Name& subject, Reporter& out) {
    constexpr std::size_t kOne = 1;
    if (subject.values(oid::kCommonName).size() > kOne)
        out.add("the subject has several CNs");
    for (const x509::NameAttribute& attribute : subject.attributes())
        if (has_controls(attribute.value))
            out.add(
                fmt::format("the subject's {} has control characters", asn1::name(attribute.type)));
}

}  // namespace

void check_request(const Case& c, Reporter& out) {
    if (c.reading.request_error)
        out.add(c.reading.request_error->what, c.reading.request_error->where);
}

void check_request_signature(const Case& c, Reporter& out) {
    if (c.request_signature == Outcome::Fail)
        out.add("the CSR's own signature does not verify");
}

void check_request_left_over(const Case& c, Reporter& out) {
    if (c.reading.kind == Kind::PkiMessage && c.reading.request_left_over != 0)
        out.add(fmt::format("{} octets follow the CSR", c.reading.request_left_over));
}

void check_bare_request(const Case& c, Reporter& out) {
    const capture::Captured& captured = *c.reading.captured;
    if (c.reading.kind == Kind::Request && captured.operation == OperationKind::PkiOperation)
        out.add("a bare CSR was sent to PKIOperation");
}

void check_challenge_missing(const Case& c, Reporter& out) {
    const Reading& reading = c.reading;
    const bool transient = reading.signer && reading.signer->self_issued();
    if (reading.request && !reading.request_error &&
        reading.attributes.type == MessageType::PkcsReq && transient && challenge_of(c) == nullptr)
        out.add("the CSR has no challengePassword, and nothing else says who is asking");
}

void check_challenge_string(const Case& c, Reporter& out) {
    const x509::ChallengePassword* challenge = challenge_of(c);
    if (challenge == nullptr || challenge->string_type == asn1::kPrintableString ||
        challenge->string_type == asn1::kUtf8String)
        return;
    const bool ia5 = challenge->string_type == asn1::kIa5String;
    out.add(fmt::format("the challengePassword is a {}{}",
                        asn1::tag_name(challenge->string_type),
                        ia5 ? ", which no DirectoryString is" : ""));
}

void check_challenge_in_subject(const Case& c, Reporter& out) {
    if (c.reading.request && !c.reading.request->subject().values(oid::kChallengePassword).empty())
        out.add("a challengePassword is part of the subject");
}

void check_challenge_nested(const Case& c, Reporter& out) {
    const x509::ChallengePassword* challenge = challenge_of(c);
    if (challenge != nullptr && challenge->nested)
        out.add("the challengePassword is wrapped in a SEQUENCE or SET of its own");
}

void check_challenge_in_renewal(const Case& c, Reporter& out) {
    if (c.reading.attributes.type == MessageType::RenewalReq && challenge_of(c) != nullptr)
        out.add("the renewal's CSR has a challengePassword");
}

void check_identity(const Case& c, Reporter& out) {
    if (!c.reading.request)
        return;
    check_name(c.reading.request->subject(), out);
    if (c.reading.request->subject().empty() && c.reading.request->subject_alt_names().empty())
        out.add("the CSR has neither a subject nor a subject alternative name");
}

void check_authority_request(const Case& c, Reporter& out) {
    if (!c.reading.request)
        return;
    const auto& extensions = c.reading.request->requested_extensions();
    const x509::Extension* constraints = x509::find_extension(extensions, oid::kBasicConstraints);
    // BasicConstraints ::= SEQUENCE { cA BOOLEAN DEFAULT FALSE, ... }: with cA it is not empty
    if (constraints == nullptr)
        return;
    asn1::Reader in(constraints->value);
    Result<asn1::Reader> body = in.expect_into(asn1::kSequence, "basicConstraints");
    const auto flag = body ? body->optional(asn1::kBoolean, "cA")
                           : Result<std::optional<asn1::Element>>(std::nullopt);
    if (flag && *flag && asn1::boolean(**flag, "cA").value_or(false))
        out.add("the CSR asks for basicConstraints CA:TRUE");
}

}  // namespace scep::inspect
