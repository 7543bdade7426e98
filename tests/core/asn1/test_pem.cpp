#include <doctest/doctest.h>
#include <fmt/format.h>

#include "core/asn1/pem.hpp"
#include "core/base/random.hpp"

using namespace scep;
using namespace scep::asn1;

namespace {

std::vector<PemBlock> parse(std::string_view text) {
    return parse_pem(text, "test").value();
}

Error refusal(std::string_view text) {
    Result<std::vector<PemBlock>> blocks = parse_pem(text, "ca.pem");
    REQUIRE_FALSE(blocks);
    CHECK(blocks.error().code == Errc::Config);
    CHECK(blocks.error().where.source == "ca.pem");
    return std::move(blocks).error();
}

}  // namespace

TEST_SUITE("core/asn1 pem") {
    TEST_CASE("what is written is read, at every length") {
        SeededRandom random(4);
        for (const std::size_t size : {0U, 1U, 47U, 48U, 49U, 1000U}) {
            const Buffer content = random.bytes(size);
            const std::string text = to_pem("CERTIFICATE", content);
            CHECK(looks_like_pem(text));
            const std::vector<PemBlock> blocks = parse(text);
            REQUIRE(blocks.size() == 1);
            CHECK(blocks[0].label == "CERTIFICATE");
            CHECK(equal(blocks[0].content, content));
            CHECK_FALSE(blocks[0].encrypted);
        }
    }

    TEST_CASE("lines are 64 columns wide") {
        const std::string text = to_pem("X", Buffer(49, 0));
        CHECK(text == "-----BEGIN X-----\n" + std::string(64, 'A') + "\nAA==\n-----END X-----\n");
    }

    TEST_CASE("every block is found, with its line, among other text") {
        const std::vector<PemBlock> blocks = parse(
            "# a bundle\n"
            "subject=CN = A\n"
            "-----BEGIN CERTIFICATE-----\n"
            "AAEC\n"
            "-----END CERTIFICATE-----\n"
            "\n"
            "-----BEGIN X509 CRL-----\r\n"
            "AwQF\r\n"
            "-----END X509 CRL-----");
        REQUIRE(blocks.size() == 2);
        CHECK(blocks[0].line == 3);
        CHECK(equal(blocks[0].content, Buffer{0, 1, 2}));
        CHECK(blocks[1].label == "X509 CRL");
        CHECK(blocks[1].line == 7);
        CHECK(equal(blocks[1].content, Buffer{3, 4, 5}));
    }

    TEST_CASE("blanks, empty lines, a byte order mark and other line widths are forgiven") {
        const std::vector<PemBlock> blocks = parse(
            "\xef\xbb\xbf-----BEGIN A-----  \n"
            "  AA EC\t\n"
            "\n"
            "A\nw\n==  \n"
            "-----END A-----\t\n");
        REQUIRE(blocks.size() == 1);
        CHECK(equal(blocks[0].content, Buffer{0, 1, 2, 3}));
        CHECK(looks_like_pem("\xef\xbb\xbf-----BEGIN A-----"));
    }

    TEST_CASE("headers are skipped, and tell an encrypted block") {
        const std::vector<PemBlock> blocks = parse(
            "-----BEGIN RSA PRIVATE KEY-----\n"
            "Proc-Type: 4,ENCRYPTED\n"
            "DEK-Info: AES-128-CBC,00\n"
            "\n"
            "AAEC\n"
            "-----END RSA PRIVATE KEY-----\n");
        REQUIRE(blocks.size() == 1);
        CHECK(blocks[0].encrypted);
        CHECK(equal(blocks[0].content, Buffer{0, 1, 2}));
    }

    TEST_CASE("text without blocks gives none") {
        CHECK(parse("").empty());
        CHECK(parse("hello\n").empty());
        CHECK(parse("----BEGIN A----\n").empty());
        CHECK(parse("x-----BEGIN A-----\n").empty());
        CHECK_FALSE(looks_like_pem(""));
        CHECK_FALSE(looks_like_pem("x-----BEGIN A-----"));
        CHECK(looks_like_pem("x\n-----BEGIN A-----"));
    }

    TEST_CASE("broken blocks are errors with their line") {
        const Error open = refusal("\n-----BEGIN A-----\nAAEC\n");
        CHECK(open.what == "block A has no END line");
        CHECK(open.where.line == 2);
        const Error other = refusal("-----BEGIN A-----\nAAEC\n-----END B-----\n");
        CHECK(other.what == "block A ends as B");
        CHECK(other.where.line == 3);
        const Error nested =
            refusal("-----BEGIN A-----\nAAEC\n-----BEGIN A-----\nAAEC\n-----END A-----\n");
        CHECK(nested.what == "block A has no END line");
        CHECK(nested.where.line == 1);
        const Error body = refusal("-----BEGIN A-----\nA*EC\n-----END A-----\n");
        CHECK(body.what == "block A is not base64");
        CHECK(refusal("-----BEGIN A-----\nAAECA\n-----END A-----\n").what ==
              "block A is not base64");
        CHECK(refusal("-----BEGIN A-----").what == "block A has no END line");
    }

    TEST_CASE("a key whose line breaks are gone is refused without a word of it") {
        const std::string body = "MC4CAQAwBQYDK2VwBCIEIBvWXhTzaPnzRWFqkXkGGkFAyVqVhkxlLBKrzFYFFAKE";
        const std::string begin = "-----BEGIN PRIVATE KEY-----";
        const std::string end = "-----END PRIVATE KEY-----";
        for (const char* form : {"{}{}{}",
                                 "{} {} {}\n",
                                 R"({}\n{}\n{})",
                                 "{}\\n{}\\n{}\\n\n",
                                 "{}\r{}\r{}\r",
                                 "  {}\n  {}\n  {}\n",
                                 "# {}\n# {}\n# {}\n",
                                 "key: {}{}{}\n"}) {
            const std::string text = fmt::format(fmt::runtime(form), begin, body, end);
            CAPTURE(text);
            const Error error = refusal(text);
            CHECK(error.what == "a BEGIN line that is not one");
            CHECK(error.where.line == 1);
            CHECK(error.hint.find("line breaks") != std::string::npos);
            CHECK((to_text(error) + error.hint).find(body.substr(0, 8)) == std::string::npos);
        }
        const Error other = refusal(begin + "\nAAEC\n-----END " + body + "-----\n");
        CHECK(to_text(other).find(body) == std::string::npos);
        CHECK(refusal("-----BEGIN " + std::string(65, 'A') + "-----\n").what ==
              "a BEGIN line that is not one");
    }

    TEST_CASE("comments may speak of certificates, and labels hold digits and points") {
        CHECK(parse("# was: -----BEGIN CERTIFICATE-----\n").empty());
        CHECK(
            parse("-----BEGIN X9.42 DH PARAMETERS-----\nAAEC\n-----END X9.42 DH PARAMETERS-----\n")
                .size() == 1);
    }
}
