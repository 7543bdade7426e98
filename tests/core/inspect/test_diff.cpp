#include <doctest/doctest.h>

#include "core/inspect/diff.hpp"
#include "support/der_tree.hpp"
#include "trees.hpp"

using namespace scep;
using namespace scep::inspect;

namespace {

std::vector<Difference> compare(Bytes first, Bytes second, Secrets secrets = Secrets::Shown) {
    return diff(tree_of(first, secrets), tree_of(second, secrets));
}

const Difference* at(const std::vector<Difference>& differences, std::string_view end) {
    for (const Difference& each : differences)
        if (each.path.ends_with(end))
            return &each;
    return nullptr;
}

Buffer with_challenge(std::string_view challenge) {
    test::Node request = test::Node::parse(fixture("request.der"));
    for (test::Node& attribute : request.at({0, 3}).children)
        if (equal(attribute.at({0}).content, oid::kChallengePassword.content()))
            attribute.at({1, 0}).content = to_buffer(as_bytes(challenge));
    return request.der();
}

}  // namespace

TEST_SUITE("core/inspect/diff") {
    TEST_CASE("a message does not differ from itself") {
        const Buffer message = capture("lab-jscep-pkcsreq-aes128-sha512-ber.der");
        CHECK(compare(message, message).empty());
        CHECK(diff_text({}) == "no difference\n");
        CHECK(diff_json({}).dump() == "[]");
    }

    TEST_CASE("two requests of one client differ where any two do") {
        const Buffer first = capture("lab-sscep-pkcsreq-des-ede3-sha1.der");
        const Buffer second = capture("lab-sscep-pkcsreq-des-md5.der");
        const auto differences = compare(first, second);
        const Difference* const nonce = at(differences, "senderNonce.attrValues.value");
        REQUIRE(nonce != nullptr);
        CHECK(nonce->expected);
        const Difference* const digest = at(differences, "digestAlgorithm.algorithm");
        REQUIRE(digest != nullptr);
        CHECK_FALSE(digest->expected);
        CHECK(digest->first == "SHA-1 (1.3.14.3.2.26)");
        CHECK(digest->second == "MD5 (1.2.840.113549.2.5)");
        const std::string text = diff_text(differences);
        CHECK(text.find("- SHA-1 (1.3.14.3.2.26) (offset") != std::string::npos);
        CHECK(text.find("differ between any two messages:") > text.find("+ MD5"));
    }

    TEST_CASE("what only one has is named once, not what is inside it") {
        const Buffer request = capture("lab-strongswan-renewalreq-aes128-sha256.der");
        const Buffer reply = capture("lab-jscepra-certrep-failure2-for-strongswan-pkcsreq.der");
        const auto differences = compare(request, reply);
        const Difference* const status = at(differences, "signedAttrs.pkiStatus");
        REQUIRE(status != nullptr);
        CHECK(status->kind == DifferenceKind::OnlyInSecond);
        CHECK(status->second == "FAILURE (2)");
        CHECK_FALSE(status->first_offset);
        CHECK(at(differences, "pkiStatus.attrValues") == nullptr);
        const Difference* const content = at(differences, "encapContentInfo.eContent");
        REQUIRE(content != nullptr);
        CHECK(content->kind == DifferenceKind::OnlyInFirst);
        const auto json = diff_json(differences);
        bool found = false;
        for (const auto& each : json)
            if (each["kind"] == "only-in-second" && each["second"]["value"] == "FAILURE (2)") {
                found = true;
                CHECK(each["first"].is_null());
            }
        CHECK(found);
    }

    TEST_CASE("encodings of one value are told apart, pieces are not listed") {
        const Buffer der = capture("lab-sscep-pkcsreq-aes128-sha256.der");
        test::Node node = test::Node::parse(der);
        node.at({1, 0, 2, 1, 0}) = node.at({1, 0, 2, 1, 0}).pieces();
        const auto differences = compare(der, node.ber());
        CHECK_FALSE(differences.empty());
        for (const Difference& each : differences) {
            CAPTURE(each.path);
            CHECK(name(each.kind) == "encoding");
            CHECK(each.path.find("piece") == std::string::npos);
        }
    }

    TEST_CASE("a name is compared as a whole, a key by type and size") {
        const auto differences = compare(capture("lab-sscep-pkcsreq-aes128-sha256.der"),
                                         capture("lab-jscep-pkcsreq-aes128-sha512-ber.der"));
        const Difference* const subject = at(differences, "tbsCertificate.subject");
        REQUIRE(subject != nullptr);
        CHECK(subject->first == "CN=sscep-dev,O=Lab");
        CHECK(subject->second == "C=DE,O=Lab,CN=jscep-client");
        CHECK(at(differences, "subjectPublicKeyInfo") == nullptr);
        const auto keys = compare(fixture("request.der"), fixture("request.der"));
        CHECK(keys.empty());
    }

    TEST_CASE("S14_challenges_are_compared_and_not_shown") {
        const Buffer first = with_challenge("first-challenge");
        const Buffer second = with_challenge("other-challenge");
        CHECK(at(compare(first, first), "challengePassword.values.value") == nullptr);
        const auto differences = compare(first, second);
        const Difference* const secret = at(differences, "challengePassword.values.value");
        REQUIRE(secret != nullptr);
        CHECK(secret->kind == DifferenceKind::Secret);
        CHECK(secret->first == "differs, not shown");
        const std::string all = diff_text(differences) + diff_json(differences).dump();
        CHECK(all.find("first-challenge") == std::string::npos);
        CHECK(all.find("other-challenge") == std::string::npos);
        // Nor is the signature, against which guesses could be checked.
        test::Node other = test::Node::parse(first);
        other.at({2}).content.back() ^= 1U;
        const auto resigned = compare(first, other.der());
        REQUIRE(resigned.size() == 1);
        CHECK(resigned[0].path == "CertificationRequest.signature");
        CHECK(resigned[0].expected);
        CHECK(resigned[0].second == "differs, not shown");
        const auto hidden = compare(first, second, Secrets::Hidden);
        CHECK(at(hidden, "challengePassword.values.value")->first == "not compared");
    }

    TEST_CASE("where a comparison ends is said") {
        std::vector<Difference> differences(kMaxDifferences - 1, {.path = "version"});
        CHECK(diff_text(differences).find("the comparison ends") == std::string::npos);
        differences.push_back({.path = "version"});
        CHECK(diff_text(differences).ends_with("after 1000 differences the comparison ends\n"));
    }

    TEST_CASE("S23_strings_in_differences_are_escaped") {
        const Buffer plain = hex("30030c0161");
        const Buffer escape = hex("30030c011b");
        const std::string text = diff_text(compare(plain, escape));
        CHECK(text.find('\x1b') == std::string::npos);
        CHECK(text.find("+ \\x1b") != std::string::npos);
    }
}
