#include <doctest/doctest.h>

#include "support/der_tree.hpp"
#include "trees.hpp"

using namespace scep;
using namespace scep::inspect;

namespace {

constexpr std::string_view kDer[] = {"lab-sscep-pkcsreq-aes128-sha256.der",
                                     "lab-strongswan-renewalreq-aes128-sha256.der",
                                     "lab-micromdm-certrep-success-for-sscep-pkcsreq.der"};

const Node& at(const Node& node, std::initializer_list<std::string_view> path) {
    const Node* found = &node;
    for (const std::string_view field : path) {
        CAPTURE(field);
        found = find(*found, field);
        REQUIRE(found != nullptr);
    }
    return *found;
}

}  // namespace

TEST_SUITE("core/inspect/tree") {
    TEST_CASE("offsets and lengths of every value are those of the message") {
        for (const std::string_view name : kDer) {
            CAPTURE(name);
            const Buffer message = capture(std::string(name));
            const Tree tree = tree_of(message);
            visit(tree.root, [&](const Node& node) {
                CAPTURE(node.offset);
                asn1::Reader in(Bytes(message).subspan(node.offset), asn1::Rules::Der);
                const auto element = in.next("test");
                REQUIRE(element);
                CHECK(element->header_size == node.header_size);
                CHECK(element->content.size() == node.length);
                if (node.content.data() != nullptr)
                    CHECK(node.content.data() == message.data() + node.offset + node.header_size);
            });
        }
    }

    TEST_CASE("children stand inside their parent, one behind the other") {
        const Buffer message = capture("lab-sscep-pkcsreq-aes128-sha256.der");
        const Tree tree = tree_of(message);
        visit(tree.root, [](const Node& node) {
            std::size_t before = node.offset + node.header_size;
            for (const Node& child : node.children) {
                CHECK(child.offset >= before);
                before = child.offset + child.header_size + child.length;
            }
            if (!node.children.empty())
                CHECK(before <= node.offset + node.header_size + node.length);
        });
    }

    TEST_CASE("a base is added to every offset") {
        const Buffer message = fixture("list.der");
        const Tree plain = tree_of(message);
        const Tree moved = annotate(message, Shape::CertificateList, 1000);
        CHECK(moved.root.offset == 1000);
        CHECK(at(moved.root, {"thisUpdate"}).offset ==
              at(plain.root, {"thisUpdate"}).offset + 1000);
    }

    TEST_CASE("BER in its most scattered form says the same as DER") {
        const Buffer message = capture("lab-sscep-pkcsreq-aes128-sha256.der");
        test::Node der = test::Node::parse(message);
        // The eContent alone in pieces: a piece and a piece within a piece.
        test::Node& content = der.at({1, 0, 2, 1, 0});
        content = content.pieces();
        const Buffer ber = der.ber();
        const Tree plain = tree_of(message);
        const Tree scattered = tree_of(ber);
        CHECK_FALSE(scattered.stop);
        CHECK(words_of(plain.root) == words_of(scattered.root));
        CHECK(has_remark(scattered.root, "constructed of 2 pieces, joined: 1094 octets"));
        CHECK(has_remark(scattered.root, "indefinite length"));
    }

    TEST_CASE("offsets inside joined pieces are those of the octets in the message") {
        const Buffer message = capture("lab-jscep-pkcsreq-aes128-sha512-ber.der");
        const Tree tree = tree_of(message);
        const Node& envelope = at(tree.root, {"eContent", "ContentInfo", "EnvelopedData"});
        visit(envelope, [&](const Node& node) {
            CAPTURE(node.offset);
            REQUIRE(node.offset < message.size());
            if (!node.content.empty())  // the first octet stands there, unless a piece ends before
                CHECK(message.at(node.offset + node.header_size) == node.content[0]);
        });
        // encryptedContent begins in the first piece of 1000 octets and ends in the second.
        const Node& encrypted = at(envelope, {"encryptedContent"});
        CHECK(encrypted.offset == 450);
        CHECK(encrypted.content.size() == 720);
        CHECK(equal(encrypted.content.first(602), Bytes(message).subspan(454, 602)));
        CHECK(equal(encrypted.content.subspan(602), Bytes(message).subspan(1058, 118)));
    }

    TEST_CASE("a tree outlives a move, its joined strings with it") {
        const Buffer message = capture("lab-jscep-pkcsreq-aes128-sha512-ber.der");
        Tree tree = tree_of(message);
        const Tree moved = std::move(tree);
        CHECK(at(moved.root, {"encryptedContent"}).content.size() == 720);
    }

    TEST_CASE("content of PKCS #7 without an OCTET STRING around it is decoded") {
        const Buffer message =
            hex("3040 06092a864886f70d010702 a033 3031 020101 3100"
                "3023 06092a864886f70d010703 a016 3014 020100 3100 300d 06092a864886f70d010701 3000"
                "3100 3100");
        const Tree tree = tree_of(message);
        CHECK(find(tree.root, "encryptedContentInfo") != nullptr);
    }

    TEST_CASE("a value of another type than the standard's is said, and decoded all the same") {
        const Tree tree =
            annotate(hex("3010 0c0131 3100 300b 06092a864886f70d010701"), Shape::ContentInfo);
        REQUIRE(tree.stop);
        CHECK(tree.stop->offset == 2);
        CHECK(tree.stop->field == "ContentInfo[0]");
        CHECK(tree.stop->expected == "contentType OBJECT IDENTIFIER, found UTF8String");
        CHECK(tree.root.children.size() == 3);
        CHECK(tree.root.children[0].value == "1");
    }

    TEST_CASE("an element too many or too few does not shift the names of the others") {
        // serialNumber is missing in the first, doubled in the second.
        const Buffer few = hex("301a 300a a003020102 3003060155 3003060155 0303000102");
        const Tree tree = annotate(few, Shape::Certificate);
        REQUIRE(tree.stop);
        CHECK(tree.stop->expected.find("serialNumber INTEGER") != std::string::npos);
        const Buffer many = hex("3011 30023100 020101 020102 0500 3001");
        const Tree more = annotate(many, Shape::IssuerAndSerialNumber);
        CHECK(has_remark(more.root, "more elements than IssuerAndSerialNumber has"));
        CHECK(more.root.children[1].field == "serialNumber");
    }
}
