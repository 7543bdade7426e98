#include <doctest/doctest.h>

#include "core/base/encoding.hpp"
#include "serve/admission.hpp"
#include "support/pki.hpp"
#include "support/temp_dir.hpp"

using namespace scep;
using namespace scep::test;
using serve::Admission;
using serve::Admitted;

namespace {

constexpr loop::Instant kInstant{std::chrono::hours(1)};

// Three profiles: one without mTLS, one with it, one that is served there alone.
struct World {
    World() {
        dir.write("corp.pem", x509::to_pem(ca.certificate));
        dir.write("only.pem", x509::to_pem(other_ca.certificate));
        add("plain", {});
        add("corp", {.enabled = true, .bundle_path = dir / "corp.pem"});
        add("only", {.enabled = true, .bundle_path = dir / "only.pem", .only = true});
    }

    void add(const std::string& path_id, const config::Mtls& mtls) {
        serve::ServedProfile& profile = profiles[path_id];
        profile.snapshot.settings.path_id = path_id;
        profile.snapshot.settings.name = path_id;
        profile.snapshot.settings.mtls = mtls;
        if (mtls.enabled)
            profile.gate = std::make_unique<auth::MtlsGate>(mtls);
    }

    Admission& admission() {
        if (!made)
            made = must(Admission::make(
                deployment, profiles, kNow, [this](const std::string& path_id, const auto&) {
                    refreshed.push_back(path_id);
                }));
        return *made;
    }

    static http::Request request(const std::string& path,
                                 std::vector<std::pair<std::string, std::string>> headers = {}) {
        return {.method = "POST", .path = path, .headers = std::move(headers)};
    }

    Admitted ask(const std::string& path,
                 std::vector<x509::Certificate> certificates = {},
                 TimePoint now = kNow) {
        return admission().admit({.address = "192.0.2.1", .certificates = std::move(certificates)},
                                 request(path),
                                 now,
                                 kInstant);
    }

    int status(const std::string& path,
               std::vector<x509::Certificate> certificates = {},
               TimePoint now = kNow) {
        const Admitted admitted = ask(path, std::move(certificates), now);
        return admitted.refusal ? admitted.refusal->reply.status : 200;
    }

    x509::Certificate make_device(const Identity& issuer) {
        return make_identity({.subject = "CN=device"}, ec_key(), &issuer).certificate;
    }

    TempDir dir{};
    Identity ca = make_ca(ec_key()), other_ca = make_ca(ec_key(), "CN=Other CA");
    x509::Certificate device = make_device(ca), other = make_device(other_ca),
                      stranger = make_identity({.subject = "CN=x"}, ec_key(), nullptr).certificate;
    serve::ServedProfiles profiles{};
    check::Deployment deployment{.config = {.server = {.rate_limit = {.enabled = false}}}};
    std::optional<Admission> made{};
    std::vector<std::string> refreshed{};
};

}  // namespace

TEST_SUITE("serve/admission") {
    TEST_CASE("a path leads to its profile, and mTLS is a route of those that have it") {
        World w;
        CHECK(w.ask("/scep/plain").profile == &w.profiles["plain"]);
        CHECK(w.ask("/scep/corp/pkiclient.exe").profile == &w.profiles["corp"]);
        CHECK(w.status("/scep") == 404);
        CHECK(w.status("/scep/none") == 404);
        CHECK(w.status("/scep-mtls/plain", {w.device}) == 404);
        CHECK(w.status("/scep-mtls", {w.device}) == 404);
        CHECK(w.status("/other") == 404);
    }

    TEST_CASE("S17 the mTLS route is opened by this profile's bundle alone") {
        World w;
        CHECK(w.status("/scep-mtls/corp", {w.device}) == 200);
        CHECK(w.status("/scep-mtls/only", {w.other}) == 200);
        CHECK(w.status("/scep-mtls/corp") == 401);
        CHECK(w.status("/scep-mtls/corp", {w.other}) == 401);
        CHECK(w.status("/scep-mtls/corp", {w.stranger}) == 401);
        CHECK(w.status("/scep-mtls/corp", {w.device}, kNow + std::chrono::hours(9000)) == 401);
        CHECK(w.ask("/scep-mtls/corp", {w.device}).bootstrap == w.device);
        CHECK(w.ask("/scep-mtls/corp", {w.other})
                  .refusal->detail.ends_with("; it is trusted by the bundle of /scep-mtls/only"));
        CHECK(w.ask("/scep-mtls/corp", {w.stranger}).refusal->detail.find("trusted by") ==
              std::string::npos);
    }

    TEST_CASE("a certificate that cannot be read is told from none, in the log") {
        World w;
        const auto ask = [&w](const std::string& path) {
            return w.admission().admit({.address = "192.0.2.1", .unreadable_certificate = true},
                                       World::request(path),
                                       kNow,
                                       kInstant);
        };
        const Admitted refused = ask("/scep-mtls/corp");
        REQUIRE(refused.refusal);
        CHECK(refused.refusal->reply.status == 401);
        CHECK(refused.refusal->detail == "the client certificate cannot be read");
        CHECK(w.ask("/scep-mtls/corp").refusal->detail == "no client certificate");
        CHECK_FALSE(ask("/scep/corp").refusal);
    }

    TEST_CASE("S17 /scep takes no notice of client certificates") {
        World w;
        for (const auto& shown : {w.device, w.other, w.stranger}) {
            const Admitted admitted = w.ask("/scep/corp", {shown});
            CHECK_FALSE(admitted.refusal);
            CHECK_FALSE(admitted.bootstrap);
            CHECK(w.status("/scep/plain", {shown}) == 200);
        }
    }

    TEST_CASE("S20 mtls_only closes /scep of its profile") {
        World w;
        CHECK(w.status("/scep/only") == 403);
        CHECK(w.status("/scep/only", {w.other}) == 403);
        CHECK(w.status("/scep/corp") == 200);
    }

    TEST_CASE("a route without a gate or without a bundle is 500") {
        World w;
        w.profiles["corp"].gate = nullptr;
        CHECK(w.status("/scep-mtls/corp", {w.device}) == 500);
        World gone;
        std::filesystem::remove(gone.dir / "corp.pem");
        CHECK_FALSE(Admission::make(gone.deployment, gone.profiles, kNow, {}));
    }

    TEST_CASE("a bundle that changes while it serves is told of") {
        World w;
        CHECK(w.status("/scep-mtls/corp", {w.other}) == 401);
        CHECK(w.refreshed.empty());
        w.dir.write("corp.pem", x509::to_pem(w.other_ca.certificate));
        CHECK(w.status("/scep-mtls/corp", {w.other}, kNow + Seconds{1}) == 200);
        CHECK(w.refreshed == std::vector<std::string>{"corp"});
    }

    TEST_CASE("what needs no body is refused before it is read") {
        World w;
        const auto head = [&w](const std::string& path, std::vector<x509::Certificate> shown = {}) {
            const Admitted admitted =
                w.admission().admit_head({.address = "192.0.2.1", .certificates = std::move(shown)},
                                         World::request(path),
                                         kNow,
                                         kInstant);
            return admitted.refusal ? admitted.refusal->reply.status : 200;
        };
        CHECK(head("/none") == 404);
        CHECK(head("/scep/only") == 403);
        CHECK(head("/scep-mtls/corp") == 401);
        CHECK(head("/scep-mtls/corp", {w.stranger}) == 200);  // the whole request will tell
        CHECK(head("/scep/plain") == 200);
    }

    TEST_CASE("past the rate of an address its requests are 429, and no others") {
        World w;
        w.deployment.config.server.rate_limit = {.rps = 1, .burst = 2};
        CHECK(w.status("/scep/plain") == 200);
        CHECK(w.status("/none") == 404);
        const Admitted refused = w.ask("/scep/plain");
        REQUIRE(refused.refusal);
        CHECK(refused.refusal->reply.status == 429);
        CHECK(
            w.admission()
                .admit_head({.address = "192.0.2.1"}, World::request("/scep/plain"), kNow, kInstant)
                .refusal->reply.status == 429);
        const auto at = [&w](const std::string& address, loop::Instant instant) {
            return !w.admission()
                        .admit({.address = address}, World::request("/scep/plain"), kNow, instant)
                        .refusal;
        };
        CHECK(at("192.0.2.2", kInstant));
        CHECK(at("192.0.2.1", kInstant + std::chrono::seconds(2)));
    }

    TEST_CASE("S21 behind a trusted proxy its client is asked, by certificate, address and rate") {
        World w;
        w.deployment.config.server.trusted_proxy = {.enabled = true,
                                                    .cidrs = {*parse_network("10.0.0.1")},
                                                    .header = "Client-Cert",
                                                    .format = config::ForwardedFormat::DerBase64};
        w.deployment.config.server.rate_limit = {.rps = 1, .burst = 1};
        const auto ask = [&w](const std::string& peer,
                              const std::string& client,
                              const std::optional<x509::Certificate>& shown) {
            return w.admission().admit(
                {.address = peer},
                World::request("/scep-mtls/corp",
                               {{"Client-Cert", shown ? to_base64(shown->der()) : ""},
                                {"X-Forwarded-For", client}}),
                kNow,
                kInstant);
        };
        const Admitted good = ask("10.0.0.1", "192.0.2.1", w.device);
        CHECK_FALSE(good.refusal);
        CHECK(good.bootstrap == w.device);
        CHECK(good.client_address == "192.0.2.1");
        CHECK(ask("10.0.0.1", "192.0.2.1", w.device).refusal->reply.status == 429);
        CHECK(ask("10.0.0.1", "192.0.2.2", std::nullopt).refusal->reply.status == 401);
        CHECK(ask("10.0.0.1", "192.0.2.3", w.stranger).refusal->reply.status == 401);
        CHECK(ask("10.0.0.1", "not an address", w.device).refusal->reply.status == 400);
        const Admitted forged = ask("10.0.0.2", "192.0.2.4", w.device);
        CHECK(forged.refusal->reply.status == 401);
        CHECK(forged.client_address == "10.0.0.2");
        CHECK(forged.ignored_headers == 2);
    }
}
