// Golden pkiMessages of the tests.
#pragma once

#include "core/cms/messages.hpp"
#include "core/scep/pki_message.hpp"

namespace scep::test {

inline TransactionId transaction(std::string_view text) {
    return {to_buffer(as_bytes(text)), asn1::kPrintableString};
}

inline PkiMessageSpec request_spec(Bytes envelope) {
    static const Buffer nonce = to_buffer(as_bytes("0123456789abcdef"));
    return {.type = MessageType::PkcsReq,
            .transaction_id = transaction("transaction 1"),
            .sender_nonce = nonce,
            .envelope = envelope,
            .signer = &party("client").certificate,
            .algorithm = {}};
}

inline Buffer build(const PkiMessageSpec& spec, const std::string& signer = "client") {
    return build_pki_message(crypto::Library::standard(), spec, *party(signer).key).value();
}

// A PKCSReq of "client" to "ra", with the challenge "secret".
inline Buffer enrolment() {
    const Buffer envelope = enveloped_message(fixture("request.der"));
    return build(request_spec(envelope));
}

inline Status verify(Bytes message) {
    SCEP_TRY(parsed, parse_pki_message(message));
    SCEP_TRY(key, parsed.signer.public_key());
    return verify_message(crypto::Library::standard(), parsed, key);
}

}  // namespace scep::test
