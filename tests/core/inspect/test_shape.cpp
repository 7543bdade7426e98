#include <doctest/doctest.h>

#include "core/base/encoding.hpp"
#include "core/inspect/tree.hpp"

using namespace scep;
using inspect::Shape;

namespace {

struct Row {
    std::string_view what;
    std::string_view hex;
    Shape shape;
};

// The first elements of each; what would follow is left out, as in a message that is cut short.
constexpr Row kRows[] = {
    {"ContentInfo, signedData", "3080 06092a864886f70d010702 a080", Shape::ContentInfo},
    {"ContentInfo, cut behind its type", "3080 06092a864886f70d010702", Shape::ContentInfo},
    {"an AlgorithmIdentifier", "300d 06092a864886f70d010101 0500", Shape::Unknown},
    {"a SEQUENCE with one OID", "3003 060155", Shape::Unknown},
    {"certificate v3", "3082ffff 3082ffff a003020102 020101", Shape::Certificate},
    {"certificate v1", "3020 301e 020101 3003060155 3000 3004 17001700", Shape::Certificate},
    {"CSR", "3020 301e 020100 3002 3100 3003 300100", Shape::CertificationRequest},
    {"CSR with an empty subject", "3020 301e 020100 3000 3003 300100", Shape::CertificationRequest},
    {"CRL v2", "3020 301e 020101 3003060155 3000 1700", Shape::CertificateList},
    {"CRL v1", "3020 301e 3003060155 3000 1800", Shape::CertificateList},
    {"IssuerAndSerialNumber", "3010 30023100 020101", Shape::IssuerAndSerialNumber},
    {"IssuerAndSubject", "3010 30023100 30023100", Shape::IssuerAndSubject},
    {"PKCS #8", "3010 020100 3003060155 0401aa", Shape::PrivateKey},
    {"PKCS #1", "3010 020100 0201bb 0201cc 0201dd", Shape::PrivateKey},
    {"SEC 1", "3010 020101 0401aa", Shape::PrivateKey},
    {"PKCS #8, encrypted", "3020 300b 06092a864886f70d01050d 0401aa", Shape::PrivateKey},
    {"PKCS #12", "3020 020103 300b 06092a864886f70d010701", Shape::PrivateKey},
    {"nothing", "", Shape::Unknown},
    {"zeros", "0000000000", Shape::Unknown},
    {"one octet", "30", Shape::Unknown},
    {"text", "48656c6c6f", Shape::Unknown},
};

}  // namespace

TEST_SUITE("core/inspect/shape") {
    TEST_CASE("the first elements tell what a message is") {
        for (const Row& row : kRows) {
            CAPTURE(row.what);
            const std::optional<Buffer> octets = from_hex(row.hex);
            REQUIRE(octets);
            CHECK(inspect::name(inspect::shape_of(*octets)) == inspect::name(row.shape));
        }
    }
}
