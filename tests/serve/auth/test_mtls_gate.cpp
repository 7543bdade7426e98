#include <sys/resource.h>

#include <doctest/doctest.h>

#include "core/base/encoding.hpp"
#include "serve/auth/mtls_gate.hpp"
#include "support/pki.hpp"
#include "support/temp_dir.hpp"

using namespace scep;
using namespace scep::test;
using auth::MtlsGate;

namespace {

constexpr Seconds kSecond{1};

struct World {
    World() { dir.write("bundle.pem", x509::to_pem(ca.certificate)); }

    config::Mtls settings() const { return {.enabled = true, .bundle_path = dir / "bundle.pem"}; }

    x509::Certificate make_device(const Identity& issuer) const {
        return make_identity(
                   {.subject = "CN=device", .ekus = {oid::kClientAuth}}, ec_key(), &issuer)
            .certificate;
    }

    TempDir dir{};
    Identity ca = make_ca(ec_key()), other = make_ca(ec_key(), "CN=Other CA");
    x509::Certificate device = make_device(ca), stranger = make_device(other);
    x509::Certificate expired =
        make_identity(
            {.subject = "CN=device", .not_after = kNow - std::chrono::hours(1)}, ec_key(), &ca)
            .certificate;
};

int status(const MtlsGate& gate,
           const std::vector<x509::Certificate>& shown,
           TimePoint now = kNow) {
    return gate.check(shown, now).status;
}

}  // namespace

TEST_SUITE("serve/auth/mtls_gate") {
    TEST_CASE("S17 the gate opens to what its own bundle trusts, at the time of the request") {
        const World w;
        MtlsGate gate(w.settings());
        CHECK(gate.refresh(kNow).changed);
        CHECK(status(gate, {w.device}) == 0);
        CHECK(gate.check(std::vector{w.device}, kNow).subject == "CN=device");
        CHECK(status(gate, {}) == 401);
        CHECK(status(gate, {w.stranger}) == 401);
        CHECK(status(gate, {w.device}, kNow + std::chrono::hours(24 * 400)) == 401);
        CHECK(gate.trusts(std::vector{w.device}, kNow));
        CHECK_FALSE(gate.trusts({}, kNow));
    }

    TEST_CASE("what the client is told does not say what was wrong") {
        const World w;
        MtlsGate gate(w.settings());
        gate.refresh(kNow);
        const auto untrusted = gate.check(std::vector{w.stranger}, kNow);
        const auto expired = gate.check(std::vector{w.expired}, kNow);
        CHECK(untrusted.text == expired.text);
        CHECK(untrusted.reason.starts_with("CN=device: "));
        CHECK(expired.reason == "CN=device: certificate has expired");
    }

    TEST_CASE("without a bundle the route is broken, not open") {
        CHECK(status(MtlsGate({}), {}) == 500);
        const World w;
        CHECK(status(MtlsGate({}), {w.device}) == 500);
        MtlsGate gate({.enabled = true, .bundle_path = w.dir / "none.pem"});
        CHECK(gate.refresh(kNow).failure);
        CHECK(status(gate, {w.device}) == 500);
    }

    TEST_CASE("S17 a bundle that was changed counts from the next second on") {
        const World w;
        MtlsGate gate(w.settings());
        gate.refresh(kNow);
        w.dir.write("bundle.pem", x509::to_pem(w.other.certificate));
        CHECK_FALSE(gate.refresh(kNow).changed);
        CHECK(status(gate, {w.device}) == 0);
        CHECK(gate.refresh(kNow + kSecond).changed);
        CHECK(status(gate, {w.device}) == 401);
        CHECK(status(gate, {w.stranger}) == 0);
        CHECK_FALSE(gate.refresh(kNow + 2 * kSecond).changed);
    }

    TEST_CASE("S18 a fingerprint that is denied while it serves counts at once") {
        const World w;
        config::Mtls settings = w.settings();
        settings.deny_path = w.dir.write("denied.txt", "");
        MtlsGate gate(settings);
        gate.refresh(kNow);
        CHECK(status(gate, {w.device}) == 0);
        w.dir.write("denied.txt", to_hex(w.device.fingerprint()) + "\n");
        CHECK(gate.refresh(kNow + kSecond).changed);
        CHECK(status(gate, {w.device}) == 401);
    }

    TEST_CASE("S18 a deny list that is being written denies as before") {
        const World w;
        config::Mtls settings = w.settings();
        settings.deny_path = w.dir.write("denied.txt", to_hex(w.device.fingerprint()) + "\n");
        MtlsGate gate(settings);
        gate.refresh(kNow);
        w.dir.write("denied.txt", "");
        CHECK(gate.refresh(kNow + kSecond).failure);
        CHECK(status(gate, {w.device}) == 401);
        w.dir.write("denied.txt", "# nobody\n");
        CHECK(gate.refresh(kNow + 2 * kSecond).changed);
        CHECK(status(gate, {w.device}) == 0);
    }

    TEST_CASE("S17 files that could not be read for a moment are tried again") {
        const World w;
        config::Mtls settings = w.settings();
        settings.deny_path = w.dir.write("denied.txt", "# nobody\n");
        MtlsGate gate(settings);
        gate.refresh(kNow);
        w.dir.write("denied.txt", to_hex(w.device.fingerprint()) + "\n");
        rlimit before{};
        REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
        const rlimit none{0, before.rlim_max};
        REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
        const auto failed = gate.refresh(kNow + kSecond);
        const auto again = gate.refresh(kNow + 2 * kSecond);
        REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
        CHECK(failed.failure);
        CHECK_FALSE(again.failure);
        CHECK(gate.refresh(kNow + 3 * kSecond).changed);
        CHECK(status(gate, {w.device}) == 401);
    }

    TEST_CASE("a file that is broken while it serves is told of once, and the old ones stay") {
        const World w;
        MtlsGate gate(w.settings());
        gate.refresh(kNow);
        w.dir.write("bundle.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
        const auto refreshed = gate.refresh(kNow + kSecond);
        REQUIRE(refreshed.failure);
        CHECK_FALSE(refreshed.changed);
        CHECK(refreshed.failure->where.source == (w.dir / "bundle.pem").string());
        CHECK(status(gate, {w.device}) == 0);
        CHECK_FALSE(gate.refresh(kNow + 2 * kSecond).failure);
        std::filesystem::remove(w.dir / "bundle.pem");
        CHECK(gate.refresh(kNow + 3 * kSecond).failure);
        CHECK(status(gate, {w.device}) == 0);
        w.dir.write("bundle.pem", x509::to_pem(w.other.certificate));
        CHECK(gate.refresh(kNow + 4 * kSecond).changed);
        CHECK(status(gate, {w.device}) == 401);
    }
}
