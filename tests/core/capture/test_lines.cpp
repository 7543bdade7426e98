// URLs, access logs, and what logs and mails quote.
#include <fmt/format.h>

#include "core/capture/support.hpp"

using namespace scep;
using namespace scep::test;
using capture::Content;
using capture::Direction;

namespace {

const std::string kMessage = message_fixture("lab-sscep-getcert-aes256-sha256");
const std::string kBase64 = to_base64(as_bytes(kMessage));
const std::string kQuery = "operation=PKIOperation&message=" + percent_encode(kBase64);

}  // namespace

TEST_SUITE("core/capture lines") {
    TEST_CASE("a URL, a query and a parameter") {
        std::string blanks = kBase64;
        std::ranges::replace(blanks, '+', ' ');
        const std::string inputs[]{"http://ca.example/scep?" + kQuery,
                                   "https://ca.example:8443/scep/pkiclient.exe?" + kQuery + "\n",
                                   "/scep?" + kQuery,
                                   kQuery,
                                   "message=" + percent_encode(kBase64),
                                   "curl 'http://ca.example/scep?" + kQuery + "'",
                                   "http://ca/scep?operation=PKIOperation&message=" + blanks,
                                   "<a href=\"/scep?operation=PKIOperation&amp;message=" +
                                       percent_encode(kBase64) + "\">"};
        for (const std::string& input : inputs) {
            CAPTURE(input.substr(0, 60));
            const auto captured = only(input);
            CHECK(as_text(captured.bytes) == kMessage);
            CHECK(captured.operation == OperationKind::PkiOperation);
            CHECK(captured.direction == Direction::Request);
        }
        CHECK(only("http://ca/scep?operation=GetCACert&message=ca").content == Content::None);
        CHECK(only("http://ca/scep?operation=GetCACert&message=ca").operation ==
              OperationKind::GetCaCert);
    }

    TEST_CASE("lines of access logs, with status and time; others are counted") {
        const auto found = recognised(fmt::format(
            "192.0.2.7 - - [29/Nov/2026:09:57:11 +0100] \"GET /scep?{0} HTTP/1.1\" 400 12 \"-\" "
            "\"sscep\"\n"
            "192.0.2.7 - - [29/Nov/2026:08:57:12 +0000] \"GET /favicon.ico HTTP/1.1\" 404 0\n"
            "Nov 29 08:57:13 lb haproxy[1]: 192.0.2.7:40112 [29/Nov/2026:08:57:13.123] fe be/s "
            "10/0/30/69/109 500 2750 - - ---- 1/1/1/1/0 0/0 \"GET /scep?{0} HTTP/1.1\"\n"
            "\n"
            "{{\"time\":\"2026\",\"uri\":\"/scep?operation=PKIOperation\\u0026message={1}\"}}\n"
            "2026-11-29T08:57:15.5Z \"POST /scep?operation=PKIOperation HTTP/1.1\" 200\n",
            kQuery,
            percent_encode(kBase64)));
        REQUIRE(found.size() == 4);
        for (std::size_t i = 0; i < 3; ++i) {
            CAPTURE(i);
            CHECK(as_text(found[i].bytes) == kMessage);
            CHECK(forms_of(found[i]) == "log line, HTTP GET, base64, DER");
        }
        CHECK(found[0].status == 400);
        CHECK(to_rfc3339(found[0].time.value()) == "2026-11-29T08:57:11Z");
        CHECK(found[0].place == "line 1");
        CHECK(remark_of(found[0], "skipped")->text ==
              "of this capture 1 lines without SCEP were skipped");
        CHECK(found[1].status == 500);
        CHECK(to_rfc3339(found[1].time.value()) == "2026-11-29T08:57:13Z");
        CHECK(found[2].place == "line 5");
        CHECK(found[3].content == Content::None);
        CHECK(ids_of(found[3]) == "body-not-saved");
        CHECK(to_rfc3339(found[3].time.value()) == "2026-11-29T08:57:15Z");
    }

    TEST_CASE("a line that the log cut") {
        const std::string line = "192.0.2.7 - - [29/Nov/2026:08:57:11 +0000] \"GET /scep?" + kQuery;
        const auto cut = only(line.substr(0, 1024));
        REQUIRE(remark_of(cut, "line-cut"));
        CHECK(
            remark_of(cut, "line-cut")->text ==
            "the line ends inside the request, after 1024 characters, as a buffer of 1 KiB on the "
            "way cuts it");
        CHECK(ids_of(cut).find("body-cut!") != std::string::npos);
        CHECK(cut.bytes.size() > 600);
    }

    TEST_CASE("messages that a log or a mail quotes") {
        std::string wrapped;
        for (std::size_t i = 0; i < kBase64.size(); i += 64)
            wrapped += "  " + kBase64.substr(i, 64) + "\n";
        const std::string inputs[]{
            "Hello,\nthe server refuses this request:\n\n" + wrapped + "\nAny idea?\n",
            "2026-11-29 ERROR cannot parse message=[" + kBase64 + "] (retry)",
            "{\"level\":\"error\",\"body\":\"" + kBase64 + "\",\"n\":1}",
            "error: body " + to_hex(as_bytes(kMessage)) + " is odd",
            "see " + kBase64 + " and then"};
        for (const std::string& input : inputs) {
            CAPTURE(input.substr(0, 60));
            const auto captured = only(input);
            CHECK(as_text(captured.bytes) == kMessage);
            CHECK(ids_of(captured) == "");
        }
        const auto two = recognised("a " + kBase64 + "\n--\nb " + kBase64 + " c\n");
        REQUIRE(two.size() == 2);
        CHECK(two[1].place == "line 3");
    }

    TEST_CASE("a packet that Wireshark copied as a hex dump") {
        std::string packet = "\x02\x02\x02\x02\x02\x02\x04\x04\x04\x04\x04\x04\x08";
        packet += std::string(41, '\0') + "GET /scep?operation=GetCACert HTTP/1.1\r\n\r\n";
        std::string dump;
        for (std::size_t at = 0; at < packet.size(); at += 16) {
            const std::string part = packet.substr(at, 16);
            dump += fmt::format("{:04x}  ", at);
            for (const char c : part)
                dump += fmt::format(" {:02x}", static_cast<unsigned char>(c));
            dump +=
                std::string(3 + 3 * (16 - part.size()), ' ') + std::string(part.size(), 'f') + "\n";
        }
        const auto captured = only(dump);
        CHECK(captured.operation == OperationKind::GetCaCert);
        CHECK(forms_of(captured) == "hex dump, HTTP GET");
    }
}
