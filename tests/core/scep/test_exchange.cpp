#include <doctest/doctest.h>

#include "core/base/encoding.hpp"
#include "core/scep/device.hpp"
#include "support/parties.hpp"

namespace scep {

namespace {

const crypto::Library& legacy() {
    static const auto library = must(crypto::Library::with_legacy());
    return *library;
}

Error refusal(const Answer& answer) {
    Device device(trusting(server()));
    const Status taken = enrol(device, server(), answer);
    REQUIRE_FALSE(taken.has_value());
    CHECK(device.exchange.state() == ExchangeState::Operation);
    return taken.error();
}

}  // namespace

TEST_SUITE("scep/exchange") {
    TEST_CASE("a device enrols") {
        Device device(trusting(server()));
        CHECK(device.exchange.request().query == "operation=GetCACaps");
        REQUIRE(enrol(device, server(), {}).has_value());
        const OperationOutcome& outcome = device.exchange.outcome();
        CHECK(outcome.status == PkiStatus::Success);
        CHECK(outcome.certificate.subject_text() == "CN=cam-1,O=Lab");
        CHECK(must(outcome.certificate.public_key()) == device_key()->public_key());
        REQUIRE(outcome.chain.size() == 1);
        CHECK(outcome.chain.front() == server().ca.certificate);
        CHECK(outcome.algorithms == std::vector<std::string>{"SHA-256", "AES-128-CBC"});

        const Received& received = server().received;
        CHECK(received.transaction_id == to_hex(crypto::sha256(device_key()->public_key().spki())));
        CHECK(received.sender_nonce.size() == 16);
        CHECK(received.cipher == crypto::Cipher::Aes128Cbc);
        CHECK(received.digest == crypto::Digest::Sha256);
        CHECK(as_text(received.request->challenge()->value) == kChallenge);
        CHECK(must(received.signer.public_key()) == device_key()->public_key());
    }

    TEST_CASE("an EC key enrols through a transient RSA signer") {
        Device device(trusting(server()));
        const Key key = ec_key();
        REQUIRE(enrol(device, server(), {}, key).has_value());
        CHECK(must(device.exchange.outcome().certificate.public_key()) == key->public_key());
        const auto signer = must(server().received.signer.public_key());
        CHECK(signer.type() == crypto::KeyType::Rsa);
        CHECK(server().received.signer.subject_text() == "CN=cam-1,O=Lab");
    }

    TEST_CASE("S29 nothing vouches for the CA, so nothing can be sent") {
        Device device({});
        const Status met = device.meet(server().ca_certificates());
        REQUIRE_FALSE(met.has_value());
        CHECK(met.error().code == Errc::Usage);
        CHECK(mentions(met.error(), to_hex(server().ca.certificate.fingerprint())));
        CHECK(mentions(met.error(), "CN=Test CA"));
        CHECK(mentions(met.error(), "--ca-fingerprint"));
        CHECK(mentions(met.error(), "--tls-ca"));
        CHECK(mentions(met.error(), "--trust-on-first-use"));
        CHECK(device.exchange.state() == ExchangeState::CaCertificates);
    }

    TEST_CASE("S29 a verified TLS connection or leave to trust the first one vouch for the CA") {
        Device tls({});
        REQUIRE(tls.meet(server().ca_certificates(), kModern, true).has_value());
        CHECK(tls.exchange.ca().trusted_by == TrustedBy::Tls);
        ExchangeSettings settings;
        settings.trust.on_first_use = true;
        Device first_use(settings);
        REQUIRE(first_use.meet(server().ca_certificates()).has_value());
        CHECK(first_use.exchange.ca().trusted_by == TrustedBy::FirstUse);
    }

    TEST_CASE("S29 a fingerprint that differs is refused although TLS verified") {
        ExchangeSettings settings;
        settings.trust.ca_fingerprint = Fingerprint{7};
        Device device(settings);
        const Status met = device.meet(server().ca_certificates(), kModern, true);
        REQUIRE_FALSE(met.has_value());
        CHECK(met.error().code == Errc::Policy);
        CHECK(mentions(met.error(), "fingerprint"));
    }

    TEST_CASE("S29 the RA's fingerprint does not authenticate the CA") {
        ExchangeSettings settings;
        settings.trust.ca_fingerprint = server().ra.certificate.fingerprint();
        Device device(settings);
        const Status met = device.meet(server().ca_certificates());
        REQUIRE_FALSE(met.has_value());
        CHECK(mentions(met.error(), "CN=Test RA, which is no CA certificate"));
    }

    TEST_CASE("S30 a device certificate of the same CA is no RA") {
        FakeScepServer thief;
        thief.ra = make_identity(
            {.subject = "CN=some device", .ekus = {oid::kClientAuth}}, shared_rsa_key(), &thief.ca);
        Device device(trusting(thief));
        const Status met = device.meet(thief.ca_certificates());
        REQUIRE_FALSE(met.has_value());
        CHECK(mentions(met.error(),
                       "--ra-fingerprint " + to_hex(thief.ra.certificate.fingerprint())));

        ExchangeSettings named = trusting(thief);
        named.trust.ra_fingerprints = {thief.ra.certificate.fingerprint()};
        Device told(named);
        CHECK(told.meet(thief.ca_certificates()).has_value());
    }

    TEST_CASE("S30 an extended key usage without an RA's purpose needs --ra-fingerprint") {
        struct Row {
            std::string_view name;
            std::vector<asn1::Oid> ekus;
            bool taken;
        };

        for (const Row& row : {Row{"server", {oid::kServerAuth}, false},
                               Row{"mail", {oid::kEmailProtection}, false},
                               Row{"any", {oid::kAnyExtendedKeyUsage}, false},
                               Row{"device", {oid::kClientAuth, oid::kServerAuth}, false},
                               Row{"cmcRA", {oid::kCmcRa}, true},
                               Row{"cmcRA and mail", {oid::kEmailProtection, oid::kCmcRa}, true},
                               Row{"cmcRA and client", {oid::kClientAuth, oid::kCmcRa}, true},
                               Row{"request agent", {oid::kCertificateRequestAgent}, true}}) {
            CAPTURE(row.name);
            FakeScepServer with;
            with.ra = make_identity(
                {.subject = "CN=candidate", .ekus = row.ekus}, shared_rsa_key(), &with.ca);
            Device device(trusting(with));
            const Status met = device.meet(with.ca_certificates());
            CHECK(met.has_value() == row.taken);
            if (!met)
                CHECK(mentions(met.error(),
                               "--ra-fingerprint " + to_hex(with.ra.certificate.fingerprint())));
            ExchangeSettings named = trusting(with);
            named.trust.ra_fingerprints = {with.ra.certificate.fingerprint()};
            Device told(named);
            CHECK(told.meet(with.ca_certificates()).has_value());
        }
    }

    TEST_CASE("S30 without extended key usage it is an RA only where no other is, and is noted") {
        FakeScepServer old;
        const Identity declared = old.ra;
        old.ra = make_identity({.subject = "CN=Plain RA"}, shared_rsa_key(), &old.ca);
        const std::string print = to_hex(old.ra.certificate.fingerprint());
        const auto notes = [](const Device& device) {
            std::string out;
            for (const std::string& text : device.exchange.ca().notes)
                out += text + "\n";
            return out;
        };
        Device alone(trusting(old));
        REQUIRE(alone.meet(old.ca_certificates()).has_value());
        CHECK(alone.exchange.ca().recipient == old.ra.certificate);
        CHECK(notes(alone).find("CN=Plain RA is taken as RA although") != std::string::npos);
        CHECK(notes(alone).find("--ra-fingerprint " + print) != std::string::npos);

        const Buffer both = cms::build_certs_only({to_buffer(old.ra.certificate.der()),
                                                   to_buffer(declared.certificate.der()),
                                                   to_buffer(old.ca.certificate.der())});
        Device choosing(trusting(old));
        REQUIRE(choosing.meet(both).has_value());
        CHECK(choosing.exchange.ca().recipient == declared.certificate);
        CHECK(choosing.exchange.ca().ras == std::vector{declared.certificate});
        CHECK(notes(choosing).find("CN=Plain RA is not taken as RA") != std::string::npos);

        ExchangeSettings named = trusting(old);
        named.trust.ra_fingerprints = {old.ra.certificate.fingerprint(),
                                       declared.certificate.fingerprint()};
        Device told(named);
        REQUIRE(told.meet(both).has_value());
        CHECK(told.exchange.ca().ras == std::vector{declared.certificate, old.ra.certificate});
        CHECK(told.exchange.ca().recipient == declared.certificate);
    }

    TEST_CASE("S30 recorded GetCACert replies still give a recipient") {
        const std::string fixtures = SCEP_FIXTURES;
        TrustSettings trust;
        trust.on_first_use = true;
        const auto meet = [&](const std::string& name) {
            const Buffer body = read_file(fixtures + "/" + name);
            return must(authenticate_ca(must(parse_ca_certificates(body)), trust, false, kNow));
        };
        const AuthenticatedCa jscep = meet("lab-jscepra-getcacert.der");
        CHECK(jscep.recipient.subject_text() == "O=Lab,CN=jscep lab RA");
        REQUIRE(jscep.notes.size() == 1);
        CHECK(jscep.notes.front().find("is taken as RA although") != std::string::npos);
        const AuthenticatedCa micromdm = meet("lab-micromdm-getcacert.der");
        CHECK(micromdm.recipient == micromdm.anchors.front());
    }

    TEST_CASE("S30 an RA of another CA is passed over") {
        const Identity other = make_ca(ec_key(), "CN=Other CA");
        FakeScepServer mixed;
        mixed.ra = make_ra(shared_rsa_key(), other);
        Device device(trusting(mixed));
        const Status met = device.meet(mixed.ca_certificates());
        REQUIRE_FALSE(met.has_value());
        CHECK(mentions(met.error(), "CN=Test RA is not taken as RA"));
    }

    TEST_CASE("S30 an expired RA is passed over") {
        FakeScepServer old;
        old.ra = make_identity({.subject = "CN=Old RA", .not_after = kNow - std::chrono::hours(1)},
                               shared_rsa_key(),
                               &old.ca);
        Device device(trusting(old));
        const Status met = device.meet(old.ca_certificates());
        REQUIRE_FALSE(met.has_value());
        CHECK(mentions(met.error(), "expired"));
    }

    TEST_CASE("S30 an RA fingerprint that nothing has is refused") {
        ExchangeSettings settings = trusting(server());
        settings.trust.ra_fingerprints = {Fingerprint{9}};
        Device device(settings);
        const Status met = device.meet(server().ca_certificates());
        REQUIRE_FALSE(met.has_value());
        CHECK(mentions(met.error(), "RA fingerprint"));
    }

    TEST_CASE("S30 of two RAs with one key usage bit each both are used") {
        FakeScepServer split;
        const Key signing = ec_key();
        split.ra = make_identity({.subject = "CN=RA encryption",
                                  .key_usage = x509::kKeyEncipherment,
                                  .ekus = {oid::kCertificateRequestAgent}},
                                 shared_rsa_key(),
                                 &split.ca);
        const Identity signer = make_identity({.subject = "CN=RA signing",
                                               .key_usage = x509::kDigitalSignature,
                                               .ekus = {oid::kCertificateRequestAgent}},
                                              signing,
                                              &split.ca);
        Device device(trusting(split));
        const Buffer list = cms::build_certs_only({to_buffer(signer.certificate.der()),
                                                   to_buffer(split.ra.certificate.der()),
                                                   to_buffer(split.ca.certificate.der())});
        REQUIRE(device.meet(list).has_value());
        CHECK(device.exchange.ca().recipient == split.ra.certificate);
        REQUIRE(device.prepare().has_value());
        const Buffer reply = split.operate(device.exchange.request().body, {.signer = &signer});
        CHECK(device.exchange.take(ok(reply), kNow).has_value());
    }

    TEST_CASE("of a chain in any order the issuing CA comes first") {
        const std::uint32_t usage = x509::kKeyCertSign | x509::kCrlSign;
        const Identity root =
            make_identity({.subject = "CN=Test root",
                           .key_usage = usage,
                           .basic_constraints = x509::BasicConstraints{.ca = true}},
                          ec_key(),
                          nullptr);
        FakeScepServer below;
        below.ca = make_identity({.subject = "CN=Test issuing CA",
                                  .key_usage = usage,
                                  .basic_constraints = x509::BasicConstraints{.ca = true}},
                                 ec_key(),
                                 &root);
        below.ra = make_ra(shared_rsa_key(), below.ca);
        ExchangeSettings settings;
        settings.trust.ca_fingerprint = root.certificate.fingerprint();
        Device device(settings);
        const Buffer list = cms::build_certs_only({to_buffer(root.certificate.der()),
                                                   to_buffer(below.ra.certificate.der()),
                                                   to_buffer(below.ca.certificate.der())});
        REQUIRE(device.meet(list).has_value());
        const std::vector<x509::Certificate>& authorities = device.exchange.ca().authorities;
        REQUIRE(authorities.size() == 2);
        CHECK(authorities[0] == below.ca.certificate);
        CHECK(authorities[1] == root.certificate);
        REQUIRE(device.prepare().has_value());
        const Buffer reply = below.operate(device.exchange.request().body);
        CHECK(device.exchange.take(ok(reply), kNow).has_value());
    }

    TEST_CASE("S30 a reply signed by a stranger is refused") {
        const Identity stranger = make_transient(shared_rsa_key(), "CN=stranger");
        const Error error = refusal({.signer = &stranger});
        CHECK(error.code == Errc::Policy);
        CHECK(mentions(error, "CN=stranger"));
        CHECK(mentions(error, "neither the CA nor an RA"));
    }

    TEST_CASE("S30 a reply signed by a device of the same CA is refused") {
        const Identity device = make_identity(
            {.subject = "CN=device", .ekus = {oid::kClientAuth}}, shared_rsa_key(), &server().ca);
        CHECK(mentions(refusal({.signer = &device}), "neither the CA nor an RA"));
    }

    TEST_CASE("a CA alone is its own RA, whatever its key usage") {
        FakeScepServer single;
        single.ca = make_ca(shared_rsa_key());
        single.ra = single.ca;
        Device device(trusting(single));
        REQUIRE(device.meet(single.ca.certificate.der()).has_value());
        CHECK(device.exchange.ca().recipient == single.ca.certificate);
        REQUIRE(device.prepare().has_value());
        CHECK(device.exchange.take(ok(single.operate(device.exchange.request().body)), kNow)
                  .has_value());
    }

    TEST_CASE("GetCACert as PEM, and as what is no certificate") {
        Device pem(trusting(server()));
        const std::string text =
            x509::to_pem(server().ra.certificate) + x509::to_pem(server().ca.certificate);
        CHECK(pem.meet(as_bytes(text)).has_value());

        Device html(trusting(server()));
        const Status met = html.meet(as_bytes("<html>\x1b[31mlogin</html>"));
        REQUIRE_FALSE(met.has_value());
        CHECK(mentions(met.error(), "<html>\\x1b[31mlogin</html>"));
        CHECK(mentions(met.error(), "GetCACert"));

        for (const std::string bad :
             {"-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n",
              "-----BEGIN CERTIFICATE-----\nMAA=\n",
              "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n",
              "-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n"}) {
            CAPTURE(bad);
            Device device(trusting(server()));
            const Status broken = device.meet(as_bytes(bad));
            REQUIRE_FALSE(broken.has_value());
            CHECK(broken.error().code == Errc::Protocol);
            CHECK(broken.error().hint.empty());
            CHECK_FALSE(mentions(broken.error(), "MAA="));
        }
    }

    TEST_CASE("GetCACert holds up to 32 certificates in either form, doubled ones once") {
        const std::string ca = x509::to_pem(server().ca.certificate);
        std::string pem = x509::to_pem(server().ra.certificate);
        std::vector<Bytes> list{server().ra.certificate.der()};
        while (list.size() < limits::kMaxCertificates) {
            pem += ca;
            list.push_back(server().ca.certificate.der());
        }
        CHECK(must(parse_ca_certificates(as_bytes(pem))).size() == 2);
        CHECK(must(parse_ca_certificates(cms::build_certs_only(list))).size() == 2);
        pem += ca;
        list.push_back(server().ca.certificate.der());
        for (const auto& got : {parse_ca_certificates(as_bytes(pem)),
                                parse_ca_certificates(cms::build_certs_only(list))}) {
            REQUIRE_FALSE(got.has_value());
            CHECK(got.error().code == Errc::Protocol);
            CHECK(mentions(got.error(), "more than 32 values"));
        }
    }

    TEST_CASE("another transactionID is refused") {
        TransactionId other;
        other.octets = to_buffer(as_bytes("0000"));
        const Error error = refusal({.transaction_id = other});
        CHECK(error.code == Errc::Policy);
        CHECK(mentions(error, "transactionID"));
    }

    TEST_CASE("another or no recipientNonce is refused") {
        CHECK(mentions(refusal({.recipient_nonce = Buffer(16, 1)}),
                       "is not the request's senderNonce"));
        CHECK(mentions(refusal({.recipient_nonce = Buffer{}}), "no recipientNonce"));
    }

    TEST_CASE("a messageType that is no CertRep is refused") {
        CHECK(mentions(refusal({.type = MessageType::PkcsReq}), "messageType is PKCSReq (19)"));
    }

    TEST_CASE("a certificate for another key is refused") {
        const Error error = refusal({.key = &shared_rsa_key()->public_key()});
        CHECK(error.code == Errc::Policy);
        CHECK(mentions(error, "no certificate for our key, but: CN=cam-1,O=Lab"));
    }

    TEST_CASE("a certificate of another CA is refused") {
        const Identity other = make_ca(ec_key(), "CN=Other CA");
        const Error error = refusal({.issuer = &other});
        CHECK(error.code == Errc::Crypto);
        CHECK(mentions(error, "does not chain to the authenticated CA"));
    }

    TEST_CASE("an expired certificate is refused, one a little ahead of our clock is taken") {
        CHECK(mentions(refusal({.not_before = kNow - std::chrono::hours(2),
                                .not_after = kNow - std::chrono::hours(1)}),
                       "expired"));
        CHECK(mentions(refusal({.not_before = kNow + std::chrono::hours(1)}), "not yet valid"));
        Device device(trusting(server()));
        CHECK(enrol(device, server(), {.not_before = kNow + std::chrono::minutes(5)}).has_value());
    }

    TEST_CASE("SUCCESS without an envelope is refused") {
        CHECK(mentions(refusal({.without_envelope = true}), "no envelope"));
    }

    TEST_CASE("a reply with a flipped bit or cut short is never another certificate") {
        Device device(trusting(server()));
        REQUIRE(device.meet(server().ca_certificates()).has_value());
        REQUIRE(device.prepare().has_value());
        const Buffer good = server().operate(device.exchange.request().body);
        const auto leaf = [](const Exchange& exchange) { return exchange.outcome().certificate; };
        Exchange whole = device.exchange;
        REQUIRE(whole.take(ok(good), kNow).has_value());
        for (std::size_t i = 0; i < good.size(); i += 5) {
            CAPTURE(i);
            Buffer bad = good;
            bad[i] ^= 0x10U;
            Exchange attempt = device.exchange;
            // Octets that nothing signs and nothing reads may differ: versions, the list of
            // digests.
            if (attempt.take(ok(bad), kNow))
                CHECK(leaf(attempt) == leaf(whole));
            Exchange shorter = device.exchange;
            CHECK_FALSE(shorter.take(ok(Bytes(good).first(i)), kNow).has_value());
        }
    }

    TEST_CASE("FAILURE is an outcome, with failInfo and text") {
        Device device(trusting(server()));
        REQUIRE(enrol(device,
                      server(),
                      {.status = PkiStatus::Failure,
                       .fail_info = FailInfo::BadRequest,
                       .fail_info_text = "challenge"})
                    .has_value());
        CHECK(device.exchange.outcome().status == PkiStatus::Failure);
        CHECK(device.exchange.outcome().fail_info == FailInfo::BadRequest);
        CHECK(device.exchange.outcome().fail_info_text == "challenge");
    }

    TEST_CASE("a FAILURE by a stranger is no outcome") {
        const Identity stranger = make_transient(shared_rsa_key(), "CN=stranger");
        CHECK(mentions(refusal({.status = PkiStatus::Failure,
                                .fail_info = FailInfo::BadRequest,
                                .signer = &stranger}),
                       "neither the CA nor an RA"));
    }

    TEST_CASE("PENDING is an outcome") {
        Device device(trusting(server()));
        REQUIRE(enrol(device, server(), {.status = PkiStatus::Pending}).has_value());
        CHECK(device.exchange.outcome().status == PkiStatus::Pending);
    }

    TEST_CASE("single DES in a reply is named, with the way to admit it") {
        FakeScepServer old(legacy());
        Device strict(trusting(old));
        const Status taken = enrol(strict, old, {.cipher = crypto::Cipher::DesCbc});
        REQUIRE_FALSE(taken.has_value());
        CHECK(taken.error().code == Errc::Policy);
        CHECK(mentions(taken.error(), "DES-CBC"));
        CHECK(mentions(taken.error(), "--insecure"));

        Device insecure(trusting(old), legacy());
        REQUIRE(enrol(insecure, old, {.cipher = crypto::Cipher::DesCbc}).has_value());
        CHECK(insecure.exchange.outcome().algorithms ==
              std::vector<std::string>{"SHA-256", "DES-CBC"});
        CHECK(old.received.cipher == crypto::Cipher::Aes128Cbc);
    }

    TEST_CASE("MD5 in a reply is named") {
        FakeScepServer old(legacy());
        Device strict(trusting(old));
        const Status taken = enrol(strict, old, {.digest = crypto::Digest::Md5});
        REQUIRE_FALSE(taken.has_value());
        CHECK(mentions(taken.error(), "MD5"));
        Device insecure(trusting(old), legacy());
        CHECK(enrol(insecure, old, {.digest = crypto::Digest::Md5}).has_value());
    }

    TEST_CASE("algorithms follow the capabilities, never below what is admitted") {
        struct Row {
            std::string_view name, capabilities;
            bool insecure;
            crypto::Digest digest;
            crypto::Cipher cipher;
        };

        using crypto::Cipher;
        using crypto::Digest;
        const std::array rows{
            Row{"all of RFC 8894", "SCEPStandard", false, Digest::Sha256, Cipher::Aes128Cbc},
            Row{"nothing", "", false, Digest::Sha256, Cipher::Aes128Cbc},
            Row{"SHA-1 and 3DES", "SHA-1\r\nDES3\r\n", false, Digest::Sha1, Cipher::DesEde3Cbc},
            Row{"SHA-512 alone", "sha-512\nAES", false, Digest::Sha512, Cipher::Aes128Cbc},
            Row{"nothing, DES admitted", "", true, Digest::Md5, Cipher::DesCbc},
            Row{"modern, DES admitted", kModern, true, Digest::Sha256, Cipher::Aes128Cbc}};
        for (const Row& row : rows) {
            CAPTURE(row.name);
            const auto chosen =
                choose_algorithms(parse_capabilities(as_bytes(row.capabilities)),
                                  {},
                                  row.insecure ? legacy() : crypto::Library::standard());
            REQUIRE(chosen.has_value());
            CHECK(chosen->digest == row.digest);
            CHECK(chosen->cipher == row.cipher);
        }
    }

    TEST_CASE("DES asked for without leave is refused") {
        const auto chosen =
            choose_algorithms({}, {.cipher = crypto::Cipher::DesCbc}, crypto::Library::standard());
        REQUIRE_FALSE(chosen.has_value());
        CHECK(chosen.error().code == Errc::Usage);
        CHECK(mentions(chosen.error(), "DES-CBC"));
        CHECK(mentions(chosen.error(), "--insecure"));
    }

    TEST_CASE("OAEP is used when asked for") {
        ExchangeSettings settings = trusting(server());
        settings.algorithms.oaep = true;
        Device device(settings);
        REQUIRE(enrol(device, server(), {}).has_value());
        CHECK(server().received.key_transport.oaep);
        CHECK(server().received.key_transport.digest == crypto::Digest::Sha256);
    }

    TEST_CASE("POST where the server says so, GET otherwise or when told") {
        struct Row {
            std::string_view capabilities;
            HttpMethod setting;
            bool post;
        };

        for (const Row& row : {Row{kModern, HttpMethod::Auto, true},
                               Row{"AES", HttpMethod::Auto, false},
                               Row{"AES", HttpMethod::Post, true},
                               Row{kModern, HttpMethod::Get, false}}) {
            CAPTURE(row.capabilities);
            ExchangeSettings settings = trusting(server());
            settings.http = row.setting;
            Device device(settings);
            REQUIRE(device.meet(server().ca_certificates(), row.capabilities).has_value());
            REQUIRE(device.prepare().has_value());
            const ExchangeRequest request = device.exchange.request();
            CHECK(request.post == row.post);
            CHECK(request.body.empty() != row.post);
            if (!row.post) {
                const auto operation = must(parse_operation(false, request.query, {}));
                CHECK(device.exchange.take(ok(server().operate(operation.message)), kNow)
                          .has_value());
            } else {
                CHECK(request.query == "operation=PKIOperation");
                CHECK(request.content_type == kTypePkiMessage);
            }
        }
    }

    TEST_CASE("GetCACaps that fails is no capabilities") {
        Device device(trusting(server()));
        REQUIRE(device.exchange.take({.status = 500, .body = as_bytes("POSTPKIOperation")}, kNow)
                    .has_value());
        CHECK_FALSE(device.exchange.capabilities().post());
        CHECK(device.exchange.state() == ExchangeState::CaCertificates);
    }

    TEST_CASE("HTTP errors are shown with what the server wrote") {
        struct Row {
            int status;
            std::string_view body;
            Errc code;
            std::string_view text;
        };

        for (const Row& row :
             {Row{403,
                  "Invalid challenge\n",
                  Errc::Policy,
                  "HTTP 403 (text/plain): Invalid challenge"},
              Row{500, "a\x1b[2Jb", Errc::Protocol, "HTTP 500 (text/plain): a\\x1b[2Jb"},
              Row{503, "", Errc::Protocol, "HTTP 503"}}) {
            CAPTURE(row.status);
            Device device(trusting(server()));
            REQUIRE(device.meet(server().ca_certificates()).has_value());
            REQUIRE(device.prepare().has_value());
            const Status taken = device.exchange.take(
                {.status = row.status, .content_type = "text/plain", .body = as_bytes(row.body)},
                kNow);
            REQUIRE_FALSE(taken.has_value());
            CHECK(taken.error().code == row.code);
            CHECK(mentions(taken.error(), row.text));
            CHECK(mentions(taken.error(), "PKIOperation"));
        }
    }
}

}  // namespace scep
