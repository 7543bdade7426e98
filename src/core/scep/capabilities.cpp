#include "core/scep/capabilities.hpp"

#include <algorithm>
#include <array>

#include "core/base/limits.hpp"
#include "core/scep/words.hpp"

namespace scep {

namespace {

struct Keyword {
    std::string_view text;
    bool Capabilities::*flag;
};

// In the order they are written.
constexpr std::array kKeywords{Keyword{"POSTPKIOperation", &Capabilities::post_pki_operation},
                               Keyword{"SHA-256", &Capabilities::sha256},
                               Keyword{"SHA-512", &Capabilities::sha512},
                               Keyword{"AES", &Capabilities::aes},
                               Keyword{"SCEPStandard", &Capabilities::scep_standard},
                               Keyword{"Renewal", &Capabilities::renewal},
                               Keyword{"SHA-384", &Capabilities::sha384},
                               Keyword{"GetNextCACert", &Capabilities::get_next_ca_cert},
                               Keyword{"SHA-1", &Capabilities::sha1},
                               Keyword{"DES3", &Capabilities::des3}};

std::string_view trim(std::string_view text) noexcept {
    constexpr std::string_view kBlank = " \t\v\f";
    const std::size_t first = text.find_first_not_of(kBlank);
    if (first == std::string_view::npos)
        return {};
    return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

void keep_unknown(std::string_view word, Capabilities& out) {
    if (out.unknown.size() < limits::kMaxCapabilities)
        out.unknown.emplace_back(word.substr(0, limits::kMaxCapability));
}

void take(std::string_view word, bool is_list, Capabilities& out) {
    const auto* known = std::ranges::find_if(
        kKeywords, [&](const Keyword& keyword) { return same_word(keyword.text, word); });
    if (is_list && known != kKeywords.end())
        out.*(known->flag) = true;
    else if (!word.empty())
        keep_unknown(word, out);
}

}  // namespace

Capabilities parse_capabilities(Bytes body) {
    std::string_view rest = as_text(body);
    const bool is_list = rest.find('<') == std::string_view::npos;  // an error page is not
    Capabilities out;
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find_first_of("\r\n"), rest.size());
        take(trim(rest.substr(0, end)), is_list, out);
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return out;
}

std::string write_capabilities(const Capabilities& capabilities) {
    std::string out;
    for (const Keyword& keyword : kKeywords)
        if (capabilities.*(keyword.flag))
            out.append(keyword.text).push_back('\n');
    return out;
}

}  // namespace scep
