// admin challenge: challenges that are good for a number of uses (SECURITY rule S14). The secret is
// shown when it is minted, and never again: only its digest is kept.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/cmd_admin.hpp"
#include "cli/config_path.hpp"
#include "cli/mint.hpp"
#include "cli/table.hpp"
#include "core/base/escape.hpp"
#include "core/crypto/keys.hpp"
#include "core/crypto/system_random.hpp"
#include "core/files/files.hpp"

namespace scep::cli {

namespace {

constexpr unsigned kPrivate = 0600;

std::string_view state_of(const store::OneTimeChallenge& challenge, TimePoint now) {
    if (challenge.revoked_at)
        return "revoked";
    if (challenge.used >= challenge.uses)
        return "used up";
    return challenge.expires_at <= now ? "expired" : "usable";
}

Json to_json(const store::OneTimeChallenge& challenge, TimePoint now) {
    return {{"id", challenge.id},
            {"state", state_of(challenge, now)},
            {"profile", challenge.profile},
            {"subject_pattern", challenge.subject_pattern},
            {"san_pattern", challenge.san_pattern},
            {"note", challenge.note},
            {"uses", challenge.uses},
            {"used", challenge.used},
            {"created_at", to_rfc3339(challenge.created_at)},
            {"expires_at", to_rfc3339(challenge.expires_at)},
            {"revoked_at", time_or_null(challenge.revoked_at)},
            {"last_used_at", time_or_null(challenge.last_used_at)},
            {"last_used_by", challenge.last_used_by},
            {"last_serial", challenge.last_serial}};
}

std::string patterns_of(const store::OneTimeChallenge& challenge) {
    std::vector<std::string> all = challenge.subject_pattern;
    all.insert(all.end(), challenge.san_pattern.begin(), challenge.san_pattern.end());
    return fmt::format("{}", fmt::join(all, "; "));
}

void print_list(Io& io, const std::vector<store::OneTimeChallenge>& rows) {
    Table table({"ID", "STATE", "USED", "EXPIRES", "PROFILE", "LAST USED BY", "PATTERNS", "NOTE"});
    for (const store::OneTimeChallenge& row : rows)
        table.add({std::to_string(row.id),
                   std::string(state_of(row, io.clock.now())),
                   fmt::format("{}/{}", row.used, row.uses),
                   to_rfc3339(row.expires_at),
                   row.profile,
                   row.last_used_by,
                   patterns_of(row),
                   escape_text(row.note)});
    table.print(io.out, io.color.out);
}

Error usage(std::string_view option, std::string what, std::string hint = {}) {
    return {.code = Errc::Usage,
            .what = std::move(what),
            .where = {.source = std::string(option)},
            .hint = std::move(hint)};
}

Status check_patterns(const AdminOptions& options) {
    for (const std::string& pattern : options.subject_patterns)
        if (const Status fits = config::check_subject_pattern(pattern); !fits)
            return fail(usage("--subject", fits.error().what));
    for (const std::string& pattern : options.sans)
        if (const Status fits = config::check_san_pattern(pattern); !fits)
            return fail(usage("--san", fits.error().what));
    return {};
}

Result<store::OneTimeChallenge> describe(const AdminOptions& options, TimePoint now) {
    SCEP_CHECK(check_patterns(options));
    const Result<Seconds> lifetime = parse_duration(options.expires);
    if (!lifetime)
        return fail(usage("--expires", lifetime.error().what));
    if (*lifetime <= Seconds{0})
        return fail(usage("--expires", "want a duration that is not over at once"));
    if (options.uses < 1)
        return fail(usage("--uses", "want at least 1"));
    return store::OneTimeChallenge{.profile = options.profile.value_or(""),
                                   .subject_pattern = options.subject_patterns,
                                   .san_pattern = options.sans,
                                   .note = options.note,
                                   .uses = options.uses,
                                   .created_at = now,
                                   .expires_at = now + *lifetime};
}

// Into the database, and with --out into the file, or into neither.
Result<store::OneTimeChallenge> keep(const AdminOptions& options,
                                     store::Store& state,
                                     store::OneTimeChallenge challenge,
                                     const SecretBytes& secret,
                                     const store::Operator& by) {
    challenge.digest = crypto::sha256(secret);
    if (options.out.empty())
        return state.add_challenge(std::move(challenge), by);
    SecretBytes line = secret;
    line.push_back('\n');
    const auto add = [&]() -> Status {
        SCEP_TRY(added, state.add_challenge(challenge, by));
        challenge = std::move(added);
        return {};
    };
    SCEP_CHECK(
        files::write_all({{.path = options.out, .content = std::move(line), .mode = kPrivate}},
                         options.force ? files::Overwrite::Replace : files::Overwrite::Refuse,
                         add));
    return challenge;
}

void print_new(const AdminOptions& options,
               const store::OneTimeChallenge& challenge,
               const SecretBytes& secret,
               Io& io) {
    if (options.json()) {
        Json document = admin_document();
        document["challenge"] = to_json(challenge, io.clock.now());
        if (options.out.empty())
            document["challenge"]["secret"] = as_text(secret);
        else
            document["challenge"]["file"] = options.out;
        return print_json(io, document);
    }
    if (options.out.empty())
        io.out << as_text(secret) << '\n';
    note(io,
         fmt::format("challenge {} for profile {}, {} {}, until {}{}",
                     challenge.id,
                     shown_id(challenge.profile),
                     challenge.uses,
                     challenge.uses == 1 ? "use" : "uses",
                     to_rfc3339(challenge.expires_at),
                     options.out.empty() ? "; it is shown only now" : ", is in " + options.out));
}

// A secret that nobody could read is of no use, and must not be left to be found.
Status tell(const AdminOptions& options,
            store::Store& state,
            const store::OneTimeChallenge& challenge,
            const SecretBytes& secret,
            const store::Operator& by,
            Io& io) {
    print_new(options, challenge, secret, io);
    Status flushed = flush(io);
    if (!flushed && options.out.empty())
        SCEP_CHECK(state.revoke_challenge(challenge.id, by).map([](const auto&) {}));
    return flushed;
}

Status make_new(const AdminOptions& options, Io& io) {
    const store::Operator by = operator_now(io);
    SCEP_TRY(config, load_configuration(options.config, io));
    SCEP_CHECK(check_profile(config, options.profile.value_or("")));
    SCEP_CHECK(check_output_apart(config, options.out));
    SCEP_TRY(challenge, describe(options, by.now));
    SCEP_TRY(state, open_state(config, AuditKey::Needed));
    crypto::SystemRandom random;
    const SecretBytes secret = mint_challenge(random);
    SCEP_TRY(kept, keep(options, *state, std::move(challenge), secret, by));
    return tell(options, *state, kept, secret, by, io);
}

Result<std::vector<store::OneTimeChallenge>> find_all(const AdminOptions& options, Io& io) {
    SCEP_TRY(state, open_state(options, AuditKey::NotNeeded, io));
    return state->challenges(
        {.profile = options.profile,
         .usable_at = options.all ? std::nullopt : std::optional(io.clock.now()),
         .limit = one_more(options.limit)});
}

Result<store::OneTimeChallenge> revoke(const AdminOptions& options, Io& io) {
    SCEP_TRY(state, open_state(options, AuditKey::Needed, io));
    return state->revoke_challenge(options.ids.front(), operator_now(io));
}

}  // namespace

Exit new_challenge(const AdminOptions& options, Io& io) {
    const Status made = make_new(options, io);
    return made ? Exit::Ok : report(io, made.error());
}

Exit list_challenges(const AdminOptions& options, Io& io) {
    Result<std::vector<store::OneTimeChallenge>> rows = find_all(options, io);
    if (!rows)
        return report(io, rows.error());
    const bool more = is_cut(rows->size(), options.limit);
    if (more)
        rows->erase(rows->begin());
    if (options.json()) {
        Json document = admin_document();
        document["challenges"] = Json::array();
        for (const store::OneTimeChallenge& row : *rows)
            document["challenges"].push_back(to_json(row, io.clock.now()));
        document["more"] = more;
        print_json(io, document);
        return Exit::Ok;
    }
    print_list(io, *rows);
    if (more)
        note(io, "older challenges are left out; --limit 0 lists all");
    if (rows->empty())
        note(io,
             options.all
                 ? "there is no one-time challenge"
                 : "no one-time challenge is usable; --all also lists used, expired and revoked");
    return Exit::Ok;
}

Exit revoke_challenge(const AdminOptions& options, Io& io) {
    const Result<store::OneTimeChallenge> revoked = revoke(options, io);
    if (!revoked)
        return report(io, revoked.error());
    if (options.json()) {
        Json document = admin_document();
        document["challenge"] = to_json(*revoked, io.clock.now());
        print_json(io, document);
    } else {
        io.out << fmt::format("challenge {} revoked\n", revoked->id);
    }
    return Exit::Ok;
}

}  // namespace scep::cli
