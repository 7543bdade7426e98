#include "serve/auth/mtls_bind.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace scep::auth {

namespace {

using Values = std::vector<std::string>;

Values texts_of(const std::vector<x509::GeneralName>& names) {
    Values out;
    for (const x509::GeneralName& name : names)
        out.push_back(name.to_text());
    return out;
}

Status compare(std::string_view what, Values wanted, Values got) {
    std::ranges::sort(wanted);
    std::ranges::sort(got);
    if (!wanted.empty() && wanted == got)
        return {};
    return fail({.code = Errc::Policy,
                 .what = fmt::format("{} of the request is \"{}\", of the bootstrap certificate "
                                     "\"{}\"",
                                     what,
                                     fmt::join(got, ", "),
                                     fmt::join(wanted, ", "))});
}

}  // namespace

Status check_binding(config::MtlsBind bind,
                     const x509::CertificationRequest& request,
                     const x509::Certificate& bootstrap) {
    if (bind == config::MtlsBind::None)
        return {};
    if (bind == config::MtlsBind::San) {
        SCEP_TRY(names, bootstrap.subject_alt_names());
        return compare("SAN", texts_of(names), texts_of(request.subject_alt_names()));
    }
    SCEP_TRY(subject, bootstrap.subject());
    if (bind == config::MtlsBind::Cn)
        return compare(
            "CN", subject.values(oid::kCommonName), request.subject().values(oid::kCommonName));
    return compare("serialNumber",
                   subject.values(oid::kSerialNumber),
                   request.subject().values(oid::kSerialNumber));
}

}  // namespace scep::auth
