#include <doctest/doctest.h>

#include "core/crypto/keys.hpp"
#include "trees.hpp"

using namespace scep;
using namespace scep::inspect;

namespace {

struct Row {
    std::string_view hex;
    std::string_view type;
    std::string_view value;
};

constexpr Row kValues[] = {
    {"0101ff", "BOOLEAN", "TRUE"},
    {"010100", "BOOLEAN", "FALSE"},
    {"020100", "INTEGER", "0"},
    {"0201ff", "INTEGER", "-1"},
    {"02020080", "INTEGER", "128"},
    {"02088000000000000000", "INTEGER", "-9223372036854775808"},
    {"0209008000000000000000", "INTEGER", "008000000000000000"},
    {"030206c0", "BIT STRING", "2 bits: c0"},
    {"030100", "BIT STRING", "0 bits"},
    {"0403010203", "OCTET STRING", "010203"},
    {"0500", "NULL", ""},
    {"06092a864886f70d010702", "OBJECT IDENTIFIER", "signedData (1.2.840.113549.1.7.2)"},
    {"06032a0304", "OBJECT IDENTIFIER", "1.2.3.4"},
    {"0a0103", "ENUMERATED", "3"},
    {"0c03e282ac", "UTF8String", "€"},
    {"1301 41", "PrintableString", "A"},
    {"1401e9", "TeletexString", "é"},
    {"1e0220ac", "BMPString", "€"},
    {"170d3236313132393039303030305a", "UTCTime", "2026-11-29T09:00:00Z"},
    {"180f39393939313233313233353935395a", "GeneralizedTime", "9999-12-31T23:59:59Z"},
    {"800161", "[0]", "61"},
    {"5f812101aa", "[APPLICATION 161]", "aa"},
};

std::string octets_of(std::size_t size) {
    return to_hex(Buffer(size, std::uint8_t{0x5a}));
}

}  // namespace

TEST_SUITE("core/inspect/words") {
    TEST_CASE("a value of each type in words") {
        for (const Row& row : kValues) {
            CAPTURE(row.hex);
            const Buffer octets = hex(row.hex);
            const Tree tree = annotate(octets, Shape::Unknown);
            CHECK(tree.root.type == row.type);
            CHECK(tree.root.value == row.value);
            CHECK(tree.root.remarks.empty());
            CHECK_FALSE(tree.stop);
        }
    }

    TEST_CASE("long octets are cut, with the number of all") {
        const Buffer octets = hex("0428" + octets_of(40));
        CHECK(annotate(octets, Shape::Unknown).root.value ==
              octets_of(kMaxShownOctets) + "... (40 octets)");
    }

    TEST_CASE("long text is cut, with the number of all") {
        asn1::Writer out;
        out.string(asn1::kUtf8String, std::string(3000, 'a'));
        const Tree tree = annotate(out.bytes(), Shape::Unknown);
        CHECK(tree.root.value == std::string(kMaxShownText, 'a') + "... (3000 octets)");
    }

    TEST_CASE("attributes of SCEP in words") {
        const auto attribute = [](std::string_view type, std::string_view value) {
            const Buffer message = hex(
                "30 80 0609 2a864886f70d010702 a080 3080 020101 3100 3080 06092a864886f70d010701"
                "0000 3180 3080 020101 3080 3000 020101 0000 3080 0603550403 0000 a080 3080" +
                std::string(type) + "3180" + std::string(value) + "0000 0000 0000");
            const Tree tree = tree_of(message);
            const Node* const found = find(tree.root, "signedAttrs");
            REQUIRE(found != nullptr);
            return found->children.at(0).field + ": " + found->children.at(0).value;
        };
        constexpr std::string_view kType = "060a6086480186f845010902";
        constexpr std::string_view kStatus = "060a6086480186f845010903";
        constexpr std::string_view kFail = "060a6086480186f845010904";
        CHECK(attribute(kType, "13023139") == "messageType: PKCSReq (19)");
        CHECK(attribute(kType, "13023432") == "messageType: unknown (42)");
        CHECK(attribute(kType, "13023478") == "messageType: 4x");
        CHECK(attribute(kStatus, "130130") == "pkiStatus: SUCCESS (0)");
        CHECK(attribute(kStatus, "130133") == "pkiStatus: PENDING (3)");
        CHECK(attribute(kFail, "130134") == "failInfo: badCertId (4)");
        CHECK(attribute("06092b060104018237151f", "130134") == "1.3.6.1.4.1.311.21.31: 4");
        const std::string result = attribute("06092b0601040182371521", "0205008009200c");
        CHECK(result.find("0x8009200C CRYPT_E_NO_DECRYPT_CERT") != std::string::npos);
    }

    TEST_CASE("a certificate is told by its subject and fingerprint, a key by type and size") {
        const Buffer der = fixture("ca.der");
        const Tree tree = tree_of(der);
        CHECK(tree.root.value ==
              "CN=Example CA,C=DE, SHA-256 " + to_hex_colons(crypto::sha256(der)));
        CHECK(find(tree.root, "subjectPublicKeyInfo")->value == "RSA 2048 bits");
        const Buffer request = fixture("request.der");
        CHECK(find(tree_of(request).root, "subjectPKInfo")->value == "EC P-256");
    }
}
