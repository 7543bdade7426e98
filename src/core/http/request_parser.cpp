// Beast parses, one head and one body; the framing rules before and after it are ours.
#include <algorithm>
#include <optional>

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/buffers_range.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>

#include "core/base/limits.hpp"
#include "core/http/head_scan.hpp"
#include "core/http/message.hpp"

namespace scep::http {
namespace {

namespace beast = boost::beast;

// As Beast's vector_body, but it grows with what arrives: room for what a head announces would cost
// a client one octet and us max_body.
struct GrowingBody {
    using value_type = Buffer;

    class reader {  // NOLINT(readability-identifier-naming): Beast's name
      public:
        template <bool IsRequest, class Fields>
        reader(beast::http::header<IsRequest, Fields>& /*head*/, value_type& body) : body_(body) {}

        static void init(const boost::optional<std::uint64_t>& /*length*/,
                         beast::error_code& error) {
            error = {};
        }

        template <class Buffers>
        std::size_t put(const Buffers& buffers, beast::error_code& error) {
            const std::size_t before = body_.size();
            for (const boost::asio::const_buffer piece : beast::buffers_range_ref(buffers))
                append(body_, {static_cast<const std::uint8_t*>(piece.data()), piece.size()});
            error = {};
            return body_.size() - before;
        }

        static void finish(beast::error_code& error) { error = {}; }

      private:
        value_type& body_;
    };
};

using BeastParser = beast::http::request_parser<GrowingBody>;
using BeastError = beast::http::error;

Refusal refusal_for(const beast::error_code& error) {
    int status = 400;
    if (error == BeastError::body_limit || error == BeastError::buffer_overflow)
        status = 413;
    if (error == BeastError::header_limit)
        status = 431;
    return {.status = status, .reason = error.message()};
}

// RFC 9112 section 3.2: origin form; absolute form must be understood too. Empty: neither.
std::string_view origin_form(std::string_view target) noexcept {
    for (const std::string_view scheme : {"http://", "https://"}) {
        if (!beast::iequals(target.substr(0, scheme.size()), scheme))
            continue;
        target.remove_prefix(scheme.size());
        const std::size_t end = std::min(target.find_first_of("/?"), target.size());
        target.remove_prefix(end);
        return target.empty() ? std::string_view("/") : target;
    }
    return target.starts_with('/') || target == "*" ? target : std::string_view{};
}

void split_target(std::string_view target, Request& request) {
    const std::size_t mark = std::min(target.find('?'), target.size());
    request.path = mark == 0 ? "/" : std::string(target.substr(0, mark));
    request.query = std::string(target.substr(std::min(mark + 1, target.size())));
}

std::size_t count_of(const Request& request, std::string_view name) {
    return static_cast<std::size_t>(std::ranges::count_if(
        request.headers, [name](const auto& h) { return beast::iequals(h.first, name); }));
}

bool is_number(std::string_view text) noexcept {
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// SECURITY rule S22 and RFC 9112 section 3.2 (Host), on a head that Beast has accepted.
std::optional<Refusal> check_head(const Request& head) {
    const auto refuse = [](int status, std::string reason) {
        return Refusal{.status = status, .reason = std::move(reason)};
    };
    if (head.headers.size() > limits::kMaxHttpHeaders)
        return refuse(431, "too many headers");
    for (const std::string_view name : {"Host", "Content-Length", "Transfer-Encoding"})
        if (count_of(head, name) > 1)
            return refuse(400, "two " + std::string(name) + " headers");
    const bool has_length = count_of(head, "Content-Length") != 0;
    if (has_length && !is_number(head.header("Content-Length")))
        return refuse(400, "a Content-Length that is not a number");
    if (count_of(head, "Transfer-Encoding") != 0) {
        if (head.http_1_0)
            return refuse(400, "Transfer-Encoding in HTTP/1.0");
        if (has_length)
            return refuse(400, "both Transfer-Encoding and Content-Length");
        if (head.header("Transfer-Encoding") != "chunked")
            return refuse(400, "a Transfer-Encoding other than chunked");
    } else if (head.method == "POST" && !has_length) {
        return refuse(411, "a POST without Content-Length");
    }
    if (!head.http_1_0 && count_of(head, "Host") == 0)
        return refuse(400, "no Host header");
    if (head.path.empty())
        return refuse(400, "a target that is neither a path nor a URL");
    return {};
}

// RFC 9112 section 7.1.1. Beast lets control characters into quoted chunk extensions; a parser that
// ends lines at a lone LF would see another chunk there.
void check_chunk_extension(std::uint64_t /*size*/,
                           beast::string_view extension,
                           beast::error_code& error) {
    const auto is_control = [](char c) {
        return static_cast<unsigned char>(c) < 0x20 && c != '\t';
    };
    if (std::ranges::any_of(extension, is_control))
        error = BeastError::bad_chunk_extension;
}

}  // namespace

struct RequestParser::State {
    enum class Phase : std::uint8_t { Head, Body, Complete, Refused };

    explicit State(std::size_t body_limit) : max_body(body_limit) {}

    std::size_t max_body;
    Phase phase = Phase::Head;
    bool skipped_empty_line = false;
    bool continue_wanted = false;
    std::size_t body_octets = 0;  // as they came, chunk framing included
    std::string raw{};  // of the head; later a piece of chunk framing that is not complete yet
    HeadScan scan{};
    std::unique_ptr<BeastParser> beast{};  // null while idle
    Request request{};
    Refusal refusal{};

    void refuse(Refusal why) {
        refusal = std::move(why);
        phase = Phase::Refused;
        beast.reset();
        raw = {};
    }

    std::size_t put_head(Bytes input);
    void parse_head();
    void read_head();
    std::size_t put_body(Bytes input);
    std::size_t feed(std::string_view bytes);
};

std::size_t RequestParser::State::put_head(Bytes input) {
    const std::size_t taken = std::min(input.size(), limits::kMaxHttpHead - raw.size());
    raw += as_text(input.first(taken));
    // RFC 9112 section 2.2: one empty line before the request line should be ignored.
    if (!skipped_empty_line && raw.starts_with("\r\n")) {
        raw.erase(0, 2);
        skipped_empty_line = true;
    }
    if (raw.size() < 2)
        return taken;
    switch (scan.look(raw)) {
        case HeadScan::Found::Bad:
            refuse({.status = 400, .reason = std::string(scan.reason())});
            return input.size();
        case HeadScan::Found::NeedMore:
            if (raw.size() < limits::kMaxHttpHead)
                return taken;
            refuse({.status = scan.in_first_line() ? 414 : 431, .reason = "head too large"});
            return input.size();
        case HeadScan::Found::End:
            break;
    }
    const std::size_t behind = raw.size() - scan.end();
    raw.resize(scan.end());
    parse_head();
    return taken - behind;
}

void RequestParser::State::parse_head() {
    beast = std::make_unique<BeastParser>();
    beast->header_limit(static_cast<std::uint32_t>(limits::kMaxHttpHead));
    beast->body_limit(max_body);
    beast->eager(false);
    beast->on_chunk_header(check_chunk_extension);
    beast::error_code error;
    const std::size_t used = beast->put(boost::asio::buffer(raw), error);
    if (error)
        return refuse(refusal_for(error));
    if (used != raw.size() || !beast->is_header_done())
        return refuse({.status = 400, .reason = "the head ends where no line is empty"});
    raw = {};
    read_head();
    if (auto why = check_head(request))
        return refuse(std::move(*why));
    if (beast->is_done()) {
        phase = Phase::Complete;
        return;
    }
    phase = Phase::Body;
    const std::string_view expect = request.header("Expect");
    continue_wanted = !request.http_1_0 && beast::iequals(expect, "100-continue");
    if (!request.http_1_0 && !expect.empty() && !continue_wanted)
        refuse({.status = 417, .reason = "an Expect other than 100-continue"});
}

// A copy, made before the body: Beast adds the trailer of a chunked body to its headers, and nobody
// has checked those.
void RequestParser::State::read_head() {
    const auto& message = beast->get();
    request.method = std::string(message.method_string());
    request.http_1_0 = message.version() == 10;
    request.keep_alive = beast->keep_alive();
    for (const auto& field : message)
        request.headers.emplace_back(std::string(field.name_string()), std::string(field.value()));
    if (const auto target = origin_form(message.target()); !target.empty())
        split_target(target, request);
}

// Beast wants a line of chunk framing whole: what it leaves is kept and shown again with more.
std::size_t RequestParser::State::put_body(Bytes input) {
    continue_wanted = false;
    body_octets += input.size();
    if (raw.empty()) {
        const std::size_t used = feed(as_text(input));
        if (phase != Phase::Body)
            return phase == Phase::Refused ? input.size() : used;
        raw = as_text(input.subspan(used));
    } else {
        const std::size_t before = raw.size();
        raw += as_text(input);
        const std::size_t used = feed(raw);
        if (phase != Phase::Body)
            return phase == Phase::Refused ? input.size() : used - before;
        raw.erase(0, used);
    }
    // One octet in each chunk, with an extension: the body's limit alone would let gigabytes by.
    if (body_octets > 2 * max_body + limits::kFreeFraming)
        refuse({.status = 413, .reason = "more chunk framing than body"});
    else if (raw.size() > limits::kMaxChunkLine)
        refuse({.status = 400, .reason = "a chunk header or trailer too long"});
    return input.size();
}

std::size_t RequestParser::State::feed(std::string_view bytes) {
    std::size_t used = 0;
    while (used < bytes.size()) {
        beast::error_code error;
        const auto rest = bytes.substr(used);
        const std::size_t step = beast->put(boost::asio::buffer(rest.data(), rest.size()), error);
        used += step;
        if (error == BeastError::need_more)
            break;
        if (error) {
            refuse(refusal_for(error));
            break;
        }
        if (beast->is_done()) {
            phase = Phase::Complete;
            break;
        }
        if (step == 0)
            break;
    }
    return used;
}

RequestParser::RequestParser(std::size_t max_body) : state_(std::make_unique<State>(max_body)) {}

RequestParser::~RequestParser() = default;
RequestParser::RequestParser(RequestParser&&) noexcept = default;
RequestParser& RequestParser::operator=(RequestParser&&) noexcept = default;

std::size_t RequestParser::put(Bytes input) {
    std::size_t used = 0;
    if (state_->phase == State::Phase::Head && !input.empty())
        used = state_->put_head(input);
    if (state_->phase == State::Phase::Body && used < input.size())
        used += state_->put_body(input.subspan(used));
    return used;
}

Progress RequestParser::progress() noexcept {
    switch (state_->phase) {
        case State::Phase::Complete:
            return Progress::Complete;
        case State::Phase::Refused:
            return Progress::Refused;
        default:
            return std::exchange(state_->continue_wanted, false) ? Progress::SendContinue
                                                                 : Progress::NeedMore;
    }
}

const Request& RequestParser::head() const noexcept {
    return state_->request;
}

Request RequestParser::take() {
    Request request = std::move(state_->request);
    request.body = std::move(state_->beast->get().body());
    *state_ = State(state_->max_body);
    return request;
}

const Refusal& RequestParser::refusal() const noexcept {
    return state_->refusal;
}

std::size_t RequestParser::held() const noexcept {
    return state_->raw.size() + (state_->beast ? state_->beast->get().body().size() : 0);
}

bool RequestParser::idle() const noexcept {
    return state_->phase == State::Phase::Head && state_->raw.empty();
}

bool RequestParser::has_head() const noexcept {
    return state_->phase == State::Phase::Body || state_->phase == State::Phase::Complete;
}

}  // namespace scep::http
