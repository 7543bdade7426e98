// What serve --dev says once it listens: how to reach it and how to enrol.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "cli/app.hpp"
#include "core/check/deployment.hpp"

namespace scep::cli {

// For the profile "default", else the first: URL, fingerprint of its CA, and an enroll command on
// one line that can be pasted. All of it follows the configuration, which is the operator's to
// edit.
struct DevSession {
    std::string url{};             // under a name in the TLS certificate, where one reaches it
    bool host_is_named = true;     // false: the TLS certificate has no such name
    std::string ca_fingerprint{};  // hexadecimal, with colons
    std::string command{};
    std::string profile_with_inline_challenge{};  // its challenge is in no file to point to
};

// `deployment` has passed the rules of check/ and has a profile; `port` is where it listens.
DevSession describe_dev_session(const check::Deployment& deployment, std::uint16_t port);

// On stdout; on stderr what the command needs besides.
void print_dev_session(const DevSession& session, const check::Deployment& deployment, Io& io);

}  // namespace scep::cli
