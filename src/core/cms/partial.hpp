// SignedData and EnvelopedData read as far as they go: for who explains a message that the strict
// parsers refuse, never for who acts on it.
#pragma once

#include <optional>

#include "core/cms/enveloped_data.hpp"
#include "core/cms/signed_data.hpp"

namespace scep::cms {

// What could be read. Fields of `data` that could not are as a value just made has them; its
// attributes may be there twice and have several values or none.
template <class T>
struct Partial {
    T data{};
    std::optional<Error> refusal{};  // what the strict parser says; nullopt: it takes the message
    bool content_cut = false;        // the content ends before its length says so
};

// ContentInfo of that type. `data` borrows as that of the strict parsers does. What is no
// ContentInfo of the type gives the refusal alone.
Partial<SignedData> read_signed_data(Bytes message, std::size_t base_offset = 0);
Partial<EnvelopedData> read_enveloped_data(Bytes message, std::size_t base_offset = 0);

// contentType of a ContentInfo, however damaged what follows is. nullopt: it is none.
std::optional<asn1::Oid> content_type_of(Bytes message);

}  // namespace scep::cms
