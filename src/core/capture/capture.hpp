// What an operator has in his hands, taken apart into messages: DER, PEM, base64 and hex in every
// spelling, GET URLs and access-log lines, raw HTTP, HAR files, pcap and pcapng of plain HTTP.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/bytes.hpp"
#include "core/base/clock.hpp"
#include "core/base/result.hpp"
#include "core/scep/operation.hpp"

namespace scep::capture {

enum class Content : std::uint8_t {
    Asn1,          // BER or DER, or what is left of it: a pkiMessage, a certificate, a CSR, ...
    Capabilities,  // the text of a GetCACaps reply
    Text,          // a body for people, such as that of an HTTP error
    None           // an HTTP message without a body: GetCACert's request, an empty reply
};

enum class Direction : std::uint8_t { Unknown, Request, Reply };

// What was forgiven on the way to the bytes, or is wrong with the capture itself. Its ids, by what
// they are about:
//   octets      body-cut, octets-replaced, utf8-of-octets, message-too-large
//   text        plus-as-blank, escaped-twice, base64url, base64-cut, base64-damaged, hex-cut,
//   pem-cut HTTP        content-type-charset, operation-case, message-missing, message-unreadable,
//   form-post,
//               answers-head, body-compressed, body-not-saved, body-unreadable, head-cut, line-cut
//   TCP         segment-lost, segment-out-of-order, segment-retransmitted, segment-conflict,
//               packet-cut
//   the whole   skipped, left-out, private-key, tls, link-type, ip-fragments, capture-cut,
//               capture-too-large, har-damaged, har-too-large; these are with the first message
struct Remark {
    std::string id{};
    std::string text{};   // a sentence with the place; not escaped, no secrets
    bool damage = false;  // bytes are missing or changed: what follows may be wrong by that alone
};

// One message as it was found.
struct Captured {
    std::string source{};  // the file; "<stdin>"
    std::string
        place{};  // "line 14", "entry 3", "192.0.2.7:40112 > 192.0.2.1:80"; empty: the whole
    std::vector<std::string> forms{};  // outermost first: "pcap", "HTTP GET", "base64"; "DER"
    Content content = Content::Asn1;
    Direction direction = Direction::Unknown;
    Buffer bytes{};  // decoded: of Asn1 the BER itself
    std::optional<OperationKind> operation{};
    std::string target{};              // of a request: scheme, host, path and operation, of other
                                       // parameters the names; not escaped
    std::optional<unsigned> status{};  // of an HTTP reply; in a log, of that to the request
    std::string content_type{};        // the media type and its charset; not escaped
    std::optional<TimePoint> time{};   // when it was captured, where the capture says so
    std::size_t exchange = 0;  // a request and its reply of one connection share a number; 0: alone
    std::vector<Remark> remarks{};
};

// Everything in `input`, in its order. Protocol when nothing is recognised: the error says what it
// looks like and what would be understood. Takes any bytes; time and memory are linear in them.
Result<std::vector<Captured>> recognise(Bytes input, std::string_view source);

}  // namespace scep::capture
