// The HTTP forms of operations, as clients really send them (RFC 8894 section 4.1).
#include <doctest/doctest.h>

#include "core/asn1/pem.hpp"
#include "core/base/encoding.hpp"
#include "core/scep/operation.hpp"

using namespace scep;

namespace {

// Its base64 has both of '+' and '/', and padding.
const Buffer kMessage{0x30, 0x05, 0xfb, 0xef, 0xbe, 0xff, 0xff};

Result<Operation> get(std::string_view query) {
    return parse_operation(false, query, {});
}

Result<Operation> post(Bytes body, std::string_view query = "operation=PKIOperation") {
    return parse_operation(true, query, body);
}

bool is_message(const Result<Operation>& operation) {
    return operation && operation->kind == OperationKind::PkiOperation &&
           operation->message == kMessage;
}

}  // namespace

TEST_SUITE("core/scep operation") {
    TEST_CASE("operations are known in any case, other parameters are passed over") {
        struct Row {
            std::string_view query;
            OperationKind kind;
        };

        const Row rows[]{{"operation=GetCACaps", OperationKind::GetCaCaps},
                         {"operation=getcacaps&message=", OperationKind::GetCaCaps},
                         {"operation=GetCACaps&message=default", OperationKind::GetCaCaps},
                         {"message=CA%20name&operation=GetCACert", OperationKind::GetCaCert},
                         {"OPERATION=GETCACERT&message=0", OperationKind::GetCaCert},
                         {"operation=GetNextCACert&x=y&&z", OperationKind::GetNextCaCert},
                         {"operation=Get%43ACert", OperationKind::GetCaCert}};
        for (const Row& row : rows) {
            CAPTURE(row.query);
            const auto operation = get(row.query);
            REQUIRE(operation);
            CHECK(operation->kind == row.kind);
            CHECK(operation->message.empty());
        }
    }

    TEST_CASE("GET messages are taken in every escaping that clients use") {
        REQUIRE(to_base64(kMessage) == "MAX7777//w==");
        for (const std::string_view text : {"MAX7777//w==",
                                            "MAX7777%2F%2Fw%3D%3D",
                                            "MAX7777%252F%252Fw%253D%253D",
                                            "MAX7777__w",
                                            "MAX7777__w==",
                                            "MAX777%37//w",
                                            "MAX7%0A77%0D%0A7//w==%0A",
                                            "MAX7777//w%3D=",
                                            "MAX7777//w==%20"}) {
            CAPTURE(text);
            CHECK(is_message(get("operation=PKIOperation&message=" + std::string(text))));
        }
        const Buffer plus{0x30, 0x03, 0xfb, 0xef, 0xbe};
        REQUIRE(to_base64(plus) == "MAP7774=");
        const Buffer with_plus{0x30, 0x02, 0x03, 0xe0, 0xf8, 0x3e};
        REQUIRE(to_base64(with_plus) == "MAID4Pg+");
        for (const std::string_view text :
             {"MAID4Pg+", "MAID4Pg%2B", "MAID4Pg%252B", "MAID4Pg%20", "MAID4Pg-"}) {
            CAPTURE(text);
            const auto operation = get("operation=PKIOperation&message=" + std::string(text));
            REQUIRE(operation);
            CHECK(operation->message == with_plus);
        }
    }

    TEST_CASE("POST bodies are DER, base64 or PEM of it; the operation may be missing") {
        CHECK(is_message(post(kMessage)));
        CHECK(is_message(post(kMessage, "")));
        CHECK(is_message(post(kMessage, "operation=pkioperation&message=ignored")));
        CHECK(is_message(post(as_bytes("MAX7777//w=="), "")));
        CHECK(is_message(post(as_bytes("MAX777\r\n7//w==\r\n"), "")));
        CHECK(is_message(post(as_bytes(asn1::to_pem("PKCS7", kMessage)), "")));
        CHECK(post({}, "operation=GetCACaps")->kind == OperationKind::GetCaCaps);
    }

    TEST_CASE("S07 HTTP bounds a body, in any of its forms, and nothing does so again") {
        Buffer large((2U << 20U) + 7, 0x05);
        large.front() = 0x30;
        const Buffer base64 = to_buffer(as_bytes(to_base64(large)));
        const Buffer pem = to_buffer(as_bytes(asn1::to_pem("PKCS7", large)));
        for (const Buffer& body : {large, base64, pem}) {
            const auto operation = post(body);
            REQUIRE(operation);
            CHECK(equal(operation->message, large));
        }
    }

    TEST_CASE("what is not an operation is refused with the reason") {
        struct Row {
            std::string_view query, reason;
        };

        const Row rows[]{{"", "operation is missing"},
                         {"message=MAX777", "operation is missing"},
                         {"operation=Format", "unknown operation \"Format\""},
                         {"operation=", "unknown operation"},
                         {"operation=%zz", "percent escape"},
                         {"operation=PKIOperation", "message is missing"},
                         {"operation=PKIOperation&message=", "not a pkiMessage"},
                         {"operation=PKIOperation&message=%3", "percent escape"},
                         {"operation=PKIOperation&message=!!!!", "not base64"},
                         {"operation=PKIOperation&message=AAAA", "not a pkiMessage"}};
        for (const Row& row : rows) {
            CAPTURE(row.query);
            const auto operation = get(row.query);
            REQUIRE_FALSE(operation);
            CHECK(operation.error().code == Errc::Protocol);
            CHECK(operation.error().what.find(row.reason) != std::string::npos);
        }
        CHECK_FALSE(post({}));
        CHECK_FALSE(post(as_bytes("<html>")));
        CHECK_FALSE(post(as_bytes("AAAA")));
        const std::string pem = asn1::to_pem("PKCS7", kMessage);
        CHECK_FALSE(post(as_bytes(pem + pem)));
    }

    TEST_CASE("a parameter twice is refused") {
        CHECK_FALSE(get("operation=GetCACaps&operation=GetCACert"));
        CHECK_FALSE(get("operation=GetCACaps&Operation=GetCACaps"));
        CHECK_FALSE(get("operation=PKIOperation&message=MAX777&message=MAX777"));
        CHECK_FALSE(post(kMessage, "operation=PKIOperation&operation=GetCACaps"));
    }

    TEST_CASE("a long unknown word is not repeated whole") {
        const auto refused = get("operation=" + std::string(5000, 'x'));
        REQUIRE_FALSE(refused);
        CHECK(refused.error().what.size() < 100);
    }

    TEST_CASE("what is written is read") {
        const std::string query = operation_query(OperationKind::PkiOperation, kMessage);
        CHECK(query == "operation=PKIOperation&message=MAX7777%2F%2Fw%3D%3D");
        CHECK(is_message(get(query)));
        CHECK(operation_query(OperationKind::GetCaCaps, {}) == "operation=GetCACaps");
        CHECK(operation_query(OperationKind::GetCaCert, as_bytes("CA 1")) ==
              "operation=GetCACert&message=CA%201");
        CHECK(operation_name(OperationKind::GetNextCaCert) == "GetNextCACert");
    }
}
