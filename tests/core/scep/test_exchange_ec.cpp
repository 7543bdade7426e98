// EC keys in the client's exchange: how the request is encrypted, who signs it, and how the reply
// is opened (RFC 8894 section 3.1, SECURITY rules S06, S30).
#include <doctest/doctest.h>

#include "core/scep/exchange.hpp"
#include "core/scep/request_signer.hpp"
#include "support/der_tree.hpp"
#include "support/fake_scep_server.hpp"

namespace scep {

namespace {

using namespace scep::test;

constexpr std::string_view kStrong = "Tq7wZc0LmX3sVb8NkR5yHd";  // 131 bits
constexpr std::string_view kWeak = "secret";

const Key& shared_ec_key() {
    static const Key key = ec_key();
    return key;
}

// RA and CA with EC keys.
FakeScepServer ec_server(crypto::Curve curve = crypto::Curve::P256) {
    FakeScepServer out;
    out.ra = make_identity(
        {.subject = "CN=EC RA", .key_usage = x509::kDigitalSignature, .ekus = {oid::kCmcRa}},
        ec_key(curve),
        &out.ca);
    out.challenge = kStrong;
    return out;
}

struct Wish {
    std::string challenge{};
    RecipientSetting recipient = RecipientSetting::Auto;
    std::optional<SignerKey> signer{};
    crypto::Cipher cipher = crypto::Cipher::Aes128Cbc;
    Key key = shared_ec_key();
};

// A device with a key of its own, from nothing to the reply.
class Device {
  public:
    Device(const FakeScepServer& server, Wish wish)
        : wish_(std::move(wish)), exchange_(crypto::Library::standard(), settings(server)) {}

    Status meet(Bytes ca_certificates) {
        const Buffer capabilities = to_buffer(as_bytes("SCEPStandard\nAES\nPOSTPKIOperation\n"));
        SCEP_CHECK(exchange_.take({.status = 200, .body = capabilities}, kNow));
        return exchange_.take({.status = 200, .body = ca_certificates}, kNow);
    }

    Status ask() {
        const x509::Name subject = must(x509::Name::from_text("CN=cam-1,O=Lab"));
        const auto which = wish_.signer.value_or(
            best_signer_key(wish_.key->public_key(), exchange_.ca().recipient_kind));
        request_ =
            must(x509::build_request({.subject = subject, .challenge = to_secret(wish_.challenge)},
                                     *wish_.key,
                                     crypto::Digest::Sha256));
        signer_ = must(make_request_signer(*wish_.key, which, subject, kNow, random_));
        return exchange_.enrol({.key = wish_.key->public_key(),
                                .request = request_,
                                .signer = signer_.certificate,
                                .signer_key = *signer_.key,
                                .decrypter = *signer_.key},
                               random_);
    }

    Status enrol(FakeScepServer& server, const Answer& answer = {}) {
        SCEP_CHECK(meet(server.ca_certificates()));
        SCEP_CHECK(ask());
        const Buffer reply = server.operate(exchange_.request().body, answer);
        return exchange_.take({.status = 200, .body = reply}, kNow);
    }

    Exchange& exchange() { return exchange_; }

    bool noted(std::string_view text) const {
        return std::ranges::any_of(exchange_.ca().notes, [&](const std::string& note) {
            return note.find(text) != std::string::npos;
        });
    }

  private:
    ExchangeSettings settings(const FakeScepServer& server) const {
        ExchangeSettings out{.recipient = wish_.recipient, .challenge = as_bytes(wish_.challenge)};
        out.trust.ca_fingerprint = server.ca.certificate.fingerprint();
        out.algorithms.cipher = wish_.cipher;
        return out;
    }

    Wish wish_;
    SeededRandom random_{5};
    SecretBytes request_{};
    RequestSigner signer_{};
    Exchange exchange_;
};

std::string complaint(const Status& status) {
    REQUIRE_FALSE(status.has_value());
    return to_text(status.error()) + "\n" + status.error().hint;
}

bool says(const Status& status, std::string_view text) {
    return complaint(status).find(text) != std::string::npos;
}

}  // namespace

TEST_SUITE("scep/exchange EC") {
    TEST_CASE("an EC key enrols with an EC RA under the challenge, and signs itself") {
        FakeScepServer server = ec_server();
        Device device(server, {.challenge = std::string(kStrong)});
        REQUIRE(device.enrol(server, {.password = std::string(kStrong)}));
        CHECK(server.received.kind == cms::RecipientKind::Password);
        CHECK(must(server.received.signer.public_key()) == shared_ec_key()->public_key());
        CHECK(as_text(server.received.request->challenge()->value) == kStrong);
        CHECK(must(device.exchange().outcome().certificate.public_key()) ==
              shared_ec_key()->public_key());
        CHECK(device.exchange().ca().notes.empty());
    }

    TEST_CASE("without a challenge it enrols by key agreement, both ways, on every curve") {
        for (const crypto::Curve curve :
             {crypto::Curve::P256, crypto::Curve::P384, crypto::Curve::P521})
            for (const crypto::Cipher cipher :
                 {crypto::Cipher::Aes128Cbc, crypto::Cipher::Aes256Cbc}) {
                FakeScepServer server = ec_server(curve);
                Device device(server, {.cipher = cipher, .key = ec_key(crypto::Curve::P384)});
                REQUIRE(device.enrol(server, {.cipher = cipher}));
                CHECK(server.received.kind == cms::RecipientKind::KeyAgreement);
                CHECK(server.received.cipher == cipher);
                CHECK(device.exchange().ca().recipient == server.ra.certificate);
            }
    }

    TEST_CASE("an RSA key enrols with an EC RA, and its reply comes by key transport") {
        FakeScepServer server = ec_server();
        Device device(server, {.challenge = std::string(kStrong), .key = shared_rsa_key()});
        REQUIRE(device.enrol(server));
        CHECK(server.received.kind == cms::RecipientKind::Password);
        CHECK(must(server.received.signer.public_key()) == shared_rsa_key()->public_key());
    }

    TEST_CASE("the reply is opened by key agreement or under the challenge, as it comes") {
        for (const bool password : {false, true})
            for (const RecipientSetting setting :
                 {RecipientSetting::Agreement, RecipientSetting::Password}) {
                FakeScepServer server = ec_server();
                Device device(server, {.challenge = std::string(kStrong), .recipient = setting});
                CHECK(device.enrol(server, {.password = std::string(password ? kStrong : "")}));
            }
    }

    TEST_CASE("with an RSA RA the request goes by key transport whatever the key") {
        FakeScepServer server;
        Device strange(server, {.challenge = std::string(kStrong)});
        REQUIRE(strange.enrol(server));
        CHECK(server.received.kind == cms::RecipientKind::KeyTransport);
        CHECK(must(server.received.signer.public_key()).type() == crypto::KeyType::Rsa);

        Device own(server, {.challenge = std::string(kStrong), .signer = SignerKey::Own});
        REQUIRE(own.enrol(server));
        CHECK(server.received.kind == cms::RecipientKind::KeyTransport);
        CHECK(must(server.received.signer.public_key()) == shared_ec_key()->public_key());

        Device under(server, {.challenge = std::string(kStrong), .signer = SignerKey::Own});
        CHECK(under.enrol(server, {.password = std::string(kStrong)}));
    }

    TEST_CASE("a transient key signs where it is told to") {
        FakeScepServer server = ec_server();
        Device device(server, {.challenge = std::string(kStrong), .signer = SignerKey::Transient});
        REQUIRE(device.enrol(server));
        CHECK(must(server.received.signer.public_key()).type() == crypto::KeyType::Rsa);
    }

    TEST_CASE("S06 a challenge that can be guessed encrypts nothing unless that is wanted") {
        FakeScepServer server = ec_server();
        server.challenge = kWeak;
        Device automatic(server, {.challenge = std::string(kWeak)});
        REQUIRE(automatic.enrol(server));
        CHECK(server.received.kind == cms::RecipientKind::KeyAgreement);
        CHECK(automatic.noted("the challenge can be guessed"));
        CHECK(automatic.noted("--recipient password"));

        Device told(server,
                    {.challenge = std::string(kWeak), .recipient = RecipientSetting::Password});
        REQUIRE(told.enrol(server));
        CHECK(server.received.kind == cms::RecipientKind::Password);
        CHECK(told.noted("whoever records it may find the challenge out"));
    }

    TEST_CASE("the way can be forced") {
        FakeScepServer rsa;  // its CA is EC
        rsa.challenge = kStrong;
        Device under(rsa,
                     {.challenge = std::string(kStrong), .recipient = RecipientSetting::Password});
        REQUIRE(under.enrol(rsa));
        CHECK(rsa.received.kind == cms::RecipientKind::Password);
        Device agreed(rsa, {.recipient = RecipientSetting::Agreement});
        REQUIRE(agreed.enrol(rsa));
        CHECK(rsa.received.kind == cms::RecipientKind::KeyAgreement);
        CHECK(agreed.exchange().ca().recipient == rsa.ca.certificate);
        Device transported(rsa, {.recipient = RecipientSetting::Transport});
        REQUIRE(transported.enrol(rsa));
        CHECK(rsa.received.kind == cms::RecipientKind::KeyTransport);
    }

    TEST_CASE("a way that there is not is an error before anything is asked") {
        FakeScepServer ec = ec_server();
        Device transport(ec, {.recipient = RecipientSetting::Transport});
        CHECK(says(transport.meet(ec.ca_certificates()),
                   "no certificate of GetCACert has an RSA key to encrypt the request to: CN=EC "
                   "RA (EC P-256), CN=Test CA (EC P-256)"));
        Device password(ec, {.recipient = RecipientSetting::Password});
        CHECK(says(password.meet(ec.ca_certificates()), "no challenge"));
        const Identity ca = make_ca(shared_rsa_key());
        FakeScepServer rsa;
        rsa.ca = ca;
        Device agreement(rsa, {.recipient = RecipientSetting::Agreement});
        CHECK(says(agreement.meet(ca.certificate.der()), "has an EC key to agree with"));
    }

    TEST_CASE("a CA alone is agreed with, or the request is encrypted under the challenge") {
        FakeScepServer server;
        server.challenge = kStrong;
        const Buffer alone = to_buffer(server.ca.certificate.der());
        for (const std::string& challenge : {std::string(), std::string(kStrong)}) {
            Device device(server, {.challenge = challenge});
            REQUIRE(device.meet(alone));
            CHECK(device.exchange().ca().recipient == server.ca.certificate);
            CHECK(device.exchange().ca().recipient_kind == (challenge.empty()
                                                                ? cms::RecipientKind::KeyAgreement
                                                                : cms::RecipientKind::Password));
        }
    }

    TEST_CASE("S30 where an RSA RA cannot take part the EC CA does not stand in for it") {
        FakeScepServer old;
        old.ra = make_identity({.subject = "CN=Old RA",
                                .ekus = {oid::kCmcRa},
                                .not_after = kNow - std::chrono::hours(1)},
                               shared_rsa_key(),
                               &old.ca);
        Device device(old, {.challenge = std::string(kStrong)});
        CHECK(says(device.meet(old.ca_certificates()), "expired"));
        Device told(old,
                    {.challenge = std::string(kStrong), .recipient = RecipientSetting::Agreement});
        CHECK(told.meet(old.ca_certificates()));
    }

    TEST_CASE("an RA for key agreement is preferred to one for signatures") {
        FakeScepServer server = ec_server();
        const Identity agreeing = make_identity(
            {.subject = "CN=Agreeing RA", .key_usage = x509::kKeyAgreement, .ekus = {oid::kCmcRa}},
            ec_key(),
            &server.ca);
        Device device(server, {});
        REQUIRE(device.meet(cms::build_certs_only({server.ra.certificate.der(),
                                                   agreeing.certificate.der(),
                                                   server.ca.certificate.der()})));
        CHECK(device.exchange().ca().recipient == agreeing.certificate);
    }

    TEST_CASE("a reply under another challenge, or under one that there is not, says so") {
        FakeScepServer server = ec_server();
        Device other(server, {.challenge = std::string(kStrong)});
        CHECK(says(other.enrol(server, {.password = "another"}),
                   "content does not decrypt with this password"));
        Device none(server, {});
        CHECK(says(none.enrol(server, {.password = std::string(kStrong)}),
                   "encrypted under a challenge, and the request had none"));
    }

    TEST_CASE("S06 a reply that costs too much to open, or is too weak, is refused by name") {
        FakeScepServer server = ec_server();
        Device costly(server, {.challenge = std::string(kStrong)});
        const auto two_billion = [](Buffer envelope) {
            Node tree = Node::parse(envelope);
            tree.at({1, 0, 1, 0, 1, 1, 1}).content = {0x7f, 0xff, 0xff, 0xff};
            return tree.der();
        };
        CHECK(says(costly.enrol(server, {.password = std::string(kStrong), .bend = two_billion}),
                   "the server's reply uses PBKDF2 with 2147483647 iterations, the limit is "
                   "100000, which is refused"));

        const auto legacy = must(crypto::Library::with_legacy());
        FakeScepServer old(*legacy);
        old.challenge = kStrong;
        Device weak(old,
                    {.challenge = std::string(kStrong), .recipient = RecipientSetting::Password});
        CHECK(says(
            weak.enrol(old, {.cipher = crypto::Cipher::DesCbc, .password = std::string(kStrong)}),
            "DES-CBC, which is refused"));
    }

    TEST_CASE("S05 a reply by agreement with a point that is none is refused") {
        FakeScepServer server = ec_server();
        Device device(server, {});
        const auto off_curve = [](Buffer envelope) {
            Node tree = Node::parse(envelope);
            tree.at({1, 0, 1, 0, 1, 0, 1}).content.back() ^= 1;
            return tree.der();
        };
        CHECK(says(device.enrol(server, {.bend = off_curve}), "EC point is not on P-256"));
    }
}

}  // namespace scep
