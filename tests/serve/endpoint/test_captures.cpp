// Messages that other programs made, served with the RA key they were enveloped for.
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <doctest/doctest.h>

#include "serve/endpoint/fixture.hpp"

using namespace scep;
using namespace scep::test;

namespace {

Buffer load(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    REQUIRE_MESSAGE(in.good(), path.string());
    return {std::istreambuf_iterator<char>(in), {}};
}

TestProfile recorded_profile(const std::filesystem::path& captures,
                             std::vector<std::string> allow_legacy = {}) {
    const std::string key_file = (captures / "keys/lab-jscepra-ra.key").string();
    const std::string certificate_file = (captures / "keys/lab-jscepra-ra.pem").string();
    Key key = must(crypto::PrivateKey::parse(load(key_file), key_file));
    x509::Certificate certificate =
        must(x509::parse_certificates(load(certificate_file), certificate_file)).at(0);
    return make_profile(
        {.allow_legacy = std::move(allow_legacy), .ra = Identity{certificate, key}});
}

}  // namespace

TEST_SUITE("serve/endpoint") {
    TEST_CASE("recorded requests of other programs get the expected decision") {
        const char* captures = std::getenv("SCEP_CAPTURES");
        if (captures == nullptr) {
            MESSAGE("SCEP_CAPTURES is not set: recorded messages are not served");
            return;
        }
        const TestProfile profile = recorded_profile(captures);

        struct Row {
            std::string file, decision, text;
        };

        const std::vector<Row> rows{
            {"lab-sscep-pkcsreq-aes128-sha256.der", "success", ""},
            {"lab-strongswan-pkcsreq-aes128-sha256-pss.der", "success", ""},
            {"lab-jscep-pkcsreq-aes128-sha512-ber.der", "success", ""},
            {"lab-sscep-pkcsreq-des-md5.der",
             "failure",
             "refused algorithm: MD5, DES-CBC (reference 0badc0de)"},
            {"lab-sscep-pkcsreq-des-ede3-sha1.der",
             "failure",
             "refused algorithm: SHA-1, DES-EDE3-CBC (reference 0badc0de)"},
            {"lab-scepclient-pkcsreq-des-sha1.der",
             "failure",
             "refused algorithm: SHA-1, DES-CBC (reference 0badc0de)"},
            {"lab-sscep-getcert-aes256-sha256.der",
             "failure",
             "there is no such certificate or transaction (reference 0badc0de)"},
            {"lab-sscep-getcertinitial-aes256-sha256.der",
             "failure",
             "there is no such certificate or transaction (reference 0badc0de)"},
            {"lab-strongswan-renewalreq-aes128-sha256.der",
             "failure",
             "the message does not pass its integrity check (reference 0badc0de)"},
        };
        for (const Row& row : rows) {
            CAPTURE(row.file);
            const endpoint::Outcome outcome =
                post(profile, load(std::filesystem::path(captures) / row.file));
            CAPTURE(outcome.detail);
            CHECK(outcome.decision == row.decision);
            CHECK(read_reply(profile, outcome).fail_info_text == row.text);
        }
    }

    TEST_CASE("allow_legacy takes what such a profile is for, and never DES or MD5") {
        const char* captures = std::getenv("SCEP_CAPTURES");
        if (captures == nullptr) {
            MESSAGE("SCEP_CAPTURES is not set: recorded messages are not served");
            return;
        }
        const TestProfile profile = recorded_profile(captures, {"sha1", "3des"});
        const auto decision = [&](const std::string& file) {
            return post(profile, load(std::filesystem::path(captures) / file)).decision;
        };
        CHECK(profile.snapshot.capabilities.ends_with("SHA-384\nSHA-1\nDES3\n"));
        CHECK(decision("lab-sscep-pkcsreq-des-ede3-sha1.der") == "success");
        CHECK(decision("lab-sscep-pkcsreq-des-md5.der") == "failure");
        CHECK(decision("lab-scepclient-pkcsreq-des-sha1.der") == "failure");
    }

}  // TEST_SUITE
