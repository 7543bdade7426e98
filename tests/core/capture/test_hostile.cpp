// What is no capture, and what wants to be too much: a clear answer, in time and memory that are
// linear in the input.
#include "core/base/limits.hpp"
#include "core/capture/pcap_file.hpp"
#include "core/capture/support.hpp"

using namespace scep;
using namespace scep::test;

namespace {

const std::string kMessage = message_fixture("lab-sscep-pkcsreq-aes128-sha256");

std::string repeated(std::string_view text, std::size_t octets) {
    std::string out;
    out.reserve(octets + text.size());
    while (out.size() < octets)
        out += text;
    return out;
}

}  // namespace

TEST_SUITE("core/capture hostile") {
    TEST_CASE("what it is not is said, with what would be understood") {
        struct Row {
            std::string input;
            std::string_view like;
        };

        using namespace std::string_literals;
        const Row rows[]{{"", "an empty file"},
                         {"\x89PNG\r\n\x1a\n\0\0"s, "a PNG image"},
                         {"\xff\xd8\xff\xe0", "a JPEG image"},
                         {"PK\x03\x04zip", "a ZIP archive; unpack it first"},
                         {"\x1f\x8b\x08zipped", "gzip data; unpack it with gunzip first"},
                         {"Dear all,\nhello.\n", "text"},
                         {"0000000000", "one octet over and over"},
                         {std::string(1000, '\0'), "nothing but zeros"},
                         {"\x01\x02\x03\x7f\xff", "binary data"}};
        for (const Row& row : rows) {
            CAPTURE(row.like);
            const Error error = refused(row.input);
            CHECK(error.what ==
                  "nothing of SCEP is recognised: it looks like " + std::string(row.like));
            CHECK(error.code == Errc::Protocol);
            CHECK(error.where.source == "capture");
            CHECK(error.hint.starts_with("understood are DER, PEM"));
        }
    }

    TEST_CASE("private keys are refused in every form, and never quoted") {
        const std::string pem = fixture_text(std::string(CMS_FIXTURES) + "/ra.key");
        const std::string body = pem.substr(28, 60);
        std::string flat = pem.substr(28, pem.find("-----END") - 28);
        std::erase(flat, '\n');
        const auto der = from_base64(flat);
        REQUIRE(der);
        const std::string octets(as_text(*der));
        for (const std::string& input : {pem,
                                         octets,
                                         octets.substr(0, 200),
                                         flat,
                                         "key: " + flat,
                                         to_hex(*der),
                                         pem.substr(0, 300)}) {
            const Error error = refused(input);
            CHECK(error.what.find("a private key") != std::string::npos);
            CHECK(error.hint == "a key opens messages, it is none: give it as --key");
            CHECK(error.what.find(body.substr(0, 8)) == std::string::npos);
        }
        const auto beside = only(fixture("request.pem") + pem);
        REQUIRE(remark_of(beside, "private-key"));
        CHECK(as_text(beside.bytes) == fixture("request.der"));
    }

    TEST_CASE("truncated and bit-flipped, in every form: an answer, never a crash") {
        const std::string forms[]{fixture("request.der"),
                                  fixture("request.pem"),
                                  fixture("hexdump-C.txt"),
                                  fixture("base64-escaped-twice.txt"),
                                  fixture("curl-v.http"),
                                  fixture("curl-i-two.http")};
        for (const std::string& form : forms)
            for (std::size_t i = 0; i < form.size(); ++i) {
                static_cast<void>(capture::recognise(as_bytes(form).first(i), "x"));
                std::string flipped = form;
                flipped[i] = static_cast<char>(flipped[i] ^ (1 << (i % 8)));
                static_cast<void>(capture::recognise(as_bytes(flipped), "x"));
            }
        const std::string pcap = fixture("enrolment.pcap");
        for (std::size_t i = 0; i < pcap.size(); i += 7) {
            static_cast<void>(capture::recognise(as_bytes(pcap).first(i), "x"));
            std::string flipped = pcap;
            flipped[i] = static_cast<char>(flipped[i] ^ (1 << (i % 8)));
            static_cast<void>(capture::recognise(as_bytes(flipped), "x"));
        }
    }

    TEST_CASE("lengths that nobody has") {
        using namespace std::string_literals;
        const auto four_gibi = only("\x30\x84\xff\xff\xff\xff\x06\x09"s);
        CHECK(remark_of(four_gibi, "body-cut")->text ==
              "the end of the message is missing: its length says 4294967301 octets, 8 are here");
        CHECK(ids_of(only("\x30\x88\xff\xff\xff\xff\xff\xff\xff\xff\x06"s)) == "body-cut!");
        CHECK(ids_of(only("POST /?operation=PKIOperation HTTP/1.1\r\nContent-Length: "
                          "18446744073709551615\r\n\r\n" +
                          kMessage)) == "body-cut!");
        CHECK(ids_of(only("HTTP/1.1 200 OK\r\nTransfer-Encoding: "
                          "chunked\r\n\r\nffffffffffffffff\r\n" +
                          kMessage)) == "body-cut!");
        CHECK(ids_of(only(repeated("\x30\x80", 4000))) == "body-cut!");
    }

    TEST_CASE("a message beyond its limit is cut there, and there are only so many") {
        const auto large = only("\x30\x84\x7f\xff\xff\xff\x06" + std::string(9U << 20U, 'x'));
        CHECK(large.bytes.size() == limits::kMaxCapturedOctets);
        CHECK(remark_of(large, "message-too-large")->damage);
        const auto many = recognised(repeated("/?operation=GetCACaps\n", std::size_t{30'000} * 22));
        CHECK(many.size() <= limits::kMaxCaptures);
        CHECK(remark_of(many[0], "left-out"));
    }

    // Each would take minutes if anything in it were quadratic. The bound is loose enough for
    // sanitizers and busy machines.
    TEST_CASE("megabytes of what costs most per octet") {
        constexpr std::size_t kSize = 2U << 20U;  // by the square it would not end in time
        using namespace std::string_literals;
        const std::string request = "GET /?operation=GetCACaps HTTP/1.1\n\n";
        PcapFile reversed, overlapping, gaps, doors;
        for (std::uint32_t i = 0; i < 20'000; ++i) {
            reversed.add({.sequence = 40'000 - i, .payload = "G"});
            overlapping.add({.sequence = i, .payload = std::string(100, 'H')});
            gaps.add({.sequence = i * 100'000, .payload = "GET / "});
            doors.add({.sequence = i, .flags = kSyn, .client_port = i % 65536});
        }
        const std::string inputs[]{
            std::string(kSize, '\0'),
            std::string(kSize, '0'),
            std::string(kSize, 'M'),
            std::string(kSize, '\n'),
            std::string(kSize, '%'),
            repeated("\x30\x80", kSize),
            repeated("MIIB\n", kSize),
            repeated("MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A ", kSize),
            repeated("word ", kSize),
            repeated("word\n", kSize),
            repeated("-----BEGIN CMS-----\n", kSize),
            repeated("-----BEGIN ", kSize),
            repeated("HTTP/1.1 200 OK\n", kSize),
            repeated("HTTP/1.1 200 OK\n\n", kSize),
            repeated("GET / HTTP/1.1\n\n", kSize),
            repeated(request, kSize),
            request + repeated("HTTP/1.1 200 OK\n\n0\n", kSize),
            repeated("HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n1\nx\n", kSize),
            repeated("> GET / HTTP/1.1\n> \n", kSize),
            repeated("operation=", kSize),
            repeated("operation=PKIOperation&message=MII\n", kSize),
            repeated("00000000: 3030\n", kSize),
            "00000000  30 30\n*\n" + repeated("ffffffff\n", kSize),
            repeated("0x30, ", kSize),
            "{\"log\":" + std::string(kSize, '['),
            "{\"log\":{\"entries\":[" +
                repeated("{\"request\":{\"url\":\"?operation=GetCACaps\"}},", kSize),
            "{\"log\":\"" + std::string(kSize * 2, 'x'),
            reversed.text(),
            overlapping.text(),
            gaps.text(),
            doors.text(),
            as_pcapng(reversed.text())};
        for (const std::string& input : inputs) {
            CAPTURE(input.substr(0, 60));
            const auto found = capture::recognise(as_bytes(input), "x");
            CHECK((!found || found->size() <= limits::kMaxCaptures));
        }
    }
}
