#include "core/scep/operation.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "core/asn1/pem.hpp"
#include "core/base/encoding.hpp"
#include "core/scep/words.hpp"

namespace scep {

namespace {

constexpr std::uint8_t kSequenceOctet = 0x30;  // what every pkiMessage begins with
constexpr std::size_t kMaxQuotedWord = 40;     // octets of a peer's word shown in an error

constexpr std::array kNames{
    std::pair{OperationKind::GetCaCaps, std::string_view("GetCACaps")},
    std::pair{OperationKind::GetCaCert, std::string_view("GetCACert")},
    std::pair{OperationKind::GetNextCaCert, std::string_view("GetNextCACert")},
    std::pair{OperationKind::PkiOperation, std::string_view("PKIOperation")}};

struct Parameters {
    std::optional<std::string_view> operation{};  // raw
    std::optional<std::string_view> message{};    // raw
};

Error bad(std::string what) {
    return {.code = Errc::Protocol, .what = std::move(what), .cite = "RFC 8894 section 4.1"};
}

Status set_once(std::optional<std::string_view>& slot,
                std::string_view value,
                std::string_view name) {
    // Which of two would count is a question a proxy in front may answer otherwise.
    if (slot)
        return fail(bad(fmt::format("parameter {} twice", name)));
    slot = value;
    return {};
}

// Parameters other than these two are passed over.
Result<Parameters> split(std::string_view query) {
    Parameters out;
    while (!query.empty()) {
        const std::string_view pair = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(pair.size() + 1, query.size()));
        const std::size_t equals = pair.find('=');
        const std::string_view key = pair.substr(0, equals);
        const std::string_view value =
            equals == std::string_view::npos ? std::string_view{} : pair.substr(equals + 1);
        if (same_word(key, "operation"))
            SCEP_CHECK(set_once(out.operation, value, "operation"));
        else if (same_word(key, "message"))
            SCEP_CHECK(set_once(out.message, value, "message"));
    }
    return out;
}

// Once, and once more where an escape was escaped.
Result<std::string> unescape(std::string_view raw) {
    auto text = percent_decode(raw);
    if (text && text->find('%') != std::string::npos)
        text = percent_decode(*text);
    if (!text)
        return fail(bad("malformed percent escape"));
    return std::move(*text);
}

Result<OperationKind> kind_of(std::string_view raw) {
    SCEP_TRY(word, unescape(raw));
    const auto* found =
        std::ranges::find_if(kNames, [&](const auto& row) { return same_word(row.second, word); });
    if (found != kNames.end())
        return found->first;
    return fail(bad(fmt::format("unknown operation \"{}\"", word.substr(0, kMaxQuotedWord))));
}

// No bound of its own: HTTP bounds the body (max_body_size) and the head, where a GET's message
// is, and what is decoded here is shorter than what it was decoded from.
Result<Buffer> checked(Buffer message, std::string_view source) {
    if (message.empty() || message.front() != kSequenceOctet)
        return fail(bad(fmt::format("{} is not a pkiMessage", source)));
    return message;
}

// What base64 of RFC 4648 section 4 does not have, escapes taken off.
void note_spelling(std::string_view raw,
                   std::string_view text,
                   std::vector<std::string_view>& tolerances) {
    if (text.find(' ') != std::string_view::npos)
        tolerances.emplace_back("plus-as-blank");
    if (const auto once = percent_decode(raw); once && once->find('%') != std::string::npos)
        tolerances.emplace_back("escaped-twice");
    if (text.find_first_of("-_\r\n") != std::string_view::npos || text.size() % 4 != 0)
        tolerances.emplace_back("base64-damaged");
}

Result<Buffer> message_of_query(std::string_view raw, std::vector<std::string_view>& tolerances) {
    SCEP_TRY(text, unescape(raw));
    note_spelling(raw, text, tolerances);
    // A form decoder on the way made blanks of the pluses, also of one at the end; else a blank at
    // the end is a stray one.
    std::string pluses = text;
    std::ranges::replace(pluses, ' ', '+');
    auto message = from_base64(pluses);
    if (!message)
        message = from_base64(text);
    if (!message)
        return fail(bad("message parameter is not base64"));
    return checked(std::move(*message), "message parameter");
}

Result<Buffer> message_of_pem(std::string_view text) {
    SCEP_TRY(blocks, asn1::parse_pem(text, "body"));
    if (blocks.size() != 1)
        return fail(bad(fmt::format("body has {} PEM blocks, want one", blocks.size())));
    return checked(to_buffer(blocks.front().content), "body");
}

Result<Buffer> message_of_body(Bytes body, std::vector<std::string_view>& tolerances) {
    if (body.empty())
        return fail(bad("body is empty"));
    if (body.front() == kSequenceOctet)
        return to_buffer(body);
    if (asn1::looks_like_pem(as_text(body))) {
        tolerances.emplace_back("pem-body");
        return message_of_pem(as_text(body));
    }
    tolerances.emplace_back("base64-body");
    auto message = from_base64(as_text(body));
    if (!message)
        return fail(bad("body is neither DER nor base64"));
    return checked(std::move(*message), "body");
}

}  // namespace

Result<Operation> parse_operation(bool is_post, std::string_view query, Bytes body) {
    SCEP_TRY(parameters, split(query));
    if (!parameters.operation && !is_post)
        return fail(bad("parameter operation is missing"));
    Operation out;
    if (parameters.operation) {
        SCEP_TRY(kind, kind_of(*parameters.operation));
        out.kind = kind;
        if (*parameters.operation != operation_name(kind))
            out.tolerances.emplace_back("operation-case");
    } else {
        out.tolerances.emplace_back("operation-missing");
    }
    if (out.kind != OperationKind::PkiOperation)
        return out;
    if (!is_post && !parameters.message)
        return fail(bad("parameter message is missing"));
    SCEP_TRY(message,
             is_post ? message_of_body(body, out.tolerances)
                     : message_of_query(*parameters.message, out.tolerances));
    out.message = std::move(message);
    return out;
}

std::string operation_query(OperationKind kind, Bytes message) {
    std::string out = fmt::format("operation={}", operation_name(kind));
    if (kind == OperationKind::PkiOperation)
        out += "&message=" + percent_encode(to_base64(message));
    else if (!message.empty())
        out += "&message=" + percent_encode(as_text(message));
    return out;
}

std::string_view operation_name(OperationKind kind) noexcept {
    const auto* found = std::ranges::find(kNames, kind, [](const auto& row) { return row.first; });
    return found == kNames.end() ? std::string_view{} : found->second;
}

}  // namespace scep
