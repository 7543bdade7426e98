#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "enroll_run.hpp"

namespace scep::cli {

namespace {

// The example of RFC 8410 section 10.3.
constexpr std::string_view kEd25519 = R"(-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC
-----END PRIVATE KEY-----
)";

struct Printed {
    Exit code = Exit::Ok;
    std::string out{}, err{};
};

Printed command_line(std::vector<const char*> words) {
    words.insert(words.begin(), {"certctl-scep", "enroll"});
    std::istringstream in;
    std::ostringstream out;
    std::ostringstream err;
    const FixedClock clock(kNow);
    Io io{in, out, err, clock};
    const Exit code = run(static_cast<int>(words.size()), words.data(), io);
    return {code, out.str(), err.str()};
}

}  // namespace

TEST_SUITE("cli/enroll") {
    TEST_CASE("a device enrols and finds its files") {
        Run run;
        CHECK(run() == Exit::Ok);
        CHECK(run.mode("key.pem") == 0600);
        CHECK(run.mode("cert.pem") == 0644);
        CHECK(run.mode("chain.pem") == 0644);
        CHECK_FALSE(fs::exists(run.file("request.pem")));
        const auto certificate =
            must(x509::parse_certificates(as_bytes(run.content("cert.pem")), "cert.pem")).front();
        const auto key =
            must(crypto::PrivateKey::parse(as_bytes(run.content("key.pem")), "key.pem"));
        CHECK(must(certificate.public_key()) == key->public_key());
        CHECK(run.content("chain.pem") == x509::to_pem(server().ca.certificate));
        CHECK(run.out.str().find("subject      CN=cam-1,O=Lab\n") != std::string::npos);
        CHECK(run.out.str().find("serial       " + certificate.serial_hex()) != std::string::npos);
        CHECK(run.out.str().find(run.file("key.pem").string()) != std::string::npos);
        CHECK(as_text(server().received.request->challenge()->value) == kChallenge);
        CHECK(fs::status(run.options.out_dir).permissions() == fs::perms(0700));
        CHECK_FALSE(run.said(kChallenge));
        CHECK(run.said("transient RSA key"));
    }

    TEST_CASE("requests go to the given URL, its query first") {
        Run run;
        CHECK(run() == Exit::Ok);
        REQUIRE(run.transport.requests.size() == 3);
        CHECK(run.transport.requests[0].url.query == "ca=1&operation=GetCACaps");
        CHECK(run.transport.requests[2].post);
        CHECK(run.transport.requests[2].url.query == "ca=1&operation=PKIOperation");
    }

    TEST_CASE("key and request are on disk before the first PKIOperation leaves") {
        Run run;
        bool seen = false;
        run.transport.before_operation = [&] {
            seen = run.mode("key.pem") == 0600 && run.mode("request.pem") == 0600 &&
                   run.content("request.pem").find("\n-----BEGIN CERTIFICATE REQUEST-----\n") !=
                       std::string::npos &&
                   !fs::exists(run.file("cert.pem"));
        };
        CHECK(run() == Exit::Ok);
        CHECK(seen);
    }

    TEST_CASE("S29 a CA that nothing authenticates gets nothing, and nothing is left") {
        Run run;
        run.options.ca_fingerprint.clear();
        CHECK(run() == Exit::Usage);
        CHECK(run.said(to_hex(server().ca.certificate.fingerprint())));
        CHECK(run.said("hint: "));
        CHECK(run.said("--trust-on-first-use"));
        CHECK(run.transport.requests.size() == 2);
        CHECK_FALSE(fs::exists(run.directory / "new"));
    }

    TEST_CASE("a fingerprint may be written as programs show it") {
        const std::string plain = to_hex(server().ca.certificate.fingerprint());
        const std::string colons = to_hex_colons(server().ca.certificate.fingerprint());
        for (const std::string& text : {plain,
                                        colons,
                                        "sha256:" + plain,
                                        "SHA256:" + colons,
                                        "SHA-256:" + plain,
                                        "sha256 Fingerprint=" + colons}) {
            CAPTURE(text);
            Run run;
            run.options.ca_fingerprint = text;
            CHECK(run() == Exit::Ok);
        }
        for (const std::string& text :
             {"sha1:" + plain, plain + "00", "sha256:" + plain.substr(2)}) {
            CAPTURE(text);
            Run run;
            run.options.ca_fingerprint = text;
            CHECK(run() == Exit::Usage);
            CHECK(run.said("--ca-fingerprint: got " + text + ", want a SHA-256 fingerprint"));
            CHECK(run.said("hint: openssl x509"));
        }
    }

    TEST_CASE("a CN that is longer than RFC 5280 has it is noted") {
        Run run;
        run.options.subject = "CN=" + std::string(64, 'x');
        CHECK(run() == Exit::Ok);
        CHECK_FALSE(run.said("--subject"));
        run.options.subject += "x";
        run.options.force = true;
        CHECK(run() == Exit::Ok);
        CHECK(run.said("note: --subject: CN is longer than the 64 characters"));
    }

    TEST_CASE("what a web server answers is a hint about the URL") {
        Run lost;
        lost.transport.certificates_reply = {.status = 404};
        CHECK(lost() == Exit::Failure);
        CHECK(lost.said("HTTP 404"));
        CHECK(lost.said("hint: look at the path of --url: many servers answer at /scep"));
        Run plain;
        plain.transport.certificates_reply = {
            .status = 400,
            .body = to_buffer(as_bytes("Client sent an HTTP request to an HTTPS server."))};
        CHECK(plain() == Exit::Failure);
        CHECK(plain.said("hint: the server speaks TLS there: its URL begins with https://"));
    }

    TEST_CASE("S29 trust on first use tells the fingerprint to keep") {
        Run run;
        run.options.ca_fingerprint.clear();
        run.options.trust_on_first_use = true;
        CHECK(run() == Exit::Ok);
        CHECK(run.said("--ca-fingerprint " + to_hex(server().ca.certificate.fingerprint())));
    }

    TEST_CASE("S23 names of strangers are escaped for the terminal") {
        FakeScepServer spoofed;
        spoofed.ca = make_ca(ec_key(), "CN=Good CA\u202e");
        spoofed.ra = make_ra(shared_rsa_key(), spoofed.ca);
        Run run(spoofed);
        run.options.ca_fingerprint.clear();
        CHECK(run() == Exit::Usage);
        CHECK(run.said("CN=Good CA\\u{202e}: SHA-256"));
    }

    TEST_CASE("a refusal is shown, escaped, and leaves key and request") {
        Run run;
        run.transport.answer = {.status = PkiStatus::Failure,
                                .fail_info = FailInfo::BadRequest,
                                .fail_info_text = "no\nway"};
        CHECK(run() == Exit::Refused);
        CHECK(run.said(
            "error: http://ca.example/scep?ca=1: the server refuses: badRequest (2): no\\x0away"));
        CHECK(run.said("key and request stay in " + run.file("key.pem").string()));
        CHECK(fs::exists(run.file("key.pem")));
        CHECK(run.mode("request.pem") == 0600);
        CHECK_FALSE(fs::exists(run.file("cert.pem")));
        CHECK(run.out.str().empty());
    }

    TEST_CASE("what Windows says beside failInfo is shown, with what to do there") {
        Run run;
        run.transport.answer = {.status = PkiStatus::Failure,
                                .fail_info = FailInfo::BadRequest,
                                .ndes_error = "-2147024810"};
        CHECK(run() == Exit::Refused);
        CHECK(
            run.said("the server refuses: badRequest (2); Windows says 0x80070056 "
                     "ERROR_INVALID_PASSWORD: the challenge is wrong, used or expired"));
        CHECK(
            run.said("hint: fetch a new challenge from NDES: /certsrv/mscep_admin; once the "
                     "cause is mended, the same key serves again: "));
        Run json;
        json.options.format = "json";
        json.transport.answer = {.status = PkiStatus::Failure, .ndes_error = "-2146233088"};
        CHECK(json() == Exit::Refused);
        CHECK(json.out.str().find("\"hresult\": \"0x80131500\"") != std::string::npos);
    }

    TEST_CASE("a pending request is exit 4 and leaves key and request") {
        Run run;
        run.transport.answer = {.status = PkiStatus::Pending};
        CHECK(run() == Exit::Pending);
        CHECK(run.said("pending"));
        CHECK(
            run.said("hint: once it has, this fetches the certificate: certctl-scep enroll "
                     "--resume --out-dir " +
                     run.options.out_dir + "\n"));
        CHECK(fs::exists(run.file("key.pem")));
        CHECK(fs::exists(run.file("request.pem")));
        CHECK_FALSE(fs::exists(run.file("cert.pem")));
    }

    TEST_CASE("a network that fails before PKIOperation leaves nothing, after it key and request") {
        Run before;
        before.transport.broken = true;
        CHECK(before() == Exit::Failure);
        CHECK(before.said("error: caps: connection reset"));
        CHECK(before.transport.requests.size() == 1);
        CHECK_FALSE(fs::exists(before.directory / "new"));
        Run after;
        after.transport.operation_fails = true;
        CHECK(after() == Exit::Failure);
        CHECK(after.said("hint: the CA may have issued all the same"));
        CHECK(after.said("--resume --out-dir " + after.options.out_dir + "\n"));
        CHECK(fs::exists(after.file("key.pem")));
        CHECK(fs::exists(after.file("request.pem")));
    }

    TEST_CASE("a reply that is none says how to ask again with the same key") {
        for (const int status : {500, 502, 200}) {
            CAPTURE(status);
            Run run;
            run.transport.operation_reply =
                http::ClientReply{.status = status,
                                  .content_type = "text/html",
                                  .body = to_buffer(as_bytes("<html>"))};
            CHECK(run() == Exit::Failure);
            CHECK(run.said("to ask again with this key: certctl-scep enroll --resume --out-dir " +
                           run.options.out_dir + "\n"));
            CHECK(run.said("key and request stay in"));
        }
    }

    TEST_CASE("two runs at once never mix their keys and certificates") {
        for (const bool force : {false, true}) {
            CAPTURE(force);
            Run run;
            run.options.force = force;
            bool kept_out = false;
            run.transport.before_operation = [&] {
                Run other;
                other.options.out_dir = run.options.out_dir;
                other.options.force = true;
                kept_out =
                    other() == Exit::Usage &&
                    other.said(run.options.out_dir + ": another run works in this directory");
            };
            CHECK(run() == Exit::Ok);
            CHECK(kept_out);
            const auto certificate =
                must(x509::parse_certificates(as_bytes(run.content("cert.pem")), "cert.pem"))
                    .front();
            const auto key =
                must(crypto::PrivateKey::parse(as_bytes(run.content("key.pem")), "key.pem"));
            CHECK(must(certificate.public_key()) == key->public_key());
            run.transport.before_operation = [] {};
            run.options.force = true;
            CHECK(run() == Exit::Ok);
        }
    }

    TEST_CASE("a server without GetCACaps is noted and goes on") {
        for (const auto& row :
             {std::pair{0, "the server hangs up"}, {404, "HTTP 404"}, {500, "HTTP 500"}}) {
            const int status = row.first;
            const std::string text = row.second;
            CAPTURE(status);
            Run run;
            run.transport.capabilities_status = status;
            run.options.cipher = "aes128";
            CHECK(run() == Exit::Ok);
            CHECK(run.said("note: GetCACaps: "));
            CHECK(run.said(text));
        }
    }

    TEST_CASE("existing files are refused before anything is sent, and replaced with --force") {
        for (const std::string name : {"key.pem", "cert.pem", "chain.pem", "request.pem"}) {
            CAPTURE(name);
            Run run;
            fs::create_directories(run.options.out_dir);
            std::ofstream(run.file(name)) << "precious";
            CHECK(run() == Exit::Usage);
            CHECK(run.said(run.file(name).string() + ": exists already"));
            CHECK(run.said("--force"));
            CHECK(run.transport.requests.empty());
            CHECK(run.content(name) == "precious");
            run.options.force = true;
            CHECK(run() == Exit::Ok);
            CHECK(run.content(name) != "precious");
        }
    }

    TEST_CASE("a place that cannot take the certificate is found before anything is sent") {
        for (const std::string name : {"key.pem", "cert.pem", "chain.pem", "request.pem"}) {
            CAPTURE(name);
            Run run;
            fs::create_directories(run.file(name));
            run.options.force = true;
            CHECK(run() == Exit::Usage);
            CHECK(run.said(run.file(name).string() + ": is a directory, want a file"));
            CHECK(run.transport.requests.empty());
        }
        for (const std::string below : {"", "/a/b"}) {
            CAPTURE(below);
            Run run;
            const std::string file = (run.directory / "file").string();
            std::ofstream(file) << "precious";
            run.options.out_dir = file + below;
            CHECK(run() == Exit::Failure);
            CHECK(run.said(file + ": is not a directory"));
            CHECK(run.transport.requests.empty());
        }
    }

    TEST_CASE("a certificate that cannot be written after SUCCESS is printed, not lost") {
        for (const bool json : {false, true}) {
            CAPTURE(json);
            Run run;
            run.options.format = json ? "json" : "text";
            run.transport.before_operation = [&] { std::ofstream(run.file("cert.pem")) << "x"; };
            CHECK(run() == Exit::Failure);
            CHECK(run.said(run.file("cert.pem").string() + ": already exists"));
            CHECK(run.said("hint: keep " + run.file("key.pem").string() +
                           ": once that file is elsewhere, this puts the certificate there: "
                           "certctl-scep enroll --resume --out-dir " +
                           run.options.out_dir + "\n"));
            CHECK_FALSE(run.said("--force"));
            CHECK(run.said("key and request stay in " + run.file("key.pem").string()));
            CHECK(run.said("it is on standard output"));
            std::string pem = run.out.str();
            if (json) {
                const auto document = nlohmann::json::parse(pem);
                CHECK(document["status"] == "success");
                CHECK(document["files"].size() == 2);
                CHECK(document["files"]["request"] == run.file("request.pem").string());
                pem = document["certificate"]["pem"];
            }
            const auto certificate = must(x509::parse_certificates(as_bytes(pem), "out")).front();
            const auto key =
                must(crypto::PrivateKey::parse(as_bytes(run.content("key.pem")), "key.pem"));
            CHECK(must(certificate.public_key()) == key->public_key());
            CHECK(run.content("cert.pem") == "x");
            CHECK_FALSE(fs::exists(run.file("chain.pem")));
        }
    }

    TEST_CASE("--force replaces key and certificate together, and only on SUCCESS") {
        struct Row {
            std::string_view name;
            std::function<void(FakeTransport&)> server;
            Exit code;
        };

        const std::array rows{
            Row{"refused", [](auto& t) { t.answer.status = PkiStatus::Failure; }, Exit::Refused},
            Row{"pending", [](auto& t) { t.answer.status = PkiStatus::Pending; }, Exit::Pending},
            Row{"no reply", [](auto& t) { t.operation_fails = true; }, Exit::Failure},
            Row{"not signed by the RA",
                [](auto& t) {
                    static const Identity stranger =
                        make_transient(shared_rsa_key(), "CN=stranger");
                    t.answer.signer = &stranger;
                },
                Exit::Refused}};
        Run run;
        REQUIRE(run() == Exit::Ok);
        CHECK_FALSE(run.said("untouched"));
        run.options.force = true;
        const auto contents = [&run] {
            return std::array{
                run.content("key.pem"), run.content("cert.pem"), run.content("chain.pem")};
        };
        const auto old = contents();
        for (const Row& row : rows) {
            CAPTURE(row.name);
            bool seen = false;
            run.transport.answer = {};
            run.transport.operation_fails = false;
            row.server(run.transport);
            run.transport.before_operation = [&] {
                seen = run.mode("key.pem.new") == 0600 && run.mode("request.pem") == 0600;
            };
            run.err.str("");
            CHECK(run() == row.code);
            CHECK(seen);
            CHECK(contents() == old);
            CHECK(run.mode("key.pem.new") == 0600);
            CHECK(run.content("key.pem.new") != old[0]);
            CHECK(run.said("key and request stay in " + run.file("key.pem.new").string()));
            CHECK_FALSE(run.said("key.pem.new --force"));
            CHECK(run.said(run.file("key.pem").string() + " and the certificate beside it are"));
        }
        run.transport.answer = {};
        run.transport.operation_fails = false;
        bool untouched = false;
        std::string waiting;
        run.transport.before_operation = [&] {
            untouched = contents() == old;
            waiting = run.content("key.pem.new");
        };
        run.out.str("");
        CHECK(run() == Exit::Ok);
        CHECK(untouched);
        CHECK(run.content("key.pem") == waiting);
        CHECK(run.content("cert.pem") != old[1]);
        CHECK(run.mode("key.pem") == 0600);
        const auto certificate =
            must(x509::parse_certificates(as_bytes(run.content("cert.pem")), "cert.pem")).front();
        const auto key = must(crypto::PrivateKey::parse(as_bytes(waiting), "key.pem"));
        CHECK(must(certificate.public_key()) == key->public_key());
        CHECK_FALSE(fs::exists(run.file("key.pem.new")));
        CHECK_FALSE(fs::exists(run.file("request.pem")));
        CHECK(run.out.str().find(run.file("key.pem").string() + "\n") != std::string::npos);
    }

    TEST_CASE("JSON of a refusal under --force names the new key") {
        Run run;
        fs::create_directories(run.options.out_dir);
        std::ofstream(run.file("key.pem")) << "precious";
        run.options.force = true;
        run.options.format = "json";
        run.transport.answer = {.status = PkiStatus::Failure};
        CHECK(run() == Exit::Refused);
        const auto document = nlohmann::json::parse(run.out.str());
        CHECK(document["files"]["key"] == run.file("key.pem.new").string());
        CHECK(run.content("key.pem") == "precious");
    }

    TEST_CASE("an input file is never an output file, --force or not, by whatever name") {
        struct Row {
            std::string_view option;
            std::string& (*input)(EnrollOptions&);
            std::string output;
        };

        constexpr auto kKey = [](EnrollOptions& all) -> std::string& { return all.key_file; };
        constexpr auto kChallengeFile = [](EnrollOptions& all) -> std::string& {
            return all.challenge.file;
        };
        for (const Row& row : {Row{"--key-file", kKey, "cert.pem"},
                               Row{"--key-file", kKey, "request.pem"},
                               Row{"--challenge-file", kChallengeFile, "request.pem"},
                               Row{"--challenge-file", kChallengeFile, "key.pem"},
                               Row{"--challenge-file", kChallengeFile, "chain.pem"}})
            for (const bool force : {false, true}) {
                CAPTURE(row.option);
                CAPTURE(row.output);
                Run run;
                fs::create_directories(run.options.out_dir);
                const fs::path input = run.directory / "input";
                std::ofstream(input) << "precious";
                fs::permissions(input, fs::perms(0600));
                fs::create_hard_link(input, run.file(row.output));
                run.options.challenge = {};
                row.input(run.options) = input.string();
                run.options.force = force;
                CHECK(run() == Exit::Usage);
                CHECK(run.said("error: " + std::string(row.option) + ": " + input.string() +
                               " would be overwritten or removed"));
                CHECK(run.transport.requests.empty());
                CHECK(run.content(row.output) == "precious");
            }
        Run run;
        fs::create_directories(run.options.out_dir);
        run.options.url = "https://ca.example/scep";
        run.options.tls_ca = run.file("chain.pem").string();
        std::ofstream(run.options.tls_ca) << "precious";
        run.options.force = true;
        CHECK(run() == Exit::Usage);
        CHECK(run.said("error: --tls-ca: "));
    }

    TEST_CASE("a key of one's own is used and left as it is") {
        Run run;
        fs::create_directories(run.options.out_dir);
        const SecretBytes pem = shared_rsa_key()->to_pkcs8_pem();
        run.options.key_file = run.file("key.pem").string();
        REQUIRE(files::write_atomic(run.options.key_file, pem, 0600, files::Overwrite::Refuse)
                    .has_value());
        const auto written = fs::last_write_time(run.options.key_file);
        CHECK(run() == Exit::Ok);
        CHECK(fs::last_write_time(run.options.key_file) == written);
        CHECK(run.content("key.pem") == as_text(pem));
        CHECK_FALSE(run.said("transient"));
        CHECK(must(server().received.signer.public_key()) == shared_rsa_key()->public_key());
    }

    TEST_CASE("a key of one's own that is unfit is wrong configuration") {
        Run run;
        run.options.key_file = (run.directory / "ed25519.key").string();
        REQUIRE(files::write_atomic(
                    run.options.key_file, as_bytes(kEd25519), 0600, files::Overwrite::Refuse)
                    .has_value());
        CHECK(run() == Exit::Usage);
        CHECK(run.said("error: " + run.options.key_file + ":1: key type ED25519 is not known"));
        CHECK(run.transport.requests.empty());
    }

    TEST_CASE("a challenge file may be readable, which is noted") {
        Run run;
        const fs::path path = run.directory / "challenge";
        std::ofstream(path) << kChallenge << "\n";
        fs::permissions(path, fs::perms(0644));
        run.options.challenge = {};
        run.options.challenge.file = path.string();
        CHECK(run() == Exit::Ok);
        CHECK(run.said("mode is 0644"));
        CHECK(as_text(server().received.request->challenge()->value) == kChallenge);
    }

    TEST_CASE("JSON begins with its schema and names what was obtained") {
        Run run;
        run.options.format = "json";
        run.options.sans = {"dns:cam-1.example", "ip:192.0.2.1"};
        CHECK(run() == Exit::Ok);
        CHECK(run.out.str().starts_with("{\n  \"schema\": \"certctl-scep/enroll/1\""));
        const auto document = nlohmann::json::parse(run.out.str());
        CHECK(document["status"] == "success");
        CHECK(document["ca"]["trusted_by"] == "fingerprint");
        CHECK(document["recipient"]["subject"] == "CN=Test RA");
        CHECK(document["request"]["cipher"] == "AES-128-CBC");
        CHECK(document["certificate"]["subject"] == "CN=cam-1,O=Lab");
        CHECK(document["certificate"]["subject_alt_names"][0] == "dns:cam-1.example");
        CHECK(document["files"]["certificate"] == run.file("cert.pem").string());
        CHECK(run.out.str().find(kChallenge) == std::string::npos);
    }

    TEST_CASE("with an EC RA the request goes under the challenge, and its own key signs") {
        FakeScepServer ec;
        ec.ra = make_ra(ec_key(), ec.ca, "CN=EC RA");
        ec.challenge = "Tq7wZc0LmX3sVb8NkR5yHd";
        Run run(ec);
        run.options.ca_fingerprint = to_hex(ec.ca.certificate.fingerprint());
        run.options.format = "json";
        run.options.challenge.value = ec.challenge;
        run.transport.answer.password = ec.challenge;
        CHECK(run() == Exit::Ok);
        CHECK_FALSE(run.said("transient"));
        CHECK_FALSE(run.said(ec.challenge));
        const auto document = nlohmann::json::parse(run.out.str());
        CHECK(document["recipient"]["kind"] == "password");
        CHECK(document["recipient"]["subject"] == "CN=EC RA");
        CHECK(document["request"]["key_transport"].is_null());
        const auto key =
            must(crypto::PrivateKey::parse(as_bytes(run.content("key.pem")), "key.pem"));
        CHECK(must(ec.received.signer.public_key()) == key->public_key());
    }

    TEST_CASE("--recipient and --signer choose another way") {
        Run agreed;
        agreed.options.format = "json";
        agreed.options.recipient = "agreement";  // with the CA, which is EC
        CHECK(agreed() == Exit::Ok);
        CHECK(server().received.kind == cms::RecipientKind::KeyAgreement);
        const auto document = nlohmann::json::parse(agreed.out.str());
        CHECK(document["recipient"]["kind"] == "agreement");

        Run own;
        own.options.signer = "own";
        CHECK(own() == Exit::Ok);
        CHECK(server().received.kind == cms::RecipientKind::KeyTransport);
        CHECK(must(server().received.signer.public_key()).type() == crypto::KeyType::Ec);
        CHECK_FALSE(own.said("transient"));

        Run transient;
        transient.options.key = "rsa:2048";
        transient.options.signer = "transient";
        CHECK(transient() == Exit::Ok);
        const auto key =
            must(crypto::PrivateKey::parse(as_bytes(transient.content("key.pem")), "key.pem"));
        CHECK_FALSE(must(server().received.signer.public_key()) == key->public_key());
    }

    TEST_CASE("--recipient password without a challenge is wrong usage, found before all else") {
        Run run;
        run.options.challenge = {};
        run.options.recipient = "password";
        CHECK(run() == Exit::Usage);
        CHECK(run.said("error: --recipient password: no challenge to encrypt the request with"));
        CHECK(run.transport.requests.empty());
    }

    TEST_CASE("JSON of a refusal") {
        Run run;
        run.options.format = "json";
        run.transport.answer = {
            .status = PkiStatus::Failure, .fail_info = FailInfo::BadAlg, .fail_info_text = "SHA-1"};
        CHECK(run() == Exit::Refused);
        const auto document = nlohmann::json::parse(run.out.str());
        CHECK(document["status"] == "failure");
        CHECK(document["fail_info"] == "badAlg (0)");
        CHECK(document["fail_info_text"] == "SHA-1");
        CHECK(document["files"]["request"] == run.file("request.pem").string());
    }

    TEST_CASE("--insecure is loud, whether it was needed or not") {
        Run run;
        run.options.insecure = true;
        CHECK(run() == Exit::Ok);
        CHECK(run.said("warning: --insecure admits single DES and MD5"));
        CHECK(run.said("--insecure was not needed"));
    }

    TEST_CASE("wrong usage is one error that names the option") {
        struct Row {
            std::string_view name;
            std::function<void(EnrollOptions&)> change;
            std::string_view text;
        };

        const std::array rows{
            Row{"scheme", [](auto& o) { o.url = "ftp://a/"; }, "ftp://a/"},
            Row{"subject", [](auto& o) { o.subject = "nonsense"; }, "--subject nonsense"},
            Row{"hex", [](auto& o) { o.subject = "CN=#0403"; }, "--subject CN=#0403: "},
            Row{"quotes", [](auto& o) { o.subject = "CN=\"a\""; }, "--subject CN=\"a\": "},
            Row{"control character",
                [](auto& o) { o.subject = "CN=a\nb"; },
                "--subject: got CN=a\\x0ab, want no control characters"},
            Row{"escaped control character",
                [](auto& o) { o.subject = "CN=a\\00b,O=c"; },
                "--subject: got CN=a\\\\00b,O=c, want no control characters"},
            Row{"C1 control character",
                [](auto& o) { o.subject = "CN=a\xc2\x9b"; },
                "--subject: got CN=a\\u{009b}, want no control characters"},
            Row{"control character in a SAN",
                [](auto& o) { o.sans = {"upn:a\tb@c"}; },
                "--san: got upn:a\\x09b@c, want no control characters"},
            Row{"SAN", [](auto& o) { o.sans = {"dns"}; }, "--san dns"},
            Row{"key", [](auto& o) { o.key = "rsa:100"; }, "rsa:100"},
            Row{"fingerprint",
                [](auto& o) { o.ca_fingerprint = "12"; },
                "--ca-fingerprint: got 12"},
            Row{"RA", [](auto& o) { o.ra_fingerprints = {"zz"}; }, "--ra-fingerprint: got zz"},
            Row{"digest", [](auto& o) { o.digest = "crc"; }, "--digest: got crc"},
            Row{"cipher", [](auto& o) { o.cipher = "rot13"; }, "--cipher: got rot13"},
            Row{"DES", [](auto& o) { o.cipher = "des"; }, "DES-CBC is refused"},
            Row{"MD5", [](auto& o) { o.digest = "md5"; }, "MD5 is refused"},
            Row{"timeout", [](auto& o) { o.timeout = "0s"; }, "--timeout: got 0s"},
            Row{"no time", [](auto& o) { o.timeout = "soon"; }, "--timeout: got soon, want 1s to"},
            Row{"password", [](auto& o) { o.url = "http://u:p@a/"; }, "--url: user information"},
            Row{"port", [](auto& o) { o.url = "http://a:0/"; }, "--url http://a:0/: the port"},
            Row{"long challenge",
                [](auto& o) { set_challenge(o, std::string(1025, 'x')); },
                "--challenge-env TEST_CHALLENGE: the challenge is longer than 1024 bytes"},
            Row{"challenge that is no text",
                [](auto& o) { set_challenge(o, "\xff"); },
                "--challenge-env TEST_CHALLENGE: the challenge is not UTF-8"},
            Row{"TLS",
                [](auto& o) { o.tls_ca = "x"; },
                "--tls-ca means nothing with an http:// URL"},
            Row{"variable",
                [](auto& o) {
                    o.challenge = {};
                    o.challenge.env = "NO_SUCH_VARIABLE";
                },
                "NO_SUCH_VARIABLE is not set"}};
        for (const Row& row : rows) {
            CAPTURE(row.name);
            Run run;
            row.change(run.options);
            CHECK(run() == Exit::Usage);
            CHECK(run.said(row.text));
            CHECK(run.err.str().starts_with("certctl-scep: error: "));
            CHECK(run.transport.requests.empty());
            CHECK_FALSE(fs::exists(run.directory / "new"));
        }
    }

    TEST_CASE("the command line knows what belongs together") {
        const std::vector<const char*> base{"--url", "http://127.0.0.1:1/", "--subject", "CN=a"};
        const auto with = [&base](std::vector<const char*> more) {
            more.insert(more.begin(), base.begin(), base.end());
            return command_line(more);
        };
        CHECK(with({}).code == Exit::Usage);
        CHECK(with({}).err.find("--out-dir") != std::string::npos);
        CHECK(with({"--out-dir", "o", "--key", "rsa:2048", "--key-file", "f"}).code == Exit::Usage);
        CHECK(with({"--out-dir", "o", "--challenge", "a", "--challenge-env", "B"}).code ==
              Exit::Usage);
        CHECK(with({"--out-dir", "o", "--tls-client-cert", "c"}).code == Exit::Usage);
        CHECK(with({"--out-dir", "o", "--http", "put"}).code == Exit::Usage);
        for (const char* option : {"--ca-fingerprint",
                                   "--ra-fingerprint",
                                   "--challenge-file",
                                   "--challenge-env",
                                   "--challenge",
                                   "--key-file",
                                   "--tls-ca"}) {
            CAPTURE(std::string_view(option));
            const Printed empty = with({"--out-dir", "o", option, ""});
            CHECK(empty.code == Exit::Usage);
            CHECK(empty.err == "certctl-scep: error: " + std::string(option) + " is empty\n");
        }
        CHECK(with({"--out-dir", ""}).err == "certctl-scep: error: --out-dir is empty\n");
        const Printed help = command_line({"--help"});
        CHECK(help.code == Exit::Ok);
        CHECK(help.out.find("--trust-on-first-use") != std::string::npos);
    }
}

}  // namespace scep::cli
