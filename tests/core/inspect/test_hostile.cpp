// Any octets at all: an answer, with the place where it ends, in bounded time and memory.
#include <doctest/doctest.h>

#include "core/inspect/diff.hpp"
#include "core/inspect/tree_json.hpp"
#include "core/inspect/tree_text.hpp"
#include "trees.hpp"

using namespace scep;
using namespace scep::inspect;

namespace {

constexpr std::string_view kMessages[] = {"lab-sscep-pkcsreq-aes128-sha256.der",
                                          "lab-jscep-pkcsreq-aes128-sha512-ber.der",
                                          "lab-jscepra-getcacert.der"};

std::size_t count(const Node& node) {
    std::size_t nodes = 0;
    visit(node, [&](const Node&) { ++nodes; });
    return nodes;
}

std::size_t levels(const Node& node) {
    std::size_t deepest = 0;
    for (const Node& child : node.children)
        deepest = std::max(deepest, levels(child));
    return deepest + 1;
}

void check_bounds(const Tree& tree, std::size_t size) {
    CHECK(count(tree.root) <= kMaxTreeNodes + kMaxTreeDepth);
    CHECK(levels(tree.root) <= kMaxTreeDepth + 2);
    CHECK(tree.left_over <= size);
    if (tree.stop)
        CHECK(tree.stop->offset <= size);
}

Buffer repeated(std::string_view unit, std::size_t times) {
    const Buffer one = hex(unit);
    Buffer out;
    for (std::size_t i = 0; i < times; ++i)
        append(out, one);
    return out;
}

// What takes time by the square of its size would not end within the time of the suite.
template <class Make>
void check_ends(Make make) {
    const Buffer message = make(400'000);
    check_bounds(annotate(message, shape_of(message)), message.size());
}

}  // namespace

TEST_SUITE("core/inspect/hostile") {
    TEST_CASE("a message that is cut anywhere is decoded up to there") {
        for (const std::string_view name : kMessages) {
            CAPTURE(name);
            const Buffer whole = capture(std::string(name));
            const std::size_t nodes = count(tree_of(whole).root);
            std::size_t before = 0;
            for (std::size_t size = 40; size < whole.size(); ++size) {
                CAPTURE(size);
                const Bytes message = Bytes(whole).first(size);
                const Tree tree = tree_of(message);
                REQUIRE(tree.stop);
                CHECK(tree.stop->offset <= size);
                CHECK(tree.stop->expected.find("found") != std::string::npos);
                const std::size_t there = count(tree.root);
                CHECK(there <= nodes + 1);
                if (size % 256 == 0) {
                    CHECK(there >= before);
                    before = there;
                }
            }
        }
    }

    TEST_CASE("a body that ends after 1024 octets is told to the octet") {
        const Buffer whole = capture("lab-sscep-pkcsreq-aes128-sha256.der");
        const Tree tree = tree_of(Bytes(whole).first(1024));
        REQUIRE(tree.stop);
        CHECK(tree.stop->offset == 1024);
        CHECK(tree.stop->field ==
              "ContentInfo.content.encapContentInfo.eContent.content.encryptedContentInfo."
              "encryptedContent");
        CHECK(tree.stop->expected ==
              "136 more octets of [0] OCTET STRING, found the end of the input");
        CHECK(has_remark(tree.root, "cut short: 552 octets of 688"));
    }

    TEST_CASE("a flipped bit in any octet does no harm") {
        for (const std::string_view name : kMessages) {
            Buffer message = capture(std::string(name));
            for (std::size_t i = 0; i < message.size(); ++i) {
                const auto bit = static_cast<std::uint8_t>(1U << i % 8);
                message[i] ^= bit;
                check_bounds(tree_of(message), message.size());
                message[i] ^= bit;
            }
        }
    }

    TEST_CASE("what is behind a broken value is decoded nevertheless") {
        Buffer message = capture("lab-sscep-pkcsreq-aes128-sha256.der");
        message[107] = 0x1f;  // the tag of the recipient's first RDN becomes a long one
        message[108] = 0xff;
        const Tree tree = tree_of(message);
        REQUIRE(tree.stop);
        CHECK(tree.stop->offset == 107);
        CHECK(find(tree.root, "transactionID") != nullptr);
        CHECK(find(tree.root, "encryptedContent") != nullptr);
    }

    TEST_CASE("nesting a thousand and four hundred thousand deep") {
        for (const std::size_t depth : {1000U, 400'000U}) {
            Buffer open = repeated("3080", depth);
            check_bounds(tree_of(open), open.size());
            CHECK(tree_of(open).stop);
            append(open, repeated("0000", depth));
            const Tree closed = tree_of(open);
            check_bounds(closed, open.size());
            CHECK_FALSE(closed.stop);
            CHECK(closed.left_over == 0);
        }
    }

    TEST_CASE("strings in strings in strings, each with a message in it") {
        Buffer message = hex("0500");
        for (int i = 0; i < 200; ++i) {
            asn1::Writer out;
            out.sequence([&] {
                out.oid(oid::kData);
                out.explicit_tag(0, [&] { out.octet_string(message); });
            });
            message = std::move(out).take();
        }
        check_bounds(tree_of(message), message.size());
        CHECK(tree_text(tree_of(message), {}).find("left out") != std::string::npos);
    }

    TEST_CASE("lengths beyond everything") {
        for (const std::string_view header :
             {"3084ffffffff", "3088ffffffffffffffff", "0484ffffffff", "3089010000000000000000"}) {
            CAPTURE(header);
            Buffer message = hex(header);
            append(message, hex("020105"));
            const Tree tree = tree_of(message);
            REQUIRE(tree.stop);
            check_bounds(tree, message.size());
        }
        const Tree tree = tree_of(hex("3084ffffffff020105"));
        CHECK(tree.stop->expected ==
              "4294967292 more octets of SEQUENCE, found the end of the input");
        CHECK(tree.root.length == 3);
    }

    TEST_CASE("things that are no ASN.1") {
        const Tree zeros = tree_of(Buffer(100'000));
        REQUIRE(zeros.stop);
        CHECK(zeros.stop->offset == 0);
        CHECK(zeros.stop->expected == "a value, found end-of-contents");
        const Tree nothing = annotate({}, Shape::ContentInfo);
        REQUIRE(nothing.stop);
        CHECK(nothing.stop->expected == "ContentInfo, found the end of the input");
        const std::string_view text = "Hello, this is a text and no message of any kind.\n";
        check_bounds(tree_of(as_bytes(text)), text.size());
        const Buffer png = hex("89504e470d0a1a0a0000000d49484452");
        CHECK(tree_of(png).stop);
        const Tree wrong = annotate(as_bytes("GET / HTTP/1.1\r\n"), Shape::ContentInfo);
        REQUIRE(wrong.stop);
        CHECK(wrong.stop->expected.starts_with("ContentInfo, found"));
    }

    TEST_CASE("more values than a tree may have are counted, not listed") {
        asn1::Writer out;
        out.sequence([&] { out.raw(repeated("0500", 3 * kMaxTreeNodes)); });
        const Tree tree = tree_of(out.bytes());
        check_bounds(tree, out.size());
        CHECK_FALSE(tree.stop);
        CHECK(tree.root.value.find("octets left out, a tree has 8192 nodes") != std::string::npos);
    }

    TEST_CASE("large messages end, however values are nested and cut") {
        check_ends([](std::size_t n) { return repeated("3080", n); });
        check_ends([](std::size_t n) {
            Buffer out = repeated("3080", 60);
            append(out, repeated("0500", n));
            return out;
        });
        check_ends([](std::size_t n) {  // pieces of one octet
            Buffer out =
                hex("308006092a864886f70d010702a0803080020101310030800609"
                    "2a864886f70d010701a0802480");
            append(out, repeated("040130", n));
            return out;
        });
        check_ends([](std::size_t n) {  // sets of equal elements, one in the other
            Buffer out = repeated("3180", 60);
            append(out, repeated("040130", n));
            return out;
        });
    }

    TEST_CASE("text and JSON of a hostile tree are bounded") {
        asn1::Writer out;
        out.sequence([&] {
            for (std::size_t i = 0; i < kMaxTreeNodes; ++i)
                out.string(asn1::kUtf8String, std::string(kMaxShownText, '\x01'));
        });
        const Tree tree = tree_of(out.bytes());
        CHECK(tree_text(tree, {.hex = true, .width = 40}).size() <= kMaxTreeText + 100'000);
        CHECK(tree_json(tree, {.hex = true}).dump().size() <=
              6 * kMaxTreeWords + 2 * kMaxJsonOctets + kMaxTreeNodes * 300);
        const Tree other = tree_of(hex("3000"));
        CHECK(diff(tree, other).size() <= kMaxDifferences);
    }
}
