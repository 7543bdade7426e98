// Envelopes for several recipients, of whom we are not the first.
#include <doctest/doctest.h>

#include "serve/endpoint/check_failure.hpp"
#include "support/der_tree.hpp"

using namespace scep;
using namespace scep::test;
using crypto::Digest;
using crypto::KeyTransport;

namespace {

constexpr KeyTransport kPkcs1{};
constexpr KeyTransport kOaepSha256{true, Digest::Sha256, Digest::Sha256};

// RecipientInfo with this key transport algorithm, TLV.
Node foreign_recipient(const x509::Certificate& certificate, Bytes algorithm) {
    Node envelope = Node::parse(make_envelope({}, certificate));
    envelope.at({1, 0, 1, 0, 2}) = Node::parse(algorithm);
    return envelope.at({1, 0, 1, 0});
}

Node foreign_recipient(const x509::Certificate& certificate, const KeyTransport& transport) {
    asn1::Writer algorithm;
    crypto::write_key_transport(algorithm, transport);
    return foreign_recipient(certificate, algorithm.bytes());
}

Node foreign_recipient(const x509::Certificate& certificate, const asn1::Oid& unknown) {
    asn1::Writer algorithm;
    algorithm.algorithm(unknown, true);
    return foreign_recipient(certificate, algorithm.bytes());
}

// [1] KeyAgreeRecipientInfo for somebody's EC key.
Node foreign_agreement() {
    const Identity stranger = make_transient(ec_key(), "CN=An EC key");
    return Node::parse(make_envelope({}, stranger.certificate)).at({1, 0, 1, 0});
}

// [3] PasswordRecipientInfo under somebody's password.
Node foreign_password() {
    SeededRandom random(8);
    return Node::parse(must(cms::build_enveloped_data(
                           crypto::Library::standard(),
                           {.content = as_bytes("x"), .password = as_bytes("another")},
                           random)))
        .at({1, 0, 1, 0});
}

Buffer message_beside(const TestProfile& profile,
                      const std::vector<Node>& foreign,
                      const KeyTransport& ours) {
    Node envelope = Node::parse(make_envelope({.key_transport = ours}, profile.ra.certificate));
    auto& recipients = envelope.at({1, 0, 1}).children;
    recipients.insert(recipients.begin(), foreign.begin(), foreign.end());
    return sign_message({}, envelope.der());
}

KeyTransport transport_of(const PkiMessage& reply) {
    const cms::EnvelopedData envelope = must(cms::parse_enveloped_data(*reply.signed_data.content));
    return must(crypto::key_transport(envelope.recipients.at(0).key_encryption));
}

}  // namespace

TEST_SUITE("serve/endpoint recipients") {
    TEST_CASE("our recipient is opened and answered in its transport, whoever stands before it") {
        const TestProfile profile = make_profile();
        const x509::Certificate stranger =
            make_ra(rsa_key(), profile.ca, "CN=Another RA").certificate;

        struct Row {
            std::string_view name;
            std::vector<Node> foreign;
            KeyTransport ours;
        };

        const KeyTransport md5{true, Digest::Md5, Digest::Md5};
        const asn1::Oid unknown{"1.2.3.4"};
        const std::vector<Row> rows{
            {"PKCS#1", {foreign_recipient(stranger, kPkcs1)}, kOaepSha256},
            {"OAEP", {foreign_recipient(stranger, kOaepSha256)}, kPkcs1},
            {"OAEP with MD5", {foreign_recipient(stranger, md5)}, kPkcs1},
            {"an unknown algorithm", {foreign_recipient(stranger, unknown)}, kOaepSha256},
            {"key agreement", {foreign_agreement()}, kOaepSha256},
            {"a password", {foreign_password()}, kPkcs1},
            {"several of them",
             {foreign_recipient(stranger, unknown),
              foreign_agreement(),
              foreign_recipient(stranger, md5)},
             kOaepSha256}};
        for (const Row& row : rows) {
            CAPTURE(row.name);
            const endpoint::Outcome outcome =
                post(profile, message_beside(profile, row.foreign, row.ours));
            CHECK(outcome.detail == "challenge accepted");
            const PkiMessage reply = read_reply(profile, outcome);
            REQUIRE(reply.status == PkiStatus::Success);
            CHECK(transport_of(reply) == row.ours);
            CHECK(issued_certificates(reply, shared_rsa_key(), "CN=device-1").size() == 2);
        }
    }

    TEST_CASE("our own recipient's algorithm is refused by name, whatever the others have") {
        const TestProfile profile = make_profile();
        const x509::Certificate stranger =
            make_ra(rsa_key(), profile.ca, "CN=Another RA").certificate;
        Node envelope = Node::parse(make_envelope({}, stranger));
        envelope.at({1, 0, 1}).children.push_back(
            foreign_recipient(profile.ra.certificate, asn1::Oid{"1.2.3.4"}));
        const endpoint::Outcome outcome = post(profile, sign_message({}, envelope.der()));
        check_failure(profile, outcome, FailInfo::BadAlg);
        CHECK(outcome.detail == "badAlg (0): refused algorithm: 1.2.3.4");
    }

    TEST_CASE("of two RAs the one whose recipient comes first opens and answers") {
        TestProfile profile = make_profile();
        const Identity first = make_ra(rsa_key(), profile.ca, "CN=First RA");
        const endpoint::Ra second = profile.snapshot.ra.front();
        profile.snapshot.ra = {{first.certificate, first.key, first.key, second.issuer}, second};
        const endpoint::Outcome outcome = post(profile, make_message({}, profile.ra.certificate));
        CHECK(outcome.decision == "success");
        CHECK(read_reply(profile, outcome).signer == profile.ra.certificate);
    }
}
