// enroll: the operations that ask, and where a request goes.
#include <nlohmann/json.hpp>

#include "core/cms/signed_data.hpp"
#include "enroll_run.hpp"

namespace scep::cli {

namespace {

// By a certificate that the server has issued.
void ask_with_certificate(Run& run, const std::string& operation) {
    run.options.key = "rsa:2048";
    REQUIRE(run() == Exit::Ok);
    EnrollOptions options;
    options.url = run.options.url;
    options.ca_fingerprint = run.options.ca_fingerprint;
    options.operation = operation;
    options.cert = run.file("cert.pem");
    options.cert_key = run.file("key.pem");
    run.options = options;
    run.transport.requests.clear();
    run.out.str({});
}

// What needs no certificate of ours.
void ask(Run& run, const std::string& operation) {
    run.options = {.operation = operation,
                   .url = run.options.url,
                   .ca_fingerprint = operation == "get-ca-caps" ? "" : run.options.ca_fingerprint};
}

}  // namespace

TEST_SUITE("cli/enroll query") {
    TEST_CASE("RFC8894 lines 1, 3: without a URL, or what the CA is known by, nothing goes out") {
        Run run;
        run.options.url.clear();
        CHECK(run() == Exit::Usage);
        CHECK(run.said("--url is required"));
        CHECK(run.transport.requests.empty());
        Run unknown;
        unknown.options.ca_fingerprint.clear();
        CHECK(unknown() == Exit::Usage);
        for (const http::ClientRequest& request : unknown.transport.requests)
            CHECK(request.body.empty());
    }

    TEST_CASE("RFC8894 line 87: a URL without a path is /cgi-bin/pkiclient.exe") {
        Run run;
        ask(run, "get-ca-caps");
        run.transport.asks_capabilities = true;
        for (const auto& [url, path] : {std::pair{"http://ca.example", "/cgi-bin/pkiclient.exe"},
                                        {"http://ca.example/", "/"},
                                        {"http://ca.example:8080/scep", "/scep"}}) {
            run.options.url = url;
            CHECK(run() == Exit::Ok);
            CHECK(run.transport.requests.back().url.path == path);
        }
        CHECK(run.out.str() == "SCEPStandard\nSCEPStandard\nSCEPStandard\n");
    }

    TEST_CASE("RFC8894 line 104: GetNextCACert is a GET without a body") {
        const Identity next = make_ca(ec_key(), "CN=Next CA");
        const Buffer content = cms::build_certs_only({next.certificate.der()});
        const Identity& ca = server().ca;
        ca.key->use_library(crypto::Library::standard());
        const cms::SignedDataSpec spec{
            .content = Bytes(content),
            .certificates = {ca.certificate.der()},
            .signer = &ca.certificate,
            .algorithm = crypto::default_signature(ca.key->public_key(), crypto::Digest::Sha256)};
        Run run;
        ask(run, "get-next-ca-cert");
        run.transport.next_ca_reply = {
            .status = 200,
            .body = must(cms::build_signed_data(crypto::Library::standard(), spec, *ca.key))};
        CHECK(run() == Exit::Ok);
        CHECK(run.out.str() == x509::to_pem(next.certificate));
        const http::ClientRequest& request = run.transport.requests.back();
        CHECK_FALSE(request.post);
        CHECK(request.body.empty());
        CHECK(request.url.query == "ca=1&operation=GetNextCACert");
        run.transport.next_ca_reply.body = to_buffer(as_bytes("<html>"));
        CHECK(run() == Exit::Failure);
        CHECK(run.said("the server wrote: <html>"));
    }

    TEST_CASE("RFC8894 lines 32, 72: GetCert and GetCRL hold issuer and serial number") {
        struct Row {
            std::string_view typed;
            Buffer octets;
        };

        for (const Row& row : {Row{"0a", {0x0a}},
                               Row{"A", {0x0a}},
                               Row{"00:ff", {0x00, 0xff}},
                               Row{"ff", {0x00, 0xff}},
                               Row{"0x00007f", {0x7f}}}) {
            CAPTURE(row.typed);
            Run run;
            ask_with_certificate(run, "get-cert");
            run.options.serial = row.typed;
            run.transport.answer = {.status = PkiStatus::Failure, .fail_info = FailInfo::BadCertId};
            CHECK(run() == Exit::Refused);
            CHECK(run.said("the server refuses: badCertId (4)"));
            CHECK(server().received.type == MessageType::GetCert);
            CHECK(server().received.asked->serial == row.octets);
            CHECK(server().received.asked->issuer.to_text() == "CN=Test CA");
        }
        Run run;
        ask_with_certificate(run, "get-crl");
        run.transport.answer = {.status = PkiStatus::Pending};
        CHECK(run() == Exit::Failure);
        CHECK(run.said("PENDING to a query"));
        CHECK(server().received.type == MessageType::GetCrl);
        CHECK(equal(server().received.asked->serial, server().received.signer.serial()));
    }

    TEST_CASE("a serial number that is none is one error") {
        for (const char* text : {"xyz", "0102030405060708090a0b0c0d0e0f101112131415"}) {
            Run run;
            ask_with_certificate(run, "get-cert");
            run.options.serial = text;
            CHECK(run() == Exit::Usage);
            CHECK(run.said("--serial: got "));
            CHECK(run.transport.requests.empty());
        }
    }

    TEST_CASE("get-ca-cert shows what nothing authenticates, with a warning, and refuses another") {
        Run run;
        ask(run, "get-ca-cert");
        run.options.format = "json";
        const std::string print = run.options.ca_fingerprint;
        run.options.ca_fingerprint.clear();
        CHECK(run() == Exit::Ok);
        CHECK(run.said("warning: nothing authenticates"));
        auto json = nlohmann::json::parse(run.out.str());
        CHECK(json["trusted_by"].is_null());
        CHECK(json["certificates"].size() == 2);
        run.out.str({});
        run.options.ca_fingerprint = print;
        CHECK(run() == Exit::Ok);
        json = nlohmann::json::parse(run.out.str());
        CHECK(json["trusted_by"] == "fingerprint");
        run.options.ca_fingerprint = std::string(64, '0');
        CHECK(run() == Exit::Refused);
    }

    TEST_CASE("what is found replaces no file that the query reads, --force or not") {
        Run run;
        ask(run, "get-ca-cert");
        run.options.url = "https://ca.example/scep";
        run.options.out_dir = run.directory.string();
        run.options.force = true;
        run.options.tls_ca = run.file("ca.pem").string();
        std::ofstream(run.options.tls_ca) << "precious";
        CHECK(run() == Exit::Usage);
        CHECK(run.said("error: --tls-ca: " + run.options.tls_ca + " would be overwritten"));
        CHECK(run.content("ca.pem") == "precious");
    }

    TEST_CASE("--quiet leaves notes out and warnings in") {
        Run run;
        run.options.quiet = true;
        run.options.ca_fingerprint.clear();
        run.options.trust_on_first_use = true;
        run.transport.capabilities.clear();
        CHECK(run() == Exit::Ok);
        CHECK_FALSE(run.said("note:"));
        CHECK(run.said("warning: the server's capabilities have no SCEPStandard"));
    }
}

}  // namespace scep::cli
