// enroll: what get-ca-caps, get-ca-cert, get-next-ca-cert, get-cert and get-crl found, and how it
// is given out.
#pragma once

#include <string>
#include <vector>

#include "cli/cmd_enroll.hpp"

namespace scep::cli {

struct Found {
    std::vector<std::string> capabilities{};          // those of RFC 8894
    std::vector<std::string> unknown_capabilities{};  // as the server wrote them
    std::vector<x509::Certificate> certificates{};
    x509::Crl crl{};
    std::string trusted_by{};  // empty: nothing vouches for it
};

// On standard output as PEM, or DER by --out-form (several certificates as certs-only SignedData),
// or into a file of --out-dir named after the operation, 0644; JSON holds PEM. Config when that
// file is there and there is no --force; Io.
Status give_found(const EnrollPlan& plan, const Found& found, Io& io);

}  // namespace scep::cli
