#include <algorithm>
#include <array>

#include <doctest/doctest.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "core/asn1/pem.hpp"
#include "core/base/encoding.hpp"
#include "core/crypto/ossl.hpp"
#include "core/x509/key_facts.hpp"
#include "core/x509/trust_bundle.hpp"
#include "core/x509/twin.hpp"
#include "support/crl.hpp"
#include "support/pki.hpp"

namespace {

using namespace scep;
using namespace scep::test;
using x509::Crl;
using x509::Trust;
using x509::TrustBundle;

constexpr std::chrono::hours kDay{24};

Identity make_root(const std::string& subject) {
    return make_identity({.subject = subject,
                          .key_usage = x509::kKeyCertSign | x509::kCrlSign,
                          .basic_constraints = x509::BasicConstraints{.ca = true}},
                         ec_key(),
                         nullptr);
}

Identity make_intermediate(const std::string& subject, const Identity& root) {
    return make_identity(
        {.subject = subject,
         .key_usage = x509::kKeyCertSign | x509::kCrlSign,
         .basic_constraints = x509::BasicConstraints{.ca = true, .path_length = 0}},
        ec_key(),
        &root);
}

struct DeviceRecipe {
    std::vector<asn1::Oid> ekus{oid::kClientAuth};
    TimePoint not_before = kNow - kDay, not_after = kNow + kDay;
};

x509::Certificate make_device(const Identity& issuer, const DeviceRecipe& recipe = {}) {
    return make_identity({.subject = "CN=device",
                          .ekus = recipe.ekus,
                          .not_before = recipe.not_before,
                          .not_after = recipe.not_after},
                         ec_key(),
                         &issuer)
        .certificate;
}

std::vector<Crl> crls_of(std::initializer_list<Buffer> ders) {
    std::vector<Crl> out;
    for (const Buffer& der : ders)
        out.push_back(must(x509::parse_crls(der, "test.crl")).front());
    return out;
}

// Self-signed by OpenSSL, which takes keys that we do not.
x509::Certificate certificate_of(EVP_PKEY& key) {
    const crypto::X509Ptr made(X509_new());
    REQUIRE(X509_set_version(made.get(), X509_VERSION_3) == 1);
    ASN1_INTEGER_set(X509_get_serialNumber(made.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(made.get()), 0);
    X509_gmtime_adj(X509_getm_notAfter(made.get()), 3600);
    REQUIRE(X509_set_pubkey(made.get(), &key) == 1);
    const bool digests = EVP_PKEY_is_a(&key, "ED25519") != 1;
    REQUIRE(X509_sign(made.get(), &key, digests ? EVP_sha256() : nullptr) > 0);
    unsigned char* der = nullptr;
    const int size = i2d_X509(made.get(), &der);
    const crypto::OpensslBytes owner(der);
    return must(x509::Certificate::parse(Bytes(der, static_cast<std::size_t>(size))));
}

// With a key that is too small for our own generator.
x509::Certificate make_small_device(const Identity& issuer) {
    const crypto::PkeyPtr pkey(EVP_RSA_gen(1024));
    unsigned char* raw = nullptr;
    const int size = i2d_PUBKEY(pkey.get(), &raw);
    const crypto::OpensslBytes owner(raw);
    SeededRandom random(1);
    return must(x509::Certificate::parse(must(x509::sign_infrastructure_certificate(
        {.serial = x509::random_serial(random),
         .issuer = must(issuer.certificate.subject()),
         .subject = must(x509::Name::from_text("CN=small")),
         .not_before = kNow - kDay,
         .not_after = kNow + kDay,
         .key = must(crypto::parse_public_key(Bytes(raw, static_cast<std::size_t>(size)),
                                              crypto::kDecodeKeys))},
        *issuer.key,
        crypto::Digest::Sha256))));
}

// A root, an intermediate under it, a device under that.
struct World {
    Identity root = make_root("CN=root"), above = make_intermediate("CN=issuing", root);
    x509::Certificate device = make_device(above);
};

Trust judge(std::vector<x509::Certificate> anchors,
            const x509::Certificate& leaf,
            std::vector<x509::Certificate> chain = {},
            TimePoint now = kNow,
            std::vector<Crl> crls = {},
            std::vector<x509::Fingerprint> denied = {}) {
    return must(TrustBundle::make(anchors, crls, std::move(denied))).check(leaf, chain, now).trust;
}

}  // namespace

TEST_SUITE("core/x509/trust_bundle") {
    TEST_CASE("S18 every certificate of a bundle is an anchor") {
        const World w;
        CHECK(judge({w.root.certificate}, w.device, {w.above.certificate}) == Trust::Good);
        CHECK(judge({w.above.certificate}, w.device) == Trust::Good);
        CHECK(judge({w.above.certificate}, w.device, {w.above.certificate}) == Trust::Good);
        CHECK(judge({w.root.certificate, w.above.certificate}, w.device) == Trust::Good);
        CHECK(judge({w.root.certificate}, w.device) == Trust::Untrusted);
        CHECK(judge({make_root("CN=root").certificate}, w.device, {w.above.certificate}) ==
              Trust::Untrusted);
        CHECK(judge({}, w.device) == Trust::Untrusted);
    }

    TEST_CASE("S18 a certificate that never expires is one") {
        const World w;
        const auto forever = make_device(
            w.above,
            {.not_after = TimePoint(std::chrono::sys_days(std::chrono::year(9999) / 12 / 31) +
                                    std::chrono::seconds(86399))});
        CHECK(judge({w.above.certificate}, forever) == Trust::Good);
    }

    TEST_CASE("dates count at the time of the request, above the device too") {
        const World w;
        CHECK(judge({w.above.certificate}, w.device, {}, kNow + 2 * kDay) == Trust::NotValidNow);
        CHECK(judge({w.above.certificate}, w.device, {}, kNow - 2 * kDay) == Trust::NotValidNow);
        const auto long_lived = make_device(w.above, {.not_after = kNow + 3000 * kDay});
        CHECK(judge({w.above.certificate}, long_lived, {}, kNow + 1000 * kDay) ==
              Trust::NotValidNow);
        const auto verdict = must(TrustBundle::make(std::vector{w.above.certificate}))
                                 .check(w.device, {}, kNow + 2 * kDay);
        CHECK(verdict.reason == "CN=device: certificate has expired");
        CHECK(verdict.subject == "CN=device");
    }

    TEST_CASE("S18 the other face of an ECDSA signature is denied with the first") {
        const World w;
        const auto twin_of = [](const x509::Certificate& certificate, const Identity& issuer) {
            const unsigned char* at = certificate.der().data();
            const crypto::X509Ptr x509(
                d2i_X509(nullptr, &at, static_cast<long>(certificate.der().size())));
            return x509::twin_fingerprint(*x509, issuer.key->evp()).value();
        };
        // Its list names what the device's own certificate is the twin of.
        CHECK(judge({w.root.certificate},
                    w.device,
                    {w.above.certificate},
                    kNow,
                    {},
                    {twin_of(w.device, w.above)}) == Trust::Denied);
        CHECK(judge({w.root.certificate},
                    w.device,
                    {w.above.certificate},
                    kNow,
                    {},
                    {twin_of(w.above.certificate, w.root)}) == Trust::Denied);
        CHECK(twin_of(w.device, w.above) != w.device.fingerprint());
        const unsigned char* at = w.device.der().data();
        const crypto::X509Ptr device(
            d2i_X509(nullptr, &at, static_cast<long>(w.device.der().size())));
        CHECK_FALSE(x509::twin_fingerprint(*device, shared_rsa_key()->evp()));
    }

    TEST_CASE("an intermediate for servers alone has no say about clients") {
        const World w;
        const Identity servers =
            make_identity({.subject = "CN=servers",
                           .key_usage = x509::kKeyCertSign,
                           .ekus = {oid::kServerAuth},
                           .basic_constraints = x509::BasicConstraints{.ca = true}},
                          ec_key(),
                          &w.root);
        CHECK(judge({w.root.certificate},
                    make_device(servers, {.ekus = {}}),
                    {servers.certificate}) == Trust::Unfit);
        CHECK(judge({servers.certificate}, make_device(servers)) == Trust::Good);
    }

    TEST_CASE("S05 weak keys and signatures below the anchor are not trusted") {
        const World w;
        const auto device = [&](const Key& key, const Identity& issuer, crypto::Digest digest) {
            return make_identity({.subject = "CN=device", .digest = digest}, key, &issuer)
                .certificate;
        };
        CHECK(judge({w.above.certificate},
                    device(shared_rsa_key(), w.above, crypto::Digest::Sha256)) == Trust::Good);
        CHECK(judge({w.above.certificate},
                    device(shared_rsa_key(), w.above, crypto::Digest::Sha1)) == Trust::Untrusted);
        CHECK(judge({w.above.certificate}, make_small_device(w.above)) == Trust::Untrusted);
        const Identity old_root =
            make_identity({.subject = "CN=old root",
                           .key_usage = x509::kKeyCertSign,
                           .basic_constraints = x509::BasicConstraints{.ca = true},
                           .digest = crypto::Digest::Sha1},
                          ec_key(),
                          nullptr);
        CHECK(judge({old_root.certificate}, make_device(old_root)) == Trust::Good);
    }

    TEST_CASE("extended key usage is for clients, for any, or not said") {
        const World w;
        for (const auto& [ekus, want] : {std::pair<std::vector<asn1::Oid>, Trust>{{}, Trust::Good},
                                         {{oid::kClientAuth}, Trust::Good},
                                         {{oid::kServerAuth, oid::kClientAuth}, Trust::Good},
                                         {{oid::kAnyExtendedKeyUsage}, Trust::Good},
                                         {{oid::kServerAuth}, Trust::Unfit},
                                         {{oid::kCmcRa}, Trust::Unfit}})
            CHECK(judge({w.above.certificate}, make_device(w.above, {.ekus = ekus})) == want);
    }

    TEST_CASE("S18 a denied fingerprint counts for the device and all above it") {
        const World w;
        for (const auto& certificate : {w.device, w.above.certificate, w.root.certificate})
            CHECK(judge({w.root.certificate},
                        w.device,
                        {w.above.certificate},
                        kNow,
                        {},
                        {make_device(w.above).fingerprint(), certificate.fingerprint()}) ==
                  Trust::Denied);
        CHECK(judge({w.above.certificate},
                    w.device,
                    {},
                    kNow,
                    {},
                    {make_device(w.above).fingerprint()}) == Trust::Good);
    }

    TEST_CASE("S18 with CRLs each certificate below the anchor needs a current one") {
        const World w;
        const auto judge_with = [&](std::initializer_list<Buffer> crls, TimePoint now = kNow) {
            return judge({w.root.certificate}, w.device, {w.above.certificate}, now, crls_of(crls));
        };
        const Buffer of_root = make_crl(w.root), of_above = make_crl(w.above);
        CHECK(judge_with({of_root, of_above}) == Trust::Good);
        CHECK(judge_with({of_above}) == Trust::NoCurrentCrl);
        CHECK(judge_with({of_root}) == Trust::NoCurrentCrl);
        CHECK(judge_with({of_root, make_crl(w.above, {.revoked = {w.device}})}) == Trust::Revoked);
        CHECK(judge_with({make_crl(w.root, {.revoked = {w.above.certificate}}), of_above}) ==
              Trust::Revoked);
        CHECK(judge_with({of_root, make_crl(w.above, {.until = kNow - std::chrono::seconds(1)})}) ==
              Trust::NoCurrentCrl);
        CHECK(judge_with(
                  {of_root, make_crl(w.above, {.from = kNow + kDay, .until = kNow + 2 * kDay})}) ==
              Trust::NoCurrentCrl);
        CHECK(judge_with({of_root, make_crl(w.above, {.until = std::nullopt})}) == Trust::Good);
        const Identity forger = {make_intermediate("CN=issuing", w.root).certificate, ec_key()};
        CHECK(judge_with({of_root, make_crl(forger)}) == Trust::NoCurrentCrl);
        // The anchor is trusted as it stands: nobody above it is asked.
        CHECK(judge({w.above.certificate}, w.device, {}, kNow, crls_of({of_above})) == Trust::Good);
        CHECK(judge({w.above.certificate},
                    w.device,
                    {},
                    kNow,
                    crls_of({make_crl(w.above, {.revoked = {w.device}})})) == Trust::Revoked);
    }

    TEST_CASE("a bundle file gives certificates with their lines, and no key") {
        const World w;
        const std::string one = x509::to_pem(w.root.certificate);
        const std::string two = "# roots\n" + one + "\n" + x509::to_pem(w.above.certificate);
        const auto entries = must(x509::parse_bundle(as_bytes(two), "b.pem"));
        REQUIRE(entries.size() == 2);
        CHECK(entries[0].line == 2);
        CHECK(entries[1].line > entries[0].line);
        CHECK(entries[1].certificate == w.above.certificate);
        CHECK(must(x509::parse_bundle(w.root.certificate.der(), "b.der")).front().line == 0);
        const auto refusal = [](std::string_view text) {
            return x509::parse_bundle(as_bytes(text), "b.pem").error();
        };
        CHECK(refusal("").what == "the file is empty, want CERTIFICATE");
        CHECK(refusal("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n").what ==
              "got PUBLIC KEY, want CERTIFICATE");
        const SecretBytes key = w.root.key->to_pkcs8_pem();
        const Error with_key = refusal(one + std::string(as_text(key)));
        CHECK(with_key.what == "a private key lies among the certificates");
        CHECK(with_key.where.line == 1U + static_cast<std::size_t>(std::ranges::count(one, '\n')));
    }

    TEST_CASE("CRL files") {
        const World w;
        const auto crls = must(x509::parse_crls(
            as_bytes(asn1::to_pem("X509 CRL", make_crl(w.root)) +
                     asn1::to_pem("X509 CRL", make_crl(w.above, {.until = std::nullopt}))),
            "c.pem"));
        REQUIRE(crls.size() == 2);
        CHECK(crls[0].issuer == "CN=root");
        CHECK(crls[0].this_update == kNow - kDay);
        CHECK(crls[0].current_at(kNow));
        CHECK_FALSE(crls[0].current_at(kNow + 2 * kDay));
        CHECK(crls[1].current_at(kNow + 2 * kDay));
        CHECK(x509::parse_crls(make_crl(w.root, {.delta = true}), "d.crl")
                  .error()
                  .what.starts_with("a delta CRL"));
        Buffer trailing = make_crl(w.root);
        trailing.push_back(0);
        CHECK(x509::parse_crls(trailing, "c.der").error().what ==
              "not a certificate revocation list");
        CHECK(x509::parse_crls(as_bytes(x509::to_pem(w.root.certificate)), "c.pem").error().what ==
              "got CERTIFICATE, want X509 CRL");
    }

    TEST_CASE("fingerprint files") {
        const std::string plain(64, 'a');
        const auto prints = must(x509::parse_fingerprints(
            as_bytes("# stolen\n\n" + plain + "  # printer\r\n" + to_hex_colons(Buffer(32, 0xbb)) +
                     "\r# by openssl\rsha256 Fingerprint=" + to_hex_colons(Buffer(32, 0xcc)) +
                     "\n"),
            "d.txt"));
        REQUIRE(prints.size() == 3);
        CHECK(prints[0].front() == 0xaa);
        CHECK(prints[1].back() == 0xbb);
        CHECK(prints[2].back() == 0xcc);
        CHECK(must(x509::parse_fingerprints({}, "d.txt")).empty());
        for (const std::string& bad : {plain.substr(2), plain + "aa", std::string("cam-1")}) {
            const Error error = x509::parse_fingerprints(as_bytes("\n" + bad), "d.txt").error();
            CHECK(error.where.line == 2);
            CHECK(error.code == Errc::Config);
        }
    }

    TEST_CASE("S19 five thousand anchors decide as fast as one, near enough to use") {
        const World w;
        std::vector<x509::Certificate> anchors;
        anchors.reserve(5000);
        const Key key = ec_key();
        for (int i = 0; i < 5000; ++i)
            anchors.push_back(
                make_identity({.subject = "CN=ca-" + std::to_string(i),
                               .key_usage = x509::kKeyCertSign,
                               .basic_constraints = x509::BasicConstraints{.ca = true}},
                              key,
                              nullptr)
                    .certificate);
        anchors.push_back(w.above.certificate);
        const TrustBundle bundle = must(TrustBundle::make(anchors));
        CHECK(bundle.check(w.device, {}, kNow).good());
        CHECK(bundle.check(make_device(make_root("CN=other")), {}, kNow).trust == Trust::Untrusted);
    }

    TEST_CASE("a CRL speaks for the CA of its name and key that may sign it") {
        const World w;
        const Crl crl = crls_of({make_crl(w.above, {.revoked = {w.device}})}).front();
        CHECK(x509::check_crl_issued_by(crl, w.above.certificate));
        CHECK(crl.issuer_key == must(w.above.certificate.subject()).match_key());
        CHECK(x509::is_revoked_by(crl, w.device));
        CHECK_FALSE(x509::is_revoked_by(crl, w.root.certificate));
        CHECK_FALSE(x509::check_crl_issued_by(crl, w.root.certificate));
        const Identity namesake = make_intermediate("CN=issuing", w.root);
        CHECK_FALSE(x509::check_crl_issued_by(crl, namesake.certificate));
        const Identity mute =
            make_identity({.subject = "CN=issuing",
                           .key_usage = x509::kKeyCertSign,
                           .basic_constraints = x509::BasicConstraints{.ca = true}},
                          w.above.key,
                          &w.root);
        const Status status = x509::check_crl_issued_by(crl, mute.certificate);
        REQUIRE_FALSE(status);
        CHECK(status.error().what == "the key usage of its issuer lacks cRLSign");
    }

    TEST_CASE("read_bundle goes on behind what is wrong") {
        const World w;
        const std::string key(as_text(w.root.key->to_pkcs8_pem()));
        const std::string good = x509::to_pem(w.root.certificate);
        const std::string text = good + key + asn1::to_pem("CERTIFICATE", as_bytes("x")) +
                                 x509::to_pem(w.above.certificate);
        const x509::BundleReading reading = x509::read_bundle(as_bytes(text), "b.pem");
        REQUIRE(reading.entries.size() == 2);
        CHECK(reading.entries[0].line == 1);
        CHECK(reading.entries[1].certificate == w.above.certificate);
        REQUIRE(reading.errors.size() == 2);
        const auto lines = static_cast<std::size_t>(std::ranges::count(good, '\n'));
        CHECK(reading.errors[0].where.line == lines + 1);
        CHECK(reading.errors[0].what == "a private key lies among the certificates");
        CHECK(to_text(reading.errors[1]).find("not a certificate") != std::string::npos);
        CHECK(x509::read_bundle(as_bytes(text), "b.pem", x509::Keys::PassOver).errors.size() == 1);
        for (const std::string_view nothing : {std::string_view{}, std::string_view(key)})
            CHECK_FALSE(x509::read_bundle(as_bytes(nothing), "b.pem").errors.empty());
        CHECK(x509::read_bundle(w.root.certificate.der(), "b.der").entries.size() == 1);
    }

    TEST_CASE("keys of CAs are described, and judged, whatever their kind") {
        struct Row {
            std::string_view name;
            crypto::PkeyPtr key;
            std::string_view text;
            bool unfit;
        };

        const std::array<Row, 7> rows{
            Row{"RSA 2048", crypto::PkeyPtr(EVP_RSA_gen(2048)), "RSA 2048 bits", false},
            Row{"RSA 1024", crypto::PkeyPtr(EVP_RSA_gen(1024)), "RSA 1024 bits", true},
            Row{"P-256", crypto::PkeyPtr(EVP_EC_gen("P-256")), "EC P-256", false},
            Row{"P-224", crypto::PkeyPtr(EVP_EC_gen("P-224")), "EC secp224r1", true},
            Row{"Brainpool",
                crypto::PkeyPtr(EVP_EC_gen("brainpoolP256r1")),
                "EC brainpoolP256r1",
                false},
            Row{"Brainpool, small",
                crypto::PkeyPtr(EVP_EC_gen("brainpoolP160r1")),
                "EC brainpoolP160r1",
                true},
            Row{"Ed25519",
                crypto::PkeyPtr(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")),
                "ED25519",
                false}};
        for (const Row& row : rows) {
            CAPTURE(row.name);
            const x509::KeyFacts facts = x509::key_facts(certificate_of(*row.key));
            CHECK(facts.text == row.text);
            CHECK(facts.unfit.has_value() == row.unfit);
        }
    }
}
