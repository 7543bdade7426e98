// decode-pkimessage: a layer taken out (--extract), and two messages compared (--diff).
#include <unistd.h>

#include <algorithm>
#include <ostream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/cmd_decode_pkimessage.hpp"
#include "core/files/files.hpp"
#include "core/inspect/diff.hpp"
#include "core/inspect/extract.hpp"

namespace scep::cli {

namespace {

using inspect::Examination;
using Json = nlohmann::ordered_json;

constexpr unsigned kPrivateMode = 0600;
constexpr unsigned kPublicMode = 0644;

// Of the one message that has it. Where none has, the first one's reason stands for all.
Result<inspect::Extracted> extract_one(const std::vector<Examination>& examinations,
                                       inspect::Layer layer,
                                       inspect::Form form) {
    std::optional<inspect::Extracted> found;
    std::optional<Error> why;
    for (const Examination& each : examinations) {
        auto extracted = inspect::extract(layer, form, each.captured->bytes, each.content);
        if (!extracted) {
            if (!why)
                why = std::move(extracted).error();
            continue;
        }
        if (found)
            return fail({.code = Errc::Usage,
                         .what = "several messages have this layer, want one",
                         .where = {.source = "--extract"},
                         .hint = "name one capture with one message"});
        found = *std::move(extracted);
    }
    if (found)
        return *std::move(found);
    return fail(why.value_or(Error{.code = Errc::Protocol, .what = "there is no message"}));
}

bool to_stdout(const DecodeOptions& options) {
    return options.out.empty() || options.out == "-";
}

Status check_destination(const DecodeOptions& options, const inspect::Extracted& extracted) {
    if (!to_stdout(options))
        return {};
    if (extracted.secret && !options.show_secrets)
        return fail({.code = Errc::Usage,
                     .what = "this layer holds the challenge, and would be printed",
                     .where = {.source = "--extract"},
                     .hint = "--out FILE, which only you can read, or --show-secrets"});
    if (extracted.binary && isatty(STDOUT_FILENO) == 1)
        return fail({.code = Errc::Usage,
                     .what = "this is binary, and standard output is a terminal",
                     .where = {.source = "--extract"},
                     .hint = "--out FILE, or without --der"});
    return {};
}

std::vector<inspect::Difference> compare(Bytes first, Bytes second) {
    // Compared with their secrets, which are not shown.
    const auto tree = [](Bytes bytes) {
        return inspect::annotate(bytes, inspect::shape_of(bytes), 0, inspect::Secrets::Shown);
    };
    return inspect::diff(tree(first), tree(second));
}

bool is_cut(const std::vector<inspect::Difference>& differences) {
    return differences.size() >= inspect::kMaxDifferences;
}

bool differ(const std::vector<inspect::Difference>& differences) {
    return !std::ranges::all_of(differences, &inspect::Difference::expected);
}

}  // namespace

Status check_layer(const DecodeOptions& options) {
    if (options.extract.empty() || inspect::layer_from(options.extract))
        return {};
    return fail({.code = Errc::Usage,
                 .what = "want csr, envelope, signer, certs or attrs",
                 .where = {.source = "--extract"}});
}

Exit extract_layer(const DecodeOptions& options,
                   const std::vector<Examination>& examinations,
                   Io& io) {
    const inspect::Layer layer = *inspect::layer_from(options.extract);
    const bool der = options.der || layer == inspect::Layer::Attrs;
    auto extracted =
        extract_one(examinations, layer, der ? inspect::Form::Der : inspect::Form::Pem);
    if (!extracted)
        return report(io, extracted.error());
    if (const Status fit = check_destination(options, *extracted); !fit)
        return report(io, fit.error());
    if (to_stdout(options)) {
        io.out << as_text(extracted->octets);
        return Exit::Ok;
    }
    const Status written =
        files::write_atomic(options.out,
                            extracted->octets,
                            extracted->secret ? kPrivateMode : kPublicMode,
                            options.force ? files::Overwrite::Replace : files::Overwrite::Refuse);
    return written ? Exit::Ok : report(io, written.error());
}

Exit print_differences(const DecodeOptions& options,
                       const std::vector<Examination>& examinations,
                       Io& io) {
    if (examinations.size() != 2)
        return report(
            io,
            Error{.code = Errc::Usage,
                  .what = fmt::format("{} messages were found, want two", examinations.size()),
                  .where = {.source = "--diff"}});
    const Examination& a = examinations[0];
    const Examination& b = examinations[1];
    const auto outer = compare(a.captured->bytes, b.captured->bytes);
    const bool opened = !a.content.empty() && !b.content.empty();
    const auto inner = opened ? compare(a.content, b.content) : std::vector<inspect::Difference>{};
    if (options.json()) {
        Json out{{"schema", "certctl-scep/decode-pkimessage/1"},
                 {"differences", inspect::diff_json(outer)},
                 {"content_differences", opened ? inspect::diff_json(inner) : Json(nullptr)},
                 {"cut", is_cut(outer) || is_cut(inner)}};
        io.out << out.dump(2, ' ', true, Json::error_handler_t::replace) << '\n';
    } else {
        io.out << inspect::diff_text(outer);
        if (opened)
            io.out << "\nin the decrypted content\n" << inspect::diff_text(inner);
    }
    return differ(outer) || differ(inner) ? Exit::Refused : Exit::Ok;
}

}  // namespace scep::cli
