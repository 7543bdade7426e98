// GetCACaps (RFC 8894 section 3.5).
#include <doctest/doctest.h>

#include "core/base/limits.hpp"
#include "core/scep/capabilities.hpp"

using namespace scep;

TEST_SUITE("core/scep capabilities") {
    TEST_CASE("only what is set is written, in the interface's order, with LF") {
        CHECK(write_capabilities({}).empty());
        CHECK(write_capabilities({.post_pki_operation = true,
                                  .sha1 = true,
                                  .sha256 = true,
                                  .sha384 = true,
                                  .sha512 = true,
                                  .aes = true,
                                  .des3 = true,
                                  .scep_standard = true,
                                  .renewal = true,
                                  .get_next_ca_cert = true}) ==
              "POSTPKIOperation\nSHA-256\nSHA-512\nAES\nSCEPStandard\nRenewal\nSHA-384\n"
              "GetNextCACert\nSHA-1\nDES3\n");
        CHECK(write_capabilities({.sha256 = true, .aes = true}) == "SHA-256\nAES\n");
    }

    TEST_CASE("any line end, any case and blanks are read; unknown keywords are kept") {
        const Capabilities read =
            parse_capabilities(as_bytes("aes\r\n SHA-256 \rpostpkioperation\n\nUpdate\nDES3"));
        CHECK(read.aes);
        CHECK(read.sha256);
        CHECK(read.post_pki_operation);
        CHECK(read.des3);
        CHECK_FALSE(read.sha1);
        CHECK_FALSE(read.scep_standard);
        CHECK(read.unknown == std::vector<std::string>{"Update"});
        CHECK(read.post());
        CHECK(parse_capabilities(as_bytes("SCEPStandard")).post());
        CHECK_FALSE(parse_capabilities({}).post());
    }

    TEST_CASE("an error page has no capabilities") {
        const Capabilities read = parse_capabilities(as_bytes("<html>\nAES\n</html>\n"));
        CHECK_FALSE(read.aes);
        CHECK(read.unknown.size() == 3);
    }

    TEST_CASE("S07 an endless list is kept short") {
        std::string body;
        for (int i = 0; i < 10000; ++i)
            body += std::string(1000, 'x') + "\n";
        const Capabilities read = parse_capabilities(as_bytes(body));
        CHECK(read.unknown.size() == limits::kMaxCapabilities);
        CHECK(read.unknown.front().size() == limits::kMaxCapability);
    }
}
