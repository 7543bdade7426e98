#include <doctest/doctest.h>

#include "core/asn1/reader.hpp"
#include "core/base/encoding.hpp"

using namespace scep;
using namespace scep::asn1;

namespace {

// An element whose bytes it owns.
struct Value {
    Buffer bytes;
    Element element;

    explicit Value(std::string_view hex)
        : bytes(from_hex(hex).value()), element(Reader(bytes).next("test").value()) {}
};

std::string number(std::string_view hex) {
    const Value value(hex);
    const Result<Bytes> magnitude = unsigned_integer(value.element, "n");
    return magnitude ? to_hex(*magnitude) : magnitude.error().what;
}

std::string string(std::string_view hex) {
    const Value value(hex);
    Joined joined;
    const Result<Bytes> out = octets(value.element, joined, "s");
    return out ? to_hex(*out) : out.error().what;
}

}  // namespace

TEST_SUITE("core/asn1 values") {
    TEST_CASE("integers give their magnitude, minimal or not") {
        CHECK(number("0200") == "empty INTEGER");
        CHECK(number("020100") == "");
        CHECK(number("02017f") == "7f");
        CHECK(number("02020080") == "80");
        CHECK(number("0204000000ff") == "ff");
        CHECK(number("020180") == "negative INTEGER");
        CHECK(number("0202ff7f") == "negative INTEGER");
        CHECK(number("040101") == "got OCTET STRING, want INTEGER");
        CHECK(number("2203020101") == "constructed INTEGER, want a primitive value");
        CHECK(number("810105") == "05");  // implicitly tagged
    }

    TEST_CASE("signed content is kept as it stands") {
        CHECK(to_hex(integer(Value("0203ff0001").element, "n").value()) == "ff0001");
        const Value padded("020200ff");
        CHECK(to_hex(integer(padded.element, "n").value()) == "00ff");
    }

    TEST_CASE("small integers fit 32 bits") {
        CHECK(small_integer(Value("020500ffffffff").element, "n").value() == 0xffffffffU);
        CHECK(small_integer(Value("020100").element, "n").value() == 0);
        CHECK(small_integer(Value("02050100000000").element, "n").error().what ==
              "INTEGER is too large");
        CHECK_FALSE(small_integer(Value("0201ff").element, "n"));
    }

    TEST_CASE("booleans are one octet") {
        CHECK(boolean(Value("0101ff").element, "b").value());
        CHECK(boolean(Value("010101").element, "b").value());
        CHECK_FALSE(boolean(Value("010100").element, "b").value());
        CHECK_FALSE(boolean(Value("0100").element, "b"));
        CHECK_FALSE(boolean(Value("01020000").element, "b"));
    }

    TEST_CASE("object identifiers carry the element's place in errors") {
        CHECK(object_identifier(Value("0603550403").element, "o").value() == oid::kCommonName);
        const Result<Oid> bad = object_identifier(Value("0600").element, "o");
        REQUIRE_FALSE(bad);
        CHECK(to_text(bad.error()) ==
              "o at offset 0: empty object identifier (X.690 section 8.19)");
        CHECK_FALSE(object_identifier(Value("0403550403").element, "o"));
    }

    TEST_CASE("bit strings count bits from the highest") {
        const Value value("030205a0");  // 101 and five unused bits
        const BitString bits = bit_string(value.element, "b").value();
        CHECK(bits.bit(0));
        CHECK_FALSE(bits.bit(1));
        CHECK(bits.bit(2));
        CHECK_FALSE(bits.bit(3));
        CHECK_FALSE(bits.bit(100));
        const Value all("030207ff");
        CHECK(bit_string(all.element, "b").value().bit(0));
        CHECK_FALSE(bit_string(all.element, "b").value().bit(1));  // unused, though set
        CHECK(bit_string_octets(Value("030100").element, "b").value().empty());
        CHECK_FALSE(bit_string_octets(value.element, "b"));
        for (const std::string_view bad : {"0300", "030208ff", "030101", "23020300"}) {
            CAPTURE(bad);
            CHECK_FALSE(bit_string(Value(bad).element, "b"));
        }
    }

    TEST_CASE("octet strings are joined from any pieces") {
        CHECK(string("0403 010203") == "010203");
        CHECK(string("2400") == "");
        CHECK(string("2408 0401 01 0403 020304") == "01020304");
        CHECK(string("2480 0401 01 0401 02 0000") == "0102");
        CHECK(string("2480 2480 0401 01 0000 2403 0401 02 0000") == "0102");
        CHECK(string("a080 0401 01 0402 0203 0000") ==
              "010203");  // [0] IMPLICIT, as openssl -stream
        CHECK(string("8002 0102") == "0102");
    }

    TEST_CASE("a primitive string is not copied") {
        const Value value("0403 010203");
        Joined joined;
        const Bytes out = octets(value.element, joined, "s").value();
        CHECK(joined.empty());
        CHECK(out.data() == value.bytes.data() + 2);
    }

    TEST_CASE("joined strings stay where they are") {
        const Value value("2406 0401 01 0401 02");
        Joined joined;
        const Bytes first = octets(value.element, joined, "s").value();
        for (int i = 0; i < 100; ++i)
            REQUIRE(octets(value.element, joined, "s"));
        const Joined moved = std::move(joined);
        CHECK(to_hex(first) == "0102");
        CHECK(moved.size() == 101);
    }

    TEST_CASE("other tags among the pieces are refused with their offset") {
        const Value value("2406 0401 01 0201 02");
        Joined joined;
        const Result<Bytes> out = octets(value.element, joined, "content");
        REQUIRE_FALSE(out);
        CHECK(to_text(out.error()) == "content at offset 5: got INTEGER, want OCTET STRING");
        CHECK(string("0c0161") == "got UTF8String, want OCTET STRING");
        CHECK(string("2403 0405 01") == "value is cut short");
    }

    TEST_CASE("S07 the pieces of one string are counted, and so is their depth") {
        Buffer bytes{0x24, 0x80};
        for (std::size_t i = 0; i < limits::kMaxSegments; ++i)
            bytes.insert(bytes.end(), {0x04, 0x01, 0x61});
        Buffer over = bytes;
        over.insert(over.end(), {0x04, 0x01, 0x61, 0x00, 0x00});
        bytes.insert(bytes.end(), {0x00, 0x00});
        Joined joined;
        CHECK(octets(Reader(bytes).next("s").value(), joined, "s").value().size() ==
              limits::kMaxSegments);
        CHECK(octets(Reader(over).next("s").value(), joined, "s").error().what ==
              "string has too many segments");
        Buffer deep{0x04, 0x00};
        for (std::size_t i = 0; i < 40; ++i)
            deep.insert(deep.begin(), {0x24, static_cast<std::uint8_t>(deep.size())});
        CHECK(octets(Reader(deep).next("s").value(), joined, "s").error().what ==
              "values are nested too deep");
    }
}

TEST_SUITE("core/asn1 AlgorithmIdentifier") {
    TEST_CASE("absent parameters and NULL are told apart") {
        const Value with_null("300d 0609 2a864886f70d010101 0500");
        const AlgorithmIdentifier rsa = algorithm_identifier(with_null.element, "a").value();
        CHECK(rsa.algorithm == oid::kRsaEncryption);
        REQUIRE(rsa.parameters);
        CHECK(rsa.parameters->tag == kNull);
        CHECK(parameters_empty(rsa));
        const Value without("300b 0609 2a864886f70d010101");
        const AlgorithmIdentifier bare = algorithm_identifier(without.element, "a").value();
        CHECK_FALSE(bare.parameters);
        CHECK(parameters_empty(bare));
        const Value other("3010 0609 2a864886f70d010101 0603 550403");
        CHECK_FALSE(parameters_empty(algorithm_identifier(other.element, "a").value()));
        const Value full_null("300e 0609 2a864886f70d010101 0501 00");
        CHECK_FALSE(parameters_empty(algorithm_identifier(full_null.element, "a").value()));
    }

    TEST_CASE("a third element, or no identifier, is refused") {
        CHECK_FALSE(
            algorithm_identifier(Value("300f 0609 2a864886f70d010101 0500 0500").element, "a"));
        CHECK_FALSE(algorithm_identifier(Value("3000").element, "a"));
        CHECK_FALSE(algorithm_identifier(Value("3002 0500").element, "a"));
        CHECK_FALSE(algorithm_identifier(Value("0400").element, "a"));
        const Value implicit("a10b 0609 2a864886f70d010101");
        CHECK(algorithm_identifier(implicit.element, "a"));
    }
}
