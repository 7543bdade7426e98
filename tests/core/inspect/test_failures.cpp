// The failures that people ask about: each is named, with a next step.
#include <doctest/doctest.h>

#include "core/inspect/tree_text.hpp"
#include "lab.hpp"

using namespace scep;
using namespace scep::test;
using inspect::Outcome;

namespace {

inspect::Examination look_as_server(Buffer message) {
    const capture::Captured all = captured(std::move(message));
    return look(all, server_means());
}

Buffer build_legacy(crypto::Digest digest, crypto::Cipher cipher) {
    SeededRandom random(5);
    const crypto::Library& library = libraries().legacy();
    const Buffer content = csr();
    const Buffer envelope = must(cms::build_enveloped_data(
        library,
        {.content = content, .recipients = {&party("ra").certificate}, .cipher = cipher},
        random));
    PkiMessageSpec spec = request_spec(envelope);
    spec.algorithm.digest = digest;
    const auto key = private_key("client");
    key->use_library(library);
    return must(build_pki_message(library, spec, *key));
}

// The CSR with its challenge put another way; its own signature is wrong then, as the text says.
Buffer with_challenge(const std::function<void(Node&)>& change) {
    Node tree = Node::parse(csr());
    Node& value = tree.at({0, 3, 0, 1});  // attributes, the first, its SET
    change(value);
    return tree.der();
}

Buffer reply_to(Bytes nonce, std::string_view id) {
    return must(build_pki_message(crypto::Library::standard(),
                                  {.type = MessageType::CertRep,
                                   .transaction_id = transaction(id),
                                   .sender_nonce = as_bytes("fedcba9876543210"),
                                   .recipient_nonce = nonce,
                                   .status = PkiStatus::Failure,
                                   .fail_info = FailInfo::BadRequest,
                                   .signer = &party("ra").certificate,
                                   .algorithm = {}},
                                  *party("ra").key));
}

std::vector<inspect::Examination> look_at_both(const std::vector<capture::Captured>& both) {
    return inspect::examine(both, server_means());
}

capture::Captured only(std::string_view text) {
    auto found = must(capture::recognise(as_bytes(text), "input"));
    REQUIRE(found.size() == 1);
    return std::move(found.front());
}

}  // namespace

TEST_SUITE("inspect/failures") {
    TEST_CASE("the envelope is for another certificate than the server's") {
        const capture::Captured message = captured(request());
        inspect::Means means = bare_means();
        means.ca = {party("other").certificate};
        const auto seen = look(message, means);
        REQUIRE(names(seen, "envelope-recipient"));
        CHECK(find(seen, "envelope-recipient")
                  ->message.find(party("other").certificate.serial_hex()) != std::string::npos);
        means.ca = {party("ra").certificate};
        CHECK(find(look(message, means), "envelope-recipient") == nullptr);
    }

    TEST_CASE("DES and MD5, and what is merely old") {
        const auto worst =
            look_as_server(build_legacy(crypto::Digest::Md5, crypto::Cipher::DesCbc));
        CHECK(names(worst, "forbidden-digest"));
        CHECK(names(worst, "forbidden-cipher"));
        CHECK(fact(worst, "subject") == "CN=client");  // and yet it is decrypted
        CHECK(outcome(worst, "signature") == Outcome::Pass);
        const auto old =
            look_as_server(build_legacy(crypto::Digest::Sha1, crypto::Cipher::DesEde3Cbc));
        CHECK(names(old, "old-digest"));
        CHECK(names(old, "old-cipher"));
        CHECK(old.good());
    }

    TEST_CASE("the RA's certificate lacks keyEncipherment") {
        const Identity ca = make_ca(shared_rsa_key());
        const Identity ra = make_identity(
            {.subject = "CN=RA", .key_usage = x509::kDigitalSignature}, rsa_key(), &ca);
        SeededRandom random(2);
        const Buffer content = csr();
        const Buffer envelope =
            must(cms::build_enveloped_data(crypto::Library::standard(),
                                           {.content = content, .recipients = {&ra.certificate}},
                                           random));
        const capture::Captured message = captured(build(request_spec(envelope)));
        inspect::Means means = bare_means();
        means.ca = {ra.certificate, ca.certificate};
        CHECK(names(look(message, means), "ra-key-usage"));
        const capture::Captured list =
            captured(cms::build_certs_only({{ra.certificate.der(), ca.certificate.der()}}));
        means.at = kNow;
        CHECK(names(look(list, means), "ca-recipient"));
    }

    TEST_CASE("the signed attributes do not match the content") {
        Node tree = Node::parse(request());
        tree.at({1, 0, 2, 1, 0}).content.back() ^= 1U;  // the last octet of the envelope
        const auto seen = look_as_server(tree.der());
        CHECK(names(seen, "message-digest"));
        CHECK(outcome(seen, "signature") == Outcome::Pass);
        CHECK(find(seen, "signature") == nullptr);
    }

    TEST_CASE("the signature is not over these attributes") {
        Node tree = Node::parse(request());
        value(tree, oid::kTransactionId).content.back() ^= 1U;
        const auto seen = look_as_server(tree.der());
        CHECK(names(seen, "signature"));
        CHECK(outcome(seen, "messageDigest") == Outcome::Pass);
    }

    TEST_CASE("the challenge is in a string type that servers do not look for, or nested") {
        const auto wide = look_as_server(request(with_challenge([](Node& set) {
            Buffer letters;
            for (const std::uint8_t letter : set.children.front().content)
                letters.insert(letters.end(), {0, letter});
            set.children.front() = Node{.tag = asn1::kBmpString, .content = letters};
        })));
        CHECK(names(wide, "challenge-string-type"));
        CHECK(names(wide, "csr-signature"));
        const auto nested = look_as_server(request(with_challenge([](Node& set) {
            Node inner = set;
            set.children = {inner};
        })));
        CHECK(names(nested, "challenge-nested"));
        const auto none = look_as_server(request(csr("")));
        CHECK(names(none, "challenge-missing"));
    }

    TEST_CASE("the challenge stands among the signed attributes") {
        Node tree = Node::parse(request());
        asn1::Writer out;
        out.sequence([&] {
            out.oid(oid::kChallengePassword);
            out.constructed(asn1::kSet,
                            [&] { out.primitive(asn1::kPrintableString, as_bytes(kChallenge)); });
        });
        tree.at(kSignedAttrs).children.push_back(Node::parse(std::move(out).take()));
        const capture::Captured message = captured(tree.der());
        const std::vector<inspect::Examination> seen =
            inspect::examine({&message, 1}, bare_means());
        CHECK(names(seen.front(), "challenge-in-clear"));
        CHECK(inspect::report_text(seen, {.hex = true}).find(kChallenge) == std::string::npos);
    }

    TEST_CASE("the transient signer has expired") {
        const capture::Captured message = captured(request());
        inspect::Means means = server_means();
        means.at = party("client").certificate.not_after() + std::chrono::hours(1);
        const auto seen = look(message, means);
        CHECK(names(seen, "signer-dates"));
        CHECK(outcome(seen, "signer's dates") == Outcome::Fail);
        means.at.reset();
        capture::Captured timed = message;
        timed.time = party("client").certificate.not_after();
        CHECK(find(look(timed, means), "signer-dates") == nullptr);
    }

    TEST_CASE("a message of which nobody knows when it was sent is not out of date") {
        inspect::Means means = server_means();
        means.at.reset();
        means.now = party("client").certificate.not_after() + std::chrono::hours(1);
        const capture::Captured message = captured(request());
        const auto seen = look(message, means);
        CHECK(find(seen, "signer-dates") == nullptr);
        CHECK(outcome(seen, "signer's dates") == Outcome::NotChecked);
        capture::Captured timed = message;
        timed.time = means.now;
        CHECK(names(look(timed, means), "signer-dates"));
    }

    TEST_CASE("base64 that a form decoder has been at") {
        std::string query = operation_query(OperationKind::PkiOperation, request());
        for (std::size_t at; (at = query.find("%2B")) != std::string::npos;)
            query.replace(at, 3, "%20");
        const capture::Captured message =
            only("GET /scep?" + query + " HTTP/1.1\r\nHost: a\r\n\r\n");
        const auto seen = look(message, server_means());
        CHECK(names(seen, "base64-form-decoded"));
        CHECK(fact(seen, "subject") == "CN=client");
    }

    TEST_CASE("a charset appended to the content type") {
        const Buffer body = reply_to(as_bytes("0123456789abcdef"), "transaction 1");
        const capture::Captured message = only(
            "HTTP/1.1 200 OK\r\nContent-Type: application/x-pki-message; charset=utf-8\r\n"
            "Content-Length: " +
            std::to_string(body.size()) + "\r\n\r\n" + to_string(body));
        const auto seen = look(message, bare_means());
        CHECK(names(seen, "content-type-charset"));
        CHECK(names(seen, "refused"));
    }

    TEST_CASE("a body that is cut at a buffer's size") {
        const Buffer filler(4096, 'x');
        Buffer whole = request(filler);
        whole.resize(4096);
        const capture::Captured message = captured(std::move(whole));
        const auto seen = look(message, bare_means());
        REQUIRE(names(seen, "body-cut"));
        CHECK(find(seen, "body-cut")->message.find("4096") != std::string::npos);
        CHECK(find(seen, "body-cut")->where.offset == 4096);
        CHECK(seen.kind == inspect::Kind::PkiMessage);
        CHECK(fact(seen, "cipher") == "AES-128-CBC");  // what is left of it is told
    }

    TEST_CASE("OAEP without parameters") {
        Node envelope = Node::parse(enveloped_message(csr()));
        Node& algorithm = envelope.at(kRecipient).children.at(2);
        algorithm.children = {
            Node{.tag = asn1::kObjectIdentifier, .content = to_buffer(oid::kRsaesOaep.content())}};
        const Buffer changed = envelope.der();
        const auto seen = look_as_server(build(request_spec(changed)));
        CHECK(names(seen, "oaep-parameters"));
    }

    TEST_CASE("two SignerInfos, an attribute twice") {
        Node tree = Node::parse(request());
        Node& signers = tree.at(kSignerInfos);
        signers.children.push_back(signers.children.front());
        CHECK(names(look_as_server(tree.der()), "signer-count"));

        Node again = Node::parse(request());
        Node& attributes = again.at(kSignedAttrs);
        attributes.children.push_back(attributes.children.front());
        const auto seen = look_as_server(again.der());
        CHECK(names(seen, "attribute-repeated"));
        CHECK(fact(seen, "message_type") == "PKCSReq (19)");
    }

    TEST_CASE("what is missing or malformed among the attributes") {
        for (const auto& [type, rule] : {std::pair{oid::kMessageType, "attribute-missing"},
                                         std::pair{oid::kSenderNonce, "attribute-missing"},
                                         std::pair{oid::kTransactionId, "attribute-missing"}})
            CHECK(names(look_as_server(without(type)), rule));
        CHECK(names(look_as_server(
                        with_value(oid::kMessageType, asn1::kPrintableString, as_bytes("PKCSReq"))),
                    "attribute-malformed"));
        CHECK(names(
            look_as_server(with_value(oid::kMessageType, asn1::kPrintableString, as_bytes("42"))),
            "message-type"));
        CHECK(names(
            look_as_server(with_value(oid::kSenderNonce, asn1::kOctetString, as_bytes("8 octets"))),
            "nonce-length"));
        CHECK(names(
            look_as_server(with_value(oid::kTransactionId, asn1::kUtf8String, as_bytes("id"))),
            "transaction-string"));
    }

    TEST_CASE("a reply with the nonce of another request, and of another transaction") {
        const std::vector<capture::Captured> good{
            captured(request()), captured(reply_to(as_bytes("0123456789abcdef"), "transaction 1"))};
        const auto fine = look_at_both(good);
        CHECK(fine.at(1).peer == 0);
        CHECK(fine.at(0).peer == 1);
        CHECK(outcome(fine.at(1), "recipientNonce") == Outcome::Pass);

        std::vector<capture::Captured> bad{
            captured(request()), captured(reply_to(as_bytes("another request!"), "other"))};
        CHECK(!look_at_both(bad).at(1).peer);
        bad[0].exchange = bad[1].exchange = 1;
        const auto seen = look_at_both(bad);
        CHECK(names(seen.at(1), "reply-nonce"));
        CHECK(names(seen.at(1), "reply-transaction"));
        CHECK(outcome(seen.at(1), "recipientNonce") == Outcome::Fail);
    }

    TEST_CASE("NDES says why") {
        Node tree = Node::parse(reply_to(as_bytes("0123456789abcdef"), "transaction 1"));
        asn1::Writer out;
        out.sequence([&] {
            out.oid(oid::kNdesHresult);
            out.constructed(asn1::kSet, [&] {
                out.primitive(asn1::kPrintableString, as_bytes("-2146877422"));
            });
        });
        const Node hresult = Node::parse(std::move(out).take());
        // without certificates and content the attributes stand elsewhere
        for (Node& part : tree.at({1, 0}).children)
            if (part.tag == asn1::kSet && !part.children.empty() &&
                part.children.front().children.size() > 4)
                part.children.front().children.at(3).children.push_back(hresult);
        const Buffer reply = tree.der();
        CHECK(inspect::tree_text(inspect::annotate(reply, inspect::shape_of(reply)), {})
                  .find("0x80094012 CERTSRV_E_TEMPLATE_DENIED") != std::string::npos);
        const auto seen = look_as_server(reply);
        CHECK(fact(seen, "ndes_hresult") ==
              "0x80094012 CERTSRV_E_TEMPLATE_DENIED: no permission for this template");
        CHECK(names(seen, "ndes-error"));
    }

    TEST_CASE("a renewal by a self-signed certificate, a bare CSR, octets behind") {
        const Buffer envelope = enveloped_message(csr());
        PkiMessageSpec spec = request_spec(envelope);
        spec.type = MessageType::RenewalReq;
        const bool self_signed = party("client").certificate.self_issued();
        const auto renewal = look_as_server(build(spec));
        CHECK((find(renewal, "renewal-signer") != nullptr) == self_signed);
        CHECK(names(renewal, "challenge-in-renewal"));

        capture::Captured bare = captured(csr());
        bare.operation = OperationKind::PkiOperation;
        CHECK(names(look(bare, bare_means()), "csr-bare"));

        Buffer behind = request();
        behind.push_back(0);
        CHECK(names(look_as_server(std::move(behind)), "left-over"));
        Buffer padded = csr();
        padded.insert(padded.end(), {1, 2, 3});
        CHECK(names(look_as_server(request(padded)), "csr-left-over"));
    }

    TEST_CASE("the lines of GetCACaps") {
        capture::Captured reply{.content = capture::Content::Capabilities,
                                .direction = capture::Direction::Reply};
        reply.bytes = to_buffer(as_bytes("aes\nSHA-1\nDES3\n"));
        const auto seen = look(reply, bare_means());
        CHECK(names(seen, "caps-keyword"));
        CHECK(names(seen, "caps-missing"));
        CHECK(names(seen, "caps-old"));
        reply.bytes = to_buffer(as_bytes("<html>not found</html>"));
        CHECK(names(look(reply, bare_means()), "caps-form"));
    }

    TEST_CASE("a content type is judged where there was a head to say it") {
        capture::Captured reply{.content = capture::Content::Capabilities,
                                .direction = capture::Direction::Reply};
        reply.bytes = to_buffer(as_bytes("AES\n"));
        CHECK(!names(look(reply, bare_means()), "content-type"));
        reply.status = 200;
        CHECK(names(look(reply, bare_means()), "content-type"));
        reply.content_type = "text/plain";
        CHECK(!names(look(reply, bare_means()), "content-type"));
    }

    TEST_CASE("a reply that is a page, or nothing at all") {
        capture::Captured reply{.content = capture::Content::Text,
                                .direction = capture::Direction::Reply,
                                .bytes = to_buffer(as_bytes("<html>Log in</html>")),
                                .operation = OperationKind::PkiOperation,
                                .status = 200};
        CHECK(names(look(reply, bare_means()), "reply-body"));
        reply.operation = OperationKind::GetNextCaCert;
        CHECK(names(look(reply, bare_means()), "reply-body"));
        reply.status = 404;  // which has a rule of its own
        CHECK(find(look(reply, bare_means()), "reply-body") == nullptr);
        reply.status = 200;
        reply.content = capture::Content::None;
        reply.bytes.clear();
        CHECK(names(look(reply, bare_means()), "reply-body"));
        reply.operation = OperationKind::GetCaCaps;
        CHECK(find(look(reply, bare_means()), "reply-body") == nullptr);
        reply.operation = OperationKind::PkiOperation;
        reply.remarks.push_back({.id = "body-not-saved", .text = "the heads alone"});
        CHECK(find(look(reply, bare_means()), "reply-body") == nullptr);
    }

    TEST_CASE("of a message that is cut nothing is missed that may be behind the cut") {
        const Buffer whole = request();
        for (std::size_t size = 40; size < whole.size(); size += 40) {
            CAPTURE(size);
            const auto end = whole.begin() + static_cast<std::ptrdiff_t>(size);
            const capture::Captured message = captured({whole.begin(), end});
            const auto seen = look(message, bare_means());
            CHECK(names(seen, "structure"));
            for (const std::string_view rule : {"attribute-missing",
                                                "signed-attributes",
                                                "signer-certificate",
                                                "envelope-missing",
                                                "message-digest"})
                CHECK(find(seen, rule) == nullptr);
        }
    }

    TEST_CASE("a challenge that is no text leaves the rest of the CSR to be seen") {
        const auto has_challenge = [](const Node& attribute) {
            return equal(attribute.children.at(0).content, oid::kChallengePassword.content());
        };
        Node tree = Node::parse(csr());
        auto& attributes = tree.at({0, 3}).children;
        const auto attribute = std::ranges::find_if(attributes, has_challenge);
        REQUIRE(attribute != attributes.end());
        attribute->at({1, 0}).tag = asn1::kOctetString;
        const auto seen = look(captured(tree.der()), bare_means());
        CHECK(fact(seen, "subject") == "CN=client");
        CHECK(fact(seen, "challenge") == "present, and cannot be read");
        CHECK(names(seen, "csr"));
    }

    TEST_CASE("what a server would answer is an error when it refuses") {
        const capture::Captured message = captured(request());
        inspect::Means means = bare_means();
        means.ask_server = [](const capture::Captured&) {
            return inspect::ServerAnswer{true, "FAILURE badRequest (2)", "challenge wrong"};
        };
        const auto seen = look(message, means);
        REQUIRE(names(seen, "server-answer"));
        CHECK(find(seen, "server-answer")->message ==
              "this server would answer FAILURE badRequest (2) because challenge wrong");
        CHECK(fact(seen, "server_answer") == "FAILURE badRequest (2): challenge wrong");
        CHECK(!seen.good());
    }

    TEST_CASE("every rule has an id of its own, a citation and a summary") {
        std::vector<std::string_view> ids;
        for (const inspect::RuleInfo& rule : inspect::list_rules()) {
            CHECK(std::ranges::find(ids, rule.id) == ids.end());
            CHECK(!rule.cite.empty());
            CHECK(!rule.summary.empty());
            ids.push_back(rule.id);
        }
        CHECK(ids.size() > 50);
    }
}
