// One run of enroll in a directory of its own, against a server of this process.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>

#include <doctest/doctest.h>

#include "cli/cmd_enroll.hpp"
#include "core/base/encoding.hpp"
#include "support/fake_scep_server.hpp"

namespace scep::cli {

using namespace scep::test;
namespace fs = std::filesystem;

inline constexpr std::string_view kChallenge = "the-secret-challenge";

// The network: a server of this process, or its failure.
class FakeTransport final : public http::Transport {
  public:
    explicit FakeTransport(FakeScepServer& server) : server_(server) {}

    Result<http::ClientReply> exchange(const http::ClientRequest& request) override {
        requests.push_back(request);
        const auto operation = must(parse_operation(request.post, request.url.query, request.body));
        if (request.meanwhile)
            request.meanwhile();
        http::ClientReply reply{.status = 200, .authenticated = authenticated};
        switch (operation.kind) {
            case OperationKind::GetCaCaps:
                CHECK(request.may_hang_up == !asks_capabilities);
                if (broken)
                    return fail(Errc::Network, "caps: connection reset");
                reply.status = capabilities_status;
                reply.body = to_buffer(as_bytes(capabilities));
                break;
            case OperationKind::GetCaCert:
                CHECK_FALSE(request.may_hang_up);
                reply.body = server_.ca_certificates();
                reply = certificates_reply.value_or(reply);
                break;
            case OperationKind::GetNextCaCert:
                reply = next_ca_reply;
                break;
            default:
                before_operation();
                if (operation_fails)
                    return fail(Errc::Network, "the server closed the connection");
                reply.body = server_.operate(operation.message, answer);
                reply = operation_reply.value_or(reply);
        }
        return reply;
    }

    bool asks_capabilities = false;  // they are all that is wanted
    bool authenticated = false, broken = false, operation_fails = false;
    int capabilities_status = 200;
    std::string capabilities = "SCEPStandard\n";
    std::optional<http::ClientReply> certificates_reply{}, operation_reply{};
    http::ClientReply next_ca_reply{.status = 404};
    Answer answer{};
    std::function<void()> before_operation = [] {};
    std::vector<http::ClientRequest> requests{};

  private:
    FakeScepServer& server_;
};

inline FakeScepServer& server() {
    static FakeScepServer instance;
    return instance;
}

// Keeps what was waited for, and lets something happen meanwhile.
class FakePause final : public Pause {
  public:
    explicit FakePause(FixedClock& clock) : clock_(clock) {}

    void wait(Seconds time) override {
        waited.push_back(time);
        clock_.advance(time);
        meanwhile();
    }

    std::vector<Seconds> waited{};
    std::function<void()> meanwhile = [] {};

  private:
    FixedClock& clock_;
};

// One enroll in a directory of its own.
struct Run {
    explicit Run(FakeScepServer& with = server()) : transport(with) {
        std::string name = (fs::temp_directory_path() / "scep-enroll.XXXXXX").string();
        REQUIRE(::mkdtemp(name.data()) != nullptr);
        directory = name;
        options.url = "http://ca.example/scep?ca=1";
        options.subject = "CN=cam-1,O=Lab";
        options.challenge.value = kChallenge;
        options.key = "ec:P-256";
        options.out_dir = (directory / "new" / "out").string();
        options.ca_fingerprint = to_hex_colons(server().ca.certificate.fingerprint());
    }

    Run(const Run&) = delete;
    Run& operator=(const Run&) = delete;

    ~Run() {
        std::error_code ignored;
        fs::remove_all(directory, ignored);
    }

    Exit operator()() {
        SeededRandom random(1);
        auto plan = plan_enrollment(options, io);
        if (!plan)
            return report(io, plan.error());
        return enroll(*plan, {.transport = transport, .random = random, .pause = pause}, io);
    }

    fs::path file(const std::string& name) const { return fs::path(options.out_dir) / name; }

    std::string content(const std::string& name) const {
        std::ifstream source(file(name));
        return {std::istreambuf_iterator<char>(source), {}};
    }

    unsigned mode(const std::string& name) const {
        return static_cast<unsigned>(fs::status(file(name)).permissions());
    }

    bool said(std::string_view text) const { return err.str().find(text) != std::string::npos; }

    fs::path directory{};
    EnrollOptions options{};
    FixedClock clock{kNow};
    std::istringstream in{};
    std::ostringstream out{}, err{};
    Io io{in, out, err, clock};
    FakeTransport transport;
    FakePause pause{clock};
};

inline std::size_t entries(const fs::path& directory) {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(directory), fs::directory_iterator()));
}

inline void set_challenge(EnrollOptions& options, const std::string& value) {
    options.challenge = {};
    options.challenge.env = "TEST_CHALLENGE";
    ::setenv("TEST_CHALLENGE", value.c_str(), 1);
}

}  // namespace scep::cli
