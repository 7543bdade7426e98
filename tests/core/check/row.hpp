// One deployment that breaks a rule, or is right, and what is found.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "world.hpp"

namespace scep::test {

using Ids = std::set<std::string>;

struct Row {
    std::string_view name;                      // what is wrong
    Ids ids{};                                  // all that is found
    std::string message{};                      // of the first finding, in part
    std::optional<check::Severity> severity{};  // of the first, where it is not the rule's own
    void (*make)(World&) = [](World&) {};       // before files are written
    void (*spoil)(World&) = [](World&) {};      // after
    void (*change)(check::Deployment&) = [](check::Deployment&) {};  // after loading
    std::vector<std::string_view> clients{};                         // named families
    TimePoint now = kNow;
};

// Of rules about mTLS routes and the trusted proxy, on a deployment that has both.
const std::vector<Row>& mtls_rows();

// Of rules about what requests are let in, wait and renew.
const std::vector<Row>& lifecycle_rows();

// Of rules about the CA that takes over.
const std::vector<Row>& next_ca_rows();

// Of rules about the CAs that an issuer had before.
const std::vector<Row>& previous_ca_rows();

}  // namespace scep::test
