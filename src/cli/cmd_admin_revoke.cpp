// admin revoke: one certificate, for good.
#include <algorithm>

#include <fmt/format.h>

#include "cli/cmd_admin.hpp"
#include "core/base/escape.hpp"

namespace scep::cli {

namespace {

constexpr std::array kReasons{store::RevocationReason::KeyCompromise,
                              store::RevocationReason::AffiliationChanged,
                              store::RevocationReason::Superseded,
                              store::RevocationReason::CessationOfOperation,
                              store::RevocationReason::PrivilegeWithdrawn,
                              store::RevocationReason::Unspecified};

Result<store::Issuance> revoke(const AdminOptions& options, Io& io) {
    const auto* const reason = std::ranges::find(
        kReasons, options.reason, [](auto one) { return std::string(store::name_of(one)); });
    SCEP_TRY(serial, stored_serial(options.serial));
    SCEP_TRY(state, open_state(options, AuditKey::Needed, io));
    return state->revoke(serial, options.issuer, *reason, operator_now(io));
}

}  // namespace

std::vector<std::string> revocation_reasons() {
    std::vector<std::string> out(std::size(kReasons));
    std::ranges::transform(
        kReasons, out.begin(), [](auto reason) { return std::string(store::name_of(reason)); });
    return out;
}

Exit revoke_certificate(const AdminOptions& options, Io& io) {
    const Result<store::Issuance> revoked = revoke(options, io);
    if (!revoked)
        return report(io, revoked.error());
    if (options.json()) {
        Json document = admin_document();
        document["certificate"] = to_json(*revoked);
        print_json(io, document);
        return Exit::Ok;
    }
    io.out << fmt::format("certificate {} of {} revoked, {}: {}\n",
                          revoked->serial,
                          escape_text(revoked->issuer_id),
                          store::name_of(revoked->revocation_reason),
                          escape_controls(revoked->subject));
    if (revoked->not_after < io.clock.now())
        note(io, fmt::format("it had expired at {}", to_rfc3339(revoked->not_after)));
    return Exit::Ok;
}

}  // namespace scep::cli
