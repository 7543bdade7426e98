#include "core/check/host_match.hpp"

#include <algorithm>

namespace scep::check {

namespace {

bool equal_ignoring_case(std::string_view a, std::string_view b) {
    const auto lower = [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
    };
    return std::ranges::equal(a, b, {}, lower, lower);
}

// `name` is "dns:scep.example", "dns:*.example" or "ip:192.0.2.1".
bool is_for(std::string_view name, std::string_view host) {
    const std::string_view value = name.substr(name.find(':') + 1);
    if (equal_ignoring_case(value, host))
        return true;
    const std::size_t dot = host.find('.');
    return name.starts_with("dns:*.") && dot != std::string_view::npos &&
           equal_ignoring_case(value.substr(1), host.substr(dot));
}

}  // namespace

bool is_for_host(const x509::Certificate& certificate, std::string_view host) {
    const auto names = certificate.subject_alt_names();
    return names && std::ranges::any_of(*names, [&](const x509::GeneralName& name) {
               return is_for(name.to_text(), host);
           });
}

}  // namespace scep::check
