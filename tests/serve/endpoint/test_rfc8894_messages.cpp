// The lines of the RFC 8894 checklist about the octets of a message, over one reply of every kind.
#include <set>

#include <doctest/doctest.h>

#include "serve/endpoint/raw_reply.hpp"

using namespace scep;
using namespace scep::test;

namespace {

// Contents octets of object identifiers, encoded by hand.
const Buffer kDataOid{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01};
const Buffer kSignedOid{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02};
const Buffer kEnvelopedOid{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x03};

// 2.16.840.1.113733.1.9.<arc>
Buffer scep_oid(std::uint8_t arc) {
    return {0x60, 0x86, 0x48, 0x01, 0x86, 0xf8, 0x45, 0x01, 0x09, arc};
}

// 1.3.6.1.5.5.7.24.1
const Buffer kFailInfoTextOid{0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x18, 0x01};

Node value_of(const RawReply& reply, const Buffer& type) {
    for (const Node& attribute : reply.signed_attributes().children)
        if (attribute.children.at(0).content == type)
            return attribute.children.at(1).children.at(0);
    throw std::runtime_error("no such attribute");
}

// The envelope in clear: a message that was signed and not encrypted.
Buffer not_encrypted(const RequestRecipe& recipe) {
    return sign_message(recipe, make_csr(recipe));
}

// A profile whose RA has an EC key, and opens envelopes under the challenge too.
ProfileRecipe ec_profile() {
    ProfileRecipe out{.ra_key = ec_key()};
    out.settings.password_recipients = true;
    return out;
}

endpoint::Outcome in_messages_of(World& world, MessageType type, const Buffer& plaintext) {
    RequestRecipe recipe{.type = type, .plaintext = plaintext};
    return world.send(recipe);
}

}  // namespace

TEST_SUITE("serve/endpoint RFC 8894 messages") {
    TEST_CASE("RFC8894 line 34: a GetCRL reply holds the CRL and nothing else") {
        const Exchange& asked = every_exchange().of("GetCRL");
        const CertsOnly inside(open_reply(asked.outcome, asked.signer, shared_rsa_key()));
        CHECK(inside.degenerate());
        CHECK(inside.certificates().empty());
        CHECK(inside.crls().size() == 1);
    }

    TEST_CASE("RFC8894 line 41: without messageData there is no pkcsPKIEnvelope at all") {
        for (const Exchange& e : every_exchange().all) {
            CAPTURE(e.name);
            const RawReply reply(e.outcome);
            CHECK(reply.encapsulated().children.size() == (e.status == "0" ? 2 : 1));
        }
    }

    TEST_CASE("RFC8894 line 42: what is signed is the encrypted message") {
        for (const Exchange& e : every_exchange().all) {
            CAPTURE(e.name);
            const RawReply reply(e.outcome);
            CHECK(reply.signature_verifies(every_exchange().automatic.profile.ra.key));
            if (!reply.has_content())
                continue;
            const auto digest = crypto::sha256(reply.content());
            CHECK(equal(reply.only(oid::kMessageDigest).content, digest));
            const Node inner = Node::parse(reply.content());
            CHECK(inner.children.at(0).content == kEnvelopedOid);
        }
    }

    TEST_CASE("RFC8894 line 43: a key that can encrypt gets a KeyTransRecipientInfo") {
        const Exchange& e = every_exchange().of("PKCSReq");
        const RawReply reply(e.outcome);
        const Node recipient = reply.recipient();
        CHECK(recipient.tag == asn1::kSequence);  // the choice without a tag
        CHECK(recipient.children.at(0).content == Buffer{0});
        CHECK(recipient.children.at(3).content.size() == 256);
        CHECK(CertsOnly(open_reply(e.outcome)).certificates().size() == 2);
    }

    TEST_CASE("RFC8894 line 44: else a PasswordRecipientInfo under the challenge, both ways") {
        World w(ec_profile());
        const RequestRecipe recipe{.device_key = ec_key(), .password = std::string(kChallenge)};
        const endpoint::Outcome outcome = w.send(recipe);
        REQUIRE(outcome.decision == "success");
        CHECK(RawReply(outcome).recipient().tag == asn1::context(3));
        const CertsOnly inside(open_reply_by_password(outcome, kChallenge));
        CHECK(inside.certificates().size() == 2);
        CHECK_THROWS(CertsOnly(open_reply_by_password(outcome, "Secret")));
    }

    TEST_CASE("RFC8894 line 45: nothing goes unencrypted, whatever key there is") {
        World w(ec_profile());
        const Key ec = ec_key();
        const std::string challenge(kChallenge);
        for (const RequestRecipe& recipe :
             {RequestRecipe{.device_key = ec},
              RequestRecipe{.device_key = ec, .password = challenge},
              RequestRecipe{.transaction_id = "rsa-1"},
              RequestRecipe{.transaction_id = "rsa-2", .password = challenge}}) {
            const endpoint::Outcome outcome = w.send(recipe);
            REQUIRE(outcome.decision == "success");
            const RawReply reply(outcome);
            CHECK(Node::parse(reply.content()).children.at(0).content == kEnvelopedOid);
            const std::string octets = to_string(outcome.reply.body);
            CHECK(octets.find(to_string(outcome.effects.issuances.at(0).certificate)) ==
                  std::string::npos);
        }
        CHECK(fails_with(w, w.send(not_encrypted({})), FailInfo::BadMessageCheck));
    }

    TEST_CASE("RFC8894 line 46: SignedData whose eContentType is data") {
        for (const Exchange& e : every_exchange().all) {
            CAPTURE(e.name);
            const RawReply reply(e.outcome);
            CHECK(reply.content_type().content == kSignedOid);
            CHECK(reply.encapsulated().children.at(0).content == kDataOid);
        }
    }

    TEST_CASE("RFC8894 lines 47, 60: the envelope holds what belongs to the messageType, as data") {
        for (const Exchange& e : every_exchange().all) {
            if (e.status != "0")
                continue;
            CAPTURE(e.name);
            const RawReply reply(e.outcome);
            const Node inner = reply.envelope().children.at(2);  // EncryptedContentInfo
            CHECK(inner.children.at(0).content == kDataOid);
            const CertsOnly inside(open_reply(e.outcome, e.signer, shared_rsa_key()));
            CHECK(inside.certificates().empty() == (e.request.type == MessageType::GetCrl));
            CHECK(inside.crls().empty() == (e.request.type != MessageType::GetCrl));
        }
        World w;
        const Buffer query = issuer_and_serial(w.profile.ca.certificate, Buffer{1});
        for (const auto& row : {std::pair{MessageType::PkcsReq, query},
                                std::pair{MessageType::RenewalReq, query},
                                std::pair{MessageType::GetCert, make_csr({})},
                                std::pair{MessageType::GetCrl, make_csr({})}}) {
            CAPTURE(to_text(row.first));
            const auto& [type, other] = row;
            // A query never says whether its envelope was opened (SECURITY rule S01).
            const bool query_type = type == MessageType::GetCert || type == MessageType::GetCrl;
            CHECK(fails_with(w,
                             in_messages_of(w, type, other),
                             query_type ? FailInfo::BadCertId : FailInfo::BadMessageCheck));
        }
    }

    TEST_CASE("RFC8894 line 48: a SignerInfo without authenticated attributes is no message") {
        for (const Exchange& e : every_exchange().all)
            CHECK(RawReply(e.outcome).signed_attributes().tag == asn1::context(0));
        World w;
        Node message = Node::parse(make_message({}, w.profile.ra.certificate));
        auto& signer = message.at({1, 0, 4, 0}).children;
        REQUIRE(signer.at(3).tag == asn1::context(0));
        signer.erase(signer.begin() + 3);
        const endpoint::Outcome outcome = w.send(message.der());
        CHECK(outcome.reply.status == 400);
        CHECK(outcome.effects.empty());
    }

    TEST_CASE(
        "RFC8894 lines 49, 63: each reply has transactionID, messageType, senderNonce, and what "
        "CMS demands") {
        for (const Exchange& e : every_exchange().all) {
            CAPTURE(e.name);
            const RawReply reply(e.outcome);
            CHECK(reply.text(oid::kTransactionId) == e.request.transaction_id);
            CHECK(reply.text(oid::kMessageType) == "3");
            CHECK(reply.only(oid::kSenderNonce).content.size() == 16);
            CHECK(reply.only(oid::kContentType).content == kDataOid);
            CHECK(reply.only(oid::kMessageDigest).content.size() == 32);
        }
    }

    TEST_CASE(
        "RFC8894 line 50: a CertRep says pkiStatus, on FAILURE failInfo, and recipientNonce") {
        for (const Exchange& e : every_exchange().all) {
            CAPTURE(e.name);
            const RawReply reply(e.outcome);
            CHECK(reply.text(oid::kPkiStatus) == e.status);
            CHECK(reply.values(oid::kFailInfo).size() == (e.status == "2" ? 1 : 0));
            CHECK(reply.values(oid::kFailInfoText).size() == (e.status == "2" ? 1 : 0));
            CHECK(reply.values(oid::kRecipientNonce).size() == 1);
        }
    }

    TEST_CASE("RFC8894 line 51: object identifiers and string types of the attributes") {
        for (const Exchange& e : every_exchange().all) {
            CAPTURE(e.name);
            const RawReply reply(e.outcome);
            CHECK(value_of(reply, scep_oid(2)).tag == asn1::kPrintableString);  // messageType
            CHECK(value_of(reply, scep_oid(3)).tag == asn1::kPrintableString);  // pkiStatus
            CHECK(value_of(reply, scep_oid(7)).tag == asn1::kPrintableString);  // transactionID
            for (const std::uint8_t nonce : {std::uint8_t{5}, std::uint8_t{6}}) {
                CHECK(value_of(reply, scep_oid(nonce)).tag == asn1::kOctetString);
                CHECK(value_of(reply, scep_oid(nonce)).content.size() == 16);
            }
            if (e.status != "2")
                continue;
            CHECK(value_of(reply, scep_oid(4)).tag == asn1::kPrintableString);  // failInfo
            CHECK(value_of(reply, kFailInfoTextOid).tag == asn1::kUtf8String);
        }
    }

    TEST_CASE("RFC8894 line 53: a messageType that is missing or undefined is an error") {
        World w;
        for (const unsigned type : {0U, 1U, 2U, 4U, 16U, 23U, 42U, 4000000000U}) {
            CAPTURE(type);
            const RequestRecipe recipe{.type = static_cast<MessageType>(type)};
            CHECK(fails_with(w, w.send(recipe), FailInfo::BadRequest));
        }
        CHECK(w.view.issuance_count() == 0);
    }

    TEST_CASE("RFC8894 line 54: every reply has one of the three values of pkiStatus") {
        std::set<std::string> seen;
        for (const Exchange& e : every_exchange().all)
            seen.insert(RawReply(e.outcome).text(oid::kPkiStatus));
        CHECK(seen == std::set<std::string>{"0", "2", "3"});
    }

    TEST_CASE("RFC8894 line 55: failInfo is one of 0 to 4, each for what it is for") {
        ProfileRecipe dated;
        dated.settings.signing_time_window = std::chrono::hours(1);
        World w;
        World wants_time(dated);
        const Exchange& unknown = every_exchange().of("CertPoll, unknown");
        const std::vector<std::pair<std::string, endpoint::Outcome>> rows{
            {"0", w.send(RequestRecipe{.digest = crypto::Digest::Sha1})},
            {"1", w.send(RequestRecipe{.plaintext = Buffer{0x30, 0x00}})},
            {"2", w.send(RequestRecipe{.challenge = "wrong"})},
            {"3", wants_time.send(RequestRecipe{})},
            {"4", unknown.outcome}};
        for (const auto& row : rows) {
            CAPTURE(row.first);
            const auto& [value, outcome] = row;
            CHECK(RawReply(outcome).text(oid::kPkiStatus) == "2");
            CHECK(RawReply(outcome).text(oid::kFailInfo) == value);
        }
    }

    TEST_CASE("RFC8894 line 57: the senderNonce of each reply is a fresh one") {
        std::set<Buffer> seen;
        for (const Exchange& e : every_exchange().all) {
            const Buffer nonce = RawReply(e.outcome).only(oid::kSenderNonce).content;
            CHECK(nonce != e.request.sender_nonce);
            seen.insert(nonce);
        }
        CHECK(seen.size() == every_exchange().all.size());
    }

    TEST_CASE("RFC8894 line 58: the recipientNonce is the request's senderNonce") {
        std::set<Buffer> seen;
        for (const Exchange& e : every_exchange().all) {
            CAPTURE(e.name);
            const Buffer nonce = RawReply(e.outcome).only(oid::kRecipientNonce).content;
            CHECK(nonce == e.request.sender_nonce);
            seen.insert(nonce);
        }
        CHECK(seen.size() == every_exchange().all.size());
    }

    TEST_CASE(
        "RFC8894 line 61: the type is what messageType says, not what the content looks like") {
        EveryExchange e;
        const Exchange& asked = e.of("GetCert");
        RequestRecipe same = asked.request;
        same.type = MessageType::GetCrl;
        const endpoint::Outcome outcome = e.automatic.send(same);
        CHECK(outcome.action == "GetCRL (22)");
        const CertsOnly crl(open_reply(outcome, asked.signer, shared_rsa_key()));
        const CertsOnly certificate(open_reply(asked.outcome, asked.signer, shared_rsa_key()));
        CHECK(crl.crls().size() == 1);
        CHECK(certificate.certificates().size() == 2);
    }

    TEST_CASE("RFC8894 line 67: a FAILURE has failInfo, and no envelope") {
        for (const std::string_view name : {"PKCSReq, refused", "CertPoll, unknown"}) {
            const RawReply reply(every_exchange().of(name).outcome);
            CHECK(reply.text(oid::kPkiStatus) == "2");
            CHECK(reply.only(oid::kFailInfo).content.size() == 1);
            CHECK(reply.text(oid::kFailInfoText).ends_with("(reference 0badc0de)"));
            CHECK_FALSE(reply.has_content());
        }
    }

    TEST_CASE("RFC8894 line 68: a PENDING has no envelope") {
        for (const std::string_view name : {"PKCSReq, held", "CertPoll, pending"}) {
            const RawReply reply(every_exchange().of(name).outcome);
            CHECK(reply.text(oid::kPkiStatus) == "3");
            CHECK(reply.values(oid::kFailInfo).empty());
            CHECK_FALSE(reply.has_content());
        }
    }

    TEST_CASE("RFC8894 line 74: certs-only SignedData omits the content, and has no signer") {
        for (const Exchange& e : every_exchange().all) {
            if (e.status != "0")
                continue;
            CAPTURE(e.name);
            CHECK(CertsOnly(open_reply(e.outcome, e.signer, shared_rsa_key())).degenerate());
        }
        const endpoint::Outcome ca = get(every_exchange().automatic.profile, "operation=GetCACert");
        CHECK(CertsOnly(ca.reply.body).degenerate());
        CHECK(CertsOnly(ca.reply.body).certificates().size() == 2);
        CHECK(CertsOnly(ca.reply.body).crls().empty());
    }
}
