// The lines of the RFC 8894 checklist about operations, capabilities and what each reply holds.
#include <set>

#include <doctest/doctest.h>

#include "core/scep/capabilities.hpp"
#include "core/scep/operation.hpp"
#include "serve/endpoint/raw_reply.hpp"
#include "serve/endpoint/route.hpp"

using namespace scep;
using namespace scep::test;

namespace {

using Headers = std::vector<std::pair<std::string, std::string>>;

constexpr std::string_view kPkiMessage = "application/x-pki-message";

const TestProfile& plain() {
    static const TestProfile profile = make_profile();
    return profile;
}

std::string caps(const TestProfile& profile) {
    return to_string(get(profile, "operation=GetCACaps").reply.body);
}

std::vector<std::string> lines(const std::string& text) {
    std::vector<std::string> out;
    std::size_t start = 0;
    for (std::size_t end = 0; (end = text.find('\n', start)) != std::string::npos; start = end + 1)
        out.push_back(text.substr(start, end - start));
    CHECK(start == text.size());  // the last one has an end too
    return out;
}

// A CA that is its own RA; `above` are the certificates over it.
TestProfile one_certificate(const std::vector<x509::Certificate>& above = {}) {
    const Identity ca = make_identity(
        {.subject = "CN=One",
         .key_usage = x509::kKeyCertSign | x509::kDigitalSignature | x509::kKeyEncipherment,
         .basic_constraints = x509::BasicConstraints{.ca = true}},
        shared_rsa_key(),
        nullptr);
    auto issuer = std::make_shared<const ca::Issuer>(
        must(ca::Issuer::make("one", ca.certificate, above, ca.key, {})));
    TestProfile out{.ca = ca, .ra = ca};
    out.snapshot = endpoint::make_snapshot({.issuer = issuer,
                                            .ra = {{ca.certificate, ca.key, ca.key}},
                                            .challenge = to_secret(kChallenge)});
    return out;
}

// A profile in the middle of a rollover.
struct Rollover {
    Rollover() {
        auto next_issuer = std::make_shared<const ca::Issuer>(must(
            ca::Issuer::make("iss-local", next.certificate, {}, next.key, {}, ca::Term::Next)));
        const auto& issuer = profile.snapshot.issuer;
        const std::vector<x509::Certificate> announced{next.certificate};
        profile.snapshot = endpoint::make_snapshot(
            {.settings = profile.snapshot.settings,
             .issuer = issuer,
             .next_issuer = next_issuer,
             .ra = {{profile.ra.certificate, profile.ra.key, profile.ra.key, issuer},
                    {next_ra.certificate, next_ra.key, next_ra.key, next_issuer}},
             .next_ca_certificates = must(issuer->announce(crypto::Library::standard(), announced)),
             .challenge = to_secret(kChallenge)});
    }

    TestProfile profile = make_profile();
    Identity next = make_ca(ec_key(), "CN=Next CA");
    Identity next_ra = make_ra(rsa_key(), next, "CN=Next RA");
};

// With another algorithm named for the content of the envelope.
Buffer enveloped_with(const TestProfile& profile, const asn1::Oid& cipher, std::size_t block) {
    Node envelope = Node::parse(make_envelope({}, profile.ra.certificate));
    Node& algorithm = envelope.at({1, 0, 2, 1});
    algorithm.children.at(0).content = to_buffer(cipher.content());
    algorithm.children.at(1).content.resize(block);
    return sign_message({}, envelope.der());
}

Buffer signed_with_md5(const TestProfile& profile) {
    Node message = Node::parse(make_message({}, profile.ra.certificate));
    message.at({1, 0, 4, 0, 2, 0}).content = to_buffer(oid::kMd5.content());
    return message.der();
}

Buffer digest_of(const RawReply& reply) {
    return reply.signer_info().children.at(2).children.at(0).content;
}

Buffer cipher_of(const RawReply& reply) {
    return reply.envelope().children.at(2).children.at(1).children.at(0).content;
}

// Contents octets of object identifiers, encoded by hand.
const Buffer kSha256Oid{0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01};
const Buffer kAes128CbcOid{0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x02};

endpoint::Outcome post_as(const std::string& query, Headers headers, const Buffer& body) {
    SeededRandom random(1);
    return endpoint::answer(crypto::Library::standard(),
                            plain().snapshot,
                            {.method = "POST",
                             .path = "/scep",
                             .query = query,
                             .headers = std::move(headers),
                             .body = body},
                            {.reference = "0badc0de", .now = kNow},
                            empty_view(),
                            random);
}

}  // namespace

TEST_SUITE("serve/endpoint RFC 8894 operations") {
    TEST_CASE("RFC8894 lines 7, 93: a CA without intermediates is the certificate itself, in DER") {
        const TestProfile one = one_certificate();
        const endpoint::Outcome outcome = get(one, "operation=GetCACert");
        CHECK(outcome.reply.content_type == "application/x-x509-ca-cert");
        CHECK(equal(outcome.reply.body, one.ca.certificate.der()));
    }

    TEST_CASE("RFC8894 lines 7, 94: with intermediates it is all certificates, certs-only") {
        const Identity root = make_ca(ec_key(), "CN=Root");
        const TestProfile one = one_certificate({root.certificate});
        const endpoint::Outcome outcome = get(one, "operation=GetCACert");
        CHECK(outcome.reply.content_type == "application/x-x509-ca-ra-cert");
        const CertsOnly chain(outcome.reply.body);
        CHECK(chain.degenerate());
        CHECK(chain.certificates() == std::vector<Buffer>{to_buffer(one.ca.certificate.der()),
                                                          to_buffer(root.certificate.der())});
        const CertsOnly with_ra(get(plain(), "operation=GetCACert").reply.body);
        CHECK(with_ra.certificates() ==
              std::vector<Buffer>{to_buffer(plain().ra.certificate.der()),
                                  to_buffer(plain().ca.certificate.der())});
    }

    TEST_CASE("RFC8894 lines 36, 37: GetCACaps, GetCACert, and PKCSReq as binary by POST") {
        CHECK(get(plain(), "operation=GetCACaps").reply.status == 200);
        CHECK(get(plain(), "operation=GetCACert").reply.status == 200);
        const Buffer message = make_message({}, plain().ra.certificate);
        const endpoint::Outcome outcome = post_as("operation=PKIOperation", {}, message);
        CHECK(outcome.reply.status == 200);
        CHECK(outcome.reply.body.at(0) == 0x30);  // binary, no base64
        CHECK(RawReply(outcome).text(oid::kPkiStatus) == "0");
    }

    TEST_CASE("RFC8894 lines 38, 82: AES128-CBC and SHA-256 are answered in the same") {
        for (const Exchange& e : every_exchange().all) {
            CAPTURE(e.name);
            const RawReply reply(e.outcome);
            CHECK(digest_of(reply) == kSha256Oid);
            if (reply.has_content())
                CHECK(cipher_of(reply) == kAes128CbcOid);
        }
        // and what was refused for its digest
        const endpoint::Outcome refused =
            post(plain(), make_message({.digest = crypto::Digest::Sha1}, plain().ra.certificate));
        CHECK(digest_of(RawReply(refused)) == kSha256Oid);
    }

    TEST_CASE("RFC8894 line 39: GET always, 3DES-CBC and SHA-1 where the profile opens them") {
        const std::string query =
            operation_query(OperationKind::PkiOperation, make_message({}, plain().ra.certificate));
        CHECK(RawReply(get(plain(), query)).text(oid::kPkiStatus) == "0");
        const RequestRecipe old{.digest = crypto::Digest::Sha1,
                                .cipher = crypto::Cipher::DesEde3Cbc};
        const TestProfile open = make_profile({.allow_legacy = {"sha1", "3des"}});
        const RawReply taken(post(open, make_message(old, open.ra.certificate)));
        CHECK(taken.text(oid::kPkiStatus) == "0");
        CHECK(equal(digest_of(taken), oid::kSha1.content()));
        CHECK(equal(cipher_of(taken), oid::kDesEde3Cbc.content()));
        const RawReply refused(post(plain(), make_message(old, plain().ra.certificate)));
        CHECK(refused.text(oid::kFailInfo) == "0");
    }

    TEST_CASE("RFC8894 line 40: single DES and MD5 are refused by name, whatever is allowed") {
        const TestProfile open = make_profile({.allow_legacy = {"sha1", "3des", "rsa1024"}});
        const RawReply des(post(open, enveloped_with(open, oid::kDesCbc, 8)));
        CHECK(des.text(oid::kFailInfo) == "0");
        CHECK(des.text(oid::kFailInfoText).find("DES-CBC") != std::string::npos);
        const RawReply md5(post(open, signed_with_md5(open)));
        CHECK(md5.text(oid::kFailInfo) == "0");
        CHECK(md5.text(oid::kFailInfoText).find("MD5") != std::string::npos);
    }

    TEST_CASE("RFC8894 line 64: a SUCCESS holds the issued certificate, as the leaf") {
        for (const std::string_view name : {"PKCSReq", "RenewalReq", "CertPoll, approved"}) {
            CAPTURE(name);
            const Exchange& e = every_exchange().of(name);
            const CertsOnly inside(open_reply(e.outcome, e.signer, shared_rsa_key()));
            REQUIRE(e.outcome.effects.issuances.size() == 1);
            CHECK(inside.certificates().at(0) == e.outcome.effects.issuances[0].certificate);
        }
    }

    TEST_CASE("RFC8894 line 65: a GetCert SUCCESS holds the certificate asked for, as the leaf") {
        EveryExchange all;
        const x509::Certificate other = all.automatic.enrol(
            {.subject = "CN=other", .device_key = other_rsa_key(), .transaction_id = "other"});
        RequestRecipe query = all.of("GetCert").request;
        query.plaintext = issuer_and_serial(all.automatic.profile.ca.certificate, other.serial());
        const endpoint::Outcome outcome = all.automatic.send(query);
        const CertsOnly inside(open_reply(outcome, *query.signer, shared_rsa_key()));
        CHECK(equal(inside.certificates().at(0), other.der()));
    }

    TEST_CASE("RFC8894 line 66: a GetCRL SUCCESS holds the CRL in crls") {
        const Exchange& e = every_exchange().of("GetCRL");
        const CertsOnly inside(open_reply(e.outcome, e.signer, shared_rsa_key()));
        REQUIRE(e.outcome.effects.crls.size() == 1);
        CHECK(inside.crls() == std::vector<Buffer>{e.outcome.effects.crls[0].der});
    }

    TEST_CASE("RFC8894 line 69: a poll needs no nonce of the exchange before it") {
        EveryExchange all;
        RequestRecipe poll = EveryExchange::poll_of("held");
        for (const Buffer& nonce : {Buffer(16, 0x11), Buffer(16, 0x11), Buffer(16, 0x22)}) {
            poll.sender_nonce = nonce;
            const RawReply reply(all.manual.send(poll));
            CHECK(reply.text(oid::kPkiStatus) == "0");
            CHECK(reply.only(oid::kRecipientNonce).content == nonce);
        }
    }

    TEST_CASE("RFC8894 line 71: polls are driven by signer and transactionID, not by their body") {
        ProfileRecipe held;
        held.settings.approval = config::Approval::Manual;
        World w(held);
        w.send(RequestRecipe{});
        const auto poll_with = [&](const Buffer& body, const std::string& id) {
            return w.send(RequestRecipe{
                .type = MessageType::CertPoll, .transaction_id = id, .plaintext = body});
        };
        const Buffer other_names = issuer_and_serial(w.profile.ra.certificate, Buffer{7});
        for (const Buffer& body : {Buffer{0x30, 0x00}, other_names, Buffer{}})
            CHECK(is_pending(w, poll_with(body, "transaction-1")));
        CHECK(fails_with(w, poll_with(Buffer{0x30, 0x00}, "transaction-2"), FailInfo::BadCertId));
    }

    TEST_CASE("RFC8894 lines 75, 76: GET ?operation=GetCACaps") {
        const endpoint::Outcome outcome = get(plain(), "operation=GetCACaps");
        CHECK(outcome.reply.status == 200);
        CHECK_FALSE(outcome.reply.body.empty());
        CHECK(get(plain(), "operation=GetCACaps&message=CA").reply.body == outcome.reply.body);
    }

    TEST_CASE(
        "RFC8894 lines 77, 78, 79, 110: registered keywords to the letter, one more, a line each") {
        const std::set<std::string> registered{"AES",
                                               "DES3",
                                               "GetNextCACert",
                                               "POSTPKIOperation",
                                               "Renewal",
                                               "SHA-1",
                                               "SHA-256",
                                               "SHA-512",
                                               "SCEPStandard"};
        const TestProfile legacy = make_profile({.allow_legacy = {"sha1", "3des"}});
        const Rollover rollover;
        std::set<std::string> seen;
        for (const std::string& text : {caps(plain()), caps(legacy), caps(rollover.profile)})
            for (const std::string& word : lines(text))
                seen.insert(word);
        CHECK(seen.erase("SHA-384") == 1);  // strongSwan's sign that AES works
        CHECK(seen == registered);
        // what SCEPStandard stands for is said as well
        for (const std::string_view word :
             {"SCEPStandard\n", "AES\n", "POSTPKIOperation\n", "SHA-256\n"})
            CHECK(caps(plain()).find(word) != std::string::npos);
    }

    TEST_CASE("RFC8894 line 83: who can do nothing says nothing") {
        CHECK(write_capabilities({}) == "");
    }

    TEST_CASE("RFC8894 line 86: GetCACaps is text/plain") {
        CHECK(get(plain(), "operation=GetCACaps").reply.content_type == "text/plain");
    }

    TEST_CASE("RFC8894 line 88: the rest of the path does not matter") {
        for (const std::string_view path :
             {"/scep", "/scep/", "/scep/pkiclient.exe", "/scep/A.b/c", "/cgi-bin/pkiclient.exe"}) {
            CAPTURE(path);
            CHECK((endpoint::route_of(path) == endpoint::Route{}));
        }
    }

    TEST_CASE("RFC8894 lines 95, 96: a POST needs no operation, no message and no Content-Type") {
        const Buffer message = make_message({}, plain().ra.certificate);
        for (const char* query : {"operation=PKIOperation",
                                  "operation=PKIOperation&message=",
                                  "operation=pkioperation&message=x",
                                  ""})
            for (const Headers& headers : {Headers{},
                                           Headers{{"Content-Type", "application/x-pki-message"}},
                                           Headers{{"Content-Type", "text/html; charset=utf-8"}}}) {
                CAPTURE(std::string_view(query));
                CHECK(post_as(query, headers, message).decision == "success");
            }
    }

    TEST_CASE("RFC8894 lines 96, 97: SUCCESS, FAILURE and PENDING are application/x-pki-message") {
        for (const Exchange& e : every_exchange().all) {
            CAPTURE(e.name);
            CHECK(e.outcome.reply.status == 200);
            CHECK(e.outcome.reply.content_type == kPkiMessage);
        }
    }

    TEST_CASE("RFC8894 line 100: a CertPoll without an earlier request is refused") {
        const RawReply unknown(every_exchange().of("CertPoll, unknown").outcome);
        CHECK(unknown.text(oid::kPkiStatus) == "2");
        CHECK(unknown.text(oid::kFailInfo) == "4");
        EveryExchange all;
        RequestRecipe stranger = EveryExchange::poll_of("held");
        stranger.device_key = other_rsa_key();
        const RawReply refused(all.manual.send(stranger));
        CHECK(refused.text(oid::kFailInfo) == "4");
        CHECK(refused.text(oid::kFailInfoText) == unknown.text(oid::kFailInfoText));
    }

    TEST_CASE("RFC8894 line 102: GetCert is SUCCESS or FAILURE, never PENDING") {
        EveryExchange all;
        for (World* world : {&all.automatic, &all.manual}) {
            world->profile.snapshot.settings.approval = config::Approval::Manual;
            RequestRecipe query = all.of("GetCert").request;
            const RawReply own(world->send(query));
            CHECK(own.text(oid::kPkiStatus) == (world == &all.automatic ? "0" : "2"));
            query.plaintext = issuer_and_serial(world->profile.ca.certificate, Buffer{0x12, 0x34});
            CHECK(RawReply(world->send(query)).text(oid::kPkiStatus) == "2");
        }
    }

    TEST_CASE("RFC8894 line 103: GetCRL gives the most recent CRL alone") {
        EveryExchange all;
        const Exchange first = all.of("GetCRL");
        all.automatic.now = kNow + std::chrono::seconds(5);
        all.automatic.view.issued(1).revoked_at = kNow + std::chrono::seconds(4);
        const endpoint::Outcome outcome = all.automatic.send(first.request);
        const CertsOnly inside(open_reply(outcome, first.signer, shared_rsa_key()));
        REQUIRE(outcome.effects.crls.size() == 1);
        CHECK(inside.crls() == std::vector<Buffer>{outcome.effects.crls[0].der});
        CHECK(inside.crls() !=
              CertsOnly(open_reply(first.outcome, first.signer, shared_rsa_key())).crls());
        const endpoint::Outcome again = all.automatic.send(first.request);
        CHECK(CertsOnly(open_reply(again, first.signer, shared_rsa_key())).crls() == inside.crls());
    }

    TEST_CASE("RFC8894 line 105: GetNextCACert is signed by the current CA and holds the next") {
        const Rollover rollover;
        const endpoint::Outcome outcome = get(rollover.profile, "operation=GetNextCACert");
        CHECK(outcome.reply.status == 200);
        CHECK(outcome.reply.content_type == "application/x-x509-next-ca-cert");
        const RawReply announced(outcome);
        CHECK(announced.signature_verifies(rollover.profile.ca.key));
        CHECK_FALSE(announced.signature_verifies(rollover.next.key));
        const CertsOnly inside(announced.content());
        CHECK(inside.degenerate());
        CHECK(inside.certificates() ==
              std::vector<Buffer>{to_buffer(rollover.next.certificate.der())});
        CHECK(equal(announced.only(oid::kMessageDigest).content,
                    crypto::sha256(announced.content())));
        CHECK(get(plain(), "operation=GetNextCACert").reply.status == 404);
    }

    TEST_CASE("RFC8894 line 107: a PKCSReq enveloped for the next CA is issued by the next CA") {
        const Rollover rollover;
        const auto issued_for = [&](const x509::Certificate& recipient) {
            const endpoint::Outcome outcome = post(rollover.profile, make_message({}, recipient));
            REQUIRE(outcome.decision == "success");
            return must(
                x509::Certificate::parse(CertsOnly(open_reply(outcome)).certificates().at(0)));
        };
        const crypto::Library& library = crypto::Library::standard();
        const x509::Certificate next = issued_for(rollover.next_ra.certificate);
        CHECK(check_issued_by(library, next, rollover.next.certificate));
        const x509::Certificate current = issued_for(rollover.profile.ra.certificate);
        CHECK(check_issued_by(library, current, rollover.profile.ca.certificate));
        CHECK_FALSE(check_issued_by(library, current, rollover.next.certificate));
    }
}
