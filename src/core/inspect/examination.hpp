// A captured message explained: what it says, what was verified, what is wrong with it by which
// rule, and what to do next.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/capture/capture.hpp"
#include "core/check/finding.hpp"
#include "core/inspect/means.hpp"

namespace scep::inspect {

enum class Kind : std::uint8_t {
    PkiMessage,
    NextCaCertificates,  // SignedData over certs-only, without SCEP's attributes
    CertificatesOnly,
    EnvelopedData,
    Request,  // a PKCS#10 CSR
    Certificate,
    CertificateList,
    IssuerAndSerialNumber,
    IssuerAndSubject,
    PrivateKey,  // never shown
    Capabilities,
    Text,     // a body for people
    Nothing,  // an HTTP message without a body
    Unknown
};
std::string_view name(Kind kind) noexcept;  // "pkiMessage"

// One line of the summary. `key` names it in JSON ("transaction_id"), `label` for people
// ("transactionID"). A key may be there several times.
struct Fact {
    std::string_view key;
    std::string_view label;
    std::string value{};  // in words, bytes as hex; not escaped; no secrets unless they were asked
};

enum class Outcome : std::uint8_t { Pass, Fail, NotChecked };
std::string_view name(Outcome outcome) noexcept;  // "pass", "fail", "not checked"

struct Verification {
    std::string_view subject;  // "signature", "messageDigest", "chain"
    Outcome outcome = Outcome::NotChecked;
    std::string reason{};  // of a failure, or why it was not checked; or what passed
};

struct Examination {
    const capture::Captured* captured = nullptr;  // borrowed
    Kind kind = Kind::Unknown;
    std::vector<Fact> facts{};
    std::vector<Verification> verifications{};
    std::vector<check::Finding> findings{};  // in the order of the table
    SecretBytes content{};                   // what the envelope holds; empty: not opened
    std::optional<std::size_t> peer{};       // the other message of its exchange, by index

    bool good() const noexcept { return !check::has_error(findings); }
};

// All messages of one run, in their order: a reply is held against its request, which is that of
// its exchange (numbers are those of the run, not of one file), else the nearest before it with its
// transactionID. `messages` must outlive the
// result. Never fails: what cannot be read is a finding.
std::vector<Examination> examine(std::span<const capture::Captured> messages, const Means& means);

// The same for one message after the other, which is gone when `take` returns. Messages are read
// twice, first for what belongs together: all of them at once may be many times the capture.
using TakeExamination = std::function<void(std::size_t index, Examination&&)>;
void examine(std::span<const capture::Captured> messages,
             const Means& means,
             const TakeExamination& take);

// The table of rules, for --list-rules and the manual.
struct RuleInfo {
    std::string_view id;
    check::Severity severity;
    std::string_view cite;
    std::string_view summary;
    std::string_view hint;
};

std::span<const RuleInfo> list_rules();

}  // namespace scep::inspect
