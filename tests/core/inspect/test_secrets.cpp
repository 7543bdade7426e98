// SECURITY rule S14 in trees: whether a challenge is there and in which string type, and no more.
#include <doctest/doctest.h>

#include "core/inspect/diff.hpp"
#include "core/inspect/tree_json.hpp"
#include "core/inspect/tree_text.hpp"
#include "request_numbers.hpp"
#include "support/der_tree.hpp"
#include "trees.hpp"

using namespace scep;
using namespace scep::inspect;

namespace {

constexpr std::string_view kChallenge = "Kx9-correct-horse";

// All that is ever printed of a message.
std::string everything(Bytes message, Secrets secrets = Secrets::Hidden) {
    const Tree tree = tree_of(message, secrets);
    return tree_text(tree, {.hex = true}) + tree_json(tree, {.hex = true}).dump();
}

std::string lower_hex(std::string_view text) {
    return to_hex(as_bytes(text));
}

std::string spaced_hex(std::string_view text) {
    std::string out;
    for (const char c : text)
        out += to_hex(as_bytes({&c, 1})) + ' ';
    return out;
}

// No octet of the challenge in any spelling, whole or by halves.
void check_absent(const std::string& output, std::string_view challenge) {
    for (const std::string_view part : {challenge,
                                        challenge.substr(0, challenge.size() / 2),
                                        challenge.substr(challenge.size() / 2)}) {
        CHECK(output.find(part) == std::string::npos);
        CHECK(output.find(lower_hex(part)) == std::string::npos);
        CHECK(output.find(spaced_hex(part)) == std::string::npos);
    }
}

bool is_told(const std::string& output, std::string_view challenge) {
    for (const std::string_view part :
         {challenge.substr(0, challenge.size() / 2), challenge.substr(challenge.size() / 2)})
        if (output.find(part) != std::string::npos ||
            output.find(lower_hex(part)) != std::string::npos ||
            output.find(spaced_hex(part)) != std::string::npos)
            return true;
    return false;
}

test::Node oid_node(const asn1::Oid& oid) {
    return {.tag = asn1::kObjectIdentifier, .content = to_buffer(oid.content())};
}

// The fixture with these values of challengePassword in place of its own.
Buffer request_with(const std::vector<test::Node>& values) {
    test::Node request = test::Node::parse(fixture("request.der"));
    test::Node& attributes = request.at({0, 3});
    for (test::Node& attribute : attributes.children)
        if (equal(attribute.at({0}).content, oid::kChallengePassword.content()))
            attribute.at({1}).children = values;
    return request.der();
}

test::Node text_node(asn1::Tag tag, std::string_view text) {
    return {.tag = tag, .content = to_buffer(as_bytes(text))};
}

test::Node wrapped(asn1::Tag tag, test::Node inner) {
    return {.tag = tag, .constructed = true, .children = {std::move(inner)}};
}

Tree value_tree(const Node& node) {
    return {.root = node};
}

}  // namespace

TEST_SUITE("core/inspect/secrets") {
    TEST_CASE("S14_the_challenge_of_a_request_is_not_shown") {
        const Buffer request = fixture("request.der");
        const std::string output = everything(request);
        check_absent(output, kChallenge);
        CHECK(output.find("challengePassword SEQUENCE: present, UTF8String") != std::string::npos);
        CHECK(output.find("camera one") != std::string::npos);
    }

    TEST_CASE("S14_no_size_of_the_challenge_or_right_around_it") {
        const Buffer request = fixture("request.der");
        const Tree tree = tree_of(request);
        const Node* const attribute = find(tree.root, "challengePassword");
        REQUIRE(attribute != nullptr);
        const Node& values = attribute->children.at(1);
        const Node& value = values.children.at(0);
        CHECK(value.secret);
        for (const Node* const node : {attribute, &values, &value}) {
            CHECK(node->length == 0);
            CHECK(node->header_size == 0);
            CHECK(node->content.empty());
            CHECK((node->sizeless || node->secret));
        }
        const std::string json = tree_json(value_tree(value), {.hex = true}).dump();
        CHECK(
            json.find(
                R"("header_length":null,"length":null,"value":null,"secret":true,"octets":null)") !=
            std::string::npos);
    }

    TEST_CASE("S14_two_challenges_of_one_length_print_the_same") {
        const Buffer a = request_with({text_node(asn1::kPrintableString, "aaaaaaaa")});
        const Buffer b = request_with({text_node(asn1::kPrintableString, "bbbbbbbb")});
        CHECK(everything(a) == everything(b));
    }

    TEST_CASE("S14_every_string_type_and_every_nesting_is_hidden") {
        for (const asn1::Tag tag : {asn1::kUtf8String,
                                    asn1::kPrintableString,
                                    asn1::kTeletexString,
                                    asn1::kIa5String,
                                    asn1::kVisibleString,
                                    asn1::kOctetString,
                                    asn1::kBitString,
                                    asn1::kInteger,
                                    asn1::kObjectIdentifier,
                                    asn1::context(0)}) {
            const test::Node text = text_node(tag, kChallenge);
            CAPTURE(asn1::tag_name(tag));
            check_absent(everything(request_with({text})), kChallenge);
            check_absent(everything(request_with({wrapped(asn1::kSequence, text)})), kChallenge);
            check_absent(everything(request_with({wrapped(asn1::kSet, text)})), kChallenge);
            check_absent(
                everything(request_with({wrapped(asn1::kSequence, wrapped(asn1::kSet, text))})),
                kChallenge);
            check_absent(everything(request_with({text, text})), kChallenge);
            check_absent(everything(request_with({text.pieces()})), kChallenge);
        }
        const std::string_view half = kChallenge.substr(0, kChallenge.size() / 2);
        Buffer wide;
        for (const char c : kChallenge) {
            wide.push_back(0);
            wide.push_back(static_cast<std::uint8_t>(c));
        }
        const Buffer bmp = request_with({{.tag = asn1::kBmpString, .content = wide}});
        CHECK(everything(bmp).find(half) == std::string::npos);
        CHECK(everything(bmp).find(to_hex(Bytes(wide).first(8))) == std::string::npos);
    }

    TEST_CASE("S14_the_signature_that_would_confirm_a_guess_is_hidden") {
        const Buffer request = fixture("request.der");
        const Tree tree = tree_of(request);
        const Node* const signature = find(tree.root, "signature");
        REQUIRE(signature != nullptr);
        CHECK(signature->secret);
        CHECK(signature->content.empty());
        CHECK(signature->value.find("guesses") != std::string::npos);
        const Tree shown = tree_of(request, Secrets::Shown);
        CHECK_FALSE(find(shown.root, "signature")->content.empty());
        // Without a challenge there is nothing to guess.
        test::Node plain = test::Node::parse(request);
        std::erase_if(plain.at({0, 3}).children, [](test::Node& attribute) {
            return equal(attribute.at({0}).content, oid::kChallengePassword.content());
        });
        const Buffer without = plain.der();
        CHECK_FALSE(find(tree_of(without).root, "signature")->content.empty());
    }

    TEST_CASE("S14_a_challenge_among_the_signed_attributes_is_hidden") {
        test::Node message = test::Node::parse(capture("lab-sscep-pkcsreq-aes128-sha256.der"));
        message.at({1, 0, 4, 0, 3})
            .children.push_back(wrapped(asn1::kSequence, oid_node(oid::kChallengePassword)));
        message.at({1, 0, 4, 0, 3})
            .children.back()
            .children.push_back(wrapped(asn1::kSet, text_node(asn1::kPrintableString, kChallenge)));
        const Buffer der = message.der();
        const Tree tree = tree_of(der);
        check_absent(everything(der), kChallenge);
        CHECK(find(tree.root, "signerInfos")->children[0].children[5].secret);
    }

    TEST_CASE("S14_a_request_in_the_octets_of_another_value_is_hidden_too") {
        // Not encrypted at all: a CSR as the content of SignedData, whole and in pieces.
        test::Node message = test::Node::parse(capture("lab-sscep-pkcsreq-aes128-sha256.der"));
        test::Node& content = message.at({1, 0, 2, 1, 0});
        content.content = fixture("request.der");
        check_absent(everything(message.der()), kChallenge);
        content = content.pieces();
        check_absent(everything(message.ber()), kChallenge);
    }

    TEST_CASE("S14_an_attribute_in_a_structure_nobody_knows_is_hidden") {
        const test::Node attribute{
            .tag = asn1::kSequence,
            .constructed = true,
            .children = {oid_node(oid::kChallengePassword),
                         wrapped(asn1::kSet, text_node(asn1::kPrintableString, kChallenge))}};
        const test::Node around{
            .tag = asn1::context(7),
            .constructed = true,
            .children = {attribute,
                         {.tag = asn1::kBitString, .content = Buffer(65, std::uint8_t{0xab})}}};
        const Buffer der = around.der();
        const std::string output = everything(der);
        check_absent(output, kChallenge);
        CHECK(output.find("abababab") == std::string::npos);  // may be its signature
        // Without a SET around the value.
        const test::Node bare{.tag = asn1::kSequence,
                              .constructed = true,
                              .children = {oid_node(oid::kChallengePassword),
                                           text_node(asn1::kUtf8String, kChallenge)}};
        check_absent(everything(bare.der()), kChallenge);
    }

    TEST_CASE("S14_a_request_cut_anywhere_shows_nothing_of_it") {
        const Buffer request = fixture("request.der");
        for (std::size_t size = 0; size < request.size(); ++size) {
            CAPTURE(size);
            const Tree tree = annotate(Bytes(request).first(size), Shape::CertificationRequest);
            const std::string output = tree_text(tree, {.hex = true});
            CHECK(output.find("Kx9") == std::string::npos);
            CHECK(output.find("4b 78 39") == std::string::npos);
            CHECK(tree.stop);
        }
    }

    TEST_CASE("S14_no_single_damaged_bit_of_a_request_shows_the_challenge") {
        Buffer request = fixture("request.der");
        const test::RequestNumbers numbers(request);
        std::string leaks;
        for (std::size_t bit = 0; bit < request.size() * 8; ++bit) {
            if (numbers.has(bit / 8))
                continue;
            const auto mask = static_cast<std::uint8_t>(1U << (bit % 8));
            request[bit / 8] ^= mask;
            if (is_told(everything(request), kChallenge))
                leaks += std::to_string(bit / 8) + '.' + std::to_string(bit % 8) + ' ';
            request[bit / 8] ^= mask;
        }
        CHECK(leaks.empty());
        if (!leaks.empty())
            MESSAGE(leaks);
    }

    TEST_CASE("S14_a_challenge_in_an_attribute_of_another_shape_is_hidden") {
        const test::Node oid = oid_node(oid::kChallengePassword);
        const test::Node text = text_node(asn1::kUtf8String, kChallenge);
        const test::Node values = wrapped(asn1::kSet, text);
        const test::Node context_oid{.tag = asn1::context(0), .content = oid.content};
        const test::Node unknown = oid_node(asn1::Oid{"1.2.840.113549.1.9.71"});
        const std::vector<std::vector<test::Node>> shapes{{values, oid},
                                                          {text, oid},
                                                          {wrapped(asn1::kSequence, oid), values},
                                                          {context_oid, values},
                                                          {unknown, values},
                                                          {oid, oid, values},
                                                          {values},
                                                          {oid, values, text}};
        for (const std::vector<test::Node>& shape : shapes) {
            test::Node request = test::Node::parse(fixture("request.der"));
            request.at({0, 3}).children.at(1).children = shape;
            CAPTURE(to_hex(request.at({0, 3}).children.at(1).der()));
            CHECK_FALSE(is_told(everything(request.der()), kChallenge));
            CHECK_FALSE(is_told(everything(request.der(), Secrets::Shown), kChallenge));
        }
        test::Node request = test::Node::parse(fixture("request.der"));
        request.at({0, 3}).children.at(1) = text;
        CHECK_FALSE(is_told(everything(request.der()), kChallenge));
    }

    TEST_CASE("S14_only_attributes_that_are_nobodys_secret_are_shown") {
        test::Node request = test::Node::parse(fixture("request.der"));
        test::Node& attribute = request.at({0, 3}).children.at(1);
        const auto shown = [&](const asn1::Oid& type) {
            attribute.children.at(0) = oid_node(type);
            return is_told(everything(request.der()), kChallenge);
        };
        CHECK(shown(oid::kUnstructuredName));
        CHECK(shown(asn1::Oid{"1.3.6.1.4.1.311.13.2.3"}));  // osVersion
        CHECK(shown(asn1::Oid{"1.3.6.1.4.1.311.21.20"}));   // requestClientInfo
        CHECK_FALSE(shown(asn1::Oid{"1.3.6.1.4.1.311.99"}));
        CHECK_FALSE(shown(oid::kUnstructuredAddress));
    }

    TEST_CASE("S14_octets_that_could_not_be_told_apart_are_hidden") {
        const Buffer request = fixture("request.der");
        const test::Node octets{.tag = asn1::kOctetString,
                                .content = to_buffer(Bytes(request).subspan(7))};
        const test::Node around = wrapped(asn1::kSequence, octets);
        CHECK_FALSE(is_told(everything(around.der()), kChallenge));
        CHECK_FALSE(is_told(everything(wrapped(asn1::context(3), around).der()), kChallenge));
    }

    TEST_CASE("S14_a_challenge_in_a_name_is_hidden") {
        test::Node request = test::Node::parse(fixture("request.der"));
        request.at({0, 1}).children.push_back(
            wrapped(asn1::kSet,
                    {.tag = asn1::kSequence,
                     .constructed = true,
                     .children = {oid_node(oid::kChallengePassword),
                                  text_node(asn1::kUtf8String, kChallenge)}}));
        const std::string output = everything(request.der());
        CHECK_FALSE(is_told(output, kChallenge));
        CHECK(output.find("challengePassword=(not shown)") != std::string::npos);
        CHECK_FALSE(is_told(everything(request.der(), Secrets::Shown), kChallenge));
    }

    TEST_CASE("S14_a_difference_of_challenges_is_told_without_them") {
        const auto requested = [](std::string_view challenge) {
            test::Node request = test::Node::parse(fixture("request.der"));
            const test::Node extension{.tag = asn1::kSequence,
                                       .constructed = true,
                                       .children = {oid_node(oid::kChallengePassword),
                                                    text_node(asn1::kOctetString, challenge)}};
            request.at({0, 3, 2, 1, 0}).children.push_back(extension);
            return request.der();
        };
        const Buffer a = requested(kChallenge);
        const Buffer b = requested("another-battery-9");
        const Buffer none = fixture("request.der");
        for (const Buffer* other : {&b, &none}) {
            const auto differences =
                diff(tree_of(a, Secrets::Shown), tree_of(*other, Secrets::Shown));
            CHECK_FALSE(differences.empty());
            const std::string output = diff_text(differences) + diff_json(differences).dump();
            CHECK_FALSE(is_told(output, kChallenge));
            CHECK_FALSE(is_told(output, "another-battery-9"));
        }
    }

    TEST_CASE("S14_where_decoding_stops_in_a_challenge_is_not_told") {
        test::Node broken = text_node(asn1::kUtf8String, kChallenge);
        Buffer request = fixture("request.der");
        const std::string_view text = as_text(request);
        request[text.find(kChallenge) - 1] += 3;  // a length beyond its SET
        const Tree tree = tree_of(request);
        REQUIRE(tree.stop);
        CHECK(tree.stop->offset == find(tree.root, "challengePassword")->offset);
        CHECK(tree.stop->expected == "well-formed values, which are not shown");
        check_absent(everything(request), kChallenge);
    }

    TEST_CASE("the challenge is shown to who asks in both places") {
        const Buffer request = fixture("request.der");
        const Tree tree = tree_of(request, Secrets::Shown);
        CHECK(tree_text(tree, {.show_secrets = true}).find(kChallenge) != std::string::npos);
        CHECK(tree_json(tree, {.show_secrets = true}).dump().find(kChallenge) != std::string::npos);
        check_absent(everything(request, Secrets::Shown), kChallenge);
    }

    TEST_CASE("private keys are never shown, whoever asks") {
        const std::string_view kSecret = "d0d1d2d3d4d5d6d7";
        const Buffer pkcs8 = hex("301a 020100 300906072a8648ce3d0201 040a 0408d0d1d2d3d4d5d6d7");
        const Buffer sec1 = hex("300d 020101 0408d0d1d2d3d4d5d6d7");
        const Buffer pkcs1 = hex("3013 020100 0208d0d1d2d3d4d5d6d7 020103 020105");
        for (const Buffer& key : {pkcs8, sec1, pkcs1}) {
            const Tree tree = tree_of(key, Secrets::Shown);
            CHECK(name(tree.shape) == "PrivateKey");
            // Bare, in an unknown structure, and in an OCTET STRING of one.
            asn1::Writer inside;
            inside.constructed(asn1::context(1), [&] { inside.raw(key); });
            asn1::Writer held;
            held.constructed(asn1::kSet, [&] { held.octet_string(key); });
            for (const Bytes message : {Bytes(key), Bytes(inside.bytes()), Bytes(held.bytes())}) {
                const Tree each = tree_of(message, Secrets::Shown);
                const std::string output =
                    tree_text(each, {.hex = true, .show_secrets = true}) +
                    tree_json(each, {.hex = true, .show_secrets = true}).dump();
                CHECK(output.find(kSecret) == std::string::npos);
                CHECK(output.find("d0 d1") == std::string::npos);
                CHECK(output.find("a private key, never shown") != std::string::npos);
            }
        }
    }
}
