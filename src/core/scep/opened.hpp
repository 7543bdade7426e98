// What an envelope holds, as far as it can be said without telling faults apart. Used inside this
// room only.
#pragma once

#include "core/cms/enveloped_data.hpp"

namespace scep {

struct Opened {
    SecretBytes padded{};
    Bytes element{};     // the first value in it; all of it when there is none
    bool whole = false;  // that value, one padding of the cipher's block size, and nothing else
};

// An error speaks of what the peer wrote in clear: algorithms, lengths, an ephemeral key.
Result<Opened> open_element(const crypto::Library& library,
                            const cms::EnvelopedData& envelope,
                            const cms::Opening& opening);

}  // namespace scep
