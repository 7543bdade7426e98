#include <fmt/format.h>

#include "cli/cmd_enroll_polling.hpp"
#include "cli/cmd_enroll_session.hpp"

namespace scep::cli {

namespace {

bool is_pending(const Session& session) {
    return session.exchange.outcome().status == PkiStatus::Pending;
}

bool is_unknown(const Session& session) {
    const OperationOutcome& outcome = session.exchange.outcome();
    return outcome.status == PkiStatus::Failure && outcome.fail_info == FailInfo::BadCertId;
}

// It may go over by itself: the next poll is worth its while. RFC 8894 section 4.4 has a client
// poll until the CA has decided, and a server that is restarted is no decision.
bool is_passing(const Session& session, const Error& error) {
    return session.exchange.state() == ExchangeState::Operation &&
           (error.code == Errc::Network || is_busy(session.answered));
}

// What is on the disk already is enough to go on with, so a disk that is full for a while ends
// nothing.
Status keep_state(Session& session, EnrollState& state, StatePhase phase) {
    state.phase = phase;
    state.asked = session.io.clock.now();
    Status kept = save_state(state, session.plan.files.request);
    if (kept || kept.error().code != Errc::Io)
        return kept;
    note(session.io,
         fmt::format("{}; the state there is an older one, which serves as well",
                     to_text(kept.error())));
    return {};
}

Status poll(Session& session, const Attempt& attempt, EnrollState& state) {
    SCEP_CHECK(session.exchange.poll(attempt.enrolment(session.plan), session.world.random));
    ++state.polls;
    SCEP_CHECK(deliver(session));
    return is_pending(session) ? keep_state(session, state, StatePhase::Pending) : Status{};
}

}  // namespace

Status poll_or_ask(Session& session, const Attempt& attempt, EnrollState& state) {
    SCEP_CHECK(poll(session, attempt, state));
    if (!is_unknown(session) || session.plan.operation == EnrollOperation::Poll)
        return {};
    note(session.io,
         fmt::format("the server does not know transaction {} any more: it is asked anew with the "
                     "same key",
                     state.transaction_id));
    SCEP_CHECK(keep_state(session, state, StatePhase::Asked));
    SCEP_CHECK(session.exchange.enrol(attempt.enrolment(session.plan), session.world.random));
    SCEP_CHECK(deliver(session));
    return is_pending(session) ? keep_state(session, state, StatePhase::Pending) : Status{};
}

Status wait_for_decision(Session& session, const Attempt& attempt, EnrollState& state) {
    SCEP_CHECK(keep_state(session, state, StatePhase::Pending));
    Backoff backoff(session.plan.polling);
    Status polled;
    while (!polled || is_pending(session)) {
        const auto wait = backoff.next(session.retry_after);
        if (!wait)  // an outcome from before a failure is not the CA's decision
            return is_pending(session) ? Status{} : polled;
        session.world.pause.wait(*wait);
        polled = poll_or_ask(session, attempt, state);
        if (polled)
            continue;
        if (!is_passing(session, polled.error()))
            return polled;
        note(session.io, fmt::format("{}; polling goes on", to_text(polled.error())));
        session.exchange.give_up();
    }
    return {};
}

}  // namespace scep::cli
