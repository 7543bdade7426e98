// A pkiMessage from the wire: everything a server reads of it before the envelope is opened.
#include "core/scep/pki_message.hpp"
#include "fuzz/target.hpp"

using namespace scep;

namespace {

void read_envelope(Bytes input) {
    if (const auto envelope = cms::parse_enveloped_data(input))
        for (const cms::RecipientInfo& recipient : envelope->recipients)
            static_cast<void>(cms::unknown_algorithm(recipient));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const Bytes input(data, size);
    const Result<PkiMessage> message = parse_pki_message(input);
    if (message) {
        const auto key = crypto::parse_public_key(message->signer.spki(), crypto::kDecodeKeys);
        if (key)
            static_cast<void>(verify_message(crypto::Library::standard(), *message, *key));
        if (message->signed_data.content)
            read_envelope(*message->signed_data.content);
        static_cast<void>(message->transaction_id.to_text());
    }
    read_envelope(input);
    return 0;
}
