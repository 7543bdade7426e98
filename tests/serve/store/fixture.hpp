// Rows to write, a connection that is not ours, and files that cannot grow.
#pragma once

#include <sys/resource.h>

#include <csignal>
#include <filesystem>
#include <string>

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Transaction.h>
#include <doctest/doctest.h>

#include "core/base/bytes.hpp"
#include "serve/store/store.hpp"
#include "support/pki.hpp"
#include "support/temp_dir.hpp"

namespace scep::store {

using test::must;
using test::TempDir;

inline constexpr TimePoint kNow{Seconds{1'790'000'000}};

inline SecretBytes key_of(std::uint8_t octet = 7) {
    return SecretBytes(32, octet);
}

inline Issuance issuance_of(std::string serial, std::string subject = "CN=device") {
    return {.profile = "p",
            .issuer_id = "iss-local",
            .serial = std::move(serial),
            .subject = std::move(subject),
            .subject_alt_names = "dns:a.example",
            .not_before = kNow,
            .not_after = kNow + Seconds{86400},
            .issued_at = kNow,
            .transaction_id = "T1",
            .signer_spki_sha256 = {1, 2, 3},
            .fingerprint = {4, 5, 6},
            .certificate = {0x30, 0x00}};
}

inline AuditEvent event_of(std::string reference, std::string outcome = "success") {
    return {.time = kNow,
            .profile = "p",
            .action = "scep_pkcsreq",
            .outcome = std::move(outcome),
            .reason = "",
            .reference = std::move(reference),
            .transaction_id = "T1",
            .subject = "CN=device",
            .subject_alt_names = "dns:a.example",
            .serial = "0A",
            .signer = "CN=device",
            .client_address = "192.0.2.1"};
}

inline Effects effects_of(const std::string& serial) {
    return {.issuances = {issuance_of(serial)}, .events = {event_of(serial)}};
}

inline TransactionKey key_named(std::string_view name) {
    return {.profile = "p",
            .signer_spki_sha256 = {9, 8, 7},
            .transaction_id = to_buffer(as_bytes(name))};
}

inline Transaction transaction_of(std::string_view name, std::string serial = "") {
    return {.key = key_named(name),
            .request_sha256 = {3, 2, 1},
            .recorded_at = kNow,
            .issuer_id = serial.empty() ? "" : "iss-local",
            .serial = std::move(serial)};
}

// Every member has a value of its own.
inline PendingRequest pending_of(std::string_view name) {
    return {.key = key_named(name),
            .received_at = kNow,
            .expires_at = kNow + Seconds{3600},
            .reference = "ref-" + std::string(name),
            .transaction_id = std::string(name),
            .subject = "CN=" + std::string(name),
            .subject_alt_names = "dns:b.example",
            .signer = "CN=signer",
            .client_address = "192.0.2.7",
            .mtls_subject = "CN=bootstrap",
            .authorisation = "challenge missing",
            .renewal = true,
            .next_ca = true,
            .next_ca_spki_sha256 = {0x20, 0x21},
            .name = {0x30, 0x01},
            .spki = {0x30, 0x02},
            .general_names = {0x30, 0x03},
            .security_identifier = "S-1-5-21-1",
            .signer_certificate = {0x30, 0x04}};
}

// A request that waits, as the endpoint writes it.
inline Effects waiting_of(std::string_view name) {
    return {.transactions = {transaction_of(name)}, .pending = {pending_of(name)}};
}

inline OneTimeChallenge challenge_of(std::uint8_t digest, std::int64_t uses = 1) {
    return {.digest = {digest},
            .profile = "p",
            .subject_pattern = {"CN=cam-*", "CN=door-*"},
            .san_pattern = {"dns:*.example"},
            .note = "for the cameras",
            .uses = uses,
            .created_at = kNow,
            .expires_at = kNow + Seconds{3600}};
}

inline Operator alice(TimePoint now = kNow) {
    return {.name = "alice (uid 1000)", .now = now};
}

template <class T>
Error error_of(const Result<T>& result) {
    REQUIRE(!result);
    return result.error();
}

inline void must_write(Store& store, const std::vector<Effects>& turn) {
    REQUIRE(must(store.write(turn)) == WriteResult::Done);
}

inline SQLite::Database stranger(const std::filesystem::path& path) {
    return SQLite::Database(path.string(), SQLite::OPEN_READWRITE);
}

// While it lives no file of this process may grow beyond `octets`.
class FileSizeLimit {
  public:
    explicit FileSizeLimit(rlim_t octets) {
        const bool ignored = ::signal(SIGXFSZ, SIG_IGN) != SIG_ERR;
        REQUIRE(ignored);
        REQUIRE(::getrlimit(RLIMIT_FSIZE, &before_) == 0);
        const rlimit limit{octets, before_.rlim_max};
        REQUIRE(::setrlimit(RLIMIT_FSIZE, &limit) == 0);
    }

    FileSizeLimit(const FileSizeLimit&) = delete;
    FileSizeLimit& operator=(const FileSizeLimit&) = delete;

    ~FileSizeLimit() { ::setrlimit(RLIMIT_FSIZE, &before_); }

  private:
    rlimit before_{};
};

}  // namespace scep::store
