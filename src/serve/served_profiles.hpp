// The profiles of a server by path_id, each with the gate of its mTLS route.
#pragma once

#include <map>
#include <memory>

#include "core/check/deployment.hpp"
#include "serve/auth/mtls_gate.hpp"
#include "serve/endpoint/snapshot.hpp"

namespace scep::serve {

struct ServedProfile {
    endpoint::ProfileSnapshot snapshot{};
    std::unique_ptr<auth::MtlsGate> gate{};  // null: no mTLS route
};

using ServedProfiles = std::map<std::string, ServedProfile, std::less<>>;

// Of a deployment without findings of severity error. Crypto, Config.
Result<ServedProfiles> make_profiles(const check::Deployment& deployment);

}  // namespace scep::serve
