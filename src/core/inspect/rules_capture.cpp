// Rules about how a message came: what the capture says of the way it took.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "core/inspect/rule.hpp"
#include "core/scep/operation.hpp"

namespace scep::inspect {

namespace {

constexpr std::string_view kPlusAsBlank = "plus-as-blank";
constexpr std::string_view kBodyCut = "body-cut";
constexpr std::string_view kCharset = "content-type-charset";
constexpr std::array kOwnRules{kPlusAsBlank, kBodyCut, kCharset};

bool has_own_rule(const capture::Remark& remark) {
    return std::ranges::find(kOwnRules, remark.id) != kOwnRules.end();
}

const capture::Remark* find_remark(const Case& c, std::string_view id) {
    const auto& remarks = c.reading.captured->remarks;
    const auto found = std::ranges::find(remarks, id, &capture::Remark::id);
    return found == remarks.end() ? nullptr : &*found;
}

void tell(const Case& c, std::string_view id, Reporter& out) {
    if (const capture::Remark* remark = find_remark(c, id))
        out.add(remark->text);
}

// Sizes at which buffers end: 4, 8, 16 and 64 KiB, of the octets or of their base64.
bool is_buffer_size(std::size_t octets) noexcept {
    constexpr std::size_t kKib = 1024;
    for (const std::size_t kib : {1U, 2U, 4U, 8U, 16U, 32U, 64U})
        if (octets == kib * kKib || octets == kib * kKib / 4 * 3)
            return true;
    return false;
}

bool ends_early(const Case& c) {
    asn1::Reader whole(c.reading.bytes);
    const auto element = whole.next("message");
    return !element && !c.reading.bytes.empty();
}

std::string_view media_type(std::string_view content_type) {
    const std::string_view type = content_type.substr(0, content_type.find(';'));
    const std::size_t last = type.find_last_not_of(' ');
    return type.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

// Of a reply to that operation; empty: none is wanted.
std::vector<std::string_view> wanted_types(const Reading& reading) {
    switch (reading.kind) {
        case Kind::PkiMessage:
            return {kTypePkiMessage};
        case Kind::CertificatesOnly:
            return {kTypeCaRaCert};
        case Kind::Certificate:
            return {kTypeCaCert};
        case Kind::NextCaCertificates:
            return {kTypeNextCaCert};
        case Kind::Capabilities:
            return {kTypeCaps};
        default:
            return {};
    }
}

}  // namespace

void check_capture(const Case& c, Reporter& out) {
    for (const capture::Remark& remark : c.reading.captured->remarks)
        if (remark.damage && !has_own_rule(remark))
            out.add(fmt::format("{} ({})", remark.text, remark.id));
}

void check_capture_note(const Case& c, Reporter& out) {
    for (const capture::Remark& remark : c.reading.captured->remarks)
        if (!remark.damage && !has_own_rule(remark))
            out.add(fmt::format("{} ({})", remark.text, remark.id));
}

void check_form_decoded(const Case& c, Reporter& out) {
    tell(c, kPlusAsBlank, out);
}

void check_body_cut(const Case& c, Reporter& out) {
    if (const capture::Remark* remark = find_remark(c, kBodyCut)) {
        out.add(remark->text, at_offset(c.reading.bytes.size()));
        return;
    }
    if (c.reading.captured->content != capture::Content::Asn1 || !ends_early(c))
        return;
    const std::size_t size = c.reading.bytes.size();
    if (c.reading.kind != Kind::Unknown || is_buffer_size(size))
        out.add(fmt::format("the message ends after {} octets, before its own length says so{}",
                            size,
                            is_buffer_size(size) ? ": that is a buffer's size" : ""),
                at_offset(size));
}

void check_charset(const Case& c, Reporter& out) {
    if (find_remark(c, kCharset) != nullptr)
        tell(c, kCharset, out);
    else if (c.reading.captured->direction == capture::Direction::Reply &&
             c.reading.captured->content_type.find("charset") != std::string::npos)
        out.add(fmt::format("Content-Type is \"{}\"", c.reading.captured->content_type));
}

void check_content_type(const Case& c, Reporter& out) {
    const capture::Captured& captured = *c.reading.captured;
    const std::vector<std::string_view> wanted = wanted_types(c.reading);
    // A body that was saved without its head says nothing of its type.
    const bool by_http = captured.direction == capture::Direction::Reply && captured.status;
    if (!by_http || wanted.empty())
        return;
    const std::string_view type = media_type(captured.content_type);
    if (std::ranges::find(wanted, type) == wanted.end())
        out.add(type.empty() ? fmt::format("there is no Content-Type, want {}", wanted.front())
                             : fmt::format("Content-Type is {}, want {}", type, wanted.front()));
}

// Text and nothing at all are not judged otherwise.
void check_reply_body(const Case& c, Reporter& out) {
    constexpr unsigned kOk = 200;
    constexpr std::array<std::string_view, 3> kUnseen{
        "body-not-saved", "body-compressed", "answers-head"};
    const capture::Captured& captured = *c.reading.captured;
    if (captured.direction != capture::Direction::Reply || captured.status != kOk ||
        !captured.operation ||
        std::ranges::any_of(kUnseen, [&](std::string_view id) { return find_remark(c, id); }))
        return;
    const std::string_view operation = operation_name(*captured.operation);
    if (c.reading.kind == Kind::Text)
        out.add(fmt::format("{} is answered with a text", operation));
    // GetCACaps may have nothing to name.
    else if (c.reading.kind == Kind::Nothing && captured.operation != OperationKind::GetCaCaps)
        out.add(fmt::format("{} is answered with an empty body", operation));
}

void check_http_status(const Case& c, Reporter& out) {
    constexpr unsigned kOk = 200;
    const std::optional<unsigned> status = c.reading.captured->status;
    if (status && *status != kOk)
        out.add(fmt::format("the server answered HTTP {}", *status));
}

}  // namespace scep::inspect
