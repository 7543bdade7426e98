#include "core/scep/opened.hpp"

#include <cassert>

namespace scep {

Result<Opened> open_element(const crypto::Library& library,
                            const cms::EnvelopedData& envelope,
                            const cms::Opening& opening) {
    SCEP_TRY(padded, cms::decrypt_padded(library, envelope, opening));
    const auto cipher = crypto::cipher_from(envelope.content_encryption.algorithm);
    assert(cipher);  // or it would not have been decrypted

    Opened out{.padded = std::move(padded)};
    const auto unpadded = crypto::unpadded_size(out.padded, info(*cipher).block_size);
    asn1::Reader in(out.padded);
    const Result<asn1::Element> first = in.next("messageData");
    out.element = first ? first->tlv : Bytes(out.padded);
    out.whole = unpadded && *unpadded == out.element.size();
    return out;
}

}  // namespace scep
