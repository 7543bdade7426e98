// SECURITY rule S14 in reports: what is damaged, or stands where nobody looks for it.
#include <fmt/format.h>

#include "core/base/encoding.hpp"
#include "lab.hpp"
#include "request_numbers.hpp"

using namespace scep;
using namespace scep::inspect;

namespace {

bool is_told(const std::string& output, std::string_view secret) {
    std::string spaced;
    for (const char letter : secret)
        spaced += to_hex(as_bytes({&letter, 1})) + ' ';
    return output.find(secret) != std::string::npos || output.find(spaced) != std::string::npos ||
           output.find(to_hex(as_bytes(secret))) != std::string::npos;
}

// Everything that is printed of it.
std::string reports(const capture::Captured& message, const Means& means) {
    const std::vector<Examination> all = examine({&message, 1}, means);
    return report_text(all, {.hex = true}) + report_json(all, {}, {.hex = true});
}

std::string text_fact(unsigned status, std::string_view body, bool show_secrets) {
    Means means = test::bare_means();
    means.show_secrets = show_secrets;
    return test::fact(test::look({.source = "page",
                                  .content = capture::Content::Text,
                                  .direction = capture::Direction::Reply,
                                  .bytes = to_buffer(as_bytes(body)),
                                  .status = status},
                                 means),
                      "text");
}

}  // namespace

TEST_SUITE("core/inspect/secret_reports") {
    TEST_CASE("S14_no_single_damaged_bit_of_a_request_reports_the_challenge") {
        const Means means = test::bare_means();
        capture::Captured message = test::captured(test::csr());
        const test::RequestNumbers numbers(message.bytes);
        std::string leaks;
        for (std::size_t bit = 0; bit < message.bytes.size() * 8; ++bit) {
            if (numbers.has(bit / 8))
                continue;
            const auto mask = static_cast<std::uint8_t>(1U << (bit % 8));
            message.bytes[bit / 8] ^= mask;
            const std::string output = reports(message, means);
            if (is_told(output, test::kChallenge.substr(0, 9)) ||
                is_told(output, test::kChallenge.substr(9)))
                leaks += fmt::format("{}.{} ", bit / 8, bit % 8);
            message.bytes[bit / 8] ^= mask;
        }
        CHECK(leaks.empty());
        if (!leaks.empty())
            MESSAGE(leaks);
    }

    TEST_CASE("S14_a_challenge_in_the_subject_is_a_finding_and_not_reported") {
        const SecretBytes der = test::must(x509::build_request(
            {.subject = test::must(
                 x509::Name::from_text("CN=client,1.2.840.113549.1.9.7=correct-horse-7391"))},
            *test::party("client").key,
            crypto::Digest::Sha256));
        const auto message = test::captured({der.begin(), der.end()});
        const Means means = test::bare_means();
        CHECK_FALSE(is_told(reports(message, means), test::kChallenge));
        CHECK(test::names(test::look(message, means), "challenge-in-subject"));
        const auto sound = test::captured(test::csr());
        CHECK(test::find(test::look(sound, means), "challenge-in-subject") == nullptr);
    }

    TEST_CASE("S14_a_page_that_speaks_of_a_challenge_is_not_shown") {
        constexpr std::string_view kPage = "<p>The enrollment CHALLENGE is: <b>PAGE7391</b>";
        for (const unsigned status : {200U, 403U, 500U}) {
            CHECK(text_fact(status, kPage, false).find("PAGE") == std::string::npos);
            CHECK(text_fact(status, "your Password: PAGE7391", false).find("PAGE") ==
                  std::string::npos);
        }
        CHECK(text_fact(403, kPage, true).find("PAGE7391") != std::string::npos);
        CHECK(text_fact(502, "Bad Gateway", false) == "Bad Gateway");
    }
}
