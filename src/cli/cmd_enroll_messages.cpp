#include "cli/cmd_enroll_messages.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "core/base/escape.hpp"
#include "core/files/files.hpp"
#include "core/scep/operation.hpp"

namespace scep::cli {

namespace {

namespace fs = std::filesystem;

constexpr unsigned kPrivate = 0600;
constexpr unsigned kDirectory = 0700;

// The number that a name begins with; 0: none.
unsigned number_of(const std::string& name) {
    unsigned out = 0;
    std::from_chars(name.data(), name.data() + name.size(), out);
    return out;
}

unsigned last_number(const fs::path& directory) {
    unsigned out = 0;
    std::error_code ignored;
    for (const fs::directory_entry& entry : fs::directory_iterator(directory, ignored))
        out = std::max(out, number_of(entry.path().filename().string()));
    return out;
}

// As it goes over the wire, but for headers that say nothing.
std::string head_of(const http::ClientRequest& request) {
    return fmt::format("GET {}{}{} HTTP/1.1\r\nHost: {}\r\n\r\n",
                       request.url.path,
                       request.url.query.empty() ? "" : "?",
                       request.url.query,
                       request.url.authority());
}

}  // namespace

SavingTransport::SavingTransport(http::Transport& inner, fs::path directory)
    : inner_(inner), directory_(std::move(directory)), last_(last_number(directory_)) {}

Status SavingTransport::keep(const fs::path& path, Bytes content) {
    SCEP_TRY(directory, files::NewDirectory::make(directory_, kDirectory));
    static_cast<void>(directory);
    return files::write_atomic(path, content, kPrivate, files::Overwrite::Refuse);
}

// Another run may keep its messages there at the same time: then the next number is ours.
Result<std::string> SavingTransport::keep_request(std::string_view name,
                                                  std::string_view end,
                                                  Bytes content) {
    for (;;) {
        std::string stem = fmt::format("{:02}-{}", ++last_, name);
        const fs::path path = directory_ / fmt::format("{}.request{}", stem, end);
        const Status kept = keep(path, content);
        if (kept)
            return stem;
        if (kept.error().code != Errc::Config)
            return fail(kept.error());
    }
}

void SavingTransport::remember(const Status& kept) {
    if (!kept && saved_)
        saved_ = kept;
}

Result<http::ClientReply> SavingTransport::exchange(const http::ClientRequest& request) {
    SCEP_TRY(operation, parse_operation(request.post, request.url.query, request.body));
    const bool message = operation.kind == OperationKind::PkiOperation;
    const std::string_view end = message ? ".der" : "";
    const std::string head = head_of(request);
    const auto stem = keep_request(
        operation_name(operation.kind), end, message ? Bytes(operation.message) : as_bytes(head));
    if (!stem) {
        remember(fail(stem.error()));
        return inner_.exchange(request);
    }
    if (message) {
        request_ = directory_ / fmt::format("{}.request{}", *stem, end);
        reply_.clear();
    }
    auto reply = inner_.exchange(request);
    if (!reply)
        return reply;
    const fs::path reply_path = directory_ / fmt::format("{}.reply{}", *stem, end);
    const Status kept = keep(reply_path, reply->body);
    remember(kept);
    if (message && kept)
        reply_ = reply_path;
    return reply;
}

std::string SavingTransport::decode_command() const {
    if (request_.empty())
        return {};
    std::string out = "certctl-scep decode-pkimessage " + shell_word(request_.string());
    if (!reply_.empty())
        out += " --reply " + shell_word(reply_.string());
    return out;
}

}  // namespace scep::cli
