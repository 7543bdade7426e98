#include "core/capture/http_exchange.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "core/base/escape.hpp"
#include "core/base/limits.hpp"
#include "core/capture/asn1_form.hpp"
#include "core/capture/text_codec.hpp"
#include "core/capture/text_message.hpp"
#include "core/scep/capabilities.hpp"
#include "core/scep/words.hpp"

namespace scep::capture {

namespace {

bool is_post(const HttpMessage& request) noexcept {
    return request.method == "POST" || request.method == "PUT";
}

std::string_view query_of(std::string_view target) noexcept {
    const std::size_t question = target.find('?');
    return question == std::string_view::npos ? std::string_view{} : target.substr(question + 1);
}

// POST's rules tell the operation whatever became of the message.
std::optional<OperationKind> operation_of(std::string_view query, Captured& frame) {
    constexpr std::uint8_t kAnyBody[]{0x30};
    const auto operation = parse_operation(true, query, kAnyBody);
    if (!operation)
        return std::nullopt;
    if (std::ranges::find(operation->tolerances, "operation-case") != operation->tolerances.end())
        frame.remarks.push_back({.id = "operation-case",
                                 .text = fmt::format("the operation is spelled other than \"{}\"",
                                                     operation_name(operation->kind))});
    return operation->kind;
}

// "operation=PKIOperation", "message=...": whoever puts a challenge into a URL gives it any name.
std::string shown_parameter(std::string_view parameter) {
    const std::size_t equals = parameter.find('=');
    if (equals == std::string_view::npos)
        return parameter.empty() ? "" : "...";
    const std::string_view name = parameter.substr(0, equals);
    const std::string_view value = parameter.substr(equals + 1);
    const bool word = value.find_first_of(";?#/%+ ") == std::string_view::npos;
    return fmt::format(
        "{}={}", name, value.empty() || (same_word(name, "operation") && word) ? value : "...");
}

// Scheme, host, path and operation. The message is what is decoded, and a page long; anything else
// may be a secret.
std::string shown_target(std::string_view target) {
    target = target.substr(0, target.find('#'));
    const std::size_t question = target.find('?');
    const std::string_view place = target.substr(0, question);
    const std::size_t scheme = place.find("://");
    const std::size_t host = scheme == std::string_view::npos ? 0 : scheme + 3;
    const std::string_view authority = place.substr(host, place.find('/', host) - host);
    const std::size_t user = scheme == std::string_view::npos ? scheme : authority.rfind('@');
    std::string out(place.substr(0, host));
    out += place.substr(user == std::string_view::npos ? host : host + user + 1);
    if (question == std::string_view::npos)
        return out;
    std::string_view rest = target.substr(question + 1);
    for (char separator = '?'; separator != 0;) {
        const std::string_view parameter = rest.substr(0, rest.find('&'));
        out += separator + shown_parameter(parameter);
        separator = parameter.size() < rest.size() ? '&' : '\0';
        rest.remove_prefix(std::min(parameter.size() + 1, rest.size()));
    }
    return out;
}

// The media type and its charset.
std::string shown_type(std::string_view type) {
    std::string out(trimmed(type.substr(0, type.find(';'))));
    while (type.find(';') != std::string_view::npos) {
        type.remove_prefix(type.find(';') + 1);
        const std::string_view parameter = trimmed(type.substr(0, type.find(';')));
        const bool charset = same_word(parameter.substr(0, parameter.find('=')), "charset");
        out += charset ? fmt::format("; {}", parameter) : "; ...";
    }
    return out;
}

bool begins_with_word(std::string_view text, std::string_view word) noexcept {
    return text.size() >= word.size() && same_word(text.substr(0, word.size()), word);
}

bool is_scep_type(std::string_view type) noexcept {
    return begins_with_word(type, kTypePkiMessage) || begins_with_word(type, kTypeCaCert) ||
           begins_with_word(type, kTypeCaRaCert) || begins_with_word(type, kTypeNextCaCert);
}

void note_type(std::string_view type, Captured& frame) {
    frame.content_type = shown_type(type);
    // Of a page for people it says nothing about SCEP.
    const bool compared =
        is_scep_type(type) || (frame.operation == OperationKind::GetCaCaps && frame.status == 200);
    if (compared && type.find(';') != std::string_view::npos)
        frame.remarks.push_back(
            {.id = "content-type-charset",
             .text = fmt::format("Content-Type is \"{}\": what is appended to the type makes "
                                 "clients refuse it that compare it as a whole",
                                 shorten(frame.content_type, 128))});
}

bool is_compressed(const HttpMessage& message) noexcept {
    const bool gzip = as_text(message.body).starts_with("\x1f\x8b");
    return gzip ||
           (!message.content_encoding.empty() && !message.body.empty() &&
            !same_word(message.content_encoding, "identity") && !looks_like_asn1(message.body));
}

Captured without_body(Captured frame) {
    frame.content = Content::None;
    return frame;
}

void add_without(Collection& out, Captured frame, std::string id, std::string text, bool damage) {
    frame.remarks.push_back({.id = std::move(id), .text = std::move(text), .damage = damage});
    out.add(without_body(std::move(frame)));
}

void add_text(Collection& out, Captured frame, Content content, Bytes body) {
    frame.content = content;
    frame.forms.emplace_back("text");
    frame.bytes = to_buffer(body.first(std::min(body.size(), limits::kMaxCapturedText + 1)));
    out.add(std::move(frame));
}

// True when the body is dealt with: not saved, compressed, or none.
bool add_bodiless(Collection& out, const Captured& frame, const HttpMessage& message) {
    if (message.body_not_saved)
        add_without(out,
                    frame,
                    "body-not-saved",
                    "the body is not in this file, which has the heads alone: save it with "
                    "curl -i, or capture the connection",
                    false);
    else if (is_compressed(message))
        add_without(
            out,
            frame,
            "body-compressed",
            fmt::format(
                "the body is compressed ({}) and was not unpacked: capture it "
                "without Accept-Encoding, or unpack it first",
                message.content_encoding.empty() ? "gzip" : shorten(message.content_encoding, 32)),
            true);
    else if (message.body.empty())
        out.add(without_body(frame));
    else
        return false;
    return true;
}

void add_get(Collection& out, const Captured& frame, std::string_view query) {
    const auto message = parameter(query, "message");
    if (frame.operation != OperationKind::PkiOperation)
        out.add(without_body(frame));
    else if (!message || message->empty())
        add_without(
            out, frame, "message-missing", "a GET of PKIOperation without its message", true);
    else if (!add_query_message(out, frame, *message))
        add_without(out,
                    frame,
                    "message-unreadable",
                    fmt::format("the message parameter ({} characters) is not base64 of ASN.1",
                                message->size()),
                    true);
}

// curl -d drops line ends and NULs of a binary and calls the rest a form.
void note_form_post(const HttpMessage& request, Captured& frame) {
    const auto extent = extent_of(request.body);
    if (begins_with_word(request.content_type, "application/x-www-form-urlencoded") && extent &&
        extent->octets != request.body.size())
        frame.remarks.push_back(
            {.id = "form-post",
             .text =
                 "the body came as a form, as curl -d sends it, which drops line ends and NULs: "
                 "send it with --data-binary",
             .damage = true});
}

void add_post(Collection& out, Captured frame, const HttpMessage& request) {
    if (add_bodiless(out, frame, request))
        return;
    note_form_post(request, frame);
    if (add_body(out, frame, request.body))
        return;
    const auto message = parameter(as_text(request.body), "message");
    if (message && add_query_message(out, frame, *message))
        return;
    frame.remarks.push_back({.id = "body-unreadable",
                             .text = "the body is neither ASN.1 nor base64, hex or PEM of it",
                             .damage = true});
    add_text(out, std::move(frame), Content::Text, request.body);
}

}  // namespace

std::optional<std::string_view> parameter(std::string_view query, std::string_view name) noexcept {
    while (!query.empty()) {
        const std::string_view pair = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(pair.size() + 1, query.size()));
        const std::size_t equals = pair.find('=');
        if (equals != std::string_view::npos && same_word(pair.substr(0, equals), name))
            return pair.substr(equals + 1);
    }
    return std::nullopt;
}

bool add_query_message(Collection& out, const Captured& frame, std::string_view raw) {
    auto decoded = decode_base64(raw);
    if (!decoded)
        return false;
    Captured captured = frame;
    captured.forms.push_back(std::move(decoded->form));
    std::ranges::move(decoded->remarks, std::back_inserter(captured.remarks));
    add_asn1(out, captured, decoded->bytes);
    return true;
}

bool looks_like_capabilities(Bytes body) {
    constexpr std::size_t kLongest = 4096;
    if (body.size() > kLongest)
        return false;
    const Capabilities found = parse_capabilities(body);
    const bool known = found.post_pki_operation || found.sha1 || found.sha256 || found.sha384 ||
                       found.sha512 || found.aes || found.des3 || found.scep_standard ||
                       found.renewal || found.get_next_ca_cert;
    return known && std::ranges::all_of(found.unknown, [](const std::string& word) {
               return word.find_first_of(kBlanks) == std::string::npos;
           });
}

bool speaks_scep(const HttpMessage& request) noexcept {
    const bool typed =
        is_post(request) && (is_scep_type(request.content_type) || looks_like_asn1(request.body));
    return typed || parameter(query_of(request.target), "operation");
}

bool is_interim(const HttpMessage& reply) noexcept {
    return !reply.is_request &&
           (reply.status / 100 == 1 || reply.reason == "Connection established");
}

Asked add_request(Collection& out, Captured frame, const HttpMessage& request) {
    Asked asked{.exchange = frame.exchange, .head = request.method == "HEAD"};
    const std::string_view query = query_of(request.target);
    if (speaks_scep(request))
        asked.operation = operation_of(query, frame);
    if (!asked.operation) {
        out.skip(kOtherRequests);
        return asked;
    }
    const bool post = is_post(request);
    frame.direction = Direction::Request;
    frame.operation = asked.operation;
    frame.forms.push_back(fmt::format("HTTP {}", request.method));
    frame.target = shown_target(request.target);
    std::ranges::copy(request.remarks, std::back_inserter(frame.remarks));
    if (post)
        note_type(request.content_type, frame);
    if (post && asked.operation == OperationKind::PkiOperation)
        add_post(out, std::move(frame), request);
    else
        add_get(out, frame, query);
    return asked;
}

void add_reply(
    Collection& out, Captured frame, const HttpMessage& reply, const Asked* asked, bool keep) {
    const bool answers_scep = asked != nullptr && asked->operation;
    const bool alone = asked == nullptr && (keep || is_scep_type(reply.content_type) ||
                                            looks_like_capabilities(reply.body));
    if (!answers_scep && !alone) {
        out.skip("HTTP replies without SCEP");
        return;
    }
    frame.direction = Direction::Reply;
    frame.status = reply.status;
    frame.forms.emplace_back("HTTP reply");
    if (asked != nullptr) {
        frame.exchange = asked->exchange;
        frame.operation = asked->operation;
    }
    std::ranges::copy(reply.remarks, std::back_inserter(frame.remarks));
    note_type(reply.content_type, frame);
    if (asked != nullptr && asked->head)
        frame.remarks.push_back({.id = "answers-head", .text = "it answers HEAD, without a body"});
    if (add_bodiless(out, frame, reply) || add_body(out, frame, reply.body))
        return;
    const bool capabilities =
        frame.operation == OperationKind::GetCaCaps ? reply.status == 200 : !frame.operation;
    if (capabilities && looks_like_capabilities(reply.body))
        frame.operation = OperationKind::GetCaCaps;
    const bool listed = capabilities && frame.operation == OperationKind::GetCaCaps;
    add_text(out, std::move(frame), listed ? Content::Capabilities : Content::Text, reply.body);
}

}  // namespace scep::capture
