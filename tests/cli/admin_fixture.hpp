// A deployment with a state database, and admin on it.
#pragma once

#include <unistd.h>

#include <algorithm>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/base/encoding.hpp"
#include "core/crypto/keys.hpp"
#include "core/files/files.hpp"
#include "run_cli.hpp"
#include "serve/store/store.hpp"
#include "support/pki.hpp"
#include "support/temp_dir.hpp"

namespace scep::test {

using Json = nlohmann::json;
using store::Effects;
using store::Store;

inline constexpr std::string_view kConfig = R"([server]
tls_cert_path = "tls.crt"
tls_key_path = "tls.key"
state_path = "state.db"
audit_key_path = "audit.key"

[issuer.iss-local]
ca_cert_path = "ca.crt"
ca_key_path = "ca.key"

[scep.corp]
issuer_id = "iss-local"
challenge_password_file = "challenge"
ra_cert_path = "ra.crt"
ra_key_path = "ra.key"
)";

// A directory as a server leaves it: configuration, key and state.
class Deployment {
  public:
    Deployment() { dir_.write("c.toml", kConfig); }

    std::unique_ptr<Store> serve() const {
        if (!std::filesystem::exists(dir_ / "audit.key"))
            return must(Store::create(dir_ / "state.db", dir_ / "audit.key"));
        return must(
            Store::open(dir_ / "state.db", must(files::load_audit_key(dir_ / "audit.key"))));
    }

    Outcome admin(std::vector<std::string> words, TimePoint now = kNow) const {
        words.insert(words.begin(), "admin");
        words.insert(words.end(), {"--config", (dir_ / "c.toml").string()});
        return test::run_cli(words, now);
    }

    Json json(std::vector<std::string> words) const {
        words.insert(words.end(), {"--format", "json"});
        const Outcome outcome = admin(words);
        REQUIRE(outcome.code == 0);
        CHECK(outcome.out.starts_with("{\n  \"schema\": \"certctl-scep/admin/1\""));
        return Json::parse(outcome.out);
    }

    void write(std::string_view name, std::string_view content) const { dir_.write(name, content); }

    std::filesystem::path operator/(std::string_view name) const { return dir_ / name; }

  private:
    test::TempDir dir_{};
};

inline Effects enrolment(const std::string& serial, const std::string& subject) {
    return {.issuances = {{.profile = "corp",
                           .issuer_id = "iss-local",
                           .serial = serial,
                           .subject = subject,
                           .subject_alt_names = "dns:a.example",
                           .not_before = kNow,
                           .not_after = kNow + Seconds{3600},
                           .issued_at = kNow,
                           .transaction_id = "T-" + serial,
                           .certificate = {0x30, 0x03, 0x02, 0x01, 0x05}}},
            .events = {{.time = kNow,
                        .profile = "corp",
                        .action = "scep_pkcsreq",
                        .outcome = "success",
                        .reference = "ref-" + serial,
                        .transaction_id = "T-" + serial,
                        .subject = subject,
                        .serial = serial}}};
}

inline Effects refusal(const std::string& subject) {
    return {.events = {{.time = kNow,
                        .action = "scep_renewalreq",
                        .outcome = "failure",
                        .reason = "badRequest: the challenge is wrong",
                        .reference = "ref-no",
                        .transaction_id = "T-no",
                        .subject = subject}}};
}

inline Deployment& with_rows(Deployment& deployment) {
    must(deployment.serve()->write(
        {enrolment("0A01", "CN=alpha"), enrolment("0B02", "CN=beta"), refusal("CN=gamma")}));
    return deployment;
}

// A request that waits for an operator.
inline Effects waiting(const std::string& subject) {
    const store::TransactionKey key{.profile = "corp",
                                    .signer_spki_sha256 = {1},
                                    .transaction_id = to_buffer(as_bytes(subject))};
    return {.transactions = {{.key = key, .recorded_at = kNow}},
            .pending = {{.key = key,
                         .received_at = kNow,
                         .expires_at = kNow + Seconds{3600},
                         .reference = "ref-1",
                         .transaction_id = "T\x1b",
                         .subject = subject,
                         .subject_alt_names = "dns:a.example",
                         .signer = "CN=signer",
                         .client_address = "192.0.2.7",
                         .authorisation = "challenge missing",
                         .spki = to_buffer(ec_key()->public_key().spki())}}};
}

inline bool says(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

inline void check_one_error(const Outcome& outcome, int code, std::string_view what) {
    CAPTURE(outcome.err);
    CHECK(outcome.code == code);
    CHECK(outcome.out.empty());
    CHECK(outcome.err.starts_with("certctl-scep: error: "));
    CHECK(says(outcome.err, what));
    CHECK(says(outcome.err, "\nhint: "));
}

}  // namespace scep::test
