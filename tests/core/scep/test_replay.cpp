// Recorded replies of other servers, given to the client as if it had asked for them: with the
// recorded transactionID and nonce, and the recorded client's key where it is at hand, they pass
// every check; all others are refused at a check that is named.
#include <filesystem>

#include <doctest/doctest.h>

#include "core/asn1/writer.hpp"
#include "core/scep/cert_rep.hpp"
#include "core/scep/issued.hpp"
#include "core/scep/manifest.hpp"
#include "support/pki.hpp"

namespace scep {

namespace {

using namespace scep::test;

const crypto::Library& legacy() {
    static const auto library = must(crypto::Library::with_legacy());
    return *library;
}

// The certificate that the recorded client had made for itself: all that is known of it is what the
// reply's envelope says. Nobody asks for its signature.
x509::Certificate recipient_certificate(const cms::EnvelopedData& envelope,
                                        const crypto::PublicKey& key) {
    const auto& rid = std::get<cms::IssuerAndSerial>(envelope.recipients.front().rid);
    asn1::Writer out;
    out.sequence([&] {
        out.sequence([&] {
            out.signed_integer(rid.serial);
            out.algorithm(oid::kSha256WithRsa, true);
            out.raw(rid.issuer);
            out.sequence([&] {
                out.time(kNow);
                out.time(kNow);
            });
            out.raw(rid.issuer);
            out.raw(key.spki());
        });
        out.algorithm(oid::kSha256WithRsa, true);
        out.bit_string(Buffer(256));
    });
    return must(x509::Certificate::parse(out.bytes()));
}

struct Recorded {
    std::string name{};
    Buffer body{};
    ManifestRow row{};
    std::string directory{};
};

std::vector<Recorded> recorded_replies(const std::string& directory) {
    std::vector<Recorded> out;
    for (const ManifestRow& row : read_manifest(directory))
        if (row.at("messageType").starts_with("3 "))
            out.push_back({.name = row.at("file"),
                           .body = read_file(directory + "/" + row.at("file")),
                           .row = row,
                           .directory = directory});
    return out;
}

bool is_of(const Recorded& reply, std::string_view server) {
    return reply.name.starts_with("lab-" + std::string(server));
}

AuthenticatedCa ca_of(const Recorded& reply) {
    AuthenticatedCa out;
    const auto load = [&](const std::string& name) {
        const std::string path = reply.directory + "/" + name;
        return must(x509::parse_certificates(read_file(path), path));
    };
    if (is_of(reply, "jscepra")) {
        out.anchors = out.authorities = load("keys/lab-jscepra-ca.pem");
        out.ras = load("keys/lab-jscepra-ra.pem");
    } else if (is_of(reply, "micromdm")) {
        out.anchors = out.authorities = load("lab-micromdm-getcacert.der");
    }
    return out;
}

// What the recorded client had sent.
struct Asked {
    SentRequest sent{};
    std::unique_ptr<crypto::PrivateKey> key{};
};

Asked asked_for(const Recorded& reply, const std::vector<x509::Certificate>& signers) {
    Asked out;
    const PkiMessage message = must(parse_pki_message(reply.body, signers));
    out.sent.transaction_id = message.transaction_id;
    out.sent.sender_nonce = message.recipient_nonce;
    const std::string path = reply.directory + "/" + reply.row.at("key_to_decrypt");
    if (reply.row.at("key_to_decrypt") == "-")
        return out;
    out.key = must(crypto::PrivateKey::parse(read_file(path), path));
    out.sent.signer = recipient_certificate(
        must(cms::parse_enveloped_data(*message.signed_data.content)), out.key->public_key());
    out.sent.decrypter = out.key.get();
    return out;
}

bool refused_by(const Result<CertRep>& reply, std::string_view check) {
    return !reply && to_text(reply.error()).find(check) != std::string::npos;
}

// Of the servers that were recorded in the lab: every check passes.
void check_accepted(const Recorded& reply) {
    const AuthenticatedCa ca = ca_of(reply);
    const Asked asked = asked_for(reply, ca.signers());
    const auto read = read_cert_rep(legacy(), reply.body, asked.sent, ca);
    REQUIRE_MESSAGE(read, to_text(read.error()));
    if (asked.key) {
        REQUIRE(read->message_data.has_value());
        const auto bag = must(cms::parse_signed_data(*read->message_data));
        const auto leaf = must(x509::Certificate::parse(bag.certificates.front()));
        const auto issued = take_issued(
            legacy(), *read->message_data, asked.key->public_key(), ca, leaf.not_before());
        REQUIRE_MESSAGE(issued, to_text(issued.error()));
        CHECK(issued->certificate == leaf);
    } else {
        CHECK(read->status != PkiStatus::Success);
    }
    SentRequest other = asked.sent;
    other.sender_nonce.front() ^= 1U;
    CHECK(refused_by(read_cert_rep(legacy(), reply.body, other, ca), "recipientNonce is not"));
    other = asked.sent;
    other.transaction_id.octets.front() ^= 1U;
    CHECK(refused_by(read_cert_rep(legacy(), reply.body, other, ca), "transactionID is not"));
    const bool des = reply.row.at("content_cipher") == "des-cbc";
    const auto strict = read_cert_rep(crypto::Library::standard(), reply.body, asked.sent, ca);
    CHECK(strict.has_value() == !des);
    CHECK((!des || refused_by(strict, "uses DES-CBC, which is refused")));
}

// Of servers whose CA is not at hand: whoever signs such a reply is a stranger.
void check_stranger(const Recorded& reply) {
    const AuthenticatedCa ca{.authorities = {make_ca(ec_key()).certificate}};
    const auto read = read_cert_rep(legacy(), reply.body, {}, ca);
    CHECK((refused_by(read, "neither the CA nor an RA") ||
           refused_by(read, "no certificate matches") || refused_by(read, "signer")));
}

void check_directory(const std::string& directory) {
    const auto replies = recorded_replies(directory);
    REQUIRE(replies.size() >= 4);
    for (const Recorded& reply : replies) {
        CAPTURE(reply.name);
        if (is_of(reply, "jscepra") || is_of(reply, "micromdm"))
            check_accepted(reply);
        check_stranger(reply);
    }
}

}  // namespace

TEST_SUITE("core/scep replay") {
    TEST_CASE("RFC8894 line 59: recorded replies pass with their nonce, and with no other") {
        check_directory(SCEP_FIXTURES);
    }

    TEST_CASE("so do those of other projects, where they are at hand") {
        if (const auto directory = captures_directory())
            check_directory(*directory);
        else
            MESSAGE("skipped: SCEP_CAPTURES is not set");
    }
}

}  // namespace scep
