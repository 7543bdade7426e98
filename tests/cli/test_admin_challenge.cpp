#include "admin_fixture.hpp"
#include "core/crypto/keys.hpp"

namespace {

using namespace scep;
using namespace scep::test;

// What the database keeps of a secret.
store::Sha256 digest_of(std::string_view secret) {
    return crypto::sha256(as_bytes(secret));
}

std::string line_of(const Outcome& outcome) {
    CHECK(outcome.code == 0);
    REQUIRE(outcome.out.ends_with('\n'));
    return outcome.out.substr(0, outcome.out.size() - 1);
}

std::string states(const Json& document) {
    std::string out;
    for (const Json& challenge : document["challenges"])
        out += std::to_string(challenge["id"].get<int>()) + challenge["state"].get<std::string>() +
               ' ';
    return out;
}

}  // namespace

TEST_SUITE("cli/admin_challenge") {
    TEST_CASE(
        "RFC8894 lines 113, 115: S14 a new challenge is printed alone and kept as its digest "
        "alone") {
        Deployment deployment;
        const auto server = deployment.serve();
        const Outcome made = deployment.admin({"challenge", "new", "--profile", "corp"});
        const std::string secret = line_of(made);
        CHECK(secret.size() == 27);
        CHECK(std::ranges::all_of(secret, [](unsigned char c) { return std::isalnum(c) != 0; }));
        CHECK(made.err ==
              "certctl-scep: note: challenge 1 for profile corp, 1 use, until "
              "2026-11-25T03:00:00Z; it is shown only now\n");
        const auto kept = must(server->challenges({}));
        REQUIRE(kept.size() == 1);
        CHECK(kept[0].digest == digest_of(secret));
        CHECK(kept[0].profile == "corp");
        CHECK(kept[0].uses == 1);
        CHECK(kept[0].created_at == kNow);
        for (const std::string name : {"state.db", "state.db-wal"})
            CHECK(!says(read_file(deployment / name), secret));
        for (const std::vector<std::string>& words : {std::vector<std::string>{"challenge", "list"},
                                                      {"challenge", "list", "--format", "json"},
                                                      {"audit", "list", "--format", "json"}}) {
            const std::string out = deployment.admin(words).out;
            CHECK(!says(out, secret));
            CHECK(!says(out, to_hex(kept[0].digest).substr(0, 8)));
        }
        CHECK(line_of(deployment.admin({"challenge", "new", "--profile", "corp"})) != secret);
    }

    TEST_CASE("a challenge has the bounds that were asked for") {
        Deployment deployment;
        const auto server = deployment.serve();
        const Json made = deployment.json({"challenge",
                                           "new",
                                           "--profile",
                                           "corp",
                                           "--uses",
                                           "3",
                                           "--expires",
                                           "7d",
                                           "--subject",
                                           "CN=cam-*,O=Lab",
                                           "--subject",
                                           "CN=door-*",
                                           "--san",
                                           "dns:*.example",
                                           "--san",
                                           "ip:192.0.2.*",
                                           "--note",
                                           "for Bob"})["challenge"];
        CHECK(made["id"] == 1);
        CHECK(made["state"] == "usable");
        CHECK(made["profile"] == "corp");
        CHECK(made["uses"] == 3);
        CHECK(made["used"] == 0);
        CHECK(made["subject_pattern"] == Json({"CN=cam-*,O=Lab", "CN=door-*"}));
        CHECK(made["san_pattern"] == Json({"dns:*.example", "ip:192.0.2.*"}));
        CHECK(made["note"] == "for Bob");
        CHECK(made["created_at"] == "2026-11-24T03:00:00Z");
        CHECK(made["expires_at"] == "2026-12-01T03:00:00Z");
        const auto kept = must(server->challenges({}))[0];
        CHECK(kept.digest == digest_of(made["secret"].get<std::string>()));
        CHECK(kept.uses == 3);
        CHECK(kept.subject_pattern == std::vector<std::string>{"CN=cam-*,O=Lab", "CN=door-*"});
        CHECK(kept.san_pattern == std::vector<std::string>{"dns:*.example", "ip:192.0.2.*"});
        CHECK(kept.note == "for Bob");
    }

    TEST_CASE("with --out the secret is in a private file, and nowhere else") {
        Deployment deployment;
        const auto server = deployment.serve();
        const std::string file = (deployment / "secret").string();
        const auto make = [&](std::vector<std::string> more) {
            more.insert(more.begin(), {"challenge", "new", "--profile", "corp", "--out", file});
            return deployment.admin(more);
        };
        const Outcome made = make({});
        CHECK(made.code == 0);
        CHECK(made.out.empty());
        CHECK(says(made.err, "is in " + file));
        const std::string line = read_file(file);
        REQUIRE(line.size() == 28);
        CHECK(must(server->challenges({}))[0].digest == digest_of(line.substr(0, 27)));
        CHECK(std::filesystem::status(file).permissions() == std::filesystem::perms(0600));
        CHECK(as_text(must(files::load_challenge(file))) == line.substr(0, 27));

        check_one_error(make({}), 2, "already exists");
        CHECK(read_file(file) == line);
        CHECK(must(server->challenges({})).size() == 1);
        const Outcome again = make({"--force", "--format", "json"});
        CHECK(again.code == 0);
        CHECK(Json::parse(again.out)["challenge"]["file"] == file);
        CHECK(!Json::parse(again.out)["challenge"].contains("secret"));
        CHECK(!says(again.out, read_file(file).substr(0, 27)));
        CHECK(read_file(file) != line);
    }

    TEST_CASE("--force replaces no file of the configuration") {
        Deployment deployment;
        const auto server = deployment.serve();
        for (const std::string name : {"c.toml", "state.db", "audit.key"}) {
            CAPTURE(name);
            const std::string before = read_file(deployment / name);
            const Outcome outcome = deployment.admin({"challenge",
                                                      "new",
                                                      "--profile",
                                                      "corp",
                                                      "--force",
                                                      "--out",
                                                      (deployment / name).string()});
            CHECK(outcome.code == 2);
            CHECK(read_file(deployment / name) == before);
        }
        CHECK(must(server->challenges({})).empty());
    }

    TEST_CASE("- as --out is standard output") {
        Deployment deployment;
        const auto server = deployment.serve();
        const std::string secret =
            line_of(deployment.admin({"challenge", "new", "--profile", "corp", "--out", "-"}));
        CHECK(must(server->challenges({}))[0].digest == digest_of(secret));
    }

    TEST_CASE("a challenge that cannot be kept leaves no file") {
        Deployment deployment;
        deployment.serve();
        std::filesystem::remove(deployment / "state.db");
        const std::string file = (deployment / "secret").string();
        CHECK(deployment.admin({"challenge", "new", "--profile", "corp", "--out", file}).code == 3);
        CHECK(!std::filesystem::exists(file));

        Deployment other;
        with_rows(other);
        const std::string other_file = (other / "secret").string();
        std::filesystem::remove(other / "audit.key");
        must(store::create_audit_key(other / "audit.key"));
        check_one_error(other.admin({"challenge", "new", "--profile", "corp", "--out", other_file}),
                        3,
                        "audit row 3 does not fit under the audit key");
        CHECK(!std::filesystem::exists(other_file));
    }

    TEST_CASE("a secret that standard output does not take is revoked") {
        Deployment deployment;
        const auto server = deployment.serve();
        const std::string config = (deployment / "c.toml").string();
        const std::array words{"certctl-scep",
                               "admin",
                               "challenge",
                               "new",
                               "--profile",
                               "corp",
                               "--config",
                               config.c_str()};
        std::istringstream in;
        std::ostringstream err;
        std::ostream nowhere(nullptr);
        const FixedClock clock(kNow);
        cli::Io io{.in = in, .out = nowhere, .err = err, .clock = clock};
        CHECK(cli::run(static_cast<int>(words.size()), words.data(), io) == cli::Exit::Failure);
        CHECK(says(err.str(), "cannot write to standard output"));
        CHECK(must(server->challenges({.usable_at = kNow})).empty());
        CHECK(must(server->challenges({}))[0].revoked_at == kNow);
    }

    TEST_CASE("a profile that is not configured is refused") {
        Deployment deployment;
        const auto server = deployment.serve();
        const auto refused = [&](const std::string& profile) {
            const Outcome outcome = deployment.admin({"challenge", "new", "--profile", profile});
            check_one_error(outcome, 2, "--profile: no profile of the configuration has");
            return outcome.err;
        };
        CHECK(says(refused("crop"), "hint: did you mean corp?\n"));
        CHECK(says(refused("-"), "hint: the configuration has corp\n"));
        CHECK(must(server->challenges({})).empty());
    }

    TEST_CASE("bounds that make no sense are refused, and name their option") {
        Deployment deployment;
        const auto server = deployment.serve();
        for (const auto& row : std::initializer_list<std::array<std::string, 3>>{
                 {"--uses", "0", "--uses: want at least 1"},
                 {"--uses", "-1", "--uses: got -1, want a whole number"},
                 {"--expires", "0s", "--expires: want a duration that is not over at once"},
                 {"--expires", "tomorrow", "--expires: not a duration"},
                 {"--san", "*.example", "--san: got \"*.example\", want a form like"},
                 {"--san", "dns:a\nb", "line break"},
                 {"--subject", "CN=a\nb", "line break"},
                 {"--subject", "", "--subject is empty"}}) {
            CAPTURE(row[0]);
            const auto& [option, value, what] = row;
            const Outcome outcome =
                deployment.admin({"challenge", "new", "--profile", "corp", option, value});
            CHECK(outcome.code == 2);
            CHECK(outcome.out.empty());
            CHECK(says(outcome.err, what));
        }
        CHECK(says(deployment.admin({"challenge", "new"}).err, "--profile is required"));
        CHECK(must(server->challenges({})).empty());
    }

    TEST_CASE("challenge list shows what is usable, and all on demand") {
        Deployment deployment;
        const auto server = deployment.serve();
        for (const std::string note : {"used", "revoked", "short", "usable"})
            CHECK(deployment
                      .admin({"challenge",
                              "new",
                              "--profile",
                              "corp",
                              "--note",
                              note,
                              "--expires",
                              note == "short" ? "1s" : "24h",
                              "--subject",
                              "CN=a*",
                              "--san",
                              "dns:*.b"})
                      .code == 0);
        must(server->write(
            {{.challenge_uses = {
                  {.id = 1, .time = kNow, .client_address = "192.0.2.9", .serial = "0A"}}}}));
        CHECK(deployment.admin({"challenge", "revoke", "2"}).out == "challenge 2 revoked\n");
        const TimePoint later = kNow + Seconds{1};
        const Outcome usable = deployment.admin({"challenge", "list"}, later);
        CHECK(usable.err.empty());
        CHECK(usable.out ==
              "ID  STATE   USED  EXPIRES               PROFILE  LAST USED BY  PATTERNS        "
              "NOTE\n"
              "4   usable  0/1   2026-11-25T03:00:00Z  corp     -             CN=a*; dns:*.b  "
              "usable\n");
        const Outcome all =
            deployment.admin({"challenge", "list", "--all", "--format", "json"}, later);
        const Json document = Json::parse(all.out);
        CHECK(states(document) == "1used up 2revoked 3expired 4usable ");
        CHECK(document["challenges"][0]["last_used_by"] == "192.0.2.9");
        CHECK(document["challenges"][0]["last_used_at"] == "2026-11-24T03:00:00Z");
        CHECK(document["challenges"][0]["last_serial"] == "0A");
        CHECK(document["challenges"][1]["revoked_at"] == "2026-11-24T03:00:00Z");
        CHECK(deployment.json({"challenge", "list", "--limit", "1"})["more"] == true);
        CHECK(deployment.json({"challenge", "list", "--profile", "-"})["challenges"].empty());
        CHECK(says(deployment.admin({"challenge", "list"}, kNow + Seconds{86400}).err,
                   "note: no one-time challenge is usable"));
    }

    TEST_CASE("challenge revoke says why it does not, and how to see them") {
        Deployment deployment;
        const auto server = deployment.serve();
        line_of(deployment.admin({"challenge", "new", "--profile", "corp"}));
        CHECK(deployment.json({"challenge", "revoke", "1"})["challenge"]["state"] == "revoked");
        check_one_error(deployment.admin({"challenge", "revoke", "1"}),
                        1,
                        "challenge 1 was revoked at 2026-11-24T03:00:00Z already");
        check_one_error(
            deployment.admin({"challenge", "revoke", "2"}), 1, "there is no challenge 2");
        std::string actions;
        const Json trail = deployment.json({"audit", "list"});
        for (const Json& event : trail["events"])
            actions += event["action"].get<std::string>() + ' ';
        CHECK(actions == "admin_challenge_new admin_challenge_revoke ");
    }

    TEST_CASE("S23 an operator's own text is escaped in tables") {
        Deployment deployment;
        const auto server = deployment.serve();
        line_of(deployment.admin({"challenge",
                                  "new",
                                  "--profile",
                                  "corp",
                                  "--note",
                                  "a\x1b[31m\n",
                                  "--subject",
                                  "CN=\x1b*"}));
        for (const std::vector<std::string>& words : {std::vector<std::string>{"challenge", "list"},
                                                      {"challenge", "list", "--format", "json"},
                                                      {"audit", "list"}}) {
            const Outcome outcome = deployment.admin(words);
            CAPTURE(outcome.out);
            CHECK(outcome.code == 0);
            CHECK(!says(outcome.out, "\x1b"));
        }
    }
}
