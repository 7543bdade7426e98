#include <doctest/doctest.h>

#include "core/inspect/tree_json.hpp"
#include "trees.hpp"

using namespace scep;
using namespace scep::inspect;

namespace {

using Json = nlohmann::ordered_json;

void check_same(const Node& node, const Json& json) {
    CAPTURE(node.offset);
    CHECK(json["field"] == node.field);
    CHECK(json["type"] == node.type);
    CHECK(json["offset"] == node.offset);
    CHECK(json["header_length"] == node.header_size);
    CHECK(json["length"] == node.length);
    CHECK((json["value"].is_null() ? "" : json["value"].get<std::string>()) == node.value);
    CHECK(json["remarks"].size() == node.remarks.size());
    CHECK(json["secret"] == false);
    if (json["octets"].is_string())
        CHECK(json["octets"] == to_hex(node.content));
    else
        CHECK(node.content.data() == nullptr);
    REQUIRE(json["children"].size() == node.children.size());
    for (std::size_t i = 0; i < node.children.size(); ++i)
        check_same(node.children[i], json["children"][i]);
}

}  // namespace

TEST_SUITE("core/inspect/tree_json") {
    TEST_CASE("every node is there with all its keys") {
        const Buffer message = capture("lab-jscep-pkcsreq-aes128-sha512-ber.der");
        const Tree tree = tree_of(message);
        const Json json = tree_json(tree, {.hex = true});
        CHECK(json["shape"] == "ContentInfo");
        CHECK(json["stop"].is_null());
        CHECK(json["left_over"] == 0);
        check_same(tree.root, json["root"]);
    }

    TEST_CASE("octets are there for who asks") {
        const Tree tree = annotate(hex("300401020304"), Shape::Unknown);
        const Json json = tree_json(annotate(hex("30030401aa"), Shape::Unknown), {});
        CHECK(json["root"]["children"][0]["octets"].is_null());
        const Buffer message = hex("30030401aa");
        const Json with = tree_json(annotate(message, Shape::Unknown), {.hex = true});
        CHECK(with["root"]["children"][0]["octets"] == "aa");
        CHECK(with["root"]["octets"].is_null());
    }

    TEST_CASE("children below the depth are null") {
        const Buffer message = hex("30053003 0401aa");
        const Json json = tree_json(annotate(message, Shape::Unknown), {.depth = 1});
        CHECK(json["root"]["children"].size() == 1);
        CHECK(json["root"]["children"][0]["children"].is_null());
    }

    TEST_CASE("where decoding stopped") {
        const Buffer message = hex("3005 0500 04");
        const Json json = tree_json(annotate(message, Shape::Unknown), {});
        CHECK(json["stop"]["offset"] == 4);
        CHECK(json["stop"]["field"] == "message[1]");
        CHECK(json["stop"]["expected"] ==
              "a value, found a tag and length that end after 1 octets");
    }

    TEST_CASE("it can be written whatever the message holds") {
        Buffer message = capture("lab-sscep-pkcsreq-aes128-sha256.der");
        for (std::size_t i = 0; i < message.size(); i += 7) {
            message[i] ^= 0xffU;
            const Tree tree = tree_of(message);
            CHECK_NOTHROW(static_cast<void>(tree_json(tree, {.hex = true}).dump()));
            message[i] ^= 0xffU;
        }
    }
}
