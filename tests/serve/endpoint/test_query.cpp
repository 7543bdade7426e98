// GetCert and GetCRL (RFC 8894 sections 3.3.4, 4.5, 4.6).
#include <doctest/doctest.h>

#include "core/x509/trust_bundle.hpp"
#include "serve/endpoint/raw_reply.hpp"

using namespace scep;
using namespace scep::test;

namespace {

struct Asking {
    Asking() : own(w.enrol({})) {
        other = w.enrol({.subject = "CN=device-2",
                         .device_key = other_rsa_key(),
                         .transaction_id = "transaction-2"});
        query.type = MessageType::GetCert;
        query.signer = own;
        query.signer_key = shared_rsa_key();
        query.transaction_id = "SSCEP transactionId";
        query.plaintext = issuer_and_serial(w.profile.ca.certificate, other.serial());
    }

    World w;
    x509::Certificate own, other;
    RequestRecipe query;
};

cms::SignedData certs_only_of(const PkiMessage& reply,
                              const x509::Certificate& signer,
                              SecretBytes& content) {
    const cms::EnvelopedData envelope = must(cms::parse_enveloped_data(*reply.signed_data.content));
    content = must(cms::decrypt(crypto::Library::standard(), envelope, signer, *shared_rsa_key()));
    return must(cms::parse_signed_data(content));
}

}  // namespace

TEST_SUITE("serve/endpoint queries") {
    TEST_CASE("GetCert gives the certificate as leaf to a holder of one of the profile") {
        Asking a;
        const endpoint::Outcome outcome = a.w.send(a.query);
        CHECK(is_success(a.w, outcome));
        SecretBytes content;
        const cms::SignedData found =
            certs_only_of(read_reply(a.w.profile, outcome), a.own, content);
        CHECK(equal(found.certificates.front(), a.other.der()));
        CHECK(outcome.effects.events.front().action == "scep_getcert");
        CHECK(outcome.effects.issuances.empty());
        // The constant transactionID of some clients is no replay.
        CHECK(is_success(a.w, a.w.send(a.query)));
    }

    TEST_CASE("S13 everybody else learns nothing, in the same words") {
        Asking a;
        std::vector<endpoint::Outcome> refused;
        RequestRecipe stranger = a.query;
        stranger.signer.reset();
        refused.push_back(a.w.send(stranger));
        RequestRecipe unknown = a.query;
        unknown.plaintext = issuer_and_serial(a.w.profile.ca.certificate, Buffer{0x01, 0x02, 0x03});
        refused.push_back(a.w.send(unknown));
        RequestRecipe foreign = a.query;
        foreign.plaintext = issuer_and_serial(a.w.profile.ra.certificate, a.other.serial());
        refused.push_back(a.w.send(foreign));
        a.w.view.issued(1).profile = "lab";
        refused.push_back(a.w.send(a.query));
        a.w.view.issued(1).profile = "";
        a.w.view.issued(0).revoked_at = kNow;
        refused.push_back(a.w.send(a.query));
        for (const endpoint::Outcome& outcome : refused) {
            CAPTURE(reason_of(outcome));
            CHECK(fails_with(a.w, outcome, FailInfo::BadCertId));
            CHECK(read_reply(a.w.profile, outcome).fail_info_text ==
                  read_reply(a.w.profile, refused.front()).fail_info_text);
        }
    }

    TEST_CASE("S01 whether an envelope was opened is nothing that a query tells") {
        Asking a;
        const Bytes serial = a.other.serial();
        Buffer longer = issuer_and_serial(a.w.profile.ca.certificate, serial);
        longer.push_back(0);
        const std::vector<Buffer> plaintexts{
            make_csr({}),
            longer,
            issuer_and_serial(a.w.profile.ca.certificate, Buffer(21, 0x11)),
            issuer_and_serial(a.w.profile.ca.certificate, Buffer{0x00, 0x01}),
            issuer_and_serial(a.w.profile.ca.certificate, Buffer{0x01}),
            Buffer{0x30, 0x05, 0x30, 0x00, 0x02, 0x01, 0x01}};
        for (const MessageType type : {MessageType::GetCert, MessageType::GetCrl})
            for (const Buffer& plaintext : plaintexts) {
                a.query.type = type;
                a.query.plaintext = plaintext;
                const endpoint::Outcome outcome = a.w.send(a.query);
                if (is_success(a.w, outcome)) {  // the CRL is given whatever the serial number
                    CHECK(type == MessageType::GetCrl);
                    continue;
                }
                CHECK(fails_with(a.w, outcome, FailInfo::BadCertId));
                CHECK(read_reply(a.w.profile, outcome).fail_info_text ==
                      "there is no such certificate or transaction (reference 0badc0de)");
            }
    }

    TEST_CASE(
        "S01, S13 a stranger's query uses no private key but for the signature of its reply") {
        Asking a;
        const auto counting = std::make_shared<CountingDecrypter>(a.w.profile.ra.key);
        a.w.profile.snapshot.ra.front().decrypter = counting;
        for (const MessageType type : {MessageType::GetCert, MessageType::GetCrl}) {
            RequestRecipe stranger = a.query;
            stranger.type = type;
            stranger.signer.reset();
            CHECK(fails_with(a.w, a.w.send(stranger), FailInfo::BadCertId));
            RequestRecipe late = a.query;
            late.type = type;
            a.w.now = a.own.not_after() + std::chrono::seconds(1);
            CHECK(fails_with(a.w, a.w.send(late), FailInfo::BadCertId));
            a.w.now = kNow;
        }
        CHECK(counting->count == 0);
    }

    TEST_CASE("S25 what waits for its commit is told to nobody") {
        Asking a;
        a.w.view.issued(1).waiting = true;
        CHECK(fails_with(a.w, a.w.send(a.query), FailInfo::BadCertId));
        RequestRecipe repeat{.subject = "CN=device-2",
                             .device_key = other_rsa_key(),
                             .transaction_id = "transaction-2"};
        CHECK(a.w.send(repeat).reply.status == 503);
    }

    TEST_CASE("GetCRL gives the most recent CRL, signed anew when something was revoked") {
        Asking a;
        a.query.type = MessageType::GetCrl;
        const endpoint::Outcome first = a.w.send(a.query);
        CHECK(is_success(a.w, first));
        REQUIRE(first.effects.crls.size() == 1);
        CHECK(first.effects.crls[0].number == 1);
        SecretBytes content;
        const cms::SignedData found = certs_only_of(read_reply(a.w.profile, first), a.own, content);
        CHECK(found.certificates.empty());
        REQUIRE(found.crls.size() == 1);
        CHECK(equal(found.crls[0], first.effects.crls[0].der));
        CHECK(a.w.send(a.query).effects.crls.empty());

        a.w.now += std::chrono::seconds(5);
        a.w.view.issued(1).revoked_at = a.w.now;
        const endpoint::Outcome second = a.w.send(a.query);
        REQUIRE(second.effects.crls.size() == 1);
        CHECK(second.effects.crls[0].number == 2);
        const auto crls = must(x509::parse_crls(second.effects.crls[0].der, "crl"));
        CHECK(x509::is_revoked_by(crls[0], a.other));
        CHECK_FALSE(x509::is_revoked_by(crls[0], a.own));
        CHECK(x509::check_crl_issued_by(crls[0], a.w.profile.ca.certificate));
    }

    TEST_CASE("GetCRL for another issuer is badCertId") {
        Asking a;
        a.query.type = MessageType::GetCrl;
        a.query.plaintext = issuer_and_serial(a.w.profile.ra.certificate, a.other.serial());
        CHECK(fails_with(a.w, a.w.send(a.query), FailInfo::BadCertId));
    }
}
