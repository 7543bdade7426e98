// What RFC 8894 asks of a client, as far as it shows in the messages themselves.
#include <doctest/doctest.h>

#include "core/base/encoding.hpp"
#include "core/scep/device.hpp"

namespace scep {

namespace {

// The settings under which a device asked once, by these capabilities.
ExchangeRequest request_by(std::string_view capabilities, HttpMethod method = HttpMethod::Auto) {
    ExchangeSettings settings = trusting(server());
    settings.http = method;
    Device device(settings);
    REQUIRE(device.meet(server().ca_certificates(), capabilities).has_value());
    REQUIRE(device.prepare().has_value());
    return device.exchange.request();
}

}  // namespace

TEST_SUITE("scep/RFC 8894 client") {
    TEST_CASE("RFC8894 lines 6, 92: GetCACert, a GET without a body, comes before the request") {
        Device device(trusting(server()));
        CHECK(device.exchange.request().query == "operation=GetCACaps");
        REQUIRE(device.exchange.take(ok(as_bytes(kModern), kTypeCaps), kNow).has_value());
        const ExchangeRequest request = device.exchange.request();
        CHECK_FALSE(request.post);
        CHECK(request.query == "operation=GetCACert");
        CHECK(request.body.empty());
        CHECK(device.exchange.state() == ExchangeState::CaCertificates);
        REQUIRE(device.exchange.take(ok(server().ca_certificates()), kNow).has_value());
        CHECK(device.exchange.state() == ExchangeState::Ready);
    }

    TEST_CASE("RFC8894 lines 3, 8, 10: a CA certificate counts by its fingerprint") {
        Device known(trusting(server()));
        CHECK(known.meet(server().ca_certificates()).has_value());
        CHECK(known.exchange.ca().trusted_by == TrustedBy::CaFingerprint);
        ExchangeSettings other;
        other.trust.ca_fingerprint = server().ra.certificate.fingerprint();
        CHECK_FALSE(Device(other).meet(server().ca_certificates()).has_value());
        CHECK_FALSE(Device({}).meet(server().ca_certificates()).has_value());
        ExchangeSettings legacy;
        legacy.trust.ca_sha1.emplace();
        std::ranges::copy(
            crypto::digest(
                crypto::Library::standard(), crypto::Digest::Sha1, server().ca.certificate.der()),
            legacy.trust.ca_sha1->begin());
        CHECK(Device(legacy).meet(server().ca_certificates()).has_value());
        legacy.trust.ca_sha1->front() ^= 1U;
        CHECK_FALSE(Device(legacy).meet(server().ca_certificates()).has_value());
    }

    TEST_CASE("RFC8894 line 11: an intermediate that is expired or a stranger's takes no part") {
        const Identity& root = server().ca;
        const auto below = [](const Identity& issuer, TimePoint not_after) {
            return make_identity({.subject = "CN=Issuing CA",
                                  .key_usage = x509::kKeyCertSign,
                                  .basic_constraints = x509::BasicConstraints{.ca = true},
                                  .not_after = not_after},
                                 ec_key(),
                                 &issuer);
        };
        for (const Identity& bad : {below(root, kNow - std::chrono::hours(1)),
                                    below(make_ca(ec_key()), kNow + std::chrono::hours(1))}) {
            Device device(trusting(server()));
            REQUIRE(device
                        .meet(cms::build_certs_only({bad.certificate.der(),
                                                     server().ra.certificate.der(),
                                                     root.certificate.der()}))
                        .has_value());
            CHECK(device.exchange.ca().authorities == std::vector{root.certificate});
            REQUIRE_FALSE(device.exchange.ca().notes.empty());
            CHECK(device.exchange.ca().notes.front().find("CN=Issuing CA is passed over") !=
                  std::string::npos);
        }
    }

    TEST_CASE("RFC8894 lines 12, 13, 14, 18, 19: a self-signed certificate of the request's key") {
        Device device(trusting(server()));
        REQUIRE(enrol(device, server(), {}).has_value());
        const Received& received = server().received;
        CHECK(received.type == MessageType::PkcsReq);
        const x509::Certificate& signer = received.signer;
        CHECK(signer.self_issued());
        CHECK(signer.verify_signature(crypto::Library::standard(), device_key()->public_key()));
        CHECK(signer.subject_text() == received.request->subject().to_text());
        CHECK(must(signer.public_key()) == device_key()->public_key());
        CHECK(signer.key_usage() == (x509::kDigitalSignature | x509::kKeyEncipherment));
    }

    TEST_CASE("RFC8894 lines 2, 22, 62: the CSR has subject, key and challenge") {
        Device device(trusting(server()));
        REQUIRE(enrol(device, server(), {}).has_value());
        const x509::CertificationRequest& request = *server().received.request;
        CHECK(request.subject().to_text() == "CN=cam-1,O=Lab");
        CHECK(must(request.public_key(crypto::kStrictKeys)) == device_key()->public_key());
        CHECK(as_text(request.challenge()->value) == kChallenge);
    }

    TEST_CASE("RFC8894 line 52: a transactionID of its own key, printable") {
        Device device(trusting(server()));
        REQUIRE(enrol(device, server(), {}).has_value());
        const std::string first = server().received.transaction_id;
        CHECK(from_hex(first).has_value());
        Device other(trusting(server()));
        REQUIRE(enrol(other, server(), {}, rsa_key()).has_value());
        CHECK_FALSE(server().received.transaction_id == first);
    }

    TEST_CASE("RFC8894 line 56: failInfoText decides nothing") {
        for (const std::string& text : std::vector<std::string>{"", "SUCCESS", "badAlg (0)"}) {
            Device device(trusting(server()));
            REQUIRE(enrol(device,
                          server(),
                          {.status = PkiStatus::Failure,
                           .fail_info = FailInfo::BadTime,
                           .fail_info_text = text})
                        .has_value());
            CHECK(device.exchange.outcome().status == PkiStatus::Failure);
            CHECK(device.exchange.outcome().fail_info == FailInfo::BadTime);
            CHECK(device.exchange.outcome().fail_info_text == text);
        }
    }

    TEST_CASE("RFC8894 line 59: a nonce that is missing or another is refused") {
        for (const Buffer& nonce : {Buffer{}, Buffer(16, 7)}) {
            Device device(trusting(server()));
            const Status taken = enrol(device, server(), {.recipient_nonce = nonce});
            REQUIRE_FALSE(taken.has_value());
            CHECK(mentions(taken.error(), "recipientNonce"));
        }
    }

    TEST_CASE(
        "RFC8894 lines 80, 81, 90: capabilities by CRLF or LF, in any case, choose the best") {
        for (const std::string_view text : {"SHA-256\nAES\nDES3\nSHA-1\nPOSTPKIOperation\n",
                                            "sha-256\r\naes\r\nDes3\r\nsha-1\r\npostpkioperation",
                                            "POSTPKIOperation\r\nX-Other\r\nSHA-256\r\nAES\r\n"}) {
            CAPTURE(text);
            Device device(trusting(server()));
            REQUIRE(device.meet(server().ca_certificates(), text).has_value());
            CHECK(device.exchange.algorithms().digest == crypto::Digest::Sha256);
            CHECK(device.exchange.algorithms().cipher == crypto::Cipher::Aes128Cbc);
            CHECK(device.exchange.capabilities().post());
        }
    }

    TEST_CASE(
        "RFC8894 lines 84, 117: nothing, an error or a page is none, and no reason to go lower") {
        for (const auto& row : {std::pair<int, std::string_view>{200, ""},
                                {404, "not here"},
                                {500, "SHA-1\nDES3\n"},
                                {200, "<html>SHA-1\nDES3\n</html>"},
                                {0, ""}}) {
            CAPTURE(row.first);
            const auto& [status, body] = row;
            Device device(trusting(server()));
            REQUIRE(
                device.exchange.take({.status = status, .body = as_bytes(body)}, kNow).has_value());
            REQUIRE(device.exchange.take(ok(server().ca_certificates()), kNow).has_value());
            CHECK(device.exchange.algorithms().digest == crypto::Digest::Sha256);
            CHECK(device.exchange.algorithms().cipher == crypto::Cipher::Aes128Cbc);
            CHECK_FALSE(device.exchange.capabilities().post());
        }
    }

    TEST_CASE("RFC8894 line 85: old servers: SHA-1 and 3DES alone, key usage with one bit each") {
        Device device(trusting(server()));
        REQUIRE(device.meet(server().ca_certificates(), "SHA-1\r\nDES3\r\n").has_value());
        CHECK(device.exchange.algorithms().digest == crypto::Digest::Sha1);
        CHECK(device.exchange.algorithms().cipher == crypto::Cipher::DesEde3Cbc);

        const auto ra = [](const std::string& name, std::uint32_t usage) {
            return make_identity(
                {.subject = name, .key_usage = usage, .ekus = {oid::kCertificateRequestAgent}},
                rsa_key(),
                &server().ca);
        };
        const Identity signs = ra("CN=signs", x509::kDigitalSignature);
        const Identity decrypts = ra("CN=decrypts", x509::kKeyEncipherment);
        Device pair(trusting(server()));
        REQUIRE(pair.meet(cms::build_certs_only({signs.certificate.der(),
                                                 decrypts.certificate.der(),
                                                 server().ca.certificate.der()}))
                    .has_value());
        CHECK(pair.exchange.ca().recipient == decrypts.certificate);
        REQUIRE(pair.prepare().has_value());
        FakeScepServer ndes;
        ndes.ca = server().ca;
        ndes.ra = decrypts;
        const Buffer reply = ndes.operate(pair.exchange.request().body, {.signer = &signs});
        CHECK(pair.exchange.take(ok(reply), kNow).has_value());
    }

    TEST_CASE("RFC8894 lines 89, 90, 91: POST where there is POST, else base64 in a GET") {
        const ExchangeRequest post = request_by("POSTPKIOperation\n");
        CHECK(post.post);
        CHECK(post.query == "operation=PKIOperation");
        CHECK(post.content_type == kTypePkiMessage);
        CHECK(request_by("SCEPStandard\n").post);
        CHECK_FALSE(request_by("SCEPStandard\n", HttpMethod::Get).post);
        const ExchangeRequest get = request_by("AES\n");
        CHECK_FALSE(get.post);
        CHECK(get.body.empty());
        const std::string_view message = std::string_view(get.query).substr(
            std::string_view("operation=PKIOperation&message=").size());
        CHECK(message.find_first_of("+/=-_") == std::string_view::npos);
        const auto octets = from_base64(percent_decode(message).value());
        REQUIRE(octets.has_value());
        CHECK(parse_pki_message(*octets).has_value());
    }
}

}  // namespace scep
