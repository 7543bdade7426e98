#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/base/limits.hpp"
#include "serve/log.hpp"

using namespace scep;

namespace {

const FixedClock kClock(std::chrono::sys_days(std::chrono::year(2026) / 11 / 24));

// What `body` makes the process write to standard error.
template <class Body>
std::string captured(const Body& body) {
    const std::filesystem::path path =
        std::filesystem::temp_directory_path() / ("scep-log-" + std::to_string(::getpid()));
    const int file = ::open(path.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
    const int saved = ::dup(STDERR_FILENO);
    ::dup2(file, STDERR_FILENO);
    body();
    ::dup2(saved, STDERR_FILENO);
    ::close(saved);
    ::close(file);
    std::ifstream in(path);
    std::string text{std::istreambuf_iterator<char>(in), {}};
    std::filesystem::remove(path);
    return text;
}

std::string repeated(std::string_view text, std::size_t times) {
    std::string out;
    for (std::size_t i = 0; i < times; ++i)
        out += text;
    return out;
}

}  // namespace

TEST_SUITE("serve/server") {
    TEST_CASE("a text line is key=value, empty values left out, blanks quoted") {
        const std::string line = captured([] {
            serve::Log log("info", "text", kClock);
            log.write(serve::Level::Info,
                      "request",
                      {{"id", "0badc0de"}, {"serial", ""}, {"reason", "challenge wrong"}});
            log.write(serve::Level::Debug, "handshake", {});
        });
        CHECK(line ==
              "2026-11-24T00:00:00Z info  request id=0badc0de reason=\"challenge wrong\"\n");
    }

    TEST_CASE("S23 what a peer wrote cannot start a line, end a quote or turn the text round") {
        const std::string hostile = "CN=a\nb \"q\" \xe2\x80\xae\x1b[2J";
        const std::string text = captured([&] {
            serve::Log log("info", "text", kClock);
            log.write(serve::Level::Warn, "request", {{"subject", hostile}});
        });
        CHECK(text ==
              "2026-11-24T00:00:00Z warn  request subject=\"CN=a\\x0ab \\\"q\\\" "
              "\\u{202e}\\x1b[2J\"\n");
        const std::string json = captured([&] {
            serve::Log log("info", "json", kClock);
            log.write(serve::Level::Warn, "request", {{"subject", hostile}});
        });
        const auto parsed = nlohmann::json::parse(json);
        CHECK(parsed["subject"] == "CN=a\\x0ab \"q\" \\u{202e}\\x1b[2J");
        CHECK(parsed["level"] == "warn");
    }
    TEST_CASE("S24 a value is told up to its limit, in text and in JSON, and then its size") {
        struct Row {
            std::string_view name;
            std::string value, shown;
        };

        constexpr std::size_t kMax = limits::kMaxLogValue;
        const std::string full(kMax, 'a');
        const Row rows[]{
            {"of the limit", full, full},
            {"one octet more", full + "b", full + "... (1025 octets)"},
            {"60 KB", std::string(60'000, 'a'), full + "... (60000 octets)"},
            {"escapes, which come after", std::string(kMax, '\n'), repeated("\\x0a", kMax)}};
        for (const Row& row : rows) {
            CAPTURE(row.name);
            const auto logged = [&row](std::string_view format) {
                return captured([&] {
                    serve::Log log("info", format, kClock);
                    log.write(
                        serve::Level::Warn, "request", {{"path", row.value}, {"reason", "short"}});
                });
            };
            const std::string_view quote = row.shown.find(' ') != std::string::npos ? "\"" : "";
            CHECK(logged("text") ==
                  fmt::format("2026-11-24T00:00:00Z warn  request path={0}{1}{0} reason=short\n",
                              quote,
                              row.shown));
            const auto parsed = nlohmann::json::parse(logged("json"));
            CHECK(parsed["path"] == row.shown);
            CHECK(parsed["reason"] == "short");
        }
    }
}
