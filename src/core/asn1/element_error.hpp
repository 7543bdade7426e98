// An error about one element.
#pragma once

#include "core/asn1/reader.hpp"

namespace scep::asn1 {

inline Error error_at(const Element& element, std::string_view field, std::string what) {
    return {.code = Errc::Der,
            .what = std::move(what),
            .where = {.offset = element.offset, .field = std::string(field)}};
}

}  // namespace scep::asn1
