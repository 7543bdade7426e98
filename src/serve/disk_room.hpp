// Whether something still fits beside the database: SQLite needs room to commit and to checkpoint,
// and what was promised has to be kept (SECURITY rule S24).
#pragma once

#include <filesystem>
#include <optional>

#include "core/base/clock.hpp"
#include "core/base/limits.hpp"

namespace scep::serve {

class DiskRoom {
  public:
    // `beside`: the database, or where it will be; behind links.
    explicit DiskRoom(const std::filesystem::path& beside) {
        std::error_code unknown;
        beside_ = std::filesystem::weakly_canonical(beside, unknown).parent_path();
        if (beside_.empty())
            beside_ = ".";
    }

    // Looks once in a second of `now`.
    bool has(TimePoint now) {
        if (looked_ == now)
            return room_;
        looked_ = now;
        std::error_code unknown;
        const auto space = std::filesystem::space(beside_, unknown);
        return room_ = unknown || space.available >= limits::kMinFreeDisk;
    }

  private:
    std::filesystem::path beside_;
    std::optional<TimePoint> looked_{};
    bool room_ = true;
};

}  // namespace scep::serve
