// A bundle of trust anchors that judges the certificates of peers: the mTLS route's, a trusted
// proxy's (SECURITY rules S17, S18, S21). Built once, asked per request.
#pragma once

#include <array>
#include <compare>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/x509/certificate.hpp"

struct x509_store_st;

namespace scep::x509 {

using Fingerprint = std::array<std::uint8_t, 32>;  // SHA-256 of the DER

// A certificate and where in its file it stands.
struct BundleEntry {
    Certificate certificate{};
    std::size_t line = 0;  // 0: DER
};

// Every CERTIFICATE block of a PEM file with its line, or one DER certificate; other blocks than
// private keys are passed over. Config with line: a block that is not a certificate, none at all,
// or a private key among them.
Result<std::vector<BundleEntry>> parse_bundle(Bytes file, std::string_view source);

// The same, but what is wrong with one block does not hide the others: for those who report.
struct BundleReading {
    std::vector<BundleEntry> entries{};
    std::vector<Error> errors{};  // Config, in the order of the file
};

enum class Keys : std::uint8_t { PassOver, Refuse };  // private keys among certificates

BundleReading read_bundle(Bytes file, std::string_view source, Keys keys = Keys::Refuse);

// A certificate revocation list (RFC 5280 section 5).
struct Crl {
    Buffer der{};
    std::string issuer{};      // RFC 4514
    std::string issuer_key{};  // Name::match_key(); empty when the name is malformed
    std::size_t line = 0;      // in its file; 0: DER
    TimePoint this_update{};
    std::optional<TimePoint> next_update{};  // absent: never stale

    bool current_at(TimePoint time) const noexcept {
        return this_update <= time && (!next_update || time <= *next_update);
    }
};

// "X509 CRL" blocks of a PEM file, or one DER CRL. Config, as above.
Result<std::vector<Crl>> parse_crls(Bytes file, std::string_view source);

// Whether `crl` speaks for what `ca` issued: its name, cRLSign where there is a key usage, and its
// signature. Crypto.
Status check_crl_issued_by(const Crl& crl, const Certificate& ca);

// Whether the list has the certificate's serial number; who issued either is for the caller.
bool is_revoked_by(const Crl& crl, const Certificate& certificate);

// One fingerprint a line, SHA-256 in hex with or without colons; '#' begins a comment. Config with
// line.
Result<std::vector<Fingerprint>> parse_fingerprints(Bytes file, std::string_view source);

// How far a peer's certificate came.
enum class Trust : std::uint8_t {
    Good,
    Untrusted,     // no chain to an anchor of this bundle
    NotValidNow,   // it, or one above it, is expired or not valid yet
    Revoked,       // it, or one above it
    Denied,        // by fingerprint
    NoCurrentCrl,  // CRLs are wanted, and that of an issuer is missing, stale or not signed by it
    Unfit          // not for TLS clients, by its extended key usage
};

struct TrustVerdict {
    Trust trust = Trust::Untrusted;
    std::string reason{};   // "CN=device: certificate has expired"; not escaped
    std::string subject{};  // of the certificate at fault, or of the peer when it is good

    bool good() const noexcept { return trust == Trust::Good; }
};

class TrustBundle {
  public:
    // With CRLs every certificate below the anchor needs a current one of its issuer. Crypto.
    static Result<TrustBundle> make(std::span<const Certificate> anchors,
                                    std::span<const Crl> crls = {},
                                    std::vector<Fingerprint> denied = {});

    // A chain from `leaf` through `intermediates` to an anchor, each of which is trusted as it
    // stands, at `now`; keys and signatures of 112 bits at least; extended key usage absent,
    // clientAuth or any.
    TrustVerdict check(const Certificate& leaf,
                       std::span<const Certificate> intermediates,
                       TimePoint now) const;

  private:
    std::shared_ptr<x509_store_st> store_{};
    std::vector<Fingerprint> denied_{};  // sorted
    bool wants_crls_ = false;
};

}  // namespace scep::x509
