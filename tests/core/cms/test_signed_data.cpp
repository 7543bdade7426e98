// SignedData: reading what is right, refusing what is not (RFC 5652 section 5, SECURITY rule S04).
#include <doctest/doctest.h>

#include "core/cms/messages.hpp"

using namespace scep;
using namespace scep::test;

namespace {

const crypto::Library& library() {
    return crypto::Library::standard();
}

Status verify(Bytes message, const std::string& signer = "client") {
    SCEP_TRY(parsed, cms::parse_signed_data(message));
    SCEP_TRY(info, cms::only_signer(parsed));
    SCEP_TRY(found, cms::signer_certificate(parsed, *info));
    CHECK(found == party(signer).certificate);
    SCEP_TRY(key, found.public_key());
    return cms::verify_signer(library(), parsed, *info, key);
}

std::string refusal(Bytes message) {
    const Status status = verify(message);
    REQUIRE_FALSE(status);
    return to_text(status.error());
}

bool mentions(const std::string& text, std::string_view word) {
    return text.find(word) != std::string::npos;
}

// An attribute besides the usual ones, the last in DER order when `value` is longer than theirs.
Buffer message_with_value(Bytes value) {
    cms::SignedDataSpec spec = signed_spec("client");
    spec.attributes.push_back({oid::kRecipientNonce, to_buffer(value)});
    return build(spec, "client");
}

asn1::Writer attribute_values(const asn1::Oid& type, std::initializer_list<Bytes> values) {
    asn1::Writer out;
    out.sequence([&] {
        out.oid(type);
        out.set([&] {
            for (const Bytes value : values)
                out.octet_string(value);
        });
    });
    return out;
}

}  // namespace

TEST_SUITE("core/cms signed_data") {
    TEST_CASE("what is built verifies and says what was put in") {
        const Buffer message = signed_message();
        const auto parsed = cms::parse_signed_data(message);
        REQUIRE(parsed);
        CHECK(parsed->version == 1);
        CHECK(parsed->content_type == oid::kData);
        CHECK(equal(*parsed->content, content()));
        CHECK(parsed->certificates.size() == 1);
        REQUIRE(parsed->signer_infos.size() == 1);
        const cms::SignerInfo& signer = parsed->signer_infos.front();
        CHECK(signer.version == 1);
        CHECK(signer.attributes.size() == 3);
        CHECK(signer.signature_algorithm.algorithm == oid::kRsaEncryption);
        CHECK(signer.attribute(oid::kSenderNonce) != nullptr);
        CHECK(signer.attribute(oid::kRecipientNonce) == nullptr);
        CHECK(verify(message));
    }

    TEST_CASE("what is built is canonical DER with sorted attributes") {
        const Buffer message = signed_message();
        Node tree = Node::parse(message);
        CHECK(tree.der() == message);
        std::vector<Buffer> attributes;
        for (const Node& attribute : tree.at(kSignedAttrs).children)
            attributes.push_back(attribute.der());
        CHECK(std::ranges::is_sorted(attributes));
        CHECK(asn1::Reader(message, asn1::Rules::Der).next("message"));
    }

    TEST_CASE("offsets count from the base that was given") {
        const Buffer message = signed_message();
        const auto parsed = cms::parse_signed_data(message, 100);
        REQUIRE(parsed);
        const std::size_t at = parsed->content_offset - 100;
        CHECK(equal(Bytes(message).subspan(at, content().size()), content()));
        CHECK(message[parsed->certificate_offsets.front() - 100] == 0x30);
    }

    TEST_CASE("a signer named by subjectKeyIdentifier makes version 3") {
        cms::SignedDataSpec spec = signed_spec("client");
        spec.key_identifier = true;
        const Buffer message = build(spec, "client");
        const auto parsed = cms::parse_signed_data(message);
        REQUIRE(parsed);
        CHECK(parsed->version == 3);
        CHECK(parsed->signer_infos.front().version == 3);
        CHECK(verify(message));
    }

    TEST_CASE("absent content is signed as empty content") {
        cms::SignedDataSpec spec = signed_spec("client");
        spec.content.reset();
        const Buffer message = build(spec, "client");
        CHECK_FALSE(cms::parse_signed_data(message)->content.has_value());
        CHECK(verify(message));
    }

    TEST_CASE("certs-only keeps the order and has no signer") {
        const auto ra = certificate("ra");
        const auto client = certificate("client");
        const Buffer message = cms::build_certs_only({ra.der(), client.der()});
        const auto parsed = cms::parse_signed_data(message);
        REQUIRE(parsed);
        CHECK_FALSE(parsed->content.has_value());
        CHECK(parsed->signer_infos.empty());
        REQUIRE(parsed->certificates.size() == 2);
        CHECK(equal(parsed->certificates[0], ra.der()));
        CHECK(equal(parsed->certificates[1], client.der()));
        CHECK_FALSE(cms::only_signer(*parsed));
    }

    TEST_CASE("other certificate choices are passed over") {
        Node tree = Node::parse(signed_message());
        Node& certificates = tree.at(kCertificates);
        const Node other{.tag = asn1::context(2), .constructed = true};
        certificates.children.insert(certificates.children.begin(), other);
        const Buffer message = tree.der();
        CHECK(cms::parse_signed_data(message)->certificates.size() == 1);
        CHECK(verify(message));
    }

    TEST_CASE("attributes signed sorted and sent unsorted are taken") {
        Node tree = Node::parse(signed_message());
        std::ranges::reverse(tree.at(kSignedAttrs).children);
        CHECK(verify(tree.der()));
    }

    TEST_CASE("attributes signed unsorted, as they were sent, are taken") {
        Node tree = Node::parse(signed_message());
        std::ranges::reverse(tree.at(kSignedAttrs).children);
        resign(tree, "client");
        CHECK(verify(tree.der()));
    }

    TEST_CASE("a set inside an attribute, signed sorted and sent unsorted, is taken") {
        const Node set{.tag = asn1::kSet,
                       .constructed = true,
                       .children = {Node{.tag = asn1::kInteger, .content = {0x01}},
                                    Node{.tag = asn1::kInteger, .content = {0x02}},
                                    Node{.tag = asn1::kOctetString, .content = Buffer(40, 3)}}};
        const Node sequence{.tag = asn1::kSequence, .constructed = true, .children = {set, set}};
        Node tree = Node::parse(message_with_value(sequence.der()));
        Node& sent = tree.at(kSignedAttrs).children.back().at({1, 0});
        REQUIRE(sent.der() == sequence.der());
        std::ranges::reverse(sent.children.front().children);
        CHECK(verify(tree.der()));
        Node scattered = tree;
        scattered.at(kSignedAttrs) = tree.at(kSignedAttrs).scattered();
        CHECK(verify(ber_around_certificates(scattered)));
        std::ranges::reverse(sent.children.back().children);
        CHECK(verify(tree.der()));
        sent.children.back().children.front().content = {0x04};
        CHECK_FALSE(verify(tree.der()));
    }

    TEST_CASE("S07 attributes beyond the limit are taken only as they were signed") {
        for (const bool beyond : {false, true}) {
            CAPTURE(beyond);
            asn1::Writer filler;
            filler.octet_string(Buffer(limits::kMaxCanonicalOctets - (beyond ? 0 : 512)));
            const Buffer message = message_with_value(filler.bytes());
            CHECK(verify(message));
            Node tree = Node::parse(message);
            std::ranges::reverse(tree.at(kSignedAttrs).children);
            const Status sorted_by_us = verify(tree.der());
            CHECK(sorted_by_us.has_value() == !beyond);
            if (!sorted_by_us)
                CHECK(sorted_by_us.error().code == Errc::Crypto);
            resign(tree, "client");
            CHECK(verify(tree.der()));
        }
    }

    TEST_CASE("content as PKCS#7 wrote it, without an OCTET STRING, is taken") {
        // The digest is over the contents octets of the value (RFC 5652 section 5.2.1).
        const Buffer inside{0x02, 0x01, 0x05};
        cms::SignedDataSpec spec = signed_spec("client");
        spec.content = inside;
        Node tree = Node::parse(build(spec, "client"));
        tree.at(kEContent).children.front() = Node::parse(Buffer{0x30, 0x03, 0x02, 0x01, 0x05});
        const Buffer message = tree.der();
        const auto parsed = cms::parse_signed_data(message);
        REQUIRE(parsed);
        CHECK(equal(*parsed->content, Buffer{0x30, 0x03, 0x02, 0x01, 0x05}));
        CHECK(verify(message));
        tree.at(kEContent).children.front().children.front().content = {0x06};
        CHECK_FALSE(verify(tree.der()));
    }

    TEST_CASE("swapped content under a valid signature does not verify") {
        Node tree = Node::parse(signed_message());
        tree.at(kEContent).children.front().content = to_buffer(as_bytes("another content!"));
        CHECK(mentions(refusal(tree.der()), "content does not match its digest"));
    }

    TEST_CASE("a content type that is not the signed one does not verify") {
        Node tree = Node::parse(signed_message());
        tree.at({1, 0, 2, 0}).content = to_buffer(oid::kEnvelopedData.content());
        CHECK(mentions(refusal(tree.der()), "content type"));
    }

    TEST_CASE("a missing contentType attribute is taken, a missing messageDigest is not") {
        Node tree = Node::parse(signed_message());
        erase_attribute(tree, oid::kContentType);
        resign(tree, "client");
        CHECK(verify(tree.der()));
        erase_attribute(tree, oid::kMessageDigest);
        resign(tree, "client");
        CHECK(mentions(refusal(tree.der()), "messageDigest"));
    }

    TEST_CASE("MD5 is refused by the standard library and by name") {
        Node tree = Node::parse(signed_message());
        tree.at({1, 0, 4, 0, 2, 0}).content = to_buffer(oid::kMd5.content());
        CHECK(mentions(refusal(tree.der()), "MD5"));
    }

    TEST_CASE("a signature with another's key does not verify") {
        Node tree = Node::parse(signed_message());
        resign(tree, "other");
        const Status status = verify(tree.der());
        REQUIRE_FALSE(status);
        CHECK(status.error().code == Errc::Crypto);
    }

    TEST_CASE("S04 a second SignerInfo is refused") {
        Node tree = Node::parse(signed_message());
        Node& signers = tree.at(kSignerInfos);
        signers.children.push_back(signers.children.front());
        CHECK(mentions(refusal(tree.der()), "2 SignerInfos"));
    }

    TEST_CASE("S04 no SignerInfo is refused") {
        Node tree = Node::parse(signed_message());
        tree.at(kSignerInfos).children.clear();
        CHECK(mentions(refusal(tree.der()), "0 SignerInfos"));
    }

    TEST_CASE("S04 a SignerInfo without signed attributes is refused") {
        Node tree = Node::parse(signed_message());
        Node& signer = tree.at(kSignerInfo);
        signer.children.erase(signer.children.begin() + 3);
        CHECK(mentions(refusal(tree.der()), "no signed attributes"));
    }

    TEST_CASE("S04 an attribute twice is refused, though it is signed") {
        Node tree = Node::parse(signed_message());
        Node& attributes = tree.at(kSignedAttrs);
        attributes.children.push_back(attributes.children.front());
        resign(tree, "client");
        CHECK(mentions(refusal(tree.der()), "twice"));
    }

    TEST_CASE("S04 an attribute with several values or none is refused, though it is signed") {
        for (const Buffer& attribute :
             {attribute_values(oid::kRecipientNonce, {as_bytes("a"), as_bytes("b")}).bytes(),
              attribute_values(oid::kRecipientNonce, {}).bytes()}) {
            Node tree = Node::parse(signed_message());
            tree.at(kSignedAttrs).children.push_back(Node::parse(attribute));
            resign(tree, "client");
            CHECK_FALSE(verify(tree.der()));
        }
    }

    TEST_CASE("S04 two certificates that match the signer are refused") {
        const auto twin = certificate("twin");
        cms::SignedDataSpec spec = signed_spec("client");
        spec.certificates.push_back(twin.der());
        CHECK(mentions(refusal(build(spec, "client")), "several certificates"));
        spec.certificates = {spec.signer->der(), spec.signer->der()};
        CHECK(mentions(refusal(build(spec, "client")), "several certificates"));
    }

    TEST_CASE("S04 no certificate that matches the signer is refused") {
        const auto other = certificate("other");
        cms::SignedDataSpec spec = signed_spec("client");
        spec.certificates = {other.der()};
        CHECK(mentions(refusal(build(spec, "client")), "no certificate for the signer"));
    }

    TEST_CASE("S04 bytes left over are refused at every level, though the signature is good") {
        const Buffer extra{0x05, 0x00};
        for (const Path& level :
             {kContentInfo, kContent, kSignedDataBody, kEncap, kEContent, kSignerInfo}) {
            Node tree = Node::parse(signed_message());
            tree.at(level).trailing = extra;
            CHECK_FALSE(verify(tree.der()));
            CHECK_FALSE(verify(tree.ber()));
        }
        Buffer message = signed_message();
        append(message, extra);
        CHECK(mentions(refusal(message), "left over"));
    }

    TEST_CASE("S07 more certificates, CRLs, attributes, SignerInfos or digests are refused") {
        struct Row {
            std::string_view name;
            Path list;
            std::size_t limit;
        };

        const Row rows[]{{"certificates", kCertificates, limits::kMaxCertificates},
                         {"digestAlgorithms", kDigestAlgorithms, limits::kMaxDigestAlgorithms},
                         {"signedAttrs", kSignedAttrs, limits::kMaxAttributes},
                         {"signerInfos", kSignerInfos, limits::kMaxSignerInfos}};
        for (const Row& row : rows) {
            CAPTURE(row.name);
            Node tree = Node::parse(signed_message());
            Node& list = tree.at(row.list);
            if (row.name == "signedAttrs") {
                std::uint8_t last = 0;  // no type twice
                while (list.children.size() <= row.limit) {
                    Node attribute = list.children.front();
                    attribute.children.front().content = {0x2a, 0x03, ++last};
                    list.children.push_back(attribute);
                }
            }
            while (list.children.size() <= row.limit)
                list.children.push_back(list.children.front());
            const auto refused = cms::parse_signed_data(tree.der());
            REQUIRE_FALSE(refused);
            CHECK(refused.error().code == Errc::Protocol);
            list.children.pop_back();
            CHECK(cms::parse_signed_data(tree.der()));
        }
        const Buffer crl{0x30, 0x00};
        CHECK(cms::parse_signed_data(
            cms::build_certs_only({}, std::vector<Bytes>(limits::kMaxCrls, crl))));
        CHECK_FALSE(cms::parse_signed_data(
            cms::build_certs_only({}, std::vector<Bytes>(limits::kMaxCrls + 1, crl))));
    }

    TEST_CASE("identifiers compare names normalised and serials as numbers") {
        const auto client = certificate("client");
        Node issuer = Node::parse(client.issuer_der());
        Node& common_name = issuer.at({1, 0, 1});
        common_name.tag = asn1::kPrintableString;
        common_name.content = to_buffer(as_bytes("CLIENT"));
        const Buffer name = issuer.der();
        Buffer serial{0x00, 0x00};
        append(serial, client.serial());
        CHECK(cms::identifies(cms::IssuerAndSerial{name, serial}, client));
        serial.back() ^= 1U;
        CHECK_FALSE(cms::identifies(cms::IssuerAndSerial{name, serial}, client));
        CHECK(cms::identifies(cms::KeyIdentifier{client.subject_key_identifier()}, client));
        CHECK_FALSE(cms::identifies(cms::KeyIdentifier{}, client));
        CHECK(mentions(cms::to_text(cms::IssuerAndSerial{name, client.serial()}), "CN=CLIENT"));
    }

    TEST_CASE("S07 a name beyond the limit identifies octet by octet only") {
        constexpr std::size_t kStrings = limits::kMaxNameOctets / limits::kMaxStringOctets;
        for (const bool beyond : {false, true}) {
            CAPTURE(beyond);
            Node tree = Node::parse(certificate("client").der());
            Node& issuer = tree.at({0, 3});
            Node rdn = issuer.children.front();
            rdn.at({0, 1}).content.assign(limits::kMaxStringOctets - 64, 'a');
            issuer.children.assign(kStrings, rdn);
            if (beyond)
                issuer.children.push_back(rdn);
            const auto parsed = x509::Certificate::parse(tree.der());
            REQUIRE(parsed);
            CHECK((parsed->issuer_der().size() > limits::kMaxNameOctets) == beyond);
            Buffer name = to_buffer(parsed->issuer_der());
            CHECK(cms::identifies(cms::IssuerAndSerial{name, parsed->serial()}, *parsed));
            name.back() = 'A';
            const cms::IssuerAndSerial other_case{name, parsed->serial()};
            CHECK(cms::identifies(other_case, *parsed) == !beyond);
            CHECK(mentions(cms::to_text(other_case), "a name of") == beyond);
        }
    }
}
