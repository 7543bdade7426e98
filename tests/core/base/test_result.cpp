#include <doctest/doctest.h>

#include "core/base/result.hpp"

using namespace scep;

namespace {

Result<int> half(int number) {
    if (number % 2 != 0)
        return fail(Errc::Usage, "odd");
    return number / 2;
}

Status check_half(int number) {
    SCEP_TRY(value, half(number));
    SCEP_CHECK(value > 10 ? Status(fail(Errc::Policy, "too large")) : Status());
    return {};
}

Result<int> quarter(int number) {
    SCEP_TRY(once, half(number));
    Result<int> twice = half(once);
    if (!twice)
        return during(std::move(twice).error(), "the second half");
    return twice;
}

}  // namespace

TEST_SUITE("core/base result") {
    TEST_CASE("errors travel up through the macros") {
        CHECK(quarter(8).value() == 2);
        CHECK(quarter(7).error().what == "odd");
        CHECK(check_half(4));
        CHECK(check_half(3).error().code == Errc::Usage);
        CHECK(check_half(100).error().code == Errc::Policy);
    }

    TEST_CASE("context is printed outermost first") {
        Error error = quarter(6).error();
        error.during.emplace_back("sums");
        CHECK(to_text(error) == "sums: the second half: odd");
    }

    TEST_CASE("an error prints its place, its text and its rule, never its hint") {
        const Error error{.code = Errc::Der,
                          .what = "negative INTEGER",
                          .where = {.source = "ca.pem",
                                    .line = 14,
                                    .column = 3,
                                    .offset = 12,
                                    .field = "Certificate.serialNumber",
                                    .subject = "CN=Old CA"},
                          .cite = "RFC 5280 section 4.1.2.2",
                          .hint = "ask the CA"};
        CHECK(to_text(error) ==
              "ca.pem:14:3: certificate CN=Old CA: Certificate.serialNumber at offset 12: "
              "negative INTEGER (RFC 5280 section 4.1.2.2)");
    }

    TEST_CASE("every part of the place may be missing") {
        CHECK(to_text({.what = "w"}) == "w");
        CHECK(to_text({.what = "w", .where = {.source = "f"}}) == "f: w");
        CHECK(to_text({.what = "w", .where = {.source = "f", .line = 2}}) == "f:2: w");
        CHECK(to_text({.what = "w", .where = {.field = "x"}}) == "x: w");
        CHECK(to_text({.what = "w", .where = {.offset = 0}}) == "at offset 0: w");
        CHECK(to_text({.what = "w", .where = {.subject = "CN=a"}}) == "certificate CN=a: w");
    }
}
