// A private directory, rows to write, and a second connection that is not ours.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <string>
#include <system_error>

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Transaction.h>
#include <doctest/doctest.h>

#include "core/base/encoding.hpp"
#include "serve/store/store.hpp"

namespace scep::store {

class TemporaryDirectory {
  public:
    TemporaryDirectory() {
        std::string name = (std::filesystem::temp_directory_path() / "store.XXXXXX").string();
        REQUIRE(::mkdtemp(name.data()) != nullptr);
        path_ = name;
    }

    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

    ~TemporaryDirectory() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }

    std::filesystem::path operator/(std::string_view name) const { return path_ / name; }

  private:
    std::filesystem::path path_;
};

inline const TimePoint kNow{Seconds{1'790'000'000}};

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

template <class T>
T must(Result<T> result) {
    if (!result)
        FAIL(to_text(result.error()));
    return *std::move(result);
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

}  // namespace scep::store
