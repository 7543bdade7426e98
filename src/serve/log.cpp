#include "serve/log.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "core/base/escape.hpp"
#include "core/base/limits.hpp"

namespace scep::serve {

namespace {

spdlog::level::level_enum to_spdlog(Level level) noexcept {
    switch (level) {
        case Level::Trace:
            return spdlog::level::trace;
        case Level::Debug:
            return spdlog::level::debug;
        case Level::Info:
            return spdlog::level::info;
        case Level::Warn:
            return spdlog::level::warn;
        case Level::Error:
            break;
    }
    return spdlog::level::err;
}

std::string_view name(Level level) noexcept {
    constexpr std::string_view kNames[] = {"trace", "debug", "info", "warn", "error"};
    return kNames[static_cast<std::size_t>(level)];
}

// A peer's string fills no disk: a path of 60 KB is told from its beginning.
std::string shown(std::string_view value) {
    return escape_text(shorten(value, limits::kMaxLogValue));
}

// Quoted when it holds a blank, a quote or an equals sign, so that a line splits one way only.
std::string text_value(std::string_view value) {
    std::string escaped = shown(value);
    if (escaped.find_first_of(" \"=") == std::string::npos)
        return escaped;
    std::string out = "\"";
    for (const char c : escaped) {
        if (c == '"')
            out += '\\';
        out += c;
    }
    return out + '"';
}

std::string text_line(std::string_view time,
                      Level level,
                      std::string_view event,
                      std::initializer_list<Field> fields) {
    std::string out = fmt::format("{} {:<5} {}", time, name(level), event);
    for (const auto& [key, value] : fields)
        if (!value.empty())
            out += fmt::format(" {}={}", key, text_value(value));
    return out;
}

std::string json_line(std::string_view time,
                      Level level,
                      std::string_view event,
                      std::initializer_list<Field> fields) {
    nlohmann::ordered_json line{{"time", time}, {"level", name(level)}, {"event", event}};
    for (const auto& [key, value] : fields)
        if (!value.empty())
            line[std::string(key)] = shown(value);
    return line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace

struct Log::State {
    spdlog::logger logger;
    bool json;
    const Clock& clock;
};

Log::Log(std::string_view level, std::string_view format, const Clock& clock)
    : state_(new State{spdlog::logger("serve", std::make_shared<spdlog::sinks::stderr_sink_st>()),
                       format == "json",
                       clock}) {
    state_->logger.set_level(spdlog::level::from_str(std::string(level)));
    state_->logger.set_pattern("%v");
    state_->logger.flush_on(spdlog::level::trace);
}

Log::~Log() = default;

bool Log::enabled(Level level) const noexcept {
    return state_->logger.should_log(to_spdlog(level));
}

void Log::write(Level level, std::string_view event, std::initializer_list<Field> fields) {
    if (!enabled(level))
        return;
    const std::string time = to_rfc3339(state_->clock.now());
    const std::string line = state_->json ? json_line(time, level, event, fields)
                                          : text_line(time, level, event, fields);
    state_->logger.log(to_spdlog(level), spdlog::string_view_t(line));
}

}  // namespace scep::serve
