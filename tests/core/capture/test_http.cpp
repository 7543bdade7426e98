// HTTP as it is saved: curl's own files (fixtures/make_pcap.sh), and what buffers and tools make of
// it.
#include <fmt/format.h>

#include "core/capture/support.hpp"

using namespace scep;
using namespace scep::test;
using capture::Content;
using capture::Direction;

namespace {

const std::string kMessage = message_fixture("lab-sscep-pkcsreq-aes128-sha256");
const std::string kReply = message_fixture("lab-micromdm-certrep-success-for-sscep-pkcsreq");
constexpr std::string_view kPkiType = "Content-Type: application/x-pki-message\r\n";

std::string post(const std::string& body, std::string_view fields = {}) {
    return fmt::format(
        "POST /scep?operation=PKIOperation HTTP/1.1\r\nHost: ca\r\n{}"
        "Content-Length: {}\r\n\r\n{}",
        fields,
        body.size(),
        body);
}

std::string reply(const std::string& body, std::string_view fields = kPkiType) {
    return fmt::format(
        "HTTP/1.1 200 OK\r\n{}Content-Length: {}\r\n\r\n{}", fields, body.size(), body);
}

}  // namespace

TEST_SUITE("core/capture http") {
    TEST_CASE("curl -i") {
        const auto caps = only(fixture("curl-i.http"));
        CHECK(caps.content == Content::Capabilities);
        CHECK(caps.operation == OperationKind::GetCaCaps);
        CHECK(caps.direction == Direction::Reply);
        CHECK(caps.status == 200);
        CHECK(as_text(caps.bytes).ends_with("SCEPStandard\nPOSTPKIOperation"));

        const auto failed = only(fixture("curl-i-error.http"));
        CHECK(failed.content == Content::Text);
        CHECK(failed.status == 500);
        CHECK(as_text(failed.bytes).starts_with("asn1: structure error"));

        const auto two = recognised(fixture("curl-i-two.http"));
        REQUIRE(two.size() == 2);
        CHECK(two[0].content == Content::Asn1);
        CHECK(two[0].content_type == "application/x-x509-ca-cert");
        CHECK(two[1].content == Content::Capabilities);
    }

    TEST_CASE("curl -v, with the body in the file and without") {
        const auto whole = recognised(fixture("curl-v.http"));
        REQUIRE(whole.size() == 2);
        CHECK(whole[0].operation == OperationKind::GetCaCaps);
        CHECK(whole[0].content == Content::None);
        CHECK(whole[0].target == "/scep?operation=GetCACaps");
        CHECK(whole[1].content == Content::Capabilities);
        CHECK(whole[0].exchange == whole[1].exchange);
        CHECK(whole[0].exchange != 0);

        const auto heads = recognised(fixture("curl-v-o.http"));
        REQUIRE(heads.size() == 2);
        CHECK(heads[1].content == Content::None);
        CHECK(ids_of(heads[1]) == "body-not-saved");
        CHECK(heads[1].operation == OperationKind::GetCaCert);
    }

    TEST_CASE("requests and replies of one file are paired by their order") {
        const auto found =
            recognised("GET /scep?operation=GetCACert&message=x HTTP/1.1\r\n\r\n" + post(kMessage) +
                       "HTTP/1.1 100 Continue\r\n\r\n" + reply("0") + reply(kReply));
        REQUIRE(found.size() == 4);
        CHECK(found[0].exchange == found[2].exchange);
        CHECK(found[1].exchange == found[3].exchange);
        CHECK(found[0].exchange != found[1].exchange);
        CHECK(found[2].content == Content::Text);
        CHECK(as_text(found[1].bytes) == kMessage);
        CHECK(as_text(found[3].bytes) == kReply);
        CHECK(found[3].operation == OperationKind::PkiOperation);
        CHECK(forms_of(found[1]) == "HTTP POST, DER");
        CHECK(found[1].place == "line 3");
    }

    TEST_CASE("the body of a reply, however it is framed or was saved") {
        struct Row {
            std::string_view name;
            std::string input;
            std::string_view remarks;
        };

        const std::string length = std::to_string(kReply.size());
        const std::string status = "HTTP/1.1 200 OK\r\n" + std::string(kPkiType);
        const Row rows[]{
            {"chunked",
             fmt::format(
                 "{}Transfer-Encoding: chunked\r\n\r\n64\r\n{}\r\n{:x};a=b\r\n{}\r\n0\r\n\r\n",
                 status,
                 kReply.substr(0, 100),
                 kReply.size() - 100,
                 kReply.substr(100)),
             ""},
            {"chunks already joined", status + "Transfer-Encoding: chunked\r\n\r\n" + kReply, ""},
            {"HTTP/1.0, to the end", "HTTP/1.0 200 OK\r\n\r\n" + kReply, ""},
            {"HTTP/2, as curl writes it",
             "HTTP/2 200 \r\ncontent-type: application/x-pki-message\r\n\r\n" + kReply,
             ""},
            {"unpacked by curl --compressed",
             status + "Content-Encoding: gzip\r\nContent-Length: 900\r\n\r\n" + kReply,
             ""},
            {"bare line feeds", "HTTP/1.1 200 OK\nContent-Length: " + length + "\n\n" + kReply, ""},
            {"base64", reply(to_base64(as_bytes(kReply))), ""},
            {"charset",
             reply(kReply, "Content-Type: application/x-pki-message; charset=utf-8\r\n"),
             "content-type-charset"},
            {"behind a proxy's tunnel",
             "HTTP/1.1 200 Connection established\r\n\r\n" + reply(kReply),
             ""}};
        for (const Row& row : rows) {
            CAPTURE(row.name);
            const auto captured = only(row.input);
            CHECK(as_text(captured.bytes) == kReply);
            CHECK(ids_of(captured) == row.remarks);
            CHECK(captured.direction == Direction::Reply);
            CHECK(captured.status == 200);
        }
    }

    TEST_CASE("a body that was cut on the way is reported with its sizes") {
        const auto cut = only(post(kReply).substr(0, post(kReply).size() - kReply.size() + 2048));
        REQUIRE(remark_of(cut, "body-cut"));
        CHECK(
            remark_of(cut, "body-cut")->text ==
            "Content-Length says 3671 octets, 2048 are here, as a buffer of 2 KiB on the way cuts "
            "it");
        CHECK(remark_of(cut, "body-cut")->damage);
        CHECK(cut.content == Content::Asn1);
        CHECK(ids_of(only("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" +
                          fmt::format("{:x}\r\n{}", kReply.size(), kReply.substr(0, 1000)))) ==
              "body-cut!");
        // The length is that of what arrived: the message itself tells.
        CHECK(ids_of(only(reply(kReply.substr(0, 1000)))) == "body-cut!");
    }

    TEST_CASE("compressed bodies are not guessed at") {
        const auto packed = only(reply("\x1f\x8b\x08 and so on", "Content-Encoding: gzip\r\n"));
        CHECK(packed.content == Content::None);
        CHECK(ids_of(packed) == "body-compressed!");
        CHECK(ids_of(only(post("\x1f\x8b\x08", kPkiType))) == "body-compressed!");
    }

    TEST_CASE("what clients do to the body of a POST") {
        CHECK(ids_of(only(post(""))) == "");
        CHECK(only(post("")).content == Content::None);
        std::string form = kMessage;
        std::erase(form, '\n');
        std::erase(form, '\0');
        REQUIRE(form != kMessage);
        const auto as_form =
            only(post(form, "Content-Type: application/x-www-form-urlencoded\r\n"));
        CHECK(remark_of(as_form, "form-post"));
        const auto parameter =
            only(post("message=" + percent_encode(to_base64(as_bytes(kMessage))), {}));
        CHECK(as_text(parameter.bytes) == kMessage);
        const auto words = only(post("hello", kPkiType));
        CHECK(words.content == Content::Text);
        CHECK(ids_of(words) == "body-unreadable!");
        // A message has a type of its own, whatever the target.
        CHECK(only("POST /x HTTP/1.1\r\n" + std::string(kPkiType) + "\r\n" + kMessage).operation ==
              OperationKind::PkiOperation);
    }

    TEST_CASE("request lines alone, as logs and grep -o write them") {
        const std::string query = "GET /scep?operation=PKIOperation&message=" +
                                  percent_encode(to_base64(as_bytes(kMessage))) + " HTTP/1.1\n";
        const auto found = recognised(query + "GET /scep?operation=GetCACaps HTTP/1.1\n" +
                                      "POST /scep?operation=PKIOperation HTTP/1.1\n" + query);
        REQUIRE(found.size() == 4);
        CHECK(as_text(found[0].bytes) == kMessage);
        CHECK(found[1].operation == OperationKind::GetCaCaps);
        CHECK(ids_of(found[2]) == "body-not-saved");
        CHECK(as_text(found[3].bytes) == kMessage);
        for (const std::size_t i : {0U, 1U, 3U})
            CHECK(ids_of(found[i]) == "");
        CHECK(ids_of(only(query + "Host: ca\n")) == "head-cut!");
    }

    TEST_CASE("open ends without number are not walked to again and again") {
        std::string stream;
        for (std::size_t i = 0; i < 50'000; ++i)
            stream += "GET / HTTP/1.1\n\n0\x80\x02\x11\n";
        stream += post(kMessage);
        CHECK(as_text(only(stream).bytes) == kMessage);
    }

    TEST_CASE("of a URL its place and operation are kept, of a type its charset") {
        const auto target = [](std::string_view url) {
            return only(fmt::format("GET {} HTTP/1.1\r\n\r\n", url)).target;
        };
        CHECK(target("https://user:secret@ca.example:8443/scep?operation=GetCACaps&x=1#secret") ==
              "https://ca.example:8443/scep?operation=GetCACaps&x=...");
        CHECK(target("/scep?operation=GetCACaps&challenge=secret&secret&x=") ==
              "/scep?operation=GetCACaps&challenge=...&...&x=");
        CHECK(target("/scep?OPERATION=GetCACert&mess%61ge=MIISECRET") ==
              "/scep?OPERATION=GetCACert&mess%61ge=...");
        CHECK(target("/scep?operation=GetCACert&message=a") ==
              "/scep?operation=GetCACert&message=...");
        CHECK(only(post(kMessage,
                        "Content-Type: application/x-pki-message; challenge=secret; "
                        "charset=utf-8\r\n"))
                  .content_type == "application/x-pki-message; ...; charset=utf-8");
    }

    TEST_CASE("the message of a GET, in every escaping, and damaged") {
        const std::string base64 = to_base64(as_bytes(kMessage));
        std::string blanks = base64;
        std::ranges::replace(blanks, '+', ' ');
        const std::string once = percent_encode(base64);
        const auto get = [](std::string_view message) {
            return only(fmt::format("GET /scep?operation=PKIOperation&message={} HTTP/1.1\r\n\r\n",
                                    message));
        };
        CHECK(as_text(get(once).bytes) == kMessage);
        CHECK(get(once).target == "/scep?operation=PKIOperation&message=...");
        CHECK(forms_of(get(once)) == "HTTP GET, base64, DER");
        CHECK(ids_of(get(once)) == "");
        CHECK(ids_of(get(percent_encode(once))) == "escaped-twice");
        CHECK(ids_of(get(blanks)) == "plus-as-blank");
        CHECK(as_text(get(blanks).bytes) == kMessage);
        CHECK(ids_of(get(once.substr(0, 2000))).find("body-cut!") != std::string::npos);
        CHECK(ids_of(get("hello")) == "message-unreadable!");
        CHECK(ids_of(get("")) == "message-missing!");
        CHECK(only("GET /scep?OPERATION=getcacert HTTP/1.0\n\n").operation ==
              OperationKind::GetCaCert);
        CHECK(ids_of(only("GET /scep?OPERATION=getcacert HTTP/1.0\n\n")) == "operation-case");
    }

    TEST_CASE("other traffic is skipped and counted") {
        const auto found = recognised(
            "GET /favicon.ico HTTP/1.1\r\n\r\nGET /scep?operation=GetCACaps "
            "HTTP/1.1\r\n\r\nHTTP/1.1 404 Not Found\r\nContent-Length: "
            "2\r\n\r\nnoHTTP/1.1 200 OK\r\nContent-Length: "
            "3\r\n\r\nAES");
        REQUIRE(found.size() == 2);
        CHECK(found[1].content == Content::Capabilities);
        REQUIRE(remark_of(found[0], "skipped"));
        CHECK(remark_of(found[0], "skipped")->text ==
              "of this capture 1 HTTP replies without SCEP, 1 HTTP requests without SCEP were "
              "skipped");
        CHECK(
            refused("GET / HTTP/1.1\r\n\r\n").what ==
            "nothing of SCEP is recognised: it looks like text with 1 HTTP requests without SCEP");
    }
}
