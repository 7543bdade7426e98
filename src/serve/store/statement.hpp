// Values into and out of prepared statements. Everything here throws SQLite::Exception.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include <SQLiteCpp/Column.h>
#include <SQLiteCpp/Statement.h>

#include "core/base/bytes.hpp"
#include "core/base/clock.hpp"

namespace scep::store {

// Runs a kept statement: bind() every parameter in order, then step; reset when it goes, so that no
// read lock outlives it. What is bound must live as long.
class Run {
  public:
    explicit Run(SQLite::Statement& statement) noexcept : statement_(statement) {}

    Run(const Run&) = delete;
    Run& operator=(const Run&) = delete;

    ~Run() { statement_.tryReset(); }

    Run& bind(const std::string& text) {
        statement_.bindNoCopy(next_++, text);
        return *this;
    }

    Run& bind(std::int64_t number) {
        statement_.bind(next_++, number);
        return *this;
    }

    Run& bind(Bytes blob) {
        // a null pointer would be NULL
        const void* data = blob.empty() ? "" : static_cast<const void*>(blob.data());
        statement_.bindNoCopy(next_++, data, static_cast<int>(blob.size()));
        return *this;
    }

    Run& bind(TimePoint time) { return bind(std::int64_t{time.time_since_epoch().count()}); }

    Run& bind(const std::optional<TimePoint>& time) { return time ? bind(*time) : bind_null(); }

    Run& bind_null() {
        statement_.bind(next_++);
        return *this;
    }

    bool step() { return statement_.executeStep(); }

  private:
    SQLite::Statement& statement_;
    int next_ = 1;
};

// Takes the columns of one row in order.
class Columns {
  public:
    explicit Columns(const SQLite::Statement& row) noexcept : row_(row) {}

    std::string text() { return next().getString(); }

    std::int64_t number() { return next().getInt64(); }

    TimePoint time() { return TimePoint(Seconds(number())); }

    std::optional<std::int64_t> number_or_null() {
        const SQLite::Column column = next();
        return column.isNull() ? std::nullopt : std::optional(column.getInt64());
    }

    std::optional<TimePoint> time_or_null() {
        const std::optional<std::int64_t> seconds = number_or_null();
        return seconds ? std::optional(TimePoint(Seconds(*seconds))) : std::nullopt;
    }

    Buffer blob() {
        const SQLite::Column column = next();
        const auto* data = static_cast<const std::uint8_t*>(column.getBlob());
        return {data, data + column.getBytes()};
    }

    std::array<std::uint8_t, 32> digest() {
        const Buffer bytes = blob();
        std::array<std::uint8_t, 32> out{};
        std::copy_n(bytes.begin(), std::min(bytes.size(), out.size()), out.begin());
        return out;
    }

    bool done() const { return next_ == row_.getColumnCount(); }

  private:
    SQLite::Column next() { return row_.getColumn(next_++); }

    const SQLite::Statement& row_;
    int next_ = 0;
};

}  // namespace scep::store
