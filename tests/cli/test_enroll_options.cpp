// enroll: options that mean nothing, and files that are read and written.
#include "core/files/files.hpp"
#include "enroll_run.hpp"

namespace scep::cli {

namespace {

void put(const fs::path& path, std::string_view content) {
    REQUIRE(
        files::write_atomic(path, as_bytes(content), 0600, files::Overwrite::Replace).has_value());
}

// A device that has enrolled, about to renew in place.
struct InPlace {
    InPlace() {
        run.options.key = "rsa:2048";
        REQUIRE(run() == Exit::Ok);
        run.options = {.url = run.options.url,
                       .out_dir = run.options.out_dir,
                       .ca_fingerprint = run.options.ca_fingerprint,
                       .renew = true,
                       .cert = run.file("cert.pem").string(),
                       .cert_key = run.file("key.pem").string(),
                       .force = true};
        run.transport.requests.clear();
    }

    Run run{};
};

}  // namespace

TEST_SUITE("cli/enroll options") {
    TEST_CASE("an option that means nothing to the operation is refused, with a hint") {
        struct Row {
            std::string_view operation;  // empty: --resume
            std::function<void(EnrollOptions&)> change;
            std::string_view says, hint;
        };

        constexpr std::string_view kOwn = "the run that is gone on with has its own in --out-dir";
        constexpr std::string_view kRenews = "--renew renews the certificate of --cert";
        const std::array rows{
            Row{"enroll",
                [](auto& o) { o.cert = "c"; },
                "--cert: means nothing with --operation enroll",
                kRenews},
            Row{"enroll", [](auto& o) { o.cert_key = "c"; }, "--cert-key: means nothing", kRenews},
            Row{"enroll", [](auto& o) { o.renew_style = "rfc"; }, "--renew-style: ", kRenews},
            Row{"enroll", [](auto& o) { o.serial = "1"; }, "--serial: ", "enroll --help"},
            Row{"renew", [](auto& o) { o.signer = "own"; }, "--signer: ", "signs a renewal"},
            Row{"poll",
                [](auto& o) { o.poll_timeout = "1m"; },
                "--poll-timeout: ",
                "--resume polls"},
            Row{"", [](auto& o) { o.subject = "CN=b"; }, "means nothing with --resume", kOwn},
            Row{"", [](auto& o) { o.sans = {"dns:b"}; }, "--san: ", kOwn},
            Row{"", [](auto& o) { o.key = "ec:P-384"; }, "--key: ", kOwn},
            Row{"", [](auto& o) { o.cipher = "aes256"; }, "--cipher: ", kOwn},
            Row{"", [](auto& o) { o.challenge.file = "f"; }, "--challenge-file: ", kOwn},
            Row{"", [](auto& o) { o.out_form = "der"; }, "--out-form: ", kOwn},
            Row{"", [](auto& o) { o.trust_on_first_use = true; }, "--trust-on-first-use: ", kOwn},
            Row{"", [](auto& o) { o.key_file = "f"; }, "has made its own key", "without it"},
            Row{"get-ca-caps",
                [](auto& o) { o.ca_fingerprint = std::string(64, '0'); },
                "--ca-fingerprint: means nothing with --operation get-ca-caps",
                "enroll --help"},
            Row{"get-ca-cert", [](auto& o) { o.challenge.env = "C"; }, "--challenge-env: ", "help"},
            Row{"get-cert", [](auto& o) { o.poll_interval = "1s"; }, "--poll-interval: ", "help"}};
        Run run;
        run.transport.answer = {.status = PkiStatus::Pending};
        REQUIRE(run() == Exit::Pending);
        run.transport.requests.clear();
        const std::string directory = run.options.out_dir, url = run.options.url;
        for (const Row& row : rows) {
            CAPTURE(row.says);
            run.options = {};
            run.options.operation = row.operation;
            run.options.resume = row.operation.empty();
            run.options.out_dir = directory;
            row.change(run.options);
            run.err.str("");
            CHECK(run() == Exit::Usage);
            CHECK(run.said(row.says));
            CHECK(run.said(row.hint));
            CHECK(run.transport.requests.empty());
        }
    }

    TEST_CASE("what --resume needs can be said anew") {
        Run run;
        run.options.key_file = (run.directory / "own.key").string();
        put(run.options.key_file, as_text(shared_rsa_key()->to_pkcs8_pem()));
        run.transport.answer = {.status = PkiStatus::Pending};
        REQUIRE(run() == Exit::Pending);
        const fs::path moved = run.directory / "moved.key";
        fs::rename(run.options.key_file, moved);
        run.options = {.out_dir = run.options.out_dir, .resume = true};
        run.transport.answer = {};
        CHECK(run() == Exit::Failure);
        CHECK(run.said("own.key: cannot open"));
        run.options.key_file = moved.string();
        run.options.timeout = "1m";
        CHECK(run() == Exit::Ok);
    }

    TEST_CASE("standard input is no file that --resume can read once more") {
        Run run;
        run.options.key_file = "-";
        CHECK(run() == Exit::Usage);
        CHECK(run.said("--key-file: got -, want a file, which --resume can read once more"));
        CHECK_FALSE(fs::exists(run.directory / "new"));
    }

    TEST_CASE("a password comes from a pipe once, and may end with CR LF") {
        Run run;
        run.options.key = "rsa:2048";
        const fs::path pipe = run.directory / "pipe";
        run.options.out_form = "p12";
        put(pipe, "secret\r\n");
        run.options.p12_pass_file = pipe.string();
        REQUIRE(run() == Exit::Ok);
        const fs::path first = run.file("cert.p12");
        put(pipe, "secret");
        run.options = {.url = run.options.url,
                       .out_dir = (run.directory / "second").string(),
                       .ca_fingerprint = run.options.ca_fingerprint,
                       .renew = true,
                       .cert = first.string(),
                       .out_form = "p12",
                       .p12_pass_file = pipe.string()};
        CHECK(run() == Exit::Ok);
    }

    TEST_CASE("a renewal in place reads the pair that it replaces, for TLS as well") {
        InPlace place;
        Run& run = place.run;
        run.options.url = "https://ca.example/scep";
        run.options.tls_client_cert = run.options.cert;
        run.options.tls_client_key = run.options.cert_key;
        const std::string old = run.content("cert.pem");
        CHECK(run() == Exit::Ok);
        CHECK(run.content("cert.pem") != old);
    }

    TEST_CASE("an old key under the name of another output is not destroyed") {
        for (const char* name : {"request.pem", "key.pem.new"}) {
            CAPTURE(name);
            InPlace place;
            Run& run = place.run;
            const std::string key = run.content("key.pem");
            fs::rename(run.options.cert_key, run.file(name));
            put(run.file("key.pem"), key);
            run.options.cert_key = run.file(name).string();
            CHECK(run() == Exit::Usage);
            CHECK(run.said("error: --cert-key: " + run.options.cert_key + " would be overwritten"));
            CHECK(run.content(name) == key);
            CHECK(run.transport.requests.empty());
        }
        InPlace both;  // certificate and key in one file, of which only the certificate would stay
        Run& run = both.run;
        put(run.options.cert, run.content("key.pem") + run.content("cert.pem"));
        run.options.cert_key = run.options.cert;
        CHECK(run() == Exit::Usage);
        CHECK(run.said("error: --cert-key: "));
    }
}

}  // namespace scep::cli
