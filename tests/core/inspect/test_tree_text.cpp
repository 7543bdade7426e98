#include <doctest/doctest.h>

#include "core/inspect/tree_text.hpp"
#include "trees.hpp"

using namespace scep;
using namespace scep::inspect;

namespace {

const std::string kName = "30 1a 3118 3016 0603550403 0c0f";  // a CN of 15 octets

std::size_t widest(std::string_view text) {
    std::size_t most = 0;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        std::size_t columns = 0;
        for (const char c : text.substr(0, end))
            columns += (static_cast<unsigned char>(c) & 0xc0U) != 0x80U ? 1 : 0;
        most = std::max(most, columns);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return most;
}

}  // namespace

TEST_SUITE("core/inspect/tree_text") {
    TEST_CASE("offsets and lengths are aligned, levels indented") {
        const Tree tree = tree_of(hex("300a 30063104300206 00 020105"));
        const Tree small = annotate(hex("3005 0500 0101ff"), Shape::Unknown);
        CHECK(tree_text(small, {}) ==
              "0 2+5  message SEQUENCE\n"
              "2 2+0    NULL\n"
              "4 2+1    BOOLEAN: TRUE\n");
        CHECK_FALSE(tree_text(tree, {}).empty());
    }

    TEST_CASE("lines fit the width") {
        const Buffer message = capture("lab-sscep-pkcsreq-aes128-sha256.der");
        const Tree tree = tree_of(message);
        CHECK(widest(tree_text(tree, {})) > 120);
        CHECK(widest(tree_text(tree, {.width = 120})) <= 120);
        CHECK(widest(tree_text(tree, {.width = 100})) <= 100);
        // However narrow, there is room for a word.
        CHECK(widest(tree_text(tree, {.width = 1})) <= 100);
    }

    TEST_CASE("folding keeps every word") {
        const Buffer message = fixture("request.der");
        const Tree tree = tree_of(message);
        const auto squeezed = [](std::string text) {
            std::erase_if(text, [](char c) { return c == ' ' || c == '\n'; });
            return text;
        };
        CHECK(squeezed(tree_text(tree, {.width = 60})) == squeezed(tree_text(tree, {})));
    }

    TEST_CASE("depth leaves out what is below, and says how much") {
        const Tree tree = annotate(hex("3009 3007 3105 3003 0101ff"), Shape::Unknown);
        CHECK(tree_text(tree, {.depth = 0}) == "0 2+9  message SEQUENCE (4 values in it)\n");
        CHECK(tree_text(tree, {.depth = 1}) ==
              "0 2+9  message SEQUENCE\n"
              "2 2+7    SEQUENCE (3 values in it)\n");
        CHECK(tree_text(tree, {.depth = 9}) == tree_text(tree, {}));
    }

    TEST_CASE("hex shows the octets of values alone") {
        const Tree tree = annotate(hex("3006 04044142007f"), Shape::Unknown);
        CHECK(tree_text(tree, {.hex = true}) ==
              "0 2+6  message SEQUENCE\n"
              "2 2+4    OCTET STRING: 4142007f\n"
              "           41 42 00 7f                                      AB..\n");
        asn1::Writer big;
        big.octet_string(Buffer(kMaxHexOctets + 5));
        CHECK(tree_text(annotate(big.bytes(), Shape::Unknown), {.hex = true})
                  .find("... 5 octets more") != std::string::npos);
    }

    TEST_CASE("S23_strings_from_peers_are_escaped") {
        // ESC, newline, U+202E, a byte order mark.
        const Buffer message = hex(kName + "1b5b316d0a61e280ae62efbbbf6363 0201 05");
        const Tree tree = annotate(message, Shape::Unknown);
        const std::string text = tree_text(tree, {});
        CHECK(text.find('\x1b') == std::string::npos);
        CHECK(text.find("\xe2\x80\xae") == std::string::npos);
        CHECK(text.find("\xef\xbb\xbf") == std::string::npos);
        CHECK(text.find("\\x1b[1m\\x0aa\\u{202e}b\\u{feff}cc") != std::string::npos);
    }

    TEST_CASE("remarks, the stop and what is left over have their words painted") {
        Buffer message = hex("3080 0500 0000 aa");
        const auto paint = [](std::string_view word) { return '<' + std::string(word) + '>'; };
        CHECK(tree_text(annotate(message, Shape::Unknown), {.paint = paint}) ==
              "0 2+2  message SEQUENCE\n"
              "         <note:> indefinite length\n"
              "2 2+0    NULL\n"
              "<note:> 1 octets left over behind the value, from offset 6\n");
        message = hex("3080 0500");
        CHECK(tree_text(annotate(message, Shape::Unknown), {.paint = paint})
                  .ends_with("<error:> decoding stopped at offset 4, message: want end-of-contents "
                             "of SEQUENCE, found the end of the input\n"));
    }
}
