#include "core/capture/har.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/base/encoding.hpp"
#include "core/base/limits.hpp"
#include "core/capture/http_exchange.hpp"
#include "core/capture/text_codec.hpp"
#include "core/capture/text_lines.hpp"

namespace scep::capture {

namespace {

constexpr std::size_t kMaxHarBody = 4U << 20U;  // octets of a string; several are held at once

// One of log.entries, as far as it matters.
struct Entry {
    std::string started{}, method{}, url{};
    std::string post_type{}, post_text{}, post_encoding{};
    std::string type{}, text{}, encoding{};
    unsigned status = 0;
};

struct Place {
    std::string_view path;
    std::string Entry::*member;
};

constexpr Place kPlaces[]{{"startedDateTime", &Entry::started},
                          {"request.method", &Entry::method},
                          {"request.url", &Entry::url},
                          {"request.postData.mimeType", &Entry::post_type},
                          {"request.postData.text", &Entry::post_text},
                          {"request.postData.encoding", &Entry::post_encoding},
                          {"response.content.mimeType", &Entry::type},
                          {"response.content.text", &Entry::text},
                          {"response.content.encoding", &Entry::encoding}};

// Text that was made of octets one by one, each a character of Latin-1; as it is when it was not.
Buffer octets_of(const std::string& text, Captured& frame) {
    if (text.find("\xef\xbf\xbd") != std::string::npos)
        frame.remarks.push_back({.id = "octets-replaced",
                                 .text = "the HAR has U+FFFD where the body was not UTF-8: octets "
                                         "are lost for good; export it with bodies as base64",
                                 .damage = true});
    return octets_of_utf8(text).value_or(to_buffer(as_bytes(text)));
}

Buffer body_of(const std::string& text, const std::string& encoding, Captured& frame) {
    if (encoding != "base64")
        return octets_of(text, frame);
    if (auto body = from_base64(text))
        return std::move(*body);
    frame.remarks.push_back({.id = "base64-damaged",
                             .text = "the HAR says that the body is base64, which it is not",
                             .damage = true});
    return to_buffer(as_bytes(text));
}

void add_entry(Collection& out, const Captured& origin, const Entry& entry, std::size_t number) {
    Captured frame = origin;
    frame.place += fmt::format("{}entry {}", frame.place.empty() ? "" : ", ", number);
    frame.forms.emplace_back("HAR");
    frame.exchange = out.new_exchange();
    frame.time = iso_time(entry.started);
    Captured request_frame = frame;
    const Buffer posted = body_of(entry.post_text, entry.post_encoding, request_frame);
    const Asked asked = add_request(out,
                                    std::move(request_frame),
                                    {.is_request = true,
                                     .method = entry.method,
                                     .target = entry.url,
                                     .content_type = entry.post_type,
                                     .body = posted});
    if (entry.status == 0)
        return;
    const Buffer body = body_of(entry.text, entry.encoding, frame);
    add_reply(out,
              std::move(frame),
              {.status = entry.status, .content_type = entry.type, .body = body},
              &asked,
              false);
}

// Takes the entries as they go by: the document as a whole would cost many times its size. The
// parser holds one string at a time, whatever is nested in what.
class Handler {
  public:
    Handler(Collection& out, const Captured& frame) : out_(out), frame_(frame) {}

    bool start_object(std::size_t /*size*/) {
        const bool shallow = enter();
        if (in_entry() && depth_ == kEntryDepth)
            entry_ = {};
        return shallow;
    }

    bool end_object() {
        if (in_entry() && depth_ == kEntryDepth) {
            if (out_.full()) {
                out_.stop();
                return false;
            }
            add_entry(out_, frame_, entry_, ++entries_);
        }
        return leave();
    }

    bool start_array(std::size_t /*size*/) {
        const bool shallow = enter();
        is_har_ = is_har_ || (depth_ == 3 && at_entries());
        return shallow;
    }

    bool end_array() { return leave(); }

    bool key(std::string& name) {
        if (depth_ <= kDeepest)
            keys_[depth_ - 1] = name.size() <= kLongestKey ? name : std::string();
        return true;
    }

    bool string(std::string& value) {
        if (!in_entry() || depth_ > kDeepest)
            return true;
        const auto* const place = std::ranges::find(kPlaces, path_in_entry(), &Place::path);
        if (place != std::end(kPlaces))
            entry_.*place->member = std::move(value);
        return true;
    }

    bool number_unsigned(std::uint64_t value) {
        if (in_entry() && depth_ <= kDeepest && path_in_entry() == "response.status")
            entry_.status = value < 1000 ? static_cast<unsigned>(value) : 0;
        return true;
    }

    bool null() { return true; }

    bool boolean(bool /*value*/) { return true; }

    bool number_integer(std::int64_t /*value*/) { return true; }

    bool number_float(double /*value*/, const std::string& /*text*/) { return true; }

    bool binary(std::vector<std::uint8_t>& /*value*/) { return true; }

    template <class Exception>
    bool parse_error(std::size_t position, const std::string& /*token*/, const Exception& /*why*/) {
        stopped_ = position;
        return false;
    }

    bool is_har() const noexcept { return is_har_; }

    std::optional<std::size_t> stopped() const noexcept { return stopped_; }

  private:
    static constexpr std::size_t kEntryDepth = 4;  // { log: { entries: [ {
    static constexpr std::size_t kDeepest = 6;     // response.content
    static constexpr std::size_t kLongestKey = 32;

    // HAR has ten levels; what is nested deeper than this is something else.
    bool enter() {
        constexpr std::size_t kMostDepth = 1000;
        if (++depth_ <= kDeepest)
            keys_[depth_ - 1].clear();
        return depth_ <= kMostDepth;
    }

    bool leave() {
        --depth_;
        return true;
    }

    bool at_entries() const noexcept { return keys_[0] == "log" && keys_[1] == "entries"; }

    bool in_entry() const noexcept { return depth_ >= kEntryDepth && at_entries(); }

    std::string path_in_entry() const {
        std::string out;
        for (std::size_t i = kEntryDepth; i <= depth_; ++i)
            out += (i == kEntryDepth ? "" : ".") + keys_[i - 1];
        return out;
    }

    Collection& out_;
    const Captured& frame_;
    std::array<std::string, kDeepest> keys_{};  // of the objects around, outermost first
    Entry entry_{};
    std::size_t depth_ = 0, entries_ = 0;
    bool is_har_ = false;
    std::optional<std::size_t> stopped_{};
};

// The parser holds a string as a whole, so that none may be larger than what could be a message.
bool has_endless_string(std::string_view text) noexcept {
    std::size_t begin = 0;
    bool inside = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (inside && text[i] == '\\') {
            ++i;
        } else if (text[i] == '"') {
            inside = !inside;
            begin = i;
        } else if (inside && i - begin > kMaxHarBody) {
            return true;
        }
    }
    return false;
}

}  // namespace

bool add_har(Collection& out, const Captured& frame, std::string_view text) {
    constexpr std::size_t kLook = 64U << 10U;  // "log" is the first key of a HAR
    if (!trimmed(text.substr(0, kLook)).starts_with('{') ||
        text.substr(0, kLook).find("\"log\"") == std::string_view::npos)
        return false;
    if (has_endless_string(text)) {
        out.refuse("har-too-large",
                   fmt::format("a HAR file with a body of more than {} MiB", kMaxHarBody >> 20U),
                   "export the entries of the SCEP server alone");
        return true;
    }
    Handler handler(out, frame);
    nlohmann::json::sax_parse(text.begin(), text.end(), &handler);
    if (handler.is_har() && handler.stopped())
        out.note(
            {.id = "har-damaged",
             .text = fmt::format("the HAR file is no JSON from octet {} on", *handler.stopped()),
             .damage = true});
    return handler.is_har();
}

}  // namespace scep::capture
