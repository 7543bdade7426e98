// Messages as text: each form as a program of this world prints it (fixtures/make.sh).
#include <fmt/format.h>

#include "core/capture/support.hpp"

using namespace scep;
using namespace scep::test;

TEST_SUITE("core/capture text") {
    TEST_CASE("one message in every form of text") {
        struct Row {
            std::string_view file, forms, remarks;
        };

        const Row rows[]{{"request.der", "DER", ""},
                         {"request.pem", "PEM CERTIFICATE REQUEST, DER", ""},
                         {"pem-one-line.txt", "PEM CERTIFICATE REQUEST, DER", ""},
                         {"xxd.txt", "xxd, DER", ""},
                         {"xxd-p.txt", "hex, DER", ""},
                         {"xxd-i.txt", "C array, DER", ""},
                         {"hex-stream.txt", "hex, DER", ""},
                         {"hex-colons.txt", "hex, DER", ""},
                         {"hexdump-C.txt", "hexdump -C, DER", ""},
                         {"od-tx1.txt", "od, DER", ""},
                         {"wireshark.txt", "hex dump, DER", ""},
                         {"base64-indented.txt", "base64, DER", ""},
                         {"base64url.txt", "base64, DER", "base64url"},
                         {"base64-blanks.txt", "base64, DER", "plus-as-blank"},
                         {"base64-escaped.txt", "base64, DER", ""},
                         {"base64-escaped-twice.txt", "base64, DER", "escaped-twice"},
                         {"python.txt", "string literal, DER", ""},
                         {"base64-json.txt", "base64, DER", ""}};
        const std::string request = fixture("request.der");
        for (const Row& row : rows) {
            CAPTURE(row.file);
            const auto captured = only(fixture(std::string(row.file)));
            CHECK(as_text(captured.bytes) == request);
            CHECK(forms_of(captured) == row.forms);
            CHECK(ids_of(captured) == row.remarks);
            CHECK(captured.content == capture::Content::Asn1);
            CHECK(captured.source == "capture");
        }
    }

    TEST_CASE("several messages at once keep their order and their places") {
        const std::string request = fixture("request.der");
        const std::string pem = fixture("request.pem");
        const auto blocks = recognised("first\n" + pem + "\nsecond\n" + pem);
        REQUIRE(blocks.size() == 2);
        CHECK(blocks[0].place == "line 2");
        CHECK(blocks[1].place == "line 11");
        const auto values = recognised(request + request);
        REQUIRE(values.size() == 2);
        CHECK(as_text(values[1].bytes) == request);
        CHECK(values[1].place == "octet " + std::to_string(request.size()));
    }

    TEST_CASE("messages in base64, one on a line or with a blank line between") {
        const std::string request = fixture("request.der");
        const std::string line = to_base64(as_bytes(request));
        std::string wrapped;
        for (std::size_t at = 0; at < line.size(); at += 64)
            wrapped += line.substr(at, 64) + '\n';
        for (const std::string& text : {fmt::format("{0}\n{0}\n", line),
                                        fmt::format("{0}\n\n{0}", line),
                                        fmt::format("{0}\n{0}", wrapped),
                                        fmt::format("{0}{0}", wrapped)}) {
            const auto found = recognised(text);
            REQUIRE(found.size() == 2);
            for (const capture::Captured& each : found) {
                CHECK(as_text(each.bytes) == request);
                CHECK(ids_of(each) == "");
            }
            CHECK(found[0].place == "line 1");
            CHECK(found[1].place.starts_with("line "));
        }
    }

    TEST_CASE("blanks that were line ends are not taken for pluses") {
        const std::string request = fixture("request.der");
        const std::string line = to_base64(as_bytes(request));
        std::string joined;
        for (std::size_t at = 0; at < line.size(); at += 76)
            joined += (at == 0 ? "" : " ") + line.substr(at, 76);
        CHECK(as_text(only(joined + '\n').bytes) == request);
        CHECK(ids_of(only(joined + '\n')) == "");
        // Of a message that is cut the lines are still to be seen.
        const auto cut = only(joined.substr(0, 300));
        CHECK(ids_of(cut).find("plus-as-blank") == std::string::npos);
        CHECK(request.starts_with(as_text(cut.bytes)));
    }

    TEST_CASE("base64 as other formats escape, quote and surround it") {
        const std::string request = fixture("request.der");
        const std::string line = to_base64(as_bytes(request));
        const auto replaced = [](std::string text, char what, std::string_view by) {
            for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos;
                 at += by.size())
                text.replace(at, 1, by);
            return text;
        };
        std::string quoted = "> On Monday you sent:\n>\n", mailed;
        for (std::size_t at = 0; at < line.size(); at += 64)
            mailed += "> " + line.substr(at, 64) + '\n';
        std::string pem = fixture("request.pem");
        std::string wide = "\xff\xfe";
        for (const char c : line + "\r\n")
            wide += {c, '\0'};
        const std::string texts[]{
            "{\"body\": \"" + replaced(replaced(line, '+', "\\u002b"), '=', "\\u003d") + "\"}",
            "<m>" + replaced(replaced(line, '+', "&#43;"), '=', "&#x3D;") + "</m>",
            "{\"csr\": \"" + replaced(pem, '\n', "\\n") + "\"}",
            "time=12:00 level=info body=" + line + " status=200\n",
            mailed,
            quoted + mailed,
            line + "\n\nwith kind regards, Bob\n",
            wide,
            "\xef\xbb\xbf" + line};
        for (const std::string& text : texts) {
            CAPTURE(text.substr(0, 64));
            const auto found = only(text);
            CHECK(as_text(found.bytes) == request);
            CHECK(ids_of(found).find('!') == std::string::npos);
            CHECK(ids_of(found).find("plus-as-blank") == std::string::npos);
        }
    }

    TEST_CASE("keys without number in one word are looked at once") {
        std::string text = "a";
        for (int i = 0; i < 500'000; ++i)
            text += "=M";
        CHECK_FALSE(capture::recognise(as_bytes(text), "capture"));
        CHECK(as_text(only(text + ' ' + to_base64(as_bytes(fixture("request.der")))).bytes) ==
              fixture("request.der"));
    }

    TEST_CASE("octets behind a message stay with it") {
        const std::string request = fixture("request.der");
        CHECK(as_text(only(request + "\r\n").bytes) == request + "\r\n");
    }

    TEST_CASE("a message whose end is missing is a message, and says so") {
        const std::string message =
            message_fixture("lab-micromdm-certrep-success-for-sscep-pkcsreq");
        const auto cut = only(message.substr(0, 2048));
        REQUIRE(remark_of(cut, "body-cut"));
        CHECK(remark_of(cut, "body-cut")->text ==
              "the end of the message is missing: its length says 3671 octets, 2048 are here, as a "
              "buffer of 2 KiB on the way cuts it");
        CHECK(remark_of(cut, "body-cut")->damage);

        const std::string ber = message_fixture("lab-jscep-pkcsreq-aes128-sha512-ber");
        CHECK(ids_of(only(ber)) == "");
        CHECK(forms_of(only(ber)) == "BER");
        const auto open = only(ber.substr(0, 1000));
        CHECK(ids_of(open) == "body-cut!");
        CHECK(forms_of(open) == "BER");

        const std::string text = to_base64(as_bytes(message));
        CHECK(ids_of(only(text.substr(0, 4096))) == "body-cut!");
        CHECK(ids_of(only(text.substr(0, 4093))) == "base64-cut!, body-cut!");
        CHECK(ids_of(only(to_hex(as_bytes(message)).substr(0, 2001))) == "hex-cut!, body-cut!");
        CHECK(ids_of(only(fixture("request.pem").substr(0, 200))) == "pem-cut!, body-cut!");
    }

    TEST_CASE("damage in base64 is reported where it is, and the rest is read up to there") {
        std::string text = to_base64(as_bytes(fixture("request.der")));
        text[100] = '$';
        const auto damaged = only(text);
        CHECK(ids_of(damaged) == "base64-damaged!, body-cut!");
        CHECK(remark_of(damaged, "base64-damaged")->text ==
              "the base64 has an octet 0x24 at 100, and is read up to there");
        CHECK(damaged.bytes.size() == 75);
    }

    TEST_CASE("what a text tool did to octets is undone, or named as lost") {
        std::string utf8, replaced;
        for (const char c : fixture("request.der")) {
            const auto octet = static_cast<std::uint8_t>(c);
            if (octet < 0x80U) {
                utf8 += c;
                replaced += c;
                continue;
            }
            utf8 += static_cast<char>(0xc0U | (octet >> 6U));
            utf8 += static_cast<char>(0x80U | (octet & 0x3fU));
            replaced += "\xef\xbf\xbd";
        }
        CHECK(as_text(only(utf8).bytes) == fixture("request.der"));
        CHECK(ids_of(only(utf8)) == "utf8-of-octets");
        CHECK(ids_of(only(replaced)).starts_with("octets-replaced!"));
    }
}
