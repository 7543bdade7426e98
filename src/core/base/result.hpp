// Errors as values: what went wrong, where, by which rule, and the way out.
//
// Functions that can fail on bad input return Result<T> or Status and never throw. A bug is an
// assert, not an Error. Context is added while unwinding, once per level that knows something new.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <tl/expected.hpp>

namespace scep {

enum class Errc : std::uint8_t {
    Usage,     // wrong flags or arguments
    Io,        // files, descriptors
    Network,   // sockets, TLS, HTTP transport
    Config,    // TOML or environment, a key pair that does not match, an expired certificate
    Der,       // bytes that are not the ASN.1 they should be; where.offset is set
    Crypto,    // a signature that does not verify, a key that cannot be used
    Protocol,  // well-formed bytes that break RFC 8894 or RFC 5652
    Policy,    // understood and refused
    Store,     // the state database
    Internal
};

struct Where {                               // every member is optional
    std::string source{};                    // path, URL, or "<stdin>"
    std::size_t line = 0;                    // 1-based; 0 = not text
    std::size_t column = 0;                  // 1-based; 0 = not text
    std::optional<std::size_t> offset = {};  // bytes from the start of the outermost DER value
    std::string field{};                     // "SignedData.signerInfos[0].signedAttrs"
    std::string subject{};                   // RFC 4514 name of the certificate concerned
};

struct [[nodiscard]] Error {
    Errc code = Errc::Internal;
    std::string what{};  // lower case, no full stop, no secrets
    Where where{};
    std::string cite{};                 // "RFC 8894 section 3.2.1.4"
    std::string hint{};                 // what to do next, as a command or a setting
    std::vector<std::string> during{};  // innermost first, pushed while unwinding
};

template <class T>
using Result = tl::expected<T, Error>;
using Status = Result<void>;

// The way of an error is out of line: errors are large, their ways many and seldom gone.
[[nodiscard, gnu::cold]] tl::unexpected<Error> fail(Error error);
[[nodiscard, gnu::cold]] tl::unexpected<Error> fail(Errc code, std::string what);

// Adds one level of context to an error on its way up.
[[nodiscard, gnu::cold]] tl::unexpected<Error> during(Error error, std::string frame);

// What SCEP_TRY and SCEP_CHECK return.
[[nodiscard, gnu::cold]] tl::unexpected<Error> pass_on(Error& error) noexcept;

// One line: "ca.pem:14: Certificate.serialNumber at offset 12: ... (RFC 5280 section 4.1.2.2)".
// Without the hint, which is printed on a line of its own.
std::string to_text(const Error& error);

}  // namespace scep

// SCEP_TRY(name, expression): `name` refers to the value of a Result, or the enclosing function
// returns its error.  SCEP_CHECK(expression): the same for a Status.
// NOLINTBEGIN(bugprone-macro-parentheses)
#define SCEP_TRY(name, ...)                            \
    auto name##_result = (__VA_ARGS__);                \
    if (!name##_result)                                \
        return ::scep::pass_on(name##_result.error()); \
    auto& name = *name##_result
#define SCEP_CHECK(...)                                             \
    do {                                                            \
        if (auto status_of_check = (__VA_ARGS__); !status_of_check) \
            return ::scep::pass_on(status_of_check.error());        \
    } while (false)
// NOLINTEND(bugprone-macro-parentheses)
