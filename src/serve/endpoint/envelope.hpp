// The envelope of a message as the server sees it: whom it is for, and what is in it. Used inside
// this room only.
#pragma once

#include <optional>
#include <string>

#include "core/cms/enveloped_data.hpp"
#include "serve/endpoint/decision.hpp"

namespace scep::endpoint {

struct Envelope {
    std::optional<cms::EnvelopedData> data{};  // nullopt: there is none that parses
    std::string error{};                       // why
    cms::Opening opening{};                    // recipient null: none that this profile could open
    std::size_t ra = 0;                        // the RA pair that it names, or the first
};

// Reads it and chooses what opens it: the RA pair that it names; else, where the profile has
// password_recipients, the challenge; else the first pair and a recipient of its kind, which is
// then somebody else's.
Envelope read_envelope(const ProfileSnapshot& profile, const PkiMessage& message);

}  // namespace scep::endpoint
