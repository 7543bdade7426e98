// enroll --renew: by the certificate that a device has.
#include "core/asn1/pem.hpp"
#include "enroll_run.hpp"

namespace scep::cli {

namespace {

// A device that has enrolled into `first`, about to renew into `out_dir`.
struct Renewal {
    explicit Renewal(const std::string& key = "rsa:2048") {
        run.options.key = key;
        run.options.sans = {"dns:cam.example"};
        run.options.out_dir = (run.directory / "first").string();
        REQUIRE(run() == Exit::Ok);
        old = must(x509::parse_certificates(as_bytes(run.content("cert.pem")), "cert.pem")).front();
        EnrollOptions options;
        options.url = run.options.url;
        options.ca_fingerprint = run.options.ca_fingerprint;
        options.renew = true;
        options.cert = run.file("cert.pem");
        options.cert_key = run.file("key.pem");
        options.key = "rsa:2048";
        options.out_dir = (run.directory / "second").string();
        run.options = options;
        run.transport.capabilities = "Renewal\nSCEPStandard\n";
        run.transport.requests.clear();
    }

    crypto::PublicKey certified() const {
        return must(must(x509::parse_certificates(as_bytes(run.content("cert.pem")), "cert.pem"))
                        .front()
                        .public_key());
    }

    Run run;
    x509::Certificate old{};
};

}  // namespace

TEST_SUITE("cli/enroll renew") {
    TEST_CASE("RFC8894 lines 15, 18, 19, 28: a renewal is a RenewalReq signed by the certificate") {
        Renewal renewal;
        CHECK(renewal.run() == Exit::Ok);
        CHECK(server().received.type == MessageType::RenewalReq);
        CHECK(server().received.signer == renewal.old);
        CHECK(server().received.request->subject().to_text() == "CN=cam-1,O=Lab");
        REQUIRE(server().received.request->subject_alt_names().size() == 1);
        CHECK(server().received.request->subject_alt_names().front().to_text() ==
              "dns:cam.example");
    }

    TEST_CASE("RFC8894 line 23: a renewal sends no challenge, unless it is given one") {
        Renewal renewal;
        CHECK(renewal.run() == Exit::Ok);
        CHECK_FALSE(server().received.request->challenge().has_value());
        renewal.run.options.force = true;
        set_challenge(renewal.run.options, "again");
        CHECK(renewal.run() == Exit::Ok);
        CHECK(as_text(server().received.request->challenge()->value) == "again");
    }

    TEST_CASE("RFC8894 line 27: a renewal is for a new key, or the one of --key-file") {
        Renewal renewal;
        CHECK(renewal.run() == Exit::Ok);
        CHECK_FALSE(renewal.certified() == must(renewal.old.public_key()));
        renewal.run.options.key_file = renewal.run.options.cert_key;
        renewal.run.options.force = true;
        CHECK(renewal.run() == Exit::Ok);
        CHECK(renewal.certified() == must(renewal.old.public_key()));
    }

    TEST_CASE(
        "--renew-style draft, and a server without Renewal, get a PKCSReq by the certificate") {
        Renewal draft;
        draft.run.options.renew_style = "draft";
        CHECK(draft.run() == Exit::Ok);
        CHECK(server().received.type == MessageType::PkcsReq);
        CHECK(server().received.signer == draft.old);
        Renewal old_server;
        old_server.run.transport.capabilities = "SHA-256\nAES\n";
        CHECK(old_server.run() == Exit::Ok);
        CHECK(server().received.type == MessageType::PkcsReq);
        CHECK(old_server.run.said("no Renewal"));
        Renewal told;
        told.run.transport.capabilities = "SHA-256\nAES\n";
        told.run.options.renew_style = "rfc";
        CHECK(told.run() == Exit::Ok);
        CHECK(server().received.type == MessageType::RenewalReq);
    }

    TEST_CASE("in its own directory nothing of the old is touched before SUCCESS") {
        Renewal renewal;
        Run& run = renewal.run;
        run.options.out_dir = (run.directory / "first").string();
        run.options.force = true;
        const std::string certificate = run.content("cert.pem");
        const std::string key = run.content("key.pem");
        for (const PkiStatus status : {PkiStatus::Failure, PkiStatus::Pending}) {
            run.transport.answer = {.status = status, .fail_info = FailInfo::BadRequest};
            CHECK(run() != Exit::Ok);
            CHECK(run.content("cert.pem") == certificate);
            CHECK(run.content("key.pem") == key);
            CHECK(fs::exists(run.file("key.pem.new")));
        }
        run.transport.answer = {};
        EnrollOptions going_on;
        going_on.resume = true;
        going_on.out_dir = run.options.out_dir;
        run.options = going_on;
        CHECK(run() == Exit::Ok);
        CHECK(server().received.type == MessageType::CertPoll);
        CHECK(server().received.signer == renewal.old);
        CHECK_FALSE(run.content("cert.pem") == certificate);
        CHECK_FALSE(run.content("key.pem") == key);
        CHECK_FALSE(fs::exists(run.file("key.pem.new")));
        CHECK(renewal.certified() ==
              must(crypto::PrivateKey::parse(as_bytes(run.content("key.pem")), ""))->public_key());
    }

    TEST_CASE("RFC8894 line 52: a renewal is another transaction, also with the same key") {
        Run run;
        run.options.key = "rsa:2048";
        CHECK(run() == Exit::Ok);
        const std::string first = server().received.transaction_id;
        run.options.renew = true;
        run.options.cert = run.file("cert.pem");
        run.options.cert_key = run.options.key_file = run.file("key.pem");
        run.options.out_dir = (run.directory / "second").string();
        run.transport.capabilities = "Renewal\n";
        CHECK(run() == Exit::Ok);
        CHECK_FALSE(server().received.transaction_id == first);
    }

    TEST_CASE("what is missing or does not belong together is one error") {
        Renewal renewal;
        Run& run = renewal.run;
        const EnrollOptions good = run.options;
        run.options.cert_key.clear();
        CHECK(run() == Exit::Usage);
        CHECK(run.said("--cert-key: is missing"));
        run.options = good;
        run.options.cert.clear();
        CHECK(run() == Exit::Usage);
        CHECK(run.said("--cert: is missing"));
        Run other;
        other.options.key = "rsa:2048";
        CHECK(other() == Exit::Ok);
        run.options = good;
        run.options.cert_key = other.file("key.pem");
        CHECK(run() == Exit::Usage);
        CHECK(run.said("is not the key of " + good.cert));
        CHECK(run.transport.requests.empty());
    }
}

}  // namespace scep::cli
