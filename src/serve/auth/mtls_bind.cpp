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

// Relying parties look at either, so a name of the request has to be one of the device's own,
// wherever it stands.
Status refuse_foreign(const Values& own, const Values& asked) {
    for (const std::string& name : asked)
        if (std::ranges::find(own, name) == own.end())
            return fail({.code = Errc::Policy,
                         .what = fmt::format("\"{}\" of the request is no name of the bootstrap "
                                             "certificate",
                                             name)});
    return {};
}

}  // namespace

Status check_binding(config::MtlsBind bind,
                     const x509::CertificationRequest& request,
                     const x509::Certificate& bootstrap) {
    if (bind == config::MtlsBind::None)
        return {};
    SCEP_TRY(subject, bootstrap.subject());
    const x509::Name& asked = request.subject();
    if (bind == config::MtlsBind::Serial)
        return compare(
            "serialNumber", subject.values(oid::kSerialNumber), asked.values(oid::kSerialNumber));
    SCEP_TRY(names, bootstrap.subject_alt_names());
    Values sans = texts_of(names), cns = subject.values(oid::kCommonName);
    const Values asked_sans = texts_of(request.subject_alt_names());
    const Values asked_cns = asked.values(oid::kCommonName);
    if (bind == config::MtlsBind::Cn) {
        SCEP_CHECK(compare("CN", cns, asked_cns));
        for (const std::string& cn : cns)
            sans.push_back("dns:" + cn);
        return refuse_foreign(sans, asked_sans);
    }
    SCEP_CHECK(compare("SAN", sans, asked_sans));
    for (const std::string& san : sans)
        cns.push_back(san.substr(san.find(':') + 1));
    return refuse_foreign(cns, asked_cns);
}

}  // namespace scep::auth
