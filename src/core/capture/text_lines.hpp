// Messages among other text: URLs and access logs, and base64 or hex that a log or a mail quotes.
#pragma once

#include "core/capture/collection.hpp"

namespace scep::capture {

// GET URLs, query strings and access-log lines (nginx, Apache, HAProxy, JSON); lines without SCEP
// are counted. False when no line has any.
bool add_query_lines(Collection& out, const Captured& frame, std::string_view text);

// Messages in base64 or hex among words. False when there is none.
bool add_quoted(Collection& out, const Captured& frame, std::string_view text);

// The time that a line of a log begins with, or has in brackets as Apache and HAProxy write it.
std::optional<TimePoint> log_time(std::string_view line);

// "2026-11-29T08:57:11.123+01:00", "2026-11-29 08:57:11"; what has no zone is taken as UTC.
std::optional<TimePoint> iso_time(std::string_view text);

}  // namespace scep::capture
