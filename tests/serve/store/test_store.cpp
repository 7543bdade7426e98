#include <sys/stat.h>

#include <fstream>

#include "fixture.hpp"

namespace scep::store {

namespace {

unsigned mode_of(const std::filesystem::path& path) {
    struct stat status {};

    REQUIRE(::stat(path.c_str(), &status) == 0);
    return status.st_mode & 07777U;
}

}  // namespace

TEST_CASE("what was written is read back, every field") {
    const TemporaryDirectory dir;
    const auto store = must(Store::open(dir / "state.db", key_of()));
    must_write(*store, {effects_of("0AFF")});

    const auto found = must(store->issuance("0AFF"));
    REQUIRE(found);
    const Issuance want = issuance_of("0AFF");
    CHECK(found->profile == want.profile);
    CHECK(found->issuer_id == want.issuer_id);
    CHECK(found->serial == want.serial);
    CHECK(found->subject == want.subject);
    CHECK(found->subject_alt_names == want.subject_alt_names);
    CHECK(found->not_before == want.not_before);
    CHECK(found->not_after == want.not_after);
    CHECK(found->issued_at == want.issued_at);
    CHECK(found->transaction_id == want.transaction_id);
    CHECK(found->signer_spki_sha256 == want.signer_spki_sha256);
    CHECK(found->fingerprint == want.fingerprint);
    CHECK(found->certificate == want.certificate);

    const auto events = must(store->audit({}));
    REQUIRE(events.size() == 1);
    const AuditEvent given = event_of("0AFF");
    CHECK(events[0].sequence == 1);
    CHECK(events[0].time == given.time);
    CHECK(events[0].profile == given.profile);
    CHECK(events[0].action == given.action);
    CHECK(events[0].outcome == given.outcome);
    CHECK(events[0].reference == given.reference);
    CHECK(events[0].transaction_id == given.transaction_id);
    CHECK(events[0].subject == given.subject);
    CHECK(events[0].serial == given.serial);
    CHECK(events[0].signer == given.signer);
    CHECK(events[0].client_address == given.client_address);
    CHECK(events[0].mac.size() == 32);
}

TEST_CASE("the database and its companions are private whatever the umask") {
    const TemporaryDirectory dir;
    const mode_t before = ::umask(0);
    const auto store = must(Store::open(dir / "state.db", key_of()));
    must_write(*store, {effects_of("01")});
    ::umask(before);
    CHECK(mode_of(dir / "state.db") == 0600);
    CHECK(mode_of(dir / "state.db-wal") == 0600);
    CHECK(mode_of(dir / "state.db-shm") == 0600);
}

TEST_CASE("a duplicate serial of one issuer fails the whole turn and ends writing") {
    const TemporaryDirectory dir;
    const auto store = must(Store::open(dir / "state.db", key_of()));
    must_write(*store, {effects_of("01")});
    const Error error = error_of(store->write({effects_of("02"), effects_of("01")}));
    CHECK(error.code == Errc::Store);
    CHECK(error.where.source == (dir / "state.db").string());
    CHECK(error.what.find("issuance.serial") != std::string::npos);
    CHECK(!must(store->issuance("02")));
    CHECK(must(store->audit({})).size() == 1);
    CHECK(error_of(store->write({effects_of("03")})).what == error.what);
}

TEST_CASE("two issuers may give the same serial") {
    const TemporaryDirectory dir;
    const auto store = must(Store::open(dir / "state.db", key_of()));
    Effects second = effects_of("01");
    second.issuances[0].issuer_id = "iss-other";
    must_write(*store, {effects_of("01"), second});
    CHECK(must(store->issued({})).size() == 2);
    CHECK(must(store->issuance("01"))->issuer_id == "iss-other");
}

}  // namespace scep::store
