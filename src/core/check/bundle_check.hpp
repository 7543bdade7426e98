// bundle-check: trust bundles as files, each of them one profile's, judged by the rules that
// preflight and serve apply to a profile's.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/check/device_check.hpp"
#include "core/check/finding.hpp"

namespace scep::check {

struct BundleFile {
    std::string path{};
    x509::BundleReading reading{};
};

struct BundleQuestion {
    std::vector<BundleFile> files{};
    std::string crl_path{}, deny_path{};  // empty: not given
    std::vector<x509::Crl> crls{};
    std::vector<x509::Fingerprint> denied{};
    std::optional<Device> device{};
    TimePoint now{};
    Seconds min_remaining{};
};

struct FileAnswer {
    std::vector<Finding> findings{};
    std::optional<DeviceVerdict> device{};  // when one was asked about
};

// A CA that some of the files have, and not all.
struct PartialCa {
    x509::Certificate certificate{};
    std::vector<std::size_t> lines{};  // by file
    std::vector<bool> has{};           // by file
};

struct BundleAnswer {
    std::vector<FileAnswer> files{};          // as in the question
    std::vector<Finding> shared{};            // about the lists, for all files together
    std::optional<DeviceVerdict> together{};  // by all files as one bundle, when they are several
    std::vector<PartialCa> partial{};         // in the order of the files

    std::vector<Finding> findings() const;  // of files and lists, in order
    // No finding is an error, and the device passes by each of the files.
    bool good() const;
};

// Crypto, as check_device().
Result<BundleAnswer> check_bundles(const BundleQuestion& question);

}  // namespace scep::check
