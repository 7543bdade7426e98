#include "core/base/result.hpp"

#include <fmt/format.h>

namespace scep {

namespace {

std::string place(const Where& where) {
    std::string out = where.source;
    if (where.line != 0)
        out += fmt::format(":{}", where.line);
    if (where.column != 0)
        out += fmt::format(":{}", where.column);
    if (!where.subject.empty())
        out += fmt::format("{}certificate {}", out.empty() ? "" : ": ", where.subject);
    if (!where.field.empty())
        out += fmt::format("{}{}", out.empty() ? "" : ": ", where.field);
    if (where.offset)
        out += fmt::format("{}at offset {}", out.empty() ? "" : " ", *where.offset);
    return out;
}

}  // namespace

tl::unexpected<Error> fail(Error error) {
    return tl::unexpected<Error>(std::move(error));
}

tl::unexpected<Error> fail(Errc code, std::string what) {
    return tl::unexpected<Error>(Error{.code = code, .what = std::move(what)});
}

tl::unexpected<Error> during(Error error, std::string frame) {
    error.during.push_back(std::move(frame));
    return tl::unexpected<Error>(std::move(error));
}

tl::unexpected<Error> pass_on(Error& error) noexcept {
    return tl::unexpected<Error>(std::move(error));
}

std::string to_text(const Error& error) {
    std::string out = place(error.where);
    if (!out.empty())
        out += ": ";
    for (auto frame = error.during.rbegin(); frame != error.during.rend(); ++frame)
        out += *frame + ": ";
    out += error.what;
    if (!error.cite.empty())
        out += fmt::format(" ({})", error.cite);
    return out;
}

}  // namespace scep
