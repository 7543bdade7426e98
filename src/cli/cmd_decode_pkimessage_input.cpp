// decode-pkimessage: from names on the command line to messages.
#include <algorithm>
#include <filesystem>

#include "cli/cmd_decode_pkimessage.hpp"
#include "core/files/files.hpp"

namespace scep::cli {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxInput = std::size_t{1} << 30U;  // octets of one capture

// The files of a directory, by name; what is below it is not looked at.
Result<std::vector<std::string>> expand(const std::string& name) {
    std::error_code failure;
    if (name == "-" || !fs::is_directory(name, failure))
        return std::vector{name};
    const auto refuse = [&](std::string what, std::string hint) {
        return fail({.code = Errc::Io,
                     .what = std::move(what),
                     .where = {.source = name},
                     .hint = std::move(hint)});
    };
    std::vector<std::string> out;
    fs::directory_iterator at(name, failure);
    for (const fs::directory_iterator end; !failure && at != end; at.increment(failure)) {
        std::error_code ignored;
        if (at->is_regular_file(ignored))
            out.push_back(at->path().string());
    }
    if (failure)
        return refuse("the directory cannot be read: " + failure.message(), {});
    if (out.empty())
        return refuse("there is no file in this directory",
                      "directories in it are not looked at: name them, or their files");
    std::ranges::sort(out);
    return out;
}

class Collector {
  public:
    // A file, or all of a directory.
    void add_all(const std::string& name) {
        Result<std::vector<std::string>> files = expand(name);
        if (!files) {
            out_.errors.push_back(std::move(files).error());
            return;
        }
        for (const std::string& file : *files)
            add(file);
    }

    DecodeInput& result() noexcept { return out_; }

    std::size_t next_exchange() noexcept { return ++last_exchange_; }

  private:
    void add(const std::string& file) {
        const std::string source = file == "-" ? "<stdin>" : file;
        Result<Buffer> bytes = files::load(file, kMaxInput);
        if (!bytes) {
            out_.errors.push_back(std::move(bytes).error());
            return;
        }
        auto found = capture::recognise(*bytes, source);
        if (found)
            take(*std::move(found));
        else
            refuse(std::move(found).error(), source);
    }

    // Numbers count from 1 in each file.
    void take(std::vector<capture::Captured> found) {
        const std::size_t base = last_exchange_;
        for (capture::Captured& message : found) {
            if (message.exchange != 0)
                message.exchange += base;
            last_exchange_ = std::max(last_exchange_, message.exchange);
            out_.messages.push_back(std::move(message));
        }
    }

    void refuse(Error error, const std::string& source) {
        if (error.where.source.empty())
            error.where.source = source;
        out_.errors.push_back(std::move(error));
    }

    DecodeInput out_{};
    std::size_t last_exchange_ = 0;
};

// One request and its reply, each in a file of its own: the operator says that they belong
// together, whatever they say of themselves.
void join(Collector& in, std::size_t requests) {
    std::vector<capture::Captured>& all = in.result().messages;
    if (requests != 1 || all.size() != 2 || all[0].exchange != 0 || all[1].exchange != 0)
        return;
    all[0].exchange = all[1].exchange = in.next_exchange();
}

}  // namespace

DecodeInput read_captures(const DecodeOptions& options) {
    Collector in;
    for (const std::string& name : options.files)
        in.add_all(name);
    const std::size_t requests = in.result().messages.size();
    for (const std::string& name : options.replies)
        in.add_all(name);
    if (!options.replies.empty())
        join(in, requests);
    return std::move(in.result());
}

}  // namespace scep::cli
