#include "fixture.hpp"

namespace scep::store {

namespace {

template <class Row>
std::string serials(const std::vector<Row>& rows) {
    std::string out;
    for (const Row& row : rows)
        out += (out.empty() ? "" : " ") + row.serial;
    return out;
}

std::unique_ptr<Store> three_issued(const TempDir& dir) {
    auto store = must(Store::open(dir / "state.db", key_of()));
    Effects first{.issuances = {issuance_of("01", "CN=Alpha,O=Lab")}};
    first.issuances[0].profile = "";
    must_write(*store,
               {first,
                {.issuances = {issuance_of("02", "CN=beta_1")}},
                {.issuances = {issuance_of("03", "CN=alphabet")}}});
    return store;
}

std::unique_ptr<Store> five_audited(const TempDir& dir) {
    auto store = must(Store::open(dir / "state.db", key_of()));
    std::vector<Effects> turn(1);
    for (const std::string serial : {"1", "2", "3", "4", "5"}) {
        turn[0].events.push_back(event_of("ref", serial == "2" ? "failure" : "success"));
        turn[0].events.back().serial = serial;
    }
    turn[0].events[2].profile = "";
    turn[0].events[3].action = "scep_renewalreq";
    turn[0].events[4].transaction_id = "T2";
    must_write(*store, turn);
    return store;
}

}  // namespace

TEST_SUITE("serve/store/query") {
    TEST_CASE("issued certificates are listed newest first, without the certificate") {
        const TempDir dir;
        const auto store = three_issued(dir);
        const auto all = must(store->issued({}));
        CHECK(serials(all) == "03 02 01");
        CHECK(all[0].certificate.empty());
        CHECK(serials(must(store->issued({.limit = 2}))) == "03 02");
        CHECK(serials(must(store->issued({.limit = kAllRows}))) == "03 02 01");
    }

    TEST_CASE("issued certificates are picked by profile and a part of the subject") {
        const TempDir dir;
        const auto store = three_issued(dir);
        CHECK(serials(must(store->issued({.profile = "p"}))) == "03 02");
        CHECK(serials(must(store->issued({.profile = ""}))) == "01");
        CHECK(serials(must(store->issued({.subject = "ALPHA"}))) == "03 01");
        CHECK(serials(must(store->issued({.profile = "p", .subject = "alpha"}))) == "03");
        CHECK(serials(must(store->issued({.subject = "a_1"}))) == "02");
        CHECK(must(store->issued({.subject = "%"})).empty());
    }

    TEST_CASE("a serial that was never issued is no error") {
        const TempDir dir;
        CHECK(!must(three_issued(dir)->issuance("04")));
    }

    TEST_CASE("audit rows are listed oldest first, the newest of them") {
        const TempDir dir;
        const auto store = five_audited(dir);
        CHECK(serials(must(store->audit({}))) == "1 2 3 4 5");
        CHECK(serials(must(store->audit({.limit = 2}))) == "4 5");
        CHECK(serials(must(store->audit({.limit = kAllRows}))) == "1 2 3 4 5");
    }

    TEST_CASE("audit rows are paged from a sequence on") {
        const TempDir dir;
        const auto store = five_audited(dir);
        CHECK(serials(must(store->audit({.after = 0, .limit = 2}))) == "1 2");
        CHECK(serials(must(store->audit({.after = 2, .limit = 2}))) == "3 4");
        CHECK(must(store->audit({.after = 5})).empty());
    }

    TEST_CASE("audit rows are picked by each of their filters") {
        const TempDir dir;
        const auto store = five_audited(dir);
        CHECK(serials(must(store->audit({.profile = ""}))) == "3");
        CHECK(serials(must(store->audit({.action = "scep_renewalreq"}))) == "4");
        CHECK(serials(must(store->audit({.outcome = "failure"}))) == "2");
        CHECK(serials(must(store->audit({.transaction_id = "T2"}))) == "5");
        CHECK(serials(must(store->audit({.profile = "p", .outcome = "success", .after = 1}))) ==
              "4 5");
    }
}

}  // namespace scep::store
