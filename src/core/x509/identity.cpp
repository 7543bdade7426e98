// Who a request asks for and who a certificate names, in one form.
#include <algorithm>

#include "core/x509/extensions.hpp"
#include "core/x509/issue.hpp"
#include "core/x509/security_identifier.hpp"

namespace scep::x509 {

namespace {

// What is equal for two spellings of one name: a userPrincipalName of another string type.
std::vector<std::string> sorted_texts(const std::vector<GeneralName>& names) {
    std::vector<std::string> out;
    out.reserve(names.size());
    for (const GeneralName& name : names)
        out.push_back(name.to_text());
    std::ranges::sort(out);
    return out;
}

Result<std::string> security_identifier(const Extension* extension) {
    if (extension == nullptr)
        return std::string();
    return parse_security_identifier(extension->value, extension->offset);
}

}  // namespace

Result<RequestedIdentity> requested_identity(const CertificationRequest& request) {
    Result<std::string> sid =
        security_identifier(find_extension(request.requested_extensions(), oid::kMicrosoftSid));
    if (!sid)
        return fail({.code = Errc::Policy,
                     .what = "Microsoft's SID extension is malformed: " + to_text(sid.error())});
    return RequestedIdentity{.subject = request.subject(),
                             .subject_alt_names = request.subject_alt_names(),
                             .security_identifier = *std::move(sid)};
}

Result<RequestedIdentity> certified_identity(const Certificate& certificate) {
    SCEP_TRY(subject, certificate.subject());
    SCEP_TRY(names, certificate.subject_alt_names());
    SCEP_TRY(sid, security_identifier(certificate.extension(oid::kMicrosoftSid)));
    return RequestedIdentity{.subject = std::move(subject),
                             .subject_alt_names = std::move(names),
                             .security_identifier = std::move(sid)};
}

bool same_identity(const RequestedIdentity& a, const RequestedIdentity& b) {
    return a.subject.matches(b.subject) &&
           sorted_texts(a.subject_alt_names) == sorted_texts(b.subject_alt_names) &&
           a.security_identifier == b.security_identifier;
}

}  // namespace scep::x509
