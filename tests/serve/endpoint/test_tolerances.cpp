// What is forgiven has a name (rules for a tolerant server), and is forgiven.
#include <algorithm>

#include <doctest/doctest.h>

#include "core/base/encoding.hpp"
#include "serve/endpoint/world.hpp"

using namespace scep;
using namespace scep::test;

namespace {

bool tolerated(const endpoint::Outcome& outcome, std::string_view name) {
    return std::ranges::find(outcome.tolerances, name) != outcome.tolerances.end();
}

endpoint::Outcome ask(const World& w, const http::Request& request) {
    SeededRandom random(1);
    return endpoint::answer(crypto::Library::standard(),
                            w.profile.snapshot,
                            request,
                            {.reference = "0badc0de", .client_address = "192.0.2.7", .now = kNow},
                            w.view,
                            random);
}

http::Request posting(Bytes body) {
    return {.method = "POST",
            .path = "/scep",
            .query = "operation=PKIOperation",
            .headers = {{"Content-Type", "application/x-pki-message"}},
            .body = to_buffer(body)};
}

}  // namespace

TEST_SUITE("serve/endpoint tolerances") {
    TEST_CASE("a message as the standard has it needs none") {
        World w;
        const auto outcome = ask(w, posting(make_message({}, w.profile.ra.certificate)));
        CHECK(outcome.decision == "success");
        CHECK(outcome.tolerances.empty());
    }

    TEST_CASE("of HTTP: old version, other content types, tails, spellings of the operation") {
        World w;
        http::Request request = posting(make_message({}, w.profile.ra.certificate));
        SUBCASE("HTTP/1.0") {
            request.http_1_0 = true;
            CHECK(tolerated(ask(w, request), "http-1.0"));
        }
        SUBCASE("no Content-Type") {
            request.headers.clear();
            CHECK(tolerated(ask(w, request), "content-type"));
        }
        SUBCASE("a tail") {
            request.path = "/scep/pkiclient.exe";
            CHECK(tolerated(ask(w, request), "path-tail"));
        }
        SUBCASE("case") {
            request.query = "operation=pkioperation";
            CHECK(tolerated(ask(w, request), "operation-case"));
        }
        SUBCASE("no operation") {
            request.query = "";
            CHECK(tolerated(ask(w, request), "operation-missing"));
        }
        SUBCASE("base64") {
            request.body = to_buffer(as_bytes(to_base64(request.body)));
            CHECK(tolerated(ask(w, request), "base64-body"));
        }
        CHECK(ask(w, request).decision == "success");
        CHECK(ask(w, request).tolerances.size() == 1);
    }

    TEST_CASE("of a GET: pluses that became blanks, base64 that lost its padding, double escapes") {
        World w;
        const std::string base64 = to_base64(make_message({}, w.profile.ra.certificate));
        const auto get = [&](const std::string& message) {
            return ask(w,
                       {.method = "GET",
                        .path = "/scep",
                        .query = "operation=PKIOperation&message=" + message});
        };
        std::string blanks = base64;
        std::ranges::replace(blanks, '+', ' ');
        CHECK(tolerated(get(percent_encode(blanks)), "plus-as-blank"));
        CHECK(tolerated(get(percent_encode(percent_encode(base64))), "escaped-twice"));
        std::string url = base64;
        std::ranges::replace(url, '/', '_');
        CHECK(tolerated(get(url.substr(0, url.find('='))), "base64-damaged"));
        CHECK(get(percent_encode(base64)).tolerances.empty());
    }

    TEST_CASE("of the message: BER, nonces, another subject and key of the signer, its dates") {
        World w;
        RequestRecipe recipe;
        SUBCASE("BER") {
            const Buffer ber = Node::parse(make_message(recipe, w.profile.ra.certificate)).ber();
            const auto outcome = ask(w, posting(ber));
            CHECK(outcome.decision == "success");
            CHECK(tolerated(outcome, "ber"));
        }
        SUBCASE("a short nonce") {
            recipe.sender_nonce = Buffer(8, 1);
            CHECK(tolerated(w.send(recipe), "nonce-length"));
        }
        SUBCASE("no nonce") {
            recipe.sender_nonce.clear();
            CHECK(tolerated(w.send(recipe), "nonce-missing"));
        }
        SUBCASE("signer") {
            recipe.signer_key = other_rsa_key();
            recipe.signer = make_transient(other_rsa_key(), "CN=MDM SCEP SIGNER").certificate;
            const auto outcome = w.send(recipe);
            CHECK(is_success(w, outcome));
            CHECK(tolerated(outcome, "signer-key"));
            CHECK(tolerated(outcome, "signer-subject"));
        }
        SUBCASE("expired signer") {
            w.now = kNow + std::chrono::hours(48);
            const auto outcome = w.send(recipe);
            CHECK(is_success(w, outcome));
            CHECK(tolerated(outcome, "signer-expired"));
        }
    }
}
