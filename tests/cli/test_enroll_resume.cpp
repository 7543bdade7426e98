// enroll that waits, is interrupted, and goes on.
#include <sys/stat.h>

#include <nlohmann/json.hpp>

#include "core/asn1/pem.hpp"
#include "core/files/files.hpp"
#include "enroll_run.hpp"
#include "support/small_files.hpp"

namespace scep::cli {

namespace {

// The types of the PKIOperations that went out.
std::vector<MessageType> operations(const Run& run) {
    std::vector<MessageType> out;
    for (const http::ClientRequest& request : run.transport.requests) {
        const auto operation = must(parse_operation(request.post, request.url.query, request.body));
        if (operation.kind == OperationKind::PkiOperation)
            out.push_back(must(parse_pki_message(operation.message)).type);
    }
    return out;
}

// What another process does in the same directory.
Exit resume(Run& run, const std::string& operation = {}) {
    run.transport.requests.clear();
    EnrollOptions options;
    options.out_dir = run.options.out_dir;
    options.operation = operation;
    options.resume = operation.empty();
    run.options = options;
    return run();
}

std::string certified_key(const Run& run) {
    const auto certificate =
        must(x509::parse_certificates(as_bytes(run.content("cert.pem")), "cert.pem")).front();
    return to_hex(must(certificate.public_key()).spki());
}

std::string kept_key(const Run& run, const std::string& name = "key.pem") {
    return to_hex(
        must(crypto::PrivateKey::parse(as_bytes(run.content(name)), name))->public_key().spki());
}

bool has_state(const Run& run) {
    return run.content("request.pem").starts_with("{\n");
}

void put(const Run& run, std::string_view content) {
    REQUIRE(files::write_atomic(
        run.file("request.pem"), as_bytes(content), 0600, files::Overwrite::Replace));
}

// The first PEM block with that label.
void take_out(std::string& text, std::string_view label) {
    const std::size_t from = text.find(fmt::format("-----BEGIN {}-----", label));
    const std::string end = fmt::format("-----END {}-----\n", label);
    text.erase(from, text.find(end) + end.size() - from);
}

}  // namespace

TEST_SUITE("cli/enroll resume") {
    TEST_CASE("RFC8894 lines 29, 98, 101: PENDING is polled for until the CA has decided") {
        Run run;
        run.options.poll_interval = "10s";
        run.transport.answer = {.status = PkiStatus::Pending};
        run.pause.meanwhile = [&] {
            if (run.pause.waited.size() == 3)
                run.transport.answer = {};
        };
        CHECK(run() == Exit::Ok);
        CHECK(operations(run) == std::vector{MessageType::PkcsReq,
                                             MessageType::CertPoll,
                                             MessageType::CertPoll,
                                             MessageType::CertPoll});
        CHECK(run.pause.waited == std::vector{Seconds(10), Seconds(15), Seconds(22)});
        CHECK(certified_key(run) == kept_key(run));
        CHECK_FALSE(fs::exists(run.file("request.pem")));
    }

    TEST_CASE("RFC8894 line 98: polling ends with --poll-timeout, the last poll at its end") {
        Run run;
        run.options.poll_interval = "1m";
        run.options.poll_timeout = "4m";
        run.transport.answer = {.status = PkiStatus::Pending};
        CHECK(run() == Exit::Pending);
        CHECK(run.pause.waited == std::vector{Seconds(60), Seconds(90), Seconds(90)});
        CHECK(run.said("--resume --out-dir"));
        CHECK(run.mode("request.pem") == 0600);
    }

    TEST_CASE("while the CA has not decided, nothing lies there but key and request") {
        Run run;
        run.options.poll_interval = "1s";
        std::size_t while_asked = 0, while_waiting = 0;
        run.transport.before_operation = [&] {
            while_asked = std::max(while_asked, entries(run.options.out_dir));
        };
        run.transport.answer = {.status = PkiStatus::Pending};
        run.pause.meanwhile = [&] {
            while_waiting = entries(run.options.out_dir);
            run.transport.answer = {.status = PkiStatus::Failure,
                                    .fail_info = FailInfo::BadRequest};
        };
        CHECK(run() == Exit::Refused);
        CHECK(while_asked == 4);  // and the files that the certificate would go to
        CHECK(while_waiting == 2);
        CHECK(entries(run.options.out_dir) == 2);
    }

    TEST_CASE("RFC8894 line 70: a poll holds the CA's name and the request's") {
        Run run;
        run.options.poll_interval = "1s";
        run.transport.answer = {.status = PkiStatus::Pending};
        run.pause.meanwhile = [&] { run.transport.answer = {}; };
        CHECK(run() == Exit::Ok);
        asn1::Reader in(server().received.polled);
        auto names = must(in.expect_into(asn1::kSequence, "IssuerAndSubject"));
        const auto issuer = must(names.expect(asn1::kSequence, "issuer"));
        const auto subject = must(names.expect(asn1::kSequence, "subject"));
        CHECK(equal(issuer.tlv, server().ca.certificate.subject_der()));
        CHECK(must(x509::Name::parse(subject.tlv, "subject")).to_text() == "CN=cam-1,O=Lab");
        CHECK(names.finish("IssuerAndSubject").has_value());
    }

    TEST_CASE("the state on disk holds no secret and says what was asked") {
        Run run;
        run.transport.answer = {.status = PkiStatus::Pending};
        CHECK(run() == Exit::Pending);
        const std::string file = run.content("request.pem");
        const std::string text = file.substr(0, file.find("-----BEGIN"));
        CHECK(text.find(kChallenge) == std::string::npos);
        CHECK(text.find("PRIVATE") == std::string::npos);
        const auto json = nlohmann::json::parse(text);
        CHECK(json["schema"] == "certctl-scep/enroll-state/1");
        CHECK(json["status"] == "pending");
        CHECK(json["url"] == "http://ca.example/scep?ca=1");
        CHECK(json["transaction_id"] == server().received.transaction_id);
        CHECK(json["ca"]["sha256"] == to_hex(server().ca.certificate.fingerprint()));
    }

    TEST_CASE("RFC8894 lines 52, 99: --resume polls with the same key, signer and transactionID") {
        Run run;  // an EC key, so with a transient signer
        run.transport.answer = {.status = PkiStatus::Pending};
        CHECK(run() == Exit::Pending);
        const std::string transaction = server().received.transaction_id;
        const std::string key = kept_key(run);
        const x509::Certificate signer = server().received.signer;
        run.transport.answer = {};
        CHECK(resume(run) == Exit::Ok);
        CHECK(operations(run) == std::vector{MessageType::CertPoll});
        CHECK(server().received.transaction_id == transaction);
        CHECK(server().received.signer == signer);
        CHECK(certified_key(run) == key);
        CHECK(kept_key(run) == key);
        CHECK_FALSE(fs::exists(run.file("request.pem")));
        CHECK(resume(run) == Exit::Usage);
        CHECK(run.said("nothing to go on with"));
    }

    TEST_CASE(
        "RFC8894 line 108: what was interrupted before any reply is asked for anew, unchanged") {
        Run run;
        run.transport.operation_fails = true;
        CHECK(run() == Exit::Failure);
        CHECK(run.transport.requests.size() == 4);
        CHECK(run.transport.requests[2].body == run.transport.requests[3].body);
        const std::string request = run.content("request.pem");
        const std::string key = kept_key(run);
        run.transport.operation_fails = false;
        CHECK(resume(run) == Exit::Ok);
        CHECK(operations(run) == std::vector{MessageType::PkcsReq});
        CHECK(request.find(asn1::to_pem("CERTIFICATE REQUEST", server().received.request->der())) !=
              std::string::npos);
        CHECK(certified_key(run) == key);
    }

    TEST_CASE("RFC8894 line 108: a poll that the server does not know becomes a new PKCSReq") {
        Run run;
        run.transport.answer = {.status = PkiStatus::Pending};
        CHECK(run() == Exit::Pending);
        const std::string transaction = server().received.transaction_id;
        run.transport.answer = {.status = PkiStatus::Failure, .fail_info = FailInfo::BadCertId};
        run.transport.before_operation = [&] {
            if (operations(run).size() == 2)
                run.transport.answer = {};
        };
        CHECK(resume(run) == Exit::Ok);
        CHECK(operations(run) == std::vector{MessageType::CertPoll, MessageType::PkcsReq});
        CHECK(server().received.transaction_id == transaction);
        CHECK(run.said("does not know transaction " + transaction));
        CHECK(certified_key(run) == kept_key(run));
    }

    TEST_CASE("a reply that is lost once is asked for again with the same octets") {
        Run run;
        int sent = 0;
        run.transport.before_operation = [&] { run.transport.operation_fails = ++sent == 1; };
        CHECK(run() == Exit::Ok);
        REQUIRE(run.transport.requests.size() == 4);
        CHECK(run.transport.requests[2].body == run.transport.requests[3].body);
        CHECK(run.said("the same request goes out once more"));
    }

    TEST_CASE("a network that fails between polls is waited through") {
        Run run;
        run.options.poll_interval = "1s";
        run.transport.answer = {.status = PkiStatus::Pending};
        run.pause.meanwhile = [&] {
            run.transport.operation_fails = run.pause.waited.size() < 4;
            if (run.pause.waited.size() > 4)
                run.transport.answer = {};
        };
        CHECK(run() == Exit::Ok);
        CHECK(run.said("polling goes on"));
    }

    TEST_CASE("a disk that is full between polls is waited through") {
        Run run;
        run.options.poll_interval = "1s";
        run.transport.answer = {.status = PkiStatus::Pending};
        std::optional<SmallFiles> full;
        run.pause.meanwhile = [&] {
            full.reset();
            if (run.pause.waited.size() < 3)
                full.emplace(100);
            else
                run.transport.answer = {};
        };
        CHECK(run() == Exit::Ok);
        CHECK(
            run.said("request.pem: cannot write: file too large; the state there is an older one"));
        CHECK(certified_key(run) == kept_key(run));
    }

    TEST_CASE("RFC8894 line 108: a lost reply to what is asked anew is no decision of the CA") {
        for (const bool in_time : {true, false}) {
            CAPTURE(in_time);
            Run run;
            run.options.poll_interval = "1s";
            run.options.poll_timeout = in_time ? "1m" : "1s";
            run.transport.answer = {.status = PkiStatus::Pending};
            run.pause.meanwhile = [&] {
                run.transport.answer = {.status = PkiStatus::Failure,
                                        .fail_info = FailInfo::BadCertId};
            };
            run.transport.before_operation = [&] {
                const auto sent = operations(run);
                const bool anew = sent.size() > 1 && sent.back() == MessageType::PkcsReq;
                run.transport.operation_fails = anew && sent.size() < 6;
                if (anew && !run.transport.operation_fails)
                    run.transport.answer = {};
            };
            CHECK(run() == (in_time ? Exit::Ok : Exit::Failure));
            if (in_time) {
                CHECK(certified_key(run) == kept_key(run));
                continue;
            }
            CHECK(run.said("--resume --out-dir"));
            CHECK(has_state(run));
        }
    }

    TEST_CASE("a server that has no time between polls is waited through, as it asks") {
        struct Row {
            int status;
            std::string retry_after;
            Seconds waits;
        };

        for (const Row& row : {Row{503, "120", Seconds(120)},
                               Row{429, "86400", Seconds(600)},
                               Row{500, "", Seconds(15)},
                               Row{502, "soon", Seconds(15)},
                               Row{504, "1", Seconds(15)},
                               Row{408, "", Seconds(15)}}) {
            CAPTURE(row.status);
            Run run;
            run.options.poll_interval = "10s";
            run.transport.answer = {.status = PkiStatus::Pending};
            run.pause.meanwhile = [&] {
                const bool first = run.pause.waited.size() == 1;
                run.transport.answer = {};
                run.transport.operation_reply.reset();
                if (first)
                    run.transport.operation_reply =
                        http::ClientReply{.status = row.status, .retry_after = row.retry_after};
            };
            CHECK(run() == Exit::Ok);
            CHECK(run.pause.waited == std::vector{Seconds(10), row.waits});
            CHECK(run.said("polling goes on"));
        }
    }

    TEST_CASE("a server that takes nothing in is told from one that may have issued") {
        Run run;
        run.transport.operation_reply =
            http::ClientReply{.status = 503, .retry_after = "Tue, 24 Nov 2026 03:02:00 GMT"};
        CHECK(run() == Exit::Failure);
        CHECK(
            run.said("hint: try again in 120 s, as the server asks: certctl-scep enroll --resume"));
        CHECK_FALSE(run.said("may have issued"));
        run.transport.operation_reply = http::ClientReply{.status = 500};
        CHECK(resume(run) == Exit::Failure);
        CHECK(run.said("may have issued"));
    }

    TEST_CASE("--operation poll polls once") {
        Run run;
        run.transport.answer = {.status = PkiStatus::Pending};
        CHECK(run() == Exit::Pending);
        CHECK(resume(run, "poll") == Exit::Pending);
        CHECK(operations(run) == std::vector{MessageType::CertPoll});
        CHECK(run.pause.waited.empty());
        run.transport.answer = {.status = PkiStatus::Failure, .fail_info = FailInfo::BadCertId};
        CHECK(resume(run, "poll") == Exit::Refused);
        CHECK(operations(run).size() == 1);
        CHECK(has_state(run));
        run.transport.answer = {};
        CHECK(resume(run, "poll") == Exit::Ok);
    }

    TEST_CASE("RFC8894 line 31: after FAILURE there is nothing to go on with, and the key stays") {
        Run run;
        run.transport.answer = {.status = PkiStatus::Failure, .fail_info = FailInfo::BadRequest};
        CHECK(run() == Exit::Refused);
        CHECK(fs::exists(run.file("key.pem")));
        const std::string request = run.content("request.pem");
        CHECK(request.starts_with("-----BEGIN CERTIFICATE REQUEST-----\n"));
        CHECK(request.ends_with("-----END CERTIFICATE REQUEST-----\n"));
        CHECK(resume(run) == Exit::Usage);
        CHECK(run.said("nothing to go on with"));
    }

    TEST_CASE("S29 --resume gives nothing to a server with another CA") {
        FakeScepServer other;
        Run run;
        run.transport.answer = {.status = PkiStatus::Pending};
        CHECK(run() == Exit::Pending);
        run.transport.certificates_reply =
            http::ClientReply{.status = 200, .body = other.ca_certificates()};
        CHECK(resume(run) == Exit::Refused);
        CHECK(run.said("the CA's fingerprint differs"));
        CHECK(operations(run).empty());
    }

    TEST_CASE("S30 --resume takes no other RA than the run before, but one that is named now") {
        Run run;
        run.options.ra_fingerprints = {to_hex(server().ra.certificate.fingerprint())};
        run.transport.answer = {.status = PkiStatus::Pending};
        CHECK(run() == Exit::Pending);
        const Identity stranger = make_ra(shared_rsa_key(), server().ca);
        run.transport.certificates_reply = http::ClientReply{
            .status = 200,
            .body =
                cms::build_certs_only({stranger.certificate.der(), server().ca.certificate.der()})};
        CHECK(resume(run) == Exit::Refused);
        CHECK(operations(run).empty());
        run.options.ra_fingerprints = {to_hex(stranger.certificate.fingerprint())};
        run.transport.answer.signer = &stranger;
        CHECK(run() == Exit::Pending);
        CHECK(operations(run) == std::vector{MessageType::CertPoll});
    }

    TEST_CASE("--resume with the fingerprint of another CA is an error that explains") {
        Run run;
        run.transport.answer = {.status = PkiStatus::Pending};
        CHECK(run() == Exit::Pending);
        const std::string good = run.options.ca_fingerprint;
        CHECK(resume(run) == Exit::Pending);
        run.options.ca_fingerprint = std::string(64, '0');
        run.transport.requests.clear();
        CHECK(run() == Exit::Usage);
        CHECK(run.said("error: --ca-fingerprint: is not of CN="));
        CHECK(run.said("which this run has authenticated"));
        CHECK(run.transport.requests.empty());
        run.options.ca_fingerprint = good;
        CHECK(run() == Exit::Pending);
    }

    TEST_CASE("state, signer or request that were tampered with are one clear error") {
        struct Row {
            std::string_view name, state, without, says;
        };

        constexpr std::string_view kState = "its own";
        for (const Row& row :
             {Row{"nothing", "", "", "is no state of enroll"},
              Row{"half a state", "{\n  \"schema\": \"certctl", "", "is no state of enroll"},
              Row{"another state", "{\n\"a\":1\n}\n", "", "is no state of enroll"},
              Row{"an empty one",
                  "{\n\"schema\":\"certctl-scep/enroll-state/1\"\n}\n",
                  "",
                  "missing or malformed"},
              Row{"no request", kState, "CERTIFICATE REQUEST", "no certification request"},
              Row{"no signer", kState, "CERTIFICATE", "want CERTIFICATE"}}) {
            CAPTURE(row.name);
            Run run;
            run.transport.answer = {.status = PkiStatus::Pending};
            REQUIRE(run() == Exit::Pending);
            std::string text = run.content("request.pem");
            if (row.state != kState)
                text = std::string(row.state);
            else
                take_out(text, row.without);
            REQUIRE(files::write_atomic(
                        run.file("request.pem"), as_bytes(text), 0600, files::Overwrite::Replace)
                        .has_value());
            CHECK(resume(run) == Exit::Usage);
            CHECK(run.said(row.says));
            CHECK(operations(run).empty());
        }
    }

    TEST_CASE("a request whose last line break was lost, and one in CRLF, is gone on with") {
        for (const bool crlf : {false, true}) {
            CAPTURE(crlf);
            Run run;
            run.transport.answer = {.status = PkiStatus::Pending};
            REQUIRE(run() == Exit::Pending);
            std::string text = run.content("request.pem");
            text.pop_back();
            const std::size_t pem = text.find("-----BEGIN");
            for (std::size_t at = pem; crlf && (at = text.find('\n', at)) != std::string::npos;
                 at += 2)
                text.replace(at, 1, "\r\n");
            put(run, text);
            CHECK(resume(run) == Exit::Pending);
            CHECK(run.content("request.pem").find("-----END CERTIFICATE-----") !=
                  std::string::npos);
            run.transport.answer = {.status = PkiStatus::Failure};
            CHECK(resume(run) == Exit::Refused);
            CHECK(run.content("request.pem").starts_with("-----BEGIN CERTIFICATE REQUEST-----"));
            CHECK(run.content("request.pem").find("BEGIN CERTIFICATE-----") == std::string::npos);
        }
    }

    TEST_CASE("a state is never written over a request that has gone") {
        Run run;
        run.transport.answer = {.status = PkiStatus::Pending};
        REQUIRE(run() == Exit::Pending);
        const std::string text = run.content("request.pem");
        run.transport.before_operation = [&] { put(run, text.substr(0, text.find("-----"))); };
        CHECK(resume(run) == Exit::Usage);
        CHECK(run.said("holds no certification request any more"));
        run.transport.before_operation = [] {};
        put(run, text);
        CHECK(resume(run) == Exit::Pending);
    }

    TEST_CASE("a FAILURE that a poll alone learns ends the transaction, too") {
        Run run;
        run.transport.answer = {.status = PkiStatus::Pending};
        REQUIRE(run() == Exit::Pending);
        run.transport.answer = {.status = PkiStatus::Failure, .fail_info = FailInfo::BadRequest};
        CHECK(resume(run, "poll") == Exit::Refused);
        CHECK_FALSE(has_state(run));
        CHECK(resume(run) == Exit::Usage);
    }

    TEST_CASE("what another one names in the state does not look like PEM") {
        Run run;
        run.options.url = "http://ca.example/-----BEGIN-----";
        run.transport.answer = {.status = PkiStatus::Pending};
        REQUIRE(run() == Exit::Pending);
        const std::string text = run.content("request.pem");
        CHECK(text.find("-----") == text.find("\n-----BEGIN ") + 1);
        CHECK(resume(run) == Exit::Pending);
        CHECK(run.transport.requests.back().url.path == "/-----BEGIN-----");
    }

    TEST_CASE("a new run beside an unfinished one says how to go on") {
        Run run;
        run.transport.answer = {.status = PkiStatus::Pending};
        CHECK(run() == Exit::Pending);
        CHECK(run() == Exit::Usage);
        CHECK(run.said("certctl-scep enroll --resume --out-dir " + run.options.out_dir));
    }

    TEST_CASE("under --force the waiting key goes on and replaces the old one on SUCCESS only") {
        Run run;
        CHECK(run() == Exit::Ok);
        const std::string old = kept_key(run);
        run.options.force = true;
        run.transport.answer = {.status = PkiStatus::Pending};
        CHECK(run() == Exit::Pending);
        CHECK(kept_key(run) == old);
        const std::string waiting = kept_key(run, "key.pem.new");
        run.transport.answer = {};
        CHECK(resume(run) == Exit::Ok);
        CHECK(kept_key(run) == waiting);
        CHECK(certified_key(run) == waiting);
        CHECK_FALSE(fs::exists(run.file("key.pem.new")));
    }

    // A pending run with --force, over which another one was killed between key and request.
    struct Displaced {
        Displaced() {
            REQUIRE(run() == Exit::Ok);
            run.options.force = true;
            run.transport.answer = {.status = PkiStatus::Pending};
            REQUIRE(run() == Exit::Pending);
            waiting = kept_key(run, "key.pem.new");
            fs::rename(run.file("key.pem.new"), left);
            put_key("key.pem.new");
            run.transport.answer = {};
        }

        void put_key(const char* name) const {
            REQUIRE(files::write_atomic(
                run.file(name), ec_key()->to_pkcs8_pem(), 0600, files::Overwrite::Refuse));
        }

        Run run{};
        fs::path left = run.file(".key.pem.new.part-abcdef");
        std::string waiting{};
    };

    TEST_CASE("--force over a waiting run, killed between key and request, loses neither key") {
        Displaced displaced;
        Run& run = displaced.run;
        displaced.put_key(".key.pem.new.part-uvwxyz");
        CHECK(resume(run) == Exit::Ok);
        CHECK(kept_key(run) == displaced.waiting);
        CHECK(certified_key(run) == displaced.waiting);
        CHECK(entries(run.options.out_dir) == 3);
    }

    TEST_CASE("a displaced key stays while something else keeps the run from going on") {
        Displaced displaced;
        Run& run = displaced.run;
        fs::permissions(run.file("request.pem"), fs::perms(0640));
        CHECK(resume(run) == Exit::Usage);
        fs::permissions(run.file("request.pem"), fs::perms(0600));
        fs::permissions(displaced.left, fs::perms(0644));
        CHECK(resume(run) == Exit::Usage);
        fs::permissions(displaced.left, fs::perms(0600));
        CHECK(resume(run) == Exit::Ok);
        CHECK(certified_key(run) == displaced.waiting);
    }

    TEST_CASE("only a file is taken for a displaced key") {
        Displaced displaced;
        Run& run = displaced.run;
        const fs::path elsewhere = run.directory / "elsewhere.pem";
        fs::rename(displaced.left, elsewhere);
        fs::create_symlink(elsewhere, displaced.left);
        REQUIRE(::mkfifo(run.file(".key.pem.new.part-aaaaaa").c_str(), 0600) == 0);
        CHECK(resume(run) == Exit::Usage);
        CHECK(run.said("key.pem.new"));
        CHECK(fs::exists(elsewhere));
    }

    TEST_CASE("wrong polling times are one error") {
        for (const std::string& text : std::vector<std::string>{"0s", "x", "25h"}) {
            CAPTURE(text);
            Run run;
            run.options.poll_interval = text;
            CHECK(run() == Exit::Usage);
            CHECK(run.said("--poll-interval: got " + text));
        }
        Run run;
        run.options.poll_timeout = "31d";
        CHECK(run() == Exit::Usage);
        CHECK(run.said("--poll-timeout: got 31d"));
    }
}

}  // namespace scep::cli
