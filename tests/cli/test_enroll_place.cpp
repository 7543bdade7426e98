// enroll whose certificate was issued, and that did not come to put everything into its place.
#include <nlohmann/json.hpp>

#include "core/files/files.hpp"
#include "core/x509/pkcs12.hpp"
#include "enroll_run.hpp"

namespace scep::cli {

namespace {

void put(const fs::path& path, std::string_view content, unsigned mode = 0600) {
    REQUIRE(
        files::write_atomic(path, as_bytes(content), mode, files::Overwrite::Replace).has_value());
}

// A run whose certificate was issued while another program's file stood in its way.
struct Obstructed {
    explicit Obstructed(const std::string& form = "pem") {
        run.options.out_form = form;
        if (form == "p12") {
            run.options.p12_pass_file = (run.directory / "password").string();
            put(run.options.p12_pass_file, "secret\n");
        }
        const std::string certificate = form == "pem" ? "cert.pem" : "cert." + form;
        in_the_way = run.file(certificate);
        run.transport.before_operation = [this] { std::ofstream(in_the_way) << "precious"; };
        REQUIRE(run() == Exit::Failure);
        run.transport.before_operation = [] {};
        run.transport.requests.clear();
        run.options = {.out_dir = run.options.out_dir, .resume = true};
    }

    Run run{};
    fs::path in_the_way{};
};

crypto::PublicKey certified(const Run& run) {
    const auto all = must(x509::parse_certificates(as_bytes(run.content("cert.pem")), "cert.pem"));
    return must(all.front().public_key());
}

crypto::PublicKey key_of(const Run& run) {
    return must(crypto::PrivateKey::parse(as_bytes(run.content("key.pem")), ""))->public_key();
}

// What was added last.
nlohmann::json last_state(const Run& run) {
    const std::string text = run.content("request.pem");
    return nlohmann::json::parse(text.substr(text.rfind("\n{\n") + 1));
}

}  // namespace

TEST_SUITE("cli/enroll place") {
    TEST_CASE("--resume puts an issued certificate in its place without the server") {
        Obstructed issued;
        Run& run = issued.run;
        CHECK(last_state(run)["status"] == "placing");
        CHECK(run() == Exit::Failure);
        CHECK(run.said("cert.pem: already exists"));
        CHECK(run.content("cert.pem") == "precious");
        fs::remove(issued.in_the_way);
        run.options.format = "json";
        run.out.str("");
        CHECK(run() == Exit::Ok);
        CHECK(run.transport.requests.empty());
        const auto document = nlohmann::json::parse(run.out.str());
        CHECK(document["status"] == "success");
        CHECK(document["url"] == "http://ca.example/scep?ca=1");
        CHECK(document["files"]["certificate"] == run.file("cert.pem").string());
        CHECK(certified(run) == key_of(run));
        CHECK(entries(run.options.out_dir) == 3);
    }

    TEST_CASE("what this run has put there already is no obstacle, in any form") {
        for (const char* form : {"pem", "der", "p12"}) {
            CAPTURE(form);
            Obstructed issued(form);
            Run& run = issued.run;
            fs::remove(issued.in_the_way);
            const std::string state = run.content("request.pem");
            const std::string key = run.content("key.pem");
            REQUIRE(run() == Exit::Ok);
            put(run.file("request.pem"), state);
            CHECK(run() == Exit::Ok);  // the key is in its place alone
            put(run.file("request.pem"), state);
            put(run.file("key.pem"), key);
            put(run.file("." + issued.in_the_way.filename().string() + ".part-abcdef"), "x");
            fs::remove(run.file("chain.pem"));
            fs::remove(run.file("chain.p7b"));
            CHECK(run() == Exit::Ok);
            CHECK(entries(run.options.out_dir) == (std::string_view(form) == "p12" ? 1 : 3));
        }
    }

    TEST_CASE("a new run does not give up what was issued, --force or not") {
        Obstructed issued;
        Run again;
        again.options.out_dir = issued.run.options.out_dir;
        again.options.force = true;
        CHECK(again() == Exit::Usage);
        CHECK(again.said("request.pem: holds a certificate that a run did not come to put in"));
        CHECK(again.transport.requests.empty());
        fs::remove(again.file("request.pem"));
        CHECK(again() == Exit::Ok);
    }

    TEST_CASE("nor where the mode of the state is one that --resume refuses") {
        Obstructed issued;
        fs::permissions(issued.run.file("request.pem"), fs::perms(0640));
        Run again;
        again.options.out_dir = issued.run.options.out_dir;
        again.options.force = true;
        CHECK(again() == Exit::Usage);
        CHECK(again.said("request.pem: holds a certificate that a run did not come to put in"));
        CHECK(again.transport.requests.empty());
    }

    TEST_CASE("a certificate finds its place though the state can take no more") {
        Run run;
        run.transport.before_operation = [&] {
            fs::rename(run.file("request.pem"), run.file("elsewhere"));
            fs::create_symlink("elsewhere", run.file("request.pem"));
        };
        CHECK(run() == Exit::Ok);
        CHECK(certified(run) == key_of(run));
    }

    TEST_CASE("--resume --force replaces what is in the way") {
        Obstructed issued;
        issued.run.options.force = true;
        CHECK(issued.run() == Exit::Ok);
        CHECK(certified(issued.run) == key_of(issued.run));
    }

    TEST_CASE("a renewal in place that was killed between two files is finished") {
        Run run;
        run.options.key = "rsa:2048";
        REQUIRE(run() == Exit::Ok);
        const std::string url = run.options.url, print = run.options.ca_fingerprint;
        run.options = {.url = url,
                       .out_dir = run.options.out_dir,
                       .key = "rsa:2048",
                       .ca_fingerprint = print,
                       .renew = true,
                       .cert = run.file("cert.pem").string(),
                       .cert_key = run.file("key.pem").string(),
                       .force = true};
        const EnrollOptions renewal = run.options;
        run.transport.answer = {.status = PkiStatus::Pending};
        REQUIRE(run() == Exit::Pending);
        CHECK(run.content("request.pem").find("PRIVATE KEY") != std::string::npos);
        const std::string waiting = run.content("key.pem.new");
        put(run.file("key.pem"), waiting);  // renamed already, the certificate not
        run.options = renewal;
        CHECK(run() == Exit::Usage);
        CHECK(
            run.said("a run is unfinished there, which this goes on with: certctl-scep enroll "
                     "--resume --out-dir"));
        run.transport.answer = {};
        run.options = {.out_dir = renewal.out_dir, .resume = true};
        CHECK(run() == Exit::Ok);  // the old key is in request.pem
        CHECK(certified(run) == key_of(run));
        CHECK(run.content("key.pem") == waiting);
        CHECK(entries(run.options.out_dir) == 3);
    }

    TEST_CASE("a certificate that was not yet written into the state whole is asked for again") {
        for (const std::size_t written : {0U, 1U, 2U, 700U, ~0U}) {
            CAPTURE(written);
            Obstructed issued;
            Run& run = issued.run;
            const std::string text = run.content("request.pem");
            const std::size_t before = text.rfind("\n{\n") + 1;
            const std::size_t size = std::min(before + written, text.size() - 1);
            put(run.file("request.pem"), std::string_view(text).substr(0, size));
            fs::remove(issued.in_the_way);
            CHECK(run() == Exit::Ok);
            CHECK(run.transport.requests.size() == 3);
            CHECK(certified(run) == key_of(run));
            CHECK(entries(run.options.out_dir) == 3);
        }
    }

    TEST_CASE("what another run has put there since the plan was made is seen under the lock") {
        for (const bool force : {false, true}) {
            CAPTURE(force);
            Run run, other;
            run.options.force = force;
            auto plan = must(plan_enrollment(run.options, run.io));
            other.options.out_dir = run.options.out_dir;
            REQUIRE(other() == Exit::Ok);
            const std::string key = other.content("key.pem");
            run.transport.answer = {.status = PkiStatus::Failure};
            SeededRandom random(2);
            const EnrollWorld world{
                .transport = run.transport, .random = random, .pause = run.pause};
            CHECK(enroll(plan, world, run.io) == (force ? Exit::Refused : Exit::Usage));
            CHECK(run.said(force ? "key.pem.new" : "exists already"));
            CHECK(run.content("key.pem") == key);
            CHECK(certified(run) == key_of(run));
        }
    }

    TEST_CASE("one run at a time goes on") {
        Run run, other;
        run.options.poll_interval = "1s";
        run.transport.answer = {.status = PkiStatus::Pending};
        other.options = {.out_dir = run.options.out_dir, .resume = true};
        run.pause.meanwhile = [&] {
            CHECK(other() == Exit::Usage);
            run.transport.answer = {};
        };
        CHECK(run() == Exit::Ok);
        CHECK(other.said("another run works in this directory"));
        CHECK(other.transport.requests.empty());
    }

    TEST_CASE("a key that is not the certificate's is one clear error") {
        Obstructed issued;
        fs::remove(issued.in_the_way);
        put(issued.run.file("key.pem"), as_text(shared_rsa_key()->to_pkcs8_pem()));
        CHECK(issued.run() == Exit::Usage);
        CHECK(issued.run.said("is not the key of the certificate in"));
        CHECK_FALSE(fs::exists(issued.in_the_way));
    }
}

}  // namespace scep::cli
