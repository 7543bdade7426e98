// PEM blocks with their lines (RFC 7468), read leniently, written strictly.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/bytes.hpp"
#include "core/base/result.hpp"
#include "core/base/secret.hpp"

namespace scep::asn1 {

struct PemBlock {
    std::string label{};     // "CERTIFICATE"
    SecretBytes content{};   // decoded; wiped, since it may be a key
    std::size_t line = 0;    // 1-based, of the BEGIN line
    bool encrypted = false;  // has RFC 1421 "Proc-Type: 4,ENCRYPTED" headers
};

// Every block of `text`, in order; text between blocks is skipped. Config, with source and line,
// when a block does not end, ends under another label, or is not base64, and where a BEGIN line is
// broken (indented, or the whole file in one line). No message repeats content.
Result<std::vector<PemBlock>> parse_pem(std::string_view text, std::string_view source);

// True when there is a "-----BEGIN" line.
bool looks_like_pem(std::string_view text) noexcept;

// True when a line begins such a block of a private key of any kind, behind whatever text.
bool holds_private_key(std::string_view text) noexcept;

std::string to_pem(std::string_view label, Bytes content);  // 64 columns

}  // namespace scep::asn1
