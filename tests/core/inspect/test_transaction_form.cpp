#include <doctest/doctest.h>

#include "core/base/encoding.hpp"
#include "core/inspect/transaction_form.hpp"
#include "lab.hpp"

using namespace scep;
using namespace scep::test;

TEST_SUITE("inspect/transaction_form") {
    TEST_CASE("computed where the key is known, by its looks where it is not") {
        const crypto::PublicKey& key = party("client").key->public_key();
        const crypto::Library& library = libraries().legacy();
        const auto hash = [&](crypto::Digest digest) {
            return crypto::digest(library, digest, key.spki());
        };

        struct Row {
            std::string id;
            std::string_view clients;
        };

        const std::vector<Row> rows{
            {to_hex_upper(hash(crypto::Digest::Md5)), "sscep, FortiGate, Cisco IOS"},
            {to_hex(hash(crypto::Digest::Sha1)), "jscep and what is built on it"},
            {to_hex(hash(crypto::Digest::Sha256)), "certctl-scep enroll"},
            {to_base64(crypto::digest(library, crypto::Digest::Sha1, key.key_octets())),
             "old micromdm scepclient"},
            {to_base64(Bytes(crypto::digest(library, crypto::Digest::Sha256, key.key_octets()))
                           .first(20)),
             "micromdm scepclient"},
            {to_hex_upper(hash(crypto::Digest::Sha1)), "strongSwan pki --scep"},
            {to_hex_upper(crypto::digest(library, crypto::Digest::Sha1, key.key_octets())),
             "Apple devices"}};
        for (const Row& row : rows) {
            CAPTURE(row.id);
            const std::string known = inspect::transaction_form(row.id, key);
            CHECK(known.ends_with(row.clients));
            CHECK(known.find("looks like") == std::string::npos);
            const std::string guessed = inspect::transaction_form(row.id, {});
            CHECK(guessed.starts_with("looks like"));
            const std::string other =
                inspect::transaction_form(row.id, party("ra").key->public_key());
            CHECK(other.starts_with("looks like"));
        }
        CHECK(inspect::transaction_form("SSCEP transactionId", {}).starts_with("a constant"));
        CHECK(inspect::transaction_form("transaction 1", key).empty());
        CHECK(inspect::transaction_form("", key).empty());
    }
}
