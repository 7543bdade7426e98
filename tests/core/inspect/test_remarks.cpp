#include <doctest/doctest.h>

#include "trees.hpp"

using namespace scep;
using namespace scep::inspect;

namespace {

struct Row {
    std::string_view what;
    std::string_view hex;
    Shape shape;
    std::string_view remark;
};

constexpr Row kRows[] = {
    {"indefinite", "3080 0500 0000", Shape::Unknown, "indefinite length"},
    {"long length", "04820001 aa", Shape::Unknown, "tag or length not in its shortest form"},
    {"long tag", "9f0101aa", Shape::Unknown, "tag or length not in its shortest form"},
    {"BOOLEAN", "010101", Shape::Unknown, "BOOLEAN TRUE as 01, DER has FF"},
    {"BOOLEAN of two octets", "0102ffff", Shape::Unknown, "BOOLEAN is not one octet"},
    {"padded INTEGER", "0202007f", Shape::Unknown, "INTEGER not in its shortest form"},
    {"padded negative INTEGER", "0202ff80", Shape::Unknown, "INTEGER not in its shortest form"},
    {"empty INTEGER", "0200", Shape::Unknown, "INTEGER without octets"},
    {"NULL", "050100", Shape::Unknown, "NULL with octets"},
    {"BIT STRING", "030108", Shape::Unknown, "malformed BIT STRING"},
    {"OID", "060180", Shape::Unknown, "object identifier"},
    {"time", "1701 30", Shape::Unknown, "malformed UTCTime"},
    {"text", "0c01ff", Shape::Unknown, "octets are not valid in a UTF8String"},
    {"serial, negative", "3007 30023100 0201 80", Shape::IssuerAndSerialNumber, "negative serial"},
    {"serial, 21 octets",
     "301b 30023100 0215 000102030405060708090a0b0c0d0e0f1011121314",
     Shape::IssuerAndSerialNumber,
     "serial number of 21 octets, RFC 5280 admits 20"},
    {"unsorted SET OF",
     "301c 06092a864886f70d010702 a00f 300d 020101 310a 3003060156 3003060155",
     Shape::ContentInfo,
     "SET OF not sorted"},
    {"algorithm without parameters",
     "3021 06092a864886f70d010702 a014 3012 020101 310d 300b 06092a864886f70d01010b",
     Shape::ContentInfo,
     "parameters missing, want NULL"},
};

}  // namespace

TEST_SUITE("core/inspect/remarks") {
    TEST_CASE("each oddity of encoding is remarked upon") {
        for (const Row& row : kRows) {
            CAPTURE(row.what);
            const Buffer octets = hex(row.hex);
            CHECK(has_remark(annotate(octets, row.shape).root, row.remark));
        }
    }

    TEST_CASE("sorted sets of equal and of longer elements are in order") {
        const std::string_view kSorted[] = {"3103 060155 ",
                                            "310a 3003060155 3003060155",
                                            "310a 3003060155 3003060156",
                                            "310b 3003060155 300406025501"};
        for (const std::string_view set : kSorted) {
            CAPTURE(set);
            Buffer octets = hex(set);
            asn1::Writer out;
            out.sequence([&] {
                out.oid(oid::kSignedData);
                out.explicit_tag(0, [&] {
                    out.sequence([&] {
                        out.integer(1);
                        out.raw(octets);
                    });
                });
            });
            CHECK_FALSE(has_remark(tree_of(out.bytes()).root, "SET OF"));
        }
    }

    TEST_CASE("octets behind the value are counted, with where they begin") {
        Buffer message = fixture("list.der");
        const std::size_t size = message.size();
        append(message, hex("000102"));
        const Tree tree = tree_of(message);
        CHECK(tree.left_over == 3);
        CHECK(tree.left_over_offset == size);
        CHECK_FALSE(tree.stop);
    }

    TEST_CASE("octets behind a value in a string are counted") {
        asn1::Writer out;
        out.sequence([&] {  // a CRL with one extension
            out.sequence([&] {
                out.raw(hex("020101 3003060155 3000 170d3236313132393039303030305a"));
                out.explicit_tag(0, [&] { out.raw(hex("300e 300c 0603551d14 0405 02012a 0500")); });
            });
        });
        const Tree tree = annotate(out.bytes(), Shape::CertificateList);
        CHECK(has_remark(tree.root, "2 octets left over behind it"));
        CHECK(find(tree.root, "cRLNumber")->value == "42");
    }
}
