#include "core/scep/opened.hpp"
#include "core/scep/pki_message.hpp"
#include "core/x509/decoy_request.hpp"

namespace scep {

// What goes wrong behind the envelope must not be told apart, nor may one fault spare the work of
// the next: a server that reports "not a CSR" on its own, or forgives octets after the CSR, gives
// up the plaintext of a captured envelope octet by octet. So the CSR is looked for in the decrypted
// octets whatever the padding is, and the end of the CSR and of the padding are compared last; what
// reading one costs is paid where there is none.
Result<x509::CertificationRequest> open_request(const crypto::Library& library,
                                                const cms::EnvelopedData& envelope,
                                                const cms::Opening& opening) {
    SCEP_TRY(opened, open_element(library, envelope, opening));
    Result<x509::CertificationRequest> request = x509::CertificationRequest::parse(opened.element);
    if (!request)
        x509::read_decoy_request();
    if (!opened.whole)
        return fail(Errc::Crypto, "not exactly one CSR and its padding");
    return request;
}

Result<x509::CertificationRequest> open_request(const crypto::Library& library,
                                                const cms::EnvelopedData& envelope,
                                                const x509::Certificate& certificate,
                                                crypto::Decrypter& key) {
    SCEP_TRY(opening, cms::opening_for(envelope, certificate, key));
    return open_request(library, envelope, opening);
}

}  // namespace scep
