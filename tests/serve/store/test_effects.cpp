#include "fixture.hpp"
#include "serve/store/turn_view.hpp"

namespace scep::store {

namespace {

const std::vector<Effects> kNothing{};

class Opened {
    TempDir dir_{};  // before the stores

  public:
    std::unique_ptr<Store> store = must(Store::open(dir_ / "state.db", key_of()));
    std::unique_ptr<TurnView> view = must(TurnView::make(*store, kNothing));

    void write(const Effects& effects) { must_write(*store, {effects}); }

    // What it rests on has changed: nothing of it is written.
    void write_overtaken(const Effects& effects) {
        std::vector<std::size_t> overtaken;
        REQUIRE(must(store->write({effects}, &overtaken)) == WriteResult::Done);
        CHECK(overtaken == std::vector<std::size_t>{0});
    }

    SQLite::Database stranger() const { return store::stranger(dir_ / "state.db"); }
};

}  // namespace

TEST_SUITE("serve/store/effects") {
    TEST_CASE("S12 a transaction is found by profile, signer key and octets of its id alone") {
        Opened opened;
        opened.write({.transactions = {transaction_of("t", "0A")}});
        const auto found = must(opened.view->transaction(key_named("t")));
        REQUIRE(found);
        CHECK(found->key == key_named("t"));
        CHECK(found->request_sha256 == Sha256{3, 2, 1});
        CHECK(found->recorded_at == kNow);
        CHECK(found->pending_id == 0);
        CHECK(found->issuer_id == "iss-local");
        CHECK(found->serial == "0A");

        struct Row {
            std::string_view name;
            std::function<void(TransactionKey&)> change;
        };

        for (const Row& row : std::initializer_list<Row>{
                 {"profile", [](TransactionKey& key) { key.profile = "q"; }},
                 {"signer", [](TransactionKey& key) { key.signer_spki_sha256[31] = 1; }},
                 {"octets", [](TransactionKey& key) { key.transaction_id.push_back(0); }},
                 {"empty", [](TransactionKey& key) { key.transaction_id.clear(); }}}) {
            CAPTURE(row.name);
            TransactionKey other = key_named("t");
            row.change(other);
            CHECK_FALSE(must(opened.view->transaction(other)));
        }
    }

    TEST_CASE("S12 a later transaction of the same key takes the place of the earlier one") {
        Opened opened;
        opened.write({.transactions = {transaction_of("t", "0A"), transaction_of("u", "0B")}});
        Transaction again = transaction_of("t", "0C");
        again.request_sha256 = {5};
        again.recorded_at = kNow + Seconds{9};
        opened.write({.transactions = {again}});
        const auto found = must(opened.view->transaction(key_named("t")));
        CHECK(found->serial == "0C");
        CHECK(found->request_sha256 == Sha256{5});
        CHECK(found->recorded_at == kNow + Seconds{9});
        CHECK(must(opened.view->transaction(key_named("u")))->serial == "0B");
        CHECK(opened.stranger().execAndGet("SELECT count(*) FROM scep_transaction").getInt64() ==
              2);
    }

    TEST_CASE(
        "a pending request is read back, every member, under an id that its transaction has") {
        Opened opened;
        opened.write(waiting_of("s"));
        opened.write(waiting_of("t"));
        const std::int64_t id = must(opened.view->transaction(key_named("t")))->pending_id;
        CHECK(id == 2);
        CHECK(must(opened.view->transaction(key_named("s")))->pending_id == 1);
        const auto found = must(opened.view->pending(id));
        REQUIRE(found);
        const PendingRequest want = pending_of("t");
        CHECK(found->id == id);
        CHECK(found->key == want.key);
        CHECK(found->state == PendingState::Pending);
        CHECK(found->received_at == want.received_at);
        CHECK(found->expires_at == want.expires_at);
        CHECK_FALSE(found->decided_at);
        CHECK(found->decided_by.empty());
        CHECK(found->reason.empty());
        CHECK(found->reference == want.reference);
        CHECK(found->transaction_id == want.transaction_id);
        CHECK(found->subject == want.subject);
        CHECK(found->subject_alt_names == want.subject_alt_names);
        CHECK(found->signer == want.signer);
        CHECK(found->client_address == want.client_address);
        CHECK(found->mtls_subject == want.mtls_subject);
        CHECK(found->authorisation == want.authorisation);
        CHECK(found->renewal);
        CHECK(found->next_ca);
        CHECK(found->next_ca_spki_sha256 == Buffer{0x20, 0x21});
        CHECK(found->name == want.name);
        CHECK(found->spki == want.spki);
        CHECK(found->general_names == want.general_names);
        CHECK(found->security_identifier == want.security_identifier);
        CHECK(found->signer_certificate == want.signer_certificate);
        CHECK(found->issuer_id.empty());
        CHECK(found->serial.empty());
    }

    TEST_CASE("an id is never given twice") {
        Opened opened;
        opened.write(waiting_of("s"));
        opened.stranger().exec("DELETE FROM pending_request");
        opened.write(waiting_of("t"));
        CHECK(must(opened.view->transaction(key_named("t")))->pending_id == 2);
    }

    TEST_CASE("an outcome ends what is pending or approved, and nothing else") {
        const PendingOutcome issued{.id = 1,
                                    .key = key_named("t"),
                                    .state = PendingState::Issued,
                                    .issuer_id = "iss-local",
                                    .serial = "0A"};
        for (const bool approved : {false, true}) {
            Opened opened;
            opened.write(waiting_of("t"));
            opened.write(waiting_of("u"));
            if (approved)
                must(opened.store->decide_pending(1, Verdict::Approve, "", alice()));
            opened.write({.pending_outcomes = {issued}});
            PendingRequest found = *must(opened.view->pending(1));
            CHECK(found.state == PendingState::Issued);
            CHECK(found.issuer_id == "iss-local");
            CHECK(found.serial == "0A");
            CHECK(found.decided_by == (approved ? "alice (uid 1000)" : ""));
            opened.write_overtaken({.pending_outcomes = {{.id = 1,
                                                          .key = key_named("t"),
                                                          .state = PendingState::Rejected,
                                                          .reason = "policy"}}});
            found = *must(opened.view->pending(1));
            CHECK(found.state == PendingState::Issued);
            CHECK(found.reason.empty());
            CHECK(must(opened.view->pending(2))->state == PendingState::Pending);
        }
        Opened opened;
        opened.write(waiting_of("t"));
        must(opened.store->decide_pending(1, Verdict::Reject, "unknown", alice()));
        opened.write_overtaken({.pending_outcomes = {issued}});
        CHECK(must(opened.view->pending(1))->state == PendingState::Rejected);
        CHECK(must(opened.view->pending(1))->reason == "unknown");
    }

    TEST_CASE("S14 a one-time challenge counts its uses, and who used it last") {
        Opened opened;
        must(opened.store->add_challenge(challenge_of(1, 3), alice()));
        must(opened.store->add_challenge(challenge_of(2), alice()));
        const auto use = [](std::int64_t id, std::string address, std::string serial) {
            return ChallengeUse{.id = id,
                                .time = kNow + Seconds{5},
                                .client_address = std::move(address),
                                .serial = std::move(serial)};
        };
        opened.write({.challenge_uses = {use(1, "192.0.2.1", "0A"), use(1, "192.0.2.2", "0B")}});
        const auto found = must(opened.view->challenge({1}));
        REQUIRE(found);
        CHECK(found->id == 1);
        CHECK(found->digest == Sha256{1});
        CHECK(found->profile == "p");
        CHECK(found->subject_pattern == std::vector<std::string>{"CN=cam-*", "CN=door-*"});
        CHECK(found->san_pattern == std::vector<std::string>{"dns:*.example"});
        CHECK(found->note == "for the cameras");
        CHECK(found->uses == 3);
        CHECK(found->used == 2);
        CHECK(found->created_at == kNow);
        CHECK(found->expires_at == kNow + Seconds{3600});
        CHECK_FALSE(found->revoked_at);
        CHECK(found->last_used_at == kNow + Seconds{5});
        CHECK(found->last_used_by == "192.0.2.2");
        CHECK(found->last_serial == "0B");
        CHECK(must(opened.view->challenge({2}))->used == 0);
        CHECK_FALSE(must(opened.view->challenge({3})));
    }

    TEST_CASE("S14 a use whose challenge was revoked before the commit is not made") {
        Opened opened;
        must(opened.store->add_challenge(challenge_of(1), alice()));
        must(opened.store->add_challenge(challenge_of(2), alice()));
        const auto spending = [](std::int64_t id, const std::string& serial) {
            Effects out = effects_of(serial);
            out.challenge_uses = {{.id = id, .time = kNow, .serial = serial}};
            return out;
        };
        must(opened.store->revoke_challenge(1, alice()));
        std::vector<std::size_t> overtaken;
        const std::vector<Effects> turn{spending(2, "0A"), spending(1, "0B"), effects_of("0C")};
        CHECK(must(opened.store->write(turn, &overtaken)) == WriteResult::Done);
        CHECK(overtaken == std::vector<std::size_t>{1});
        CHECK(must(opened.store->issued({})).size() == 2);
        CHECK_FALSE(must(opened.store->issuance("0B")));
        CHECK(must(opened.view->challenge({1}))->used == 0);
        CHECK(must(opened.view->challenge({2}))->used == 1);
        CHECK(must(opened.store->audit({.action = "scep_pkcsreq"})).size() == 2);
        CHECK(must(opened.store->verify_chain()) == 5);
    }

    TEST_CASE("the CRL of the highest number stays, one of each issuer") {
        Opened opened;
        const auto crl = [](std::string issuer, std::int64_t number, std::uint8_t octet) {
            return CrlRecord{.issuer_id = std::move(issuer),
                             .number = number,
                             .this_update = kNow,
                             .next_update = kNow + Seconds{60},
                             .der = {octet}};
        };
        opened.write({.crls = {crl("a", 1, 1), crl("a", 2, 2), crl("b", 1, 3)}});
        opened.write({.crls = {crl("a", 2, 9), crl("a", 1, 9)}});
        const auto found = must(opened.view->crl("a"));
        REQUIRE(found);
        CHECK(found->issuer_id == "a");
        CHECK(found->number == 2);
        CHECK(found->this_update == kNow);
        CHECK(found->next_update == kNow + Seconds{60});
        CHECK(found->der == Buffer{2});
        CHECK(must(opened.view->crl("b"))->der == Buffer{3});
        CHECK_FALSE(must(opened.view->crl("c")));
    }

    TEST_CASE("S25 a turn that fails writes nothing of all these") {
        Opened opened;
        must(opened.store->add_challenge(challenge_of(1), alice()));
        opened.write(effects_of("0A"));
        Effects all = waiting_of("t");
        all.challenge_uses = {{.id = 1, .time = kNow}};
        all.crls = {{.issuer_id = "a", .number = 1}};
        CHECK(error_of(opened.store->write({all, effects_of("0A")})).code == Errc::Store);
        CHECK_FALSE(must(opened.view->transaction(key_named("t"))));
        CHECK(must(opened.store->pending_requests({})).empty());
        CHECK(must(opened.view->challenge({1}))->used == 0);
        CHECK_FALSE(must(opened.view->crl("a")));
    }

    TEST_CASE("an automatic issuance costs one row more than certificate and audit row") {
        Opened opened;
        const auto changes = [&](const Effects& effects) {
            SQLite::Database other = opened.stranger();
            const std::string count =
                "SELECT (SELECT count(*) FROM issuance) + (SELECT count(*) FROM audit_event)"
                " + (SELECT count(*) FROM scep_transaction) + (SELECT count(*) FROM "
                "pending_request)"
                " + (SELECT count(*) FROM one_time_challenge) + (SELECT count(*) FROM crl)";
            const std::int64_t before = other.execAndGet(count).getInt64();
            opened.write(effects);
            return other.execAndGet(count).getInt64() - before;
        };
        Effects effects = effects_of("0A");
        effects.transactions = {transaction_of("t", "0A")};
        CHECK(changes(effects) == 3);
    }
}

}  // namespace scep::store
