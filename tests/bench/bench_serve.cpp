// CPU microseconds of a running server per PKCSReq over keep-alive TLS 1.3, with an RSA-2048 RA and
// CA, beside three RSA-2048 private-key operations of the same run: quote the ratio. And how long a
// server takes from its start to the line that says it listens.
//   bench_serve CERTCTL-SCEP [CLIENTS] [REQUESTS-PER-CLIENT]
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <thread>

#include <fmt/format.h>
#include <openssl/ssl.h>

#include "bench/measure.hpp"
#include "cli/system_clock.hpp"
#include "serve/endpoint/fixture.hpp"

using namespace scep;
using namespace scep::test;
namespace fs = std::filesystem;

namespace {

using SslCtxPtr = crypto::Handle<SSL_CTX, SSL_CTX_free>;
using SslPtr = crypto::Handle<SSL, SSL_free>;

struct Deployment {
    fs::path directory;
    Identity ca{}, ra{};
};

void write(const fs::path& path, std::string_view content) {
    std::ofstream(path, std::ios::binary) << content;
    fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write);
}

void write_identity(const fs::path& directory, const std::string& name, const Identity& identity) {
    write(directory / (name + ".crt"), to_pem(identity.certificate));
    write(directory / (name + ".key"), as_text(identity.key->to_pkcs8_pem()));
}

// Certificates that are valid by the wall clock, which the server goes by.
Deployment make_deployment() {
    const TimePoint now = cli::SystemClock().now();
    const TimePoint start = now - std::chrono::hours(1);
    const TimePoint end = now + std::chrono::hours(24 * 365);
    Deployment out{.directory =
                       fs::temp_directory_path() / fmt::format("scep-bench-{}", ::getpid())};
    fs::create_directories(out.directory);
    out.ca =
        make_identity({.subject = "CN=Bench CA",
                       .key_usage = x509::kKeyCertSign | x509::kCrlSign,
                       .basic_constraints = x509::BasicConstraints{.ca = true, .path_length = 0},
                       .not_before = start,
                       .not_after = end},
                      rsa_key(),
                      nullptr);
    out.ra = make_identity({.subject = "CN=Bench RA",
                            .ekus = {oid::kCmcRa, oid::kEmailProtection},
                            .not_before = start,
                            .not_after = end},
                           rsa_key(),
                           &out.ca);
    const Identity tls = make_identity({.subject = "CN=localhost",
                                        .key_usage = x509::kDigitalSignature,
                                        .ekus = {oid::kServerAuth},
                                        .not_before = start,
                                        .not_after = end},
                                       ec_key(),
                                       &out.ca);
    write_identity(out.directory, "ca", out.ca);
    write_identity(out.directory, "ra", out.ra);
    write_identity(out.directory, "tls", tls);
    write(out.directory / "challenge", "Uu7iiGh2sjQX0hVZ8kWl3tYc");
    write(out.directory / "bench.toml",
          "[server]\nlisten = \"127.0.0.1:0\"\ntls_cert_path = \"tls.crt\"\ntls_key_path = "
          "\"tls.key\"\n"
          "state_path = \"state.db\"\naudit_key_path = \"audit.key\"\n"
          "[server.rate_limit]\nenabled = false\n"
          "[issuer.iss-local]\nca_cert_path = \"ca.crt\"\nca_key_path = \"ca.key\"\n"
          "[scep.bench]\npath_id = \"\"\nissuer_id = \"iss-local\"\nchallenge_password_file = "
          "\"challenge\"\n"
          "ra_cert_path = \"ra.crt\"\nra_key_path = \"ra.key\"\n");
    return out;
}

struct Server {
    pid_t pid = 0;
    int log = -1;
    std::uint16_t port = 0;
};

// Reads the log until the line that names the port; shows it when that never comes.
std::uint16_t read_port(int log) {
    std::string text;
    std::size_t line = 0;  // where the last one begins
    char c = 0;
    while (::read(log, &c, 1) == 1) {
        text += c;
        if (c != '\n')
            continue;
        if (const std::size_t at = text.find(" port=", line); at != std::string::npos)
            return static_cast<std::uint16_t>(std::stoi(text.substr(at + 6)));
        line = text.size();
    }
    static_cast<void>(std::fputs(text.c_str(), stderr));
    return 0;
}

Server start(const char* binary, const fs::path& config) {
    int pipe_ends[2];
    if (::pipe(pipe_ends) != 0)
        return {};
    const pid_t pid = ::fork();
    if (pid == 0) {
        ::dup2(pipe_ends[1], STDERR_FILENO);
        ::close(pipe_ends[0]);
        ::execl(binary, binary, "serve", "--config", config.c_str(), nullptr);
        ::_exit(127);
    }
    ::close(pipe_ends[1]);
    return {pid, pipe_ends[0], read_port(pipe_ends[0])};
}

int stop(const Server& server) {
    ::kill(server.pid, SIGTERM);
    int status = 0;
    ::waitpid(server.pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

// Wall milliseconds from fork to the line with the port, the database being there already.
double start_milliseconds(const char* binary, const fs::path& config) {
    constexpr int kStarts = 15;
    std::vector<double> times;
    for (int i = 0; i < kStarts; ++i) {
        const double from = bench::cpu_microseconds(CLOCK_MONOTONIC);
        const Server server = start(binary, config);
        times.push_back((bench::cpu_microseconds(CLOCK_MONOTONIC) - from) / 1000);
        ::close(server.log);
        stop(server);
    }
    return bench::median(times);
}

class Client {
  public:
    explicit Client(std::uint16_t port)
        : context_(SSL_CTX_new(TLS_client_method())), ssl_(SSL_new(context_.get())) {
        const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        connected_ =
            ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
        SSL_set_fd(ssl_.get(), fd);
        connected_ = connected_ && SSL_connect(ssl_.get()) == 1;
    }

    // True when the reply is a CertRep SUCCESS-sized one: its status is checked by the caller.
    std::optional<Buffer> post(Bytes message) {
        std::string request = fmt::format(
            "POST /scep?operation=PKIOperation HTTP/1.1\r\nHost: localhost\r\nContent-Length: "
            "{}\r\n\r\n",
            message.size());
        request += as_text(message);
        if (!connected_ ||
            SSL_write(ssl_.get(), request.data(), static_cast<int>(request.size())) <= 0)
            return std::nullopt;
        std::string reply;
        std::size_t want = std::string::npos;
        while (reply.size() < want) {
            char chunk[16384];
            const int got = SSL_read(ssl_.get(), chunk, sizeof chunk);
            if (got <= 0)
                return std::nullopt;
            reply.append(chunk, static_cast<std::size_t>(got));
            if (const std::size_t head = reply.find("\r\n\r\n");
                want == std::string::npos && head != std::string::npos)
                want = head + 4 + std::stoul(reply.substr(reply.find("Content-Length: ") + 16));
        }
        return to_buffer(as_bytes(reply).subspan(reply.find("\r\n\r\n") + 4));
    }

  private:
    SslCtxPtr context_;
    SslPtr ssl_;
    bool connected_ = false;
};

bool success(const std::optional<Buffer>& reply) {
    if (!reply)
        return false;
    const Result<PkiMessage> message = parse_pki_message(*reply);
    return message && message->status == PkiStatus::Success;
}

int run(int argc, char** argv) {
    if (argc < 2)
        return 2;
    const int clients = argc > 2 ? std::atoi(argv[2]) : 4;
    const int per_client = argc > 3 ? std::atoi(argv[3]) : 250;
    const Deployment deployment = make_deployment();
    const Server server = start(argv[1], deployment.directory / "bench.toml");
    if (server.port == 0)
        return 3;
    std::thread log_reader([log = server.log] {
        char chunk[65536];
        while (::read(log, chunk, sizeof chunk) > 0) {
        }
    });
    std::vector<std::vector<Buffer>> messages(static_cast<std::size_t>(clients));
    for (int c = 0; c < clients; ++c)
        for (int i = 0; i < per_client; ++i)
            messages[static_cast<std::size_t>(c)].push_back(
                make_message({.subject = fmt::format("CN=device-{}-{}", c, i),
                              .challenge = "Uu7iiGh2sjQX0hVZ8kWl3tYc",
                              .transaction_id = fmt::format("{}-{}", c, i)},
                             deployment.ra.certificate));

    clockid_t server_clock{};
    clock_getcpuclockid(server.pid, &server_clock);
    bench::ThreePrivateOperations yardstick(deployment.ra.key);
    constexpr int kYardstick = 400;
    const auto measure_yardstick = [&] {
        const double from = bench::cpu_microseconds(CLOCK_THREAD_CPUTIME_ID);
        for (int i = 0; i < kYardstick; ++i)
            yardstick.run();
        return (bench::cpu_microseconds(CLOCK_THREAD_CPUTIME_ID) - from) / kYardstick;
    };
    const double before = measure_yardstick();
    const double server_start = bench::cpu_microseconds(server_clock);
    const double wall_start = bench::cpu_microseconds(CLOCK_MONOTONIC);
    std::atomic<int> failures{0};
    std::vector<std::thread> threads;
    threads.reserve(messages.size());
    for (const std::vector<Buffer>& own : messages)
        threads.emplace_back([&own, &failures, port = server.port] {
            Client client(port);
            for (const Buffer& message : own)
                failures += success(client.post(message)) ? 0 : 1;
        });
    for (std::thread& thread : threads)
        thread.join();
    const double wall = bench::cpu_microseconds(CLOCK_MONOTONIC) - wall_start;
    const double cpu = bench::cpu_microseconds(server_clock) - server_start;
    const double three = (before + measure_yardstick()) / 2;
    const int status = stop(server);
    log_reader.join();
    const double start_ms = start_milliseconds(argv[1], deployment.directory / "bench.toml");
    fs::remove_all(deployment.directory);

    const int total = clients * per_client;
    std::printf(
        "server CPU per request  %8.1f us (%d clients, %d requests, handshakes and commits "
        "included)\n",
        cpu / total,
        clients,
        total);
    std::printf("3 RSA-2048 private ops  %8.1f us CPU\n", three);
    std::printf("ratio                   %8.3f (aim: at most 1.5)\n", cpu / total / three);
    std::printf("requests per second     %8.0f\n", total / (wall / 1e6));
    std::printf("start to listening      %8.1f ms, median (aim: under 50)\n", start_ms);
    std::printf("failures                %8d, server exit %d\n", failures.load(), status);
    return failures == 0 && status == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        return run(argc, argv);
    } catch (const std::exception& error) {
        static_cast<void>(std::fputs(error.what(), stderr));
        return 3;
    }
}
