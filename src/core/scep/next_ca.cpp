#include "core/scep/next_ca.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "core/base/encoding.hpp"
#include "core/cms/signed_data.hpp"

namespace scep {

namespace {

constexpr std::string_view kCite = "RFC 8894 section 4.7.1";

// The authority that the SignerInfo names: among several of one name, the one whose certificate the
// message carries.
Result<x509::Certificate> find_signer(const cms::SignedData& signed_data,
                                      const cms::SignerInfo& signer,
                                      const AuthenticatedCa& ca) {
    SCEP_TRY(own, cms::enclosed_certificate(signed_data, signer));
    for (const x509::Certificate& authority : ca.authorities)
        if (own ? *own == authority : cms::identifies(signer.sid, authority))
            return authority;
    return fail(
        {.code = Errc::Policy,
         .what = fmt::format(
             "the announcement is signed by {}, which is not the authenticated CA",
             own ? fmt::format("{} (SHA-256 {})", own->subject_text(), to_hex(own->fingerprint()))
                 : cms::to_text(signer.sid)),
         .cite = std::string(kCite)});
}

}  // namespace

Result<std::vector<x509::Certificate>> read_next_ca(const crypto::Library& library,
                                                    Bytes body,
                                                    const AuthenticatedCa& ca) {
    SCEP_TRY(signed_data, cms::parse_signed_data(body));
    SCEP_TRY(signer, cms::only_signer(signed_data));
    SCEP_TRY(certificate, find_signer(signed_data, *signer, ca));
    SCEP_TRY(key, certificate.public_key());
    SCEP_CHECK(cms::verify_signer(library, signed_data, *signer, key));
    if (!signed_data.content)
        return fail({.code = Errc::Protocol,
                     .what = "the announcement has no content",
                     .cite = std::string(kCite)});
    return parse_ca_certificates(*signed_data.content);
}

}  // namespace scep
