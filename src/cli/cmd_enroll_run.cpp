// enroll: the way of a certificate, from GetCACaps to its files.
#include <fmt/format.h>

#include "cli/cmd_enroll_session.hpp"
#include "core/base/encoding.hpp"
#include "core/base/escape.hpp"

namespace scep::cli {

namespace {

// RFC 8894 section 7.5: who stands between may have struck it out, to have the request weakened. It
// is not weakened for that; but the operator should know.
void warn_of_downgrade(const EnrollPlan& plan, const Exchange& exchange, Io& io) {
    if (exchange.capabilities().scep_standard || plan.legacy)
        return;
    const AlgorithmChoice& chosen = exchange.algorithms();
    warning(io,
            fmt::format("the server's capabilities have no SCEPStandard: it is an old one, or "
                        "somebody on the way shortened them; the request uses {} and {}",
                        crypto::info(chosen.digest).name,
                        crypto::info(chosen.cipher).name));
}

void tell_of_ca(const EnrollPlan& plan, const Exchange& exchange, Io& io) {
    const AuthenticatedCa& ca = exchange.ca();
    if (ca.trusted_by == TrustedBy::FirstUse)
        note(io,
             fmt::format("the CA {} is trusted unseen; next time give --ca-fingerprint {}",
                         ca.anchors.front().subject_text(),
                         to_hex(ca.anchors.front().fingerprint())));
    for (const std::string& text : ca.notes)
        note(io, text);
    for (const std::string& text : exchange.algorithms().notes)
        note(io, text);
    const bool transient = !plan.own && signer_key(plan, exchange) == SignerKey::Transient;
    if (transient && plan.signer != SignerKey::Transient && !plan.resumed)
        note(io,
             "the key is EC, to which few servers can encrypt a reply: a transient RSA key signs "
             "the request and opens the reply; --signer own lets the key itself do it");
    if (plan.resumed && !(plan.resumed->recipient == ca.recipient))
        note(io,
             fmt::format("the server decrypts with {} now, and no more with {}",
                         ca.recipient.subject_text(),
                         plan.resumed->recipient.subject_text()));
}

void tell_what_stays(const EnrollFiles& files, Io& io) {
    note(io,
         fmt::format("key and request stay in {} and {}",
                     files.waiting_key.string(),
                     files.request.string()));
    if (files.waiting_key != files.key && files::exists(files.key))
        note(io, fmt::format("{} and the certificate beside it are untouched", files.key.string()));
}

// What a reply that never came or cannot be understood leaves open.
Error with_next_step(Error error, const EnrollFiles& files) {
    if (error.hint.empty() || error.code == Errc::Network)
        error.hint =
            fmt::format("the CA may have issued all the same; to ask again with this key: {}",
                        resume_command(files));
    return error;
}

// A reply that failed a check, for whoever looks into it.
void keep_rejected(const Session& session) {
    if (session.rejected.empty())
        return;
    const std::filesystem::path path = session.plan.files.rejected;
    if (files::write_atomic(path, session.rejected, 0600, files::Overwrite::Replace))
        note(session.io,
             fmt::format("the reply is kept; to look into it: certctl-scep decode-pkimessage {}",
                         shell_word(path.string())));
}

void end(const EnrollFiles& files, Io& io) {
    if (const Status removed = remove_transaction(files); !removed) {
        warning(io, to_text(removed.error()));
        hint(io, removed.error().hint);
    }
}

Status keep_certificates(Session& session, EnrollState& state) {
    EnrollPlan& plan = session.plan;
    const OperationOutcome& outcome = session.exchange.outcome();
    state.phase = StatePhase::Placing;
    state.issued = outcome.certificate;
    state.chain = outcome.chain;
    // Where the state takes no more, the certificate itself may still find room.
    static_cast<void>(add_state(state, plan.files.request, session.results));
    Status written = write_certificates(plan.files,
                                        *plan.key,
                                        {.certificate = state.issued, .chain = state.chain},
                                        session.results);
    if (written) {
        end(plan.files, session.io);
    } else {
        tell_what_stays(plan.files, session.io);
        print_unwritten(plan, session.exchange, session.io);
    }
    return written;
}

EnrollState new_state(const Session& session, const Attempt& attempt) {
    const EnrollPlan& plan = session.plan;
    const TimePoint now = session.io.clock.now();
    EnrollState out{.url = plan.url.to_text(),
                    .transaction_id = attempt.transaction_id,
                    .type = attempt.type,
                    .started = now,
                    .asked = now,
                    .ca = session.exchange.ca().anchors.front(),
                    .recipient = session.exchange.ca().recipient,
                    .key_waits = plan.files.waiting_key.filename() == kNewKey,
                    .options = plan.options};
    if (out.options.p12_pass_file == "-")  // for a run that goes on to be given anew
        out.options.p12_pass_file.clear();
    for (const auto member : {&EnrollOptions::tls_ca,
                              &EnrollOptions::tls_client_cert,
                              &EnrollOptions::tls_client_key,
                              &EnrollOptions::key_file,
                              &EnrollOptions::p12_pass_file})
        if (!(out.options.*member).empty())
            out.options.*member = std::filesystem::absolute(out.options.*member).string();
    return out;
}

// Sends the message that the exchange has, and waits where that is wanted.
Status ask_and_wait(Session& session, const Attempt& attempt, EnrollState& state) {
    Status asked = deliver(session, [&] { make_ready(session.plan.files, session.results); });
    if (!asked || session.exchange.outcome().status != PkiStatus::Success)
        session.results = {};
    if (!asked || session.exchange.outcome().status != PkiStatus::Pending)
        return asked;
    return wait_for_decision(session, attempt, state);
}

// A poll may be about what the server does not know, and the request itself can be sent again.
bool ends_transaction(const Session& session) {
    const OperationOutcome& outcome = session.exchange.outcome();
    const bool unknown =
        session.plan.operation == EnrollOperation::Poll && outcome.fail_info == FailInfo::BadCertId;
    return outcome.status == PkiStatus::Failure && !unknown;
}

// What the CA decided, or that it has not.
Status settle(Session& session, const Status& asked, EnrollState& state) {
    const EnrollFiles& files = session.plan.files;
    if (asked && session.exchange.outcome().status == PkiStatus::Success)
        return keep_certificates(session, state);
    tell_what_stays(files, session.io);
    if (!asked)
        keep_rejected(session);
    if (!asked)
        return fail(with_next_step(asked.error(), files));
    if (ends_transaction(session))
        if (const Status ended = end_state(files.request); !ended)
            warning(session.io,
                    fmt::format("{}; remove that file, for the CA has refused, and it may hold a "
                                "challenge and a key",
                                to_text(ended.error())));
    return {};
}

// All that another run needs goes to disk; the message is made while the disk works.
Status keep_and_enrol(Session& session, const Attempt& attempt, const EnrollState& state) {
    const EnrollFiles& files = session.plan.files;
    SCEP_TRY(written,
             write_request(files,
                           {.key = *session.plan.key,
                            .request_der = attempt.request,
                            .signer = attempt.signer,
                            .state = state}));
    SCEP_CHECK(session.exchange.enrol(attempt.enrolment(session.plan), session.world.random));
    return written.place(files.overwrite);
}

Status obtain_new(Session& session) {
    SCEP_TRY(attempt, new_attempt(session));
    attempt.transaction_id = transaction_id_of(attempt.enrolment(session.plan));
    SCEP_TRY(place, enter_directory(session.plan.files));
    EnrollState state = new_state(session, attempt);
    if (Status kept = keep_and_enrol(session, attempt, state); !kept) {
        place.directory.undo();
        return kept;
    }
    return settle(session, ask_and_wait(session, attempt, state), state);
}

Status ask_again(Session& session, const Attempt& attempt, EnrollState& state) {
    const bool waits = state.phase == StatePhase::Pending;
    if (!waits && session.plan.operation != EnrollOperation::Poll) {
        SCEP_CHECK(session.exchange.enrol(attempt.enrolment(session.plan), session.world.random));
        return ask_and_wait(session, attempt, state);
    }
    SCEP_CHECK(poll_or_ask(session, attempt, state));
    const bool pending = session.exchange.outcome().status == PkiStatus::Pending;
    const bool once = session.plan.operation == EnrollOperation::Poll;
    return pending && !once ? wait_for_decision(session, attempt, state) : Status{};
}

Status obtain_resumed(Session& session) {
    SCEP_TRY(attempt, resumed_attempt(session));
    EnrollState state = *session.plan.resumed;
    return settle(session, ask_again(session, attempt, state), state);
}

Status obtain(Session& session) {
    SCEP_CHECK(deliver_all(session));
    warn_of_downgrade(session.plan, session.exchange, session.io);
    tell_of_ca(session.plan, session.exchange, session.io);
    return session.plan.resumed ? obtain_resumed(session) : obtain_new(session);
}

// The CA has issued to a run that was killed before everything was in its place.
Exit finish(EnrollPlan& plan, Io& io) {
    const EnrollState& state = *plan.resumed;
    files::FileSet set;
    if (const Status written = write_certificates(
            plan.files, *plan.key, {.certificate = state.issued, .chain = state.chain}, set);
        !written)
        return report(io, written.error());
    end(plan.files, io);
    report_placed(plan, io);
    return Exit::Ok;
}

}  // namespace

Exit enroll(EnrollPlan& plan, EnrollWorld world, Io& io) {
    if (plan.resumed)
        remove_leavings(plan.files.directory);
    if (plan.resumed && plan.resumed->phase == StatePhase::Placing)
        return finish(plan, io);
    if (plan.legacy)
        warning(io,
                "--insecure admits single DES and MD5: whoever records this exchange may read the "
                "challenge");
    ExchangeSettings settings = plan.exchange;
    settings.challenge = plan.challenge;
    Exchange exchange(plan.library(), std::move(settings));
    Session session{.exchange = exchange, .plan = plan, .world = world, .io = io};
    if (!obtains(plan.operation))
        return run_query(session);
    if (const Status obtained = obtain(session); !obtained)
        return report(io, obtained.error());
    return report_enrollment(plan, exchange, io);
}

}  // namespace scep::cli
