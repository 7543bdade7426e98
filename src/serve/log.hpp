// The structured log: one line per decision, as text (key=value) or JSON. Strings from peers are
// escaped here (SECURITY rule S23); secrets never get this far.
#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "core/base/clock.hpp"
#include "core/base/result.hpp"

namespace scep::serve {

enum class Level : std::uint8_t { Trace, Debug, Info, Warn, Error };

using Field = std::pair<std::string_view, std::string_view>;  // an empty value is not written

class Log {
  public:
    // `level`: trace, debug, info, warn, error; `format`: text, json. To standard error.
    Log(std::string_view level, std::string_view format, const Clock& clock);
    ~Log();
    Log(const Log&) = delete;
    Log& operator=(const Log&) = delete;

    bool enabled(Level level) const noexcept;
    void write(Level level, std::string_view event, std::initializer_list<Field> fields);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace scep::serve
