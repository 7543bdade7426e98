#include <doctest/doctest.h>

#include "core/base/encoding.hpp"
#include "core/scep/operation.hpp"
#include "serve/endpoint/check_failure.hpp"
#include "serve/endpoint/decide.hpp"
#include "serve/endpoint/route.hpp"

using namespace scep;
using namespace scep::test;

TEST_SUITE("serve/endpoint") {
    TEST_CASE("a good PKCSReq is answered with the certificate, an issuance and an audit row") {
        const TestProfile profile = make_profile();
        const RequestRecipe recipe{.sans = {"dns:device-1.example", "ip:192.0.2.1"}};
        const endpoint::Outcome outcome =
            post(profile, make_message(recipe, profile.ra.certificate));
        REQUIRE(outcome.reply.status == 200);
        CHECK(outcome.decision == "success");

        const PkiMessage reply = read_reply(profile, outcome);
        CHECK(reply.status == PkiStatus::Success);
        CHECK(reply.transaction_id.to_text() == "transaction-1");
        CHECK(reply.recipient_nonce == recipe.sender_nonce);
        CHECK(reply.sender_nonce.size() == 16);
        CHECK(reply.signer == profile.ra.certificate);
        CHECK(reply.signer_info().signature_algorithm.algorithm == oid::kRsaEncryption);

        const auto certificates = issued_certificates(reply, recipe.device_key, recipe.subject);
        REQUIRE(certificates.size() == 2);
        const x509::Certificate& leaf = certificates[0];
        CHECK(certificates[1] == profile.ca.certificate);
        CHECK(leaf.subject_text() == "CN=device-1");
        CHECK(
            check_issued_by(crypto::Library::standard(), leaf, profile.ca.certificate).has_value());
        CHECK(must(leaf.public_key()) == recipe.device_key->public_key());
        CHECK(leaf.has_eku(oid::kClientAuth));
        CHECK_FALSE(leaf.is_ca());
        CHECK(must(leaf.subject_alt_names()).size() == 2);
        CHECK(leaf.serial().size() == 16);
        CHECK((leaf.serial()[0] & 0x80U) == 0);

        REQUIRE(outcome.effects.issuances.size() == 1);
        const store::Issuance& row = outcome.effects.issuances[0];
        CHECK(equal(row.certificate, leaf.der()));
        CHECK(row.serial == leaf.serial_hex());
        CHECK(row.subject == "CN=device-1");
        CHECK(row.transaction_id == "transaction-1");
        REQUIRE(outcome.effects.events.size() == 1);
        const store::AuditEvent& event = outcome.effects.events[0];
        CHECK(event.action == "scep_pkcsreq");
        CHECK(event.outcome == "success");
        CHECK(event.serial == row.serial);
        CHECK(event.client_address == "192.0.2.7");
        CHECK(event.subject_alt_names == "dns:device-1.example, ip:192.0.2.1");
    }

    TEST_CASE("the reply is in the digest, cipher and key transport of the request") {
        const TestProfile profile = make_profile({.allow_legacy = {"sha1", "3des"}});

        struct Row {
            std::string name;
            crypto::Digest digest;
            crypto::Cipher cipher;
            crypto::KeyTransport transport;
        };

        const std::vector<Row> rows{
            {"SHA-256, AES-128, PKCS#1", crypto::Digest::Sha256, crypto::Cipher::Aes128Cbc, {}},
            {"SHA-224, AES-192, OAEP with SHA-1",
             crypto::Digest::Sha224,
             crypto::Cipher::Aes192Cbc,
             {.oaep = true}},
            {"SHA-512, AES-256, OAEP with SHA-256",
             crypto::Digest::Sha512,
             crypto::Cipher::Aes256Cbc,
             {true, crypto::Digest::Sha256, crypto::Digest::Sha256}},
            {"SHA-1, 3DES, PKCS#1", crypto::Digest::Sha1, crypto::Cipher::DesEde3Cbc, {}},
        };
        for (const Row& row : rows) {
            CAPTURE(row.name);
            const RequestRecipe recipe{
                .digest = row.digest, .cipher = row.cipher, .key_transport = row.transport};
            const endpoint::Outcome outcome =
                post(profile, make_message(recipe, profile.ra.certificate));
            const PkiMessage reply = read_reply(profile, outcome);
            REQUIRE(reply.status == PkiStatus::Success);
            CHECK(crypto::digest_from(reply.signer_info().digest_algorithm.algorithm) ==
                  row.digest);
            const cms::EnvelopedData envelope =
                must(cms::parse_enveloped_data(*reply.signed_data.content));
            CHECK(crypto::cipher_from(envelope.content_encryption.algorithm) == row.cipher);
            REQUIRE(envelope.recipients.size() == 1);
            CHECK(must(crypto::key_transport(envelope.recipients[0].key_encryption)) ==
                  row.transport);
            CHECK(issued_certificates(reply, recipe.device_key, recipe.subject).size() == 2);
        }
    }

    TEST_CASE("RSA and EC CAs issue, and the chain setting decides what follows the leaf") {
        const TestProfile rsa =
            make_profile({.ca_key = shared_rsa_key(), .chain = config::Chain::None});
        const endpoint::Outcome outcome = post(rsa, make_message({}, rsa.ra.certificate));
        const PkiMessage reply = read_reply(rsa, outcome);
        const auto certificates = issued_certificates(reply, shared_rsa_key(), "CN=device-1");
        REQUIRE(certificates.size() == 1);
        CHECK(check_issued_by(crypto::Library::standard(), certificates[0], rsa.ca.certificate)
                  .has_value());
    }

    TEST_CASE("an EC key in the CSR under an RSA signer is certified") {
        const TestProfile profile = make_profile();
        const RequestRecipe recipe{.device_key = ec_key(), .signer_key = shared_rsa_key()};
        const endpoint::Outcome outcome =
            post(profile, make_message(recipe, profile.ra.certificate));
        const PkiMessage reply = read_reply(profile, outcome);
        REQUIRE(reply.status == PkiStatus::Success);
        const auto certificates = issued_certificates(reply, shared_rsa_key(), recipe.subject);
        CHECK(must(certificates.at(0).public_key()) == recipe.device_key->public_key());
    }

    TEST_CASE("nonces of 1 to 64 octets are answered in kind, a missing one with 16") {
        const TestProfile profile = make_profile();
        for (const std::size_t size : {0U, 1U, 8U, 16U, 64U}) {
            CAPTURE(size);
            const RequestRecipe recipe{.sender_nonce = Buffer(size, 1)};
            const endpoint::Outcome outcome =
                post(profile, make_message(recipe, profile.ra.certificate));
            const PkiMessage reply = read_reply(profile, outcome);
            CHECK(reply.sender_nonce.size() == (size == 0 ? 16 : size));
            CHECK(reply.recipient_nonce == recipe.sender_nonce);
        }
    }

    TEST_CASE("a wrong or missing challenge is badRequest") {
        const TestProfile profile = make_profile();
        for (const char* challenge : {"", "wrong", "secre", "secrets"}) {
            const std::string_view given = challenge;
            CAPTURE(given);
            const endpoint::Outcome outcome =
                post(profile, make_message({.challenge = challenge}, profile.ra.certificate));
            check_failure(profile, outcome, FailInfo::BadRequest);
            CHECK(outcome.detail == (given.empty() ? "badRequest (2): challenge missing"
                                                   : "badRequest (2): challenge wrong"));
        }
    }

    TEST_CASE("a request that the certificate profile does not allow is badRequest") {
        const TestProfile profile = make_profile();
        check_failure(
            profile,
            post(profile, make_message({.sans = {"uri:https://device"}}, profile.ra.certificate)),
            FailInfo::BadRequest);
        check_failure(profile,
                      post(profile, make_message({.subject = "CN=a,CN=b"}, profile.ra.certificate)),
                      FailInfo::BadRequest);
    }

    TEST_CASE("S03 types beside the allow-list are refused, and that opens no envelope") {
        const TestProfile profile = make_profile();
        for (const auto type :
             {MessageType::CertRep, MessageType::UpdateReq, static_cast<MessageType>(42)}) {
            const endpoint::Outcome outcome =
                post(profile, make_message({.type = type}, profile.ra.certificate));
            check_failure(profile, outcome, FailInfo::BadRequest);
            CHECK(outcome.effects.events[0].subject.empty());
        }
    }

    TEST_CASE("SHA-1 and 3DES are badAlg by name until the profile opens them") {
        const TestProfile profile = make_profile();
        const RequestRecipe recipe{.digest = crypto::Digest::Sha1,
                                   .cipher = crypto::Cipher::DesEde3Cbc};
        const endpoint::Outcome outcome =
            post(profile, make_message(recipe, profile.ra.certificate));
        check_failure(profile, outcome, FailInfo::BadAlg);
        const PkiMessage reply = read_reply(profile, outcome);
        CHECK(reply.fail_info_text ==
              "refused algorithm: SHA-1, DES-EDE3-CBC (reference 0badc0de)");
        CHECK(crypto::digest_from(reply.signer_info().digest_algorithm.algorithm) ==
              crypto::Digest::Sha256);
    }

    TEST_CASE("a CSR signed with SHA-1 is badAlg once its signature has verified") {
        const TestProfile profile = make_profile();
        const endpoint::Outcome outcome = post(
            profile, make_message({.csr_digest = crypto::Digest::Sha1}, profile.ra.certificate));
        check_failure(profile, outcome, FailInfo::BadAlg);
    }

    TEST_CASE("S01 everything behind the envelope is one answer") {
        const TestProfile profile = make_profile();
        const Identity stranger = make_ra(rsa_key(), profile.ca, "CN=Another RA");
        const Buffer csr = make_csr({});
        Buffer trailing = csr;
        trailing.push_back(0);
        Buffer unsigned_csr = csr;
        unsigned_csr.back() ^= 1U;
        const std::vector<std::pair<std::string, Buffer>> rows{
            {"another recipient", make_message({}, stranger.certificate)},
            {"not a CSR", make_message({.plaintext = Buffer(900, 0x30)}, profile.ra.certificate)},
            {"nothing inside", make_message({.plaintext = Buffer{}}, profile.ra.certificate)},
            {"bytes after the CSR", make_message({.plaintext = trailing}, profile.ra.certificate)},
            {"CSR signature", make_message({.plaintext = unsigned_csr}, profile.ra.certificate)},
            {"no envelope at all", sign_message({}, std::nullopt)},
            {"an envelope that does not parse",
             sign_message({}, Buffer{0x30, 0x03, 0x02, 0x01, 0x00})},
        };
        for (const auto& row : rows) {
            CAPTURE(row.first);
            const endpoint::Outcome outcome = post(profile, row.second);
            check_failure(profile, outcome, FailInfo::BadMessageCheck);
            const PkiMessage reply = read_reply(profile, outcome);
            CHECK(reply.fail_info_text ==
                  "the message does not pass its integrity check (reference 0badc0de)");
            CHECK(outcome.effects.events[0].subject.empty());
        }
    }

    TEST_CASE("S04 blocks appended to a valid envelope are refused") {
        const TestProfile profile = make_profile();
        Buffer envelope = make_envelope({}, profile.ra.certificate);
        envelope.insert(envelope.end(), 16, 0);
        check_failure(
            profile, post(profile, sign_message({}, envelope)), FailInfo::BadMessageCheck);
    }

    TEST_CASE("content swapped under a valid signature is badMessageCheck") {
        const TestProfile profile = make_profile();
        Buffer message = make_message({}, profile.ra.certificate);
        const Buffer envelope = make_envelope({}, profile.ra.certificate);
        // Some octet of the encrypted content, in place: the signature over the attributes still
        // holds.
        const PkiMessage parsed = must(parse_pki_message(message));
        const std::size_t at =
            parsed.signed_data.content_offset + parsed.signed_data.content->size() - 5;
        message[at] ^= 1U;
        check_failure(profile, post(profile, message), FailInfo::BadMessageCheck);
    }

    TEST_CASE(
        "S08 a signer key that is not the CSR's is taken and remarked, or refused where that is "
        "set") {
        const RequestRecipe recipe{.device_key = ec_key(), .signer_key = shared_rsa_key()};
        const TestProfile open = make_profile();
        const endpoint::Outcome taken = post(open, make_message(recipe, open.ra.certificate));
        CHECK(taken.decision == "success");
        CHECK(taken.effects.events.at(0).reason ==
              "challenge accepted; signer key is not the CSR's key");
        const TestProfile strict = make_profile({.require_signer_key = true});
        check_failure(strict,
                      post(strict, make_message(recipe, strict.ra.certificate)),
                      FailInfo::BadRequest);
    }

    TEST_CASE("what cannot be read is HTTP 400 and leaves no row") {
        const TestProfile profile = make_profile();
        const Buffer good = make_message({}, profile.ra.certificate);
        Buffer trailing = good;
        trailing.push_back(0);
        const Buffer cut(good.begin(), good.end() - 1);
        for (const Buffer& message : {Buffer{}, Buffer{0x30, 0x00}, trailing, cut}) {
            const endpoint::Outcome outcome = post(profile, message);
            CHECK(outcome.reply.status == 400);
            CHECK(outcome.effects.empty());
            CHECK_FALSE(outcome.detail.empty());
        }
    }

    TEST_CASE("GetCACaps lists what the profile does, in order, with LF line ends") {
        const TestProfile plain = make_profile();
        const endpoint::Outcome caps = get(plain, "operation=GetCACaps&message=0");
        CHECK(caps.reply.content_type == "text/plain");
        CHECK(to_string(caps.reply.body) ==
              "POSTPKIOperation\nSHA-256\nSHA-512\nAES\nSCEPStandard\nRenewal\nSHA-384\n");
        const TestProfile legacy = make_profile({.allow_legacy = {"sha1", "3des"}});
        CHECK(to_string(get(legacy, "operation=getcacaps").reply.body) ==
              "POSTPKIOperation\nSHA-256\nSHA-512\nAES\nSCEPStandard\nRenewal\nSHA-384\nSHA-1\n"
              "DES3\n");
    }

    TEST_CASE("GetCACert is the RA certificate first, then the CA") {
        const TestProfile profile = make_profile();
        const endpoint::Outcome outcome = get(profile, "operation=GetCACert");
        CHECK(outcome.reply.content_type == "application/x-x509-ca-ra-cert");
        const cms::SignedData certs = must(cms::parse_signed_data(outcome.reply.body));
        REQUIRE(certs.certificates.size() == 2);
        CHECK(equal(certs.certificates[0], profile.ra.certificate.der()));
        CHECK(equal(certs.certificates[1], profile.ca.certificate.der()));
    }

    TEST_CASE("a CA that is its own RA is one certificate, given as it stands") {
        const Identity ca = make_identity(
            {.subject = "CN=One",
             .key_usage = x509::kKeyCertSign | x509::kDigitalSignature | x509::kKeyEncipherment,
             .basic_constraints = x509::BasicConstraints{.ca = true}},
            shared_rsa_key(),
            nullptr);
        auto issuer = std::make_shared<const ca::Issuer>(
            must(ca::Issuer::make("one", ca.certificate, {}, ca.key, {})));
        TestProfile profile{.ca = ca, .ra = ca};
        profile.snapshot = endpoint::make_snapshot({.issuer = issuer,
                                                    .ra = {{ca.certificate, ca.key, ca.key}},
                                                    .challenge = to_secret(kChallenge)});
        const endpoint::Outcome outcome = get(profile, "operation=GetCACert");
        CHECK(outcome.reply.content_type == "application/x-x509-ca-cert");
        CHECK(equal(outcome.reply.body, ca.certificate.der()));
        CHECK(post(profile, make_message({}, ca.certificate)).decision == "success");
    }

    TEST_CASE("PKIOperation works by GET, other methods are 405, unknown operations 400") {
        const TestProfile profile = make_profile();
        const Buffer message = make_message({}, profile.ra.certificate);
        CHECK(get(profile, operation_query(OperationKind::PkiOperation, message)).decision ==
              "success");
        SeededRandom random(1);
        const endpoint::Outcome put = endpoint::answer(crypto::Library::standard(),
                                                       profile.snapshot,
                                                       {.method = "PUT"},
                                                       {.now = kNow},
                                                       empty_view(),
                                                       random);
        CHECK(put.reply.status == 405);
        CHECK(get(profile, "operation=Nonsense").reply.status == 400);
        CHECK(get(profile, "").reply.status == 400);
    }

    TEST_CASE("an expired CA issues nothing") {
        const TestProfile profile = make_profile();
        const endpoint::Outcome outcome = post(
            profile, make_message({}, profile.ra.certificate), kNow + std::chrono::hours(24 * 400));
        check_failure(profile, outcome, FailInfo::BadRequest);
    }

    TEST_CASE("paths name profiles, tails are ignored, alike under both roots") {
        using endpoint::Route;
        const std::vector<std::pair<std::string, std::optional<Route>>> rows{
            {"/scep", Route{}},
            {"/scep/", Route{}},
            {"/scep/pkiclient.exe", Route{}},
            {"/scep/corp", Route{"corp"}},
            {"/scep/corp/", Route{"corp"}},
            {"/scep/corp/pkiclient.exe", Route{"corp"}},
            {"/scep/a-1/x/y", Route{"a-1"}},
            {"/scep/Corp", Route{}},
            {"/scep-mtls", Route{"", true}},
            {"/scep-mtls/", Route{"", true}},
            {"/scep-mtls/corp", Route{"corp", true}},
            {"/scep-mtls/corp/pkiclient.exe", Route{"corp", true}},
            {"/scep-mtls/pkiclient.exe", Route{"", true}},
            {"/cgi-bin/pkiclient.exe", Route{}},
            {"/", std::nullopt},
            {"/scepx", std::nullopt},
            {"/scep-", std::nullopt},
            {"/scep-mtlsx", std::nullopt},
            {"/Scep-mtls", std::nullopt},
            {"", std::nullopt}};
        for (const auto& row : rows) {
            CAPTURE(row.first);
            CHECK((endpoint::route_of(row.first) == row.second));
        }
    }

    TEST_CASE(
        "S20 mtls_bind ties a request to the bootstrap certificate, and to nothing on /scep") {
        TestProfile profile = make_profile();
        const Buffer message = make_message({}, profile.ra.certificate);
        const auto bootstrap = [](const std::string& subject, const std::string& san) {
            return make_identity({.subject = subject,
                                  .subject_alt_names = {must(x509::general_name_from_text(san))}},
                                 ec_key(),
                                 nullptr)
                .certificate;
        };
        const auto outcome = [&](config::MtlsBind bind, std::optional<x509::Certificate> with) {
            profile.snapshot.settings.mtls.bind = bind;
            SeededRandom random(1);
            return endpoint::answer(
                crypto::Library::standard(),
                profile.snapshot,
                {.method = "POST", .query = "operation=PKIOperation", .body = message},
                {.reference = "0badc0de", .now = kNow, .bootstrap = std::move(with)},
                empty_view(),
                random);
        };
        const auto stranger = bootstrap("CN=other", "dns:other.example");
        const endpoint::Outcome passed = outcome(config::MtlsBind::None, stranger);
        CHECK(passed.decision == "success");
        CHECK(passed.effects.events.front().mtls_subject == "CN=other");
        for (const auto bind :
             {config::MtlsBind::Cn, config::MtlsBind::San, config::MtlsBind::Serial}) {
            CHECK(outcome(bind, std::nullopt).decision == "success");
            const endpoint::Outcome refused = outcome(bind, stranger);
            check_failure(profile, refused, FailInfo::BadRequest);
            CHECK(refused.effects.events.front().mtls_subject == "CN=other");
        }
    }

}  // TEST_SUITE
