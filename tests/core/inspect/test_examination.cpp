// What is said of whole messages, and what is never said.
#include <doctest/doctest.h>

#include "core/base/encoding.hpp"
#include "lab.hpp"

using namespace scep;
using namespace scep::test;
using inspect::Outcome;

TEST_SUITE("inspect/examination") {
    TEST_CASE("a good request: its facts, everything verified, no error") {
        const capture::Captured message = captured(request());
        const auto seen = look(message, server_means());
        CHECK(seen.good());
        CHECK_MESSAGE(seen.good(), rules_of(seen));
        CHECK(fact(seen, "message_type") == "PKCSReq (19)");
        CHECK(fact(seen, "transaction_id") == "transaction 1");
        CHECK(fact(seen, "sender_nonce") == to_hex(as_bytes("0123456789abcdef")) + " (16 octets)");
        CHECK(fact(seen, "digest") == "SHA-256");
        CHECK(fact(seen, "cipher") == "AES-128-CBC");
        CHECK(fact(seen, "key_transport") == "RSAES-PKCS1-v1_5");
        CHECK(fact(seen, "subject") == "CN=client");
        CHECK(fact(seen, "challenge") == "present, PrintableString");
        for (const std::string_view subject :
             {"signature", "messageDigest", "signer's dates", "decryption", "CSR's signature"})
            CHECK_MESSAGE(outcome(seen, subject) == Outcome::Pass, subject);
        CHECK(outcome(seen, "chain") == Outcome::NotChecked);
    }

    TEST_CASE("without a key: whom it is for, and that nobody tried") {
        const capture::Captured message = captured(request());
        const auto seen = look(message, bare_means());
        CHECK(seen.good());
        CHECK(outcome(seen, "decryption") == Outcome::NotChecked);
        CHECK(fact(seen, "content").find("no key was given") != std::string::npos);
        CHECK(
            fact(seen, "recipient") ==
            cms::to_text(cms::parse_enveloped_data(*cms::parse_signed_data(message.bytes)->content)
                             ->recipients.front()
                             .rid));
    }

    TEST_CASE("the right one of several keys is found, with its certificate and without") {
        const capture::Captured message = captured(request());
        inspect::Means means = bare_means();
        for (const char* name : {"other", "client", "ra"})
            means.keys.push_back(
                {.key = std::shared_ptr<crypto::PrivateKey>(private_key(name)), .source = name});
        CHECK(fact(look(message, means), "content").ends_with("decrypted with ra"));
        means.certificates = {party("client").certificate, party("ra").certificate};
        inspect::pair_keys(means);
        CHECK(means.certificates.empty());
        CHECK(fact(look(message, means), "content").ends_with("decrypted with ra"));
    }

    TEST_CASE("a wrong key: the finding says whose the message wants") {
        const capture::Captured message = captured(request());
        inspect::Means means = bare_means();
        means.keys.push_back({.key = std::shared_ptr<crypto::PrivateKey>(private_key("other")),
                              .certificates = {party("other").certificate},
                              .source = "other.key"});
        const auto seen = look(message, means);
        REQUIRE(names(seen, "wrong-key"));
        CHECK(find(seen, "wrong-key")->message.find(fact(seen, "recipient")) != std::string::npos);
        CHECK(seen.content.empty());
    }

    TEST_CASE("the challenge is shown when it was asked for, and never else") {
        const capture::Captured message = captured(request());
        inspect::Means means = server_means();
        for (const bool shown : {false, true}) {
            means.show_secrets = shown;
            const std::vector<inspect::Examination> seen = inspect::examine({&message, 1}, means);
            const inspect::Presentation how{.hex = true, .show_secrets = shown};
            const std::string hex = to_hex(as_bytes(kChallenge));
            for (const std::string& output :
                 {inspect::report_text(seen, how), inspect::report_json(seen, {}, how)}) {
                CHECK((output.find(kChallenge) != std::string::npos) == shown);
                if (!shown)
                    CHECK(output.find(hex) == std::string::npos);
            }
        }
    }

    TEST_CASE("a password recipient opens with the challenge") {
        SeededRandom random(3);
        const Buffer content = csr();
        const Buffer envelope =
            must(cms::build_enveloped_data(crypto::Library::standard(),
                                           {.content = content, .password = as_bytes(kChallenge)},
                                           random));
        const capture::Captured message = captured(build(request_spec(envelope)));
        inspect::Means means = bare_means();
        means.challenge = to_secret(kChallenge);
        CHECK(fact(look(message, means), "subject") == "CN=client");
        means.challenge = to_secret("another");
        const auto seen = look(message, means);
        CHECK(outcome(seen, "decryption") == Outcome::Fail);
        CHECK(names(seen, "wrong-key"));
    }

    TEST_CASE("peers' strings cannot write to a terminal") {
        PkiMessageSpec spec = request_spec({});
        const Buffer envelope = enveloped_message(csr());
        spec.envelope = envelope;
        spec.transaction_id = {to_buffer(as_bytes("\x1b[31mred\n")), asn1::kUtf8String};
        const capture::Captured message = captured(build(spec));
        const std::vector<inspect::Examination> seen =
            inspect::examine({&message, 1}, bare_means());
        const std::string text = inspect::report_text(seen, {});
        CHECK(text.find('\x1b') == std::string::npos);
        CHECK(text.find("\\x1b[31mred\\x0a") != std::string::npos);
    }

    TEST_CASE("lines are folded to the width, with their indent") {
        const capture::Captured message = captured(request());
        const std::vector<inspect::Examination> seen =
            inspect::examine({&message, 1}, bare_means());
        const std::string text = inspect::report_text(seen, {.tree = false, .width = 60});
        std::size_t at = 0;
        while (at < text.size()) {
            const std::string_view line(text.data() + at, text.find('\n', at) - at);
            if (line.find("  ") != std::string_view::npos &&
                line.substr(line.find_last_of(' ')).size() < 30)
                CHECK_MESSAGE(line.size() <= 60, line);
            at += line.size() + 1;
        }
    }

    TEST_CASE("a message cut at every octet, or with any octet changed, is explained") {
        const Buffer whole = request();
        const inspect::Means means = bare_means();
        for (std::size_t size = 1; size < whole.size(); size += 7) {
            const capture::Captured message = captured(to_buffer(Bytes(whole).first(size)));
            const auto seen = look(message, means);
            CHECK_MESSAGE(!seen.good(), size);
            (void)inspect::report_text({&seen, 1}, {});
        }
        for (std::size_t at = 0; at < whole.size(); at += 5) {
            Buffer flipped = whole;
            flipped[at] ^= 0x10U;
            const capture::Captured message = captured(std::move(flipped));
            const auto seen = look(message, means);
            // Certificates and the signer's own values are covered by no signature of the message.
            const bool verified = std::ranges::any_of(seen.verifications, [](const auto& each) {
                return each.subject == "signature" && each.outcome == Outcome::Pass;
            });
            const bool digested = std::ranges::any_of(seen.verifications, [](const auto& each) {
                return each.subject == "messageDigest" && each.outcome == Outcome::Pass;
            });
            if (verified && digested)
                CHECK_MESSAGE(fact(seen, "transaction_id") == "transaction 1", at);
        }
    }

    TEST_CASE("what is no message of SCEP is said to be none") {
        for (const Buffer& bytes : {Buffer{0x30, 0x03, 0x02, 0x01, 0x05},
                                    Buffer{0x04, 0x01, 0x00},
                                    Buffer(1U << 20U, 0x00),
                                    Buffer{0x30, 0x84, 0xff, 0xff, 0xff, 0xff}}) {
            const capture::Captured message = captured(bytes);
            const auto seen = look(message, bare_means());
            CHECK(!seen.good());
            CHECK(!inspect::report_text({&seen, 1}, {}).empty());
        }
    }
}
