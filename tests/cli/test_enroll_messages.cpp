// enroll --save-messages.
#include "cli/cmd_enroll_messages.hpp"
#include "enroll_run.hpp"

namespace scep::cli {

namespace {

http::ClientRequest capabilities() {
    return {.url = must(http::parse_url("http://ca.example/scep?operation=GetCACaps")),
            .may_hang_up = true};
}

}  // namespace

TEST_SUITE("cli/enroll messages") {
    TEST_CASE("a number that another run has taken meanwhile is not this one's") {
        Run run;
        SavingTransport saving(run.transport, run.directory);
        std::ofstream(run.directory / "01-GetCACaps.request") << "precious";
        CHECK(saving.exchange(capabilities()).has_value());
        CHECK(saving.saved().has_value());
        CHECK(fs::file_size(run.directory / "01-GetCACaps.request") == 8);
        CHECK(fs::exists(run.directory / "02-GetCACaps.request"));
        CHECK(fs::exists(run.directory / "02-GetCACaps.reply"));
    }

    TEST_CASE("what cannot be kept is sent all the same") {
        Run run;
        std::ofstream(run.directory / "file") << "x";
        SavingTransport saving(run.transport, run.directory / "file" / "below");
        CHECK(saving.exchange(capabilities()).has_value());
        CHECK(run.transport.requests.size() == 1);
        CHECK_FALSE(saving.saved().has_value());
    }
}

}  // namespace scep::cli
