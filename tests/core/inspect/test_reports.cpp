// Reports on messages of each type and status, by other programs. SCEP_UPDATE_GOLDEN=1 writes the
// files anew; then read them.
#include <cstdlib>

#include <doctest/doctest.h>

#include "lab.hpp"

using namespace scep;
using namespace scep::test;

namespace {

struct Row {
    std::string_view golden;  // without its ending
    std::vector<std::string_view> sources;
    std::string_view why;
    std::string_view folder = SCEP_FIXTURES;
    std::string_view at = "2026-11-24T03:00:00Z";
};

const std::vector<Row> kRows{
    {"pkcsreq", {"lab-sscep-pkcsreq-aes128-sha256.der"}, "PKCSReq, by sscep"},
    {"pkcsreq-ber", {"lab-jscep-pkcsreq-aes128-sha512-ber.der"}, "PKCSReq in BER, by jscep"},
    {"pkcsreq-pss", {"lab-strongswan-pkcsreq-aes128-sha256-pss.der"}, "RSASSA-PSS, by strongSwan"},
    {"pkcsreq-des-md5", {"lab-sscep-pkcsreq-des-md5.der"}, "single DES and MD5"},
    {"pkcsreq-des-sha1", {"lab-scepclient-pkcsreq-des-sha1.der"}, "single DES, by scepclient"},
    {"renewalreq", {"lab-strongswan-renewalreq-aes128-sha256.der"}, "RenewalReq, by strongSwan"},
    {"getcert", {"lab-sscep-getcert-aes256-sha256.der"}, "GetCert, by sscep"},
    {"certpoll", {"lab-sscep-getcertinitial-aes256-sha256.der"}, "CertPoll, by sscep"},
    {"certrep-success",
     {"lab-sscep-pkcsreq-des-ede3-sha1.der", "lab-jscepra-certrep-success-for-sscep-pkcsreq.der"},
     "CertRep SUCCESS, behind a request"},
    {"certrep-pending",
     {"lab-jscepra-certrep-pending-for-strongswan-pkcsreq.der"},
     "CertRep PENDING"},
    {"certrep-failure",
     {"lab-jscepra-certrep-failure2-for-strongswan-pkcsreq.der"},
     "CertRep FAILURE badRequest"},
    {"getcacaps", {"lab-micromdm-getcacaps.txt"}, "GetCACaps' reply"},
    {"getcacert", {"lab-jscepra-getcacert.der"}, "GetCACert's reply, a CA and an RA"},
    {"getcacert-alone", {"lab-micromdm-getcacert.der"}, "GetCACert's reply, one certificate"},
    {"getnextcacert", {"lab-jscepra-getnextcacert.der"}, "GetNextCACert's reply"},
    {"getcrl",
     {"getcrl.der", "getcrl-reply.der"},
     "GetCRL by OAEP, and the reply; no client of Debian asks for it",
     INSPECT_FIXTURES,
     "2026-11-30T00:00:00Z"},
};

std::string path_of(std::string_view folder, std::string_view file) {
    return std::string(folder) + "/" + std::string(file);
}

inspect::Means lab_means(std::string_view at) {
    const TimePoint now = must(parse_rfc3339(at));
    inspect::Means means{.at = now, .now = now, .libraries = &libraries()};
    for (const std::string_view name :
         {"lab-jscepra-ra.key", "lab-client-9827a0e658.key", "lab-client-6bad1f19cb.key"})
        means.keys.push_back(
            {.key = std::shared_ptr<crypto::PrivateKey>(must(
                 crypto::PrivateKey::parse(read_file(path_of(SCEP_FIXTURES "/keys", name)), name))),
             .source = std::string(name)});
    for (const std::string_view name : {"getcrl-ra.key", "getcrl-client.key"})
        means.keys.push_back(
            {.key = std::shared_ptr<crypto::PrivateKey>(must(crypto::PrivateKey::parse(
                 read_file(path_of(INSPECT_FIXTURES "/keys", name)), name))),
             .source = std::string(name)});
    return means;
}

std::vector<capture::Captured> captures(const Row& row) {
    std::vector<capture::Captured> out;
    for (const std::string_view source : row.sources)
        for (capture::Captured& each :
             must(capture::recognise(read_file(path_of(row.folder, source)), source)))
            out.push_back(std::move(each));
    return out;
}

void check_golden(const std::string& path, const std::string& actual) {
    if (std::getenv("SCEP_UPDATE_GOLDEN") != nullptr)
        std::ofstream(path, std::ios::binary) << actual;
    INFO("SCEP_UPDATE_GOLDEN=1 writes the file anew: ", path);
    const Buffer expected = read_file(path);
    CHECK(as_text(expected) == actual);
}

}  // namespace

TEST_SUITE("inspect/reports") {
    TEST_CASE("one of each type and status") {
        for (const Row& row : kRows) {
            CAPTURE(row.why);
            const inspect::Means means = lab_means(row.at);
            const std::vector<capture::Captured> messages = captures(row);
            const std::vector<inspect::Examination> seen = inspect::examine(messages, means);
            const inspect::Presentation how{.tree = false};
            const std::string golden = path_of(INSPECT_GOLDEN, "report-" + std::string(row.golden));
            check_golden(golden + ".txt", inspect::report_text(seen, how));
            check_golden(golden + ".json", inspect::report_json(seen, {}, how));
        }
    }
}
