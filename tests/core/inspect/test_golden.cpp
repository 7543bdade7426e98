// One of each kind of message as people and programs see it. SCEP_UPDATE_GOLDEN=1 writes the files
// anew; then read them.
#include <cstdlib>

#include <doctest/doctest.h>

#include "core/inspect/tree_json.hpp"
#include "core/inspect/tree_text.hpp"
#include "trees.hpp"

using namespace scep;
using namespace scep::inspect;

namespace {

struct Row {
    std::string_view golden;  // without its ending
    std::string_view source;
    std::string_view why;
    bool json = false;
};

constexpr std::string_view kCaptures = SCEP_FIXTURES "/";
constexpr std::string_view kOwn = INSPECT_FIXTURES "/";
constexpr std::string_view kCorpus = FUZZ_CORPUS "/message/";

struct Source {
    std::string_view folder;
    Row row;
};

const Source kSources[] = {
    {kCaptures, {"pkcsreq", "lab-sscep-pkcsreq-aes128-sha256.der", "PKCSReq in DER, by sscep"}},
    {kCaptures,
     {"pkcsreq-ber",
      "lab-jscep-pkcsreq-aes128-sha512-ber.der",
      "PKCSReq in BER, its content in pieces, by jscep"}},
    {kCaptures,
     {"pkcsreq-pss",
      "lab-strongswan-pkcsreq-aes128-sha256-pss.der",
      "PKCSReq with an RSASSA-PSS signature, by strongSwan"}},
    {kCaptures,
     {"renewalreq", "lab-strongswan-renewalreq-aes128-sha256.der", "RenewalReq, by strongSwan"}},
    {kCaptures, {"getcert", "lab-sscep-getcert-aes256-sha256.der", "GetCert, by sscep"}},
    {kCaptures, {"certpoll", "lab-sscep-getcertinitial-aes256-sha256.der", "CertPoll, by sscep"}},
    {kCaptures,
     {"certrep-success",
      "lab-jscepra-certrep-success-for-sscep-pkcsreq.der",
      "CertRep SUCCESS in BER, by jscep"}},
    {kCaptures,
     {"certrep-pending",
      "lab-jscepra-certrep-pending-for-strongswan-pkcsreq.der",
      "CertRep PENDING: no content"}},
    {kCaptures,
     {"certrep-failure",
      "lab-jscepra-certrep-failure2-for-strongswan-pkcsreq.der",
      "CertRep FAILURE badRequest: no content",
      true}},
    {kCaptures,
     {"getcacert", "lab-jscepra-getcacert.der", "GetCACert's reply: certs-only, a CA and an RA"}},
    {kCaptures, {"getnextcacert", "lab-jscepra-getnextcacert.der", "GetNextCACert's reply"}},
    {kOwn, {"request", "request.der", "a CSR with a challenge and extensions", true}},
    {kOwn, {"ca", "ca.der", "a CA certificate with what such have"}},
    {kOwn, {"list", "list.der", "a CRL", true}},
    {kOwn, {"getcrl", "getcrl.der", "GetCRL, its key transport OAEP"}},
    {kOwn, {"getcrl-reply", "getcrl-reply.der", "CertRep SUCCESS to it"}},
    {kCorpus, {"password", "password.der", "EnvelopedData for a password"}},
    {kCorpus, {"agreement", "agreement.der", "EnvelopedData by key agreement"}},
};

std::string json_of(const Tree& tree) {
    return tree_json(tree, {.hex = true}).dump(1) + '\n';
}

void check_golden(const std::string& path, const std::string& actual) {
    if (std::getenv("SCEP_UPDATE_GOLDEN") != nullptr)
        std::ofstream(path, std::ios::binary) << actual;
    const Buffer expected = read_file(path);
    INFO("SCEP_UPDATE_GOLDEN=1 writes the file anew: ", path);
    CHECK(as_text(expected) == actual);
}

}  // namespace

TEST_SUITE("core/inspect/golden") {
    TEST_CASE("each kind of message reads as in its golden file") {
        for (const auto& [folder, row] : kSources) {
            const std::string source(row.source);
            CAPTURE(source);
            const Buffer message = read_file(std::string(folder) + source);
            const Tree tree = tree_of(message);
            CHECK_FALSE(tree.stop);
            CHECK(tree.left_over == 0);
            const std::string base = INSPECT_GOLDEN "/" + std::string(row.golden);
            check_golden(base + ".txt",
                         "# " + std::string(row.why) + "\n# " + source + "\n" +
                             tree_text(tree, {.width = 140}));
            if (row.json)
                check_golden(base + ".json", json_of(tree));
        }
    }
}
