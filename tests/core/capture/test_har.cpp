// HAR files, as browsers and proxies export them.
#include <fmt/format.h>

#include "core/capture/support.hpp"

using namespace scep;
using namespace scep::test;
using capture::Content;

namespace {

const std::string kMessage = message_fixture("lab-sscep-pkcsreq-aes128-sha256");
const std::string kReply = message_fixture("lab-micromdm-certrep-success-for-sscep-pkcsreq");

std::string entry(std::string_view request, std::string_view content) {
    return fmt::format(R"({{"startedDateTime":"2026-11-29T09:57:11.123+01:00","time":3,)"
                       R"("request":{{{}}},"response":{{"status":200,"content":{{{}}}}}}})",
                       request,
                       content);
}

std::string har(std::string_view entries) {
    return fmt::format(R"({{"log":{{"version":"1.2","creator":{{"name":"x"}},"entries":[{}]}}}})",
                       entries);
}

std::string base64_content(const std::string& octets) {
    return fmt::format(R"("mimeType":"application/x-pki-message","encoding":"base64","text":"{}")",
                       to_base64(as_bytes(octets)));
}

// Octets as a browser puts them into JSON: each a character.
std::string as_characters(const std::string& octets) {
    std::string out;
    for (const char c : octets)
        out += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
    return out;
}

}  // namespace

TEST_SUITE("core/capture har") {
    TEST_CASE("requests and replies of the entries, paired") {
        const std::string get = fmt::format(
            R"("method":"GET","url":"http://ca/scep?operation=PKIOperation&message={}")",
            percent_encode(to_base64(as_bytes(kMessage))));
        const std::string post =
            fmt::format(R"("method":"POST","url":"http://ca/scep?operation=PKIOperation",)"
                        R"("postData":{{"mimeType":"application/x-pki-message","text":"{}"}})",
                        as_characters(kMessage));
        const auto found = recognised(har(entry(R"("method":"GET","url":"http://ca/")", "") + "," +
                                          entry(get, base64_content(kReply)) + "," +
                                          entry(post, base64_content(kReply))));
        REQUIRE(found.size() == 4);
        CHECK(as_text(found[0].bytes) == kMessage);
        CHECK(as_text(found[1].bytes) == kReply);
        CHECK(as_text(found[2].bytes) == kMessage);
        CHECK(found[0].exchange == found[1].exchange);
        CHECK(found[2].exchange == found[3].exchange);
        CHECK(found[0].place == "entry 2");
        CHECK(forms_of(found[2]) == "HAR, HTTP POST, DER");
        CHECK(forms_of(found[3]) == "HAR, HTTP reply, DER");
        CHECK(to_rfc3339(found[0].time.value()) == "2026-11-29T08:57:11Z");
        CHECK(remark_of(found[0], "skipped"));
    }

    TEST_CASE("capabilities, and a body that the browser did not keep") {
        const std::string get = R"("method":"GET","url":"http://ca/scep?operation=GetCACaps")";
        const auto found = recognised(har(entry(get, R"("mimeType":"text/plain","text":"AES\n")") +
                                          "," + entry(get, R"("mimeType":"text/plain")")));
        REQUIRE(found.size() == 4);
        CHECK(found[1].content == Content::Capabilities);
        CHECK(found[3].content == Content::None);
    }

    TEST_CASE("octets that were replaced on the way are named as lost") {
        const std::string post =
            R"("method":"POST","url":"/scep?operation=PKIOperation",)"
            R"("postData":{"mimeType":"application/x-pki-message","text":"0\ufffd\n\u00aa"})";
        const auto found = recognised(har(entry(post, base64_content(kReply))));
        REQUIRE(found.size() == 2);
        CHECK(remark_of(found[0], "octets-replaced"));
    }

    TEST_CASE("a HAR file that is cut gives what is before the cut, and says so") {
        const std::string get = R"("method":"GET","url":"http://ca/scep?operation=GetCACaps")";
        const std::string whole =
            har(entry(get, R"("mimeType":"text/plain","text":"AES\n")") + "," + entry(get, ""));
        const auto found = recognised(whole.substr(0, whole.size() - 60));
        REQUIRE(found.size() == 2);
        CHECK(remark_of(found[0], "har-damaged")->damage);
        CHECK(refused(R"({"log":{"entries":[]}})").what ==
              "nothing of SCEP is recognised: it looks like text");
        CHECK_FALSE(capture::recognise(as_bytes(R"({"logs":[1,2,{"entries":3}]})"), "x"));
    }
}
