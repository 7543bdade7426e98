#include <set>

#include <doctest/doctest.h>

#include "core/asn1/oid.hpp"
#include "core/base/encoding.hpp"

using namespace scep;
using namespace scep::asn1;

namespace {

Result<Oid> from_hex_content(std::string_view hex) {
    return Oid::from_content(from_hex(hex).value());
}

}  // namespace

TEST_SUITE("core/asn1 oid") {
    TEST_CASE("contents octets and dotted text agree") {
        struct Row {
            std::string_view dotted, hex;
        };

        for (const Row& row : {Row{"1.2.840.113549.1.7.2", "2a864886f70d010702"},
                               Row{"2.5.4.3", "550403"},
                               Row{"0.9.2342.19200300.100.1.25", "0992268993f22c640119"},
                               Row{"2.16.840.1.113733.1.9.2", "6086480186f845010902"},
                               Row{"2.999.3", "883703"},  // X.690 section 8.19.5's example
                               Row{"0.0", "00"},
                               Row{"1.39", "4f"},
                               Row{"2.0", "50"},
                               Row{"2.47", "7f"},
                               Row{"2.48", "8100"},
                               Row{"1.2.4294967296", "2a9080808000"}}) {
            CAPTURE(row.dotted);
            const Oid oid = parse_oid(row.dotted).value();
            CHECK(to_hex(oid.content()) == row.hex);
            CHECK(oid.dotted() == row.dotted);
            CHECK(from_hex_content(row.hex).value() == oid);
        }
        constexpr Oid kAtCompileTime("1.2.840.113549.1.7.2");
        CHECK(kAtCompileTime == parse_oid("1.2.840.113549.1.7.2").value());
        CHECK(Oid("2.999.3") == parse_oid("2.999.3").value());
    }

    TEST_CASE("malformed contents are Der errors") {
        CHECK(from_hex_content("").error().what == "empty object identifier");
        CHECK(from_hex_content("2a86").error().what == "object identifier is cut short");
        CHECK(from_hex_content("2a8001").error().what == "object identifier has a padded arc");
        CHECK(from_hex_content("8001").error().what == "object identifier has a padded arc");
        CHECK(Oid::from_content(Buffer(limits::kMaxOidOctets, 1)));
        const Result<Oid> too_long = Oid::from_content(Buffer(limits::kMaxOidOctets + 1, 1));
        REQUIRE_FALSE(too_long);
        CHECK(too_long.error().code == Errc::Der);
        CHECK(too_long.error().what == "object identifier is too long");
    }

    TEST_CASE("an arc beyond 64 bits is shown, and not as another one") {
        const Oid uuid = from_hex_content("6983f0ffffffffffffffffffffffffffffffff7f").value();
        CHECK(uuid.dotted() == "OID with octets 6983f0ffffffffffffffffffffffffffffffff7f");
        const Oid largest = from_hex_content("2a81ffffffffffffffff7f").value();
        CHECK(largest.dotted() == "1.2.18446744073709551615");
        CHECK(from_hex_content("2a82808080808080808000").value().dotted() ==
              "OID with octets 2a82808080808080808000");
    }

    TEST_CASE("dotted text that is no OID is a Config error") {
        for (const std::string_view text : {"",
                                            "1",
                                            "1.",
                                            ".1",
                                            "1..2",
                                            "1.2.",
                                            "3.1",
                                            "1.40",
                                            "0.40.1",
                                            "1.2.x",
                                            "1.2 ",
                                            " 1.2",
                                            "1.-2",
                                            "1.+2",
                                            "1.2.99999999999999999999",
                                            "sha256",
                                            "1.2.72057594037927937"}) {
            CAPTURE(text);
            const Result<Oid> oid = parse_oid(text);
            REQUIRE_FALSE(oid);
            CHECK(oid.error().code == Errc::Config);
        }
        std::string long_text = "1.2";
        for (int i = 0; i < 40; ++i)
            long_text += ".5";
        CHECK_FALSE(parse_oid(long_text));
    }

    TEST_CASE("known identifiers have the standard's name, others their arcs") {
        CHECK(name(oid::kSha256) == "SHA-256");
        CHECK(name(oid::kDesCbc) == "DES-CBC");
        CHECK(name(oid::kMessageType) == "messageType");
        CHECK(name(Oid("1.2.3.4")) == "1.2.3.4");
    }

    TEST_CASE("identifiers order and compare by their octets") {
        std::set<Oid> set{oid::kSha256, oid::kSha1, oid::kSha256};
        CHECK(set.size() == 2);
        CHECK_FALSE(Oid() == oid::kSha1);
    }
}
