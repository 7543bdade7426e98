#include "serve/ca/current_crl.hpp"

#include <algorithm>

#include "core/base/limits.hpp"
#include "serve/ca/crl.hpp"

namespace scep::ca {

namespace {

// Times are whole seconds: what was revoked in the second of a CRL may have come after it. One of
// this very second is taken all the same, so that nobody can have one signed for each request.
bool is_current(const store::CrlRecord& crl,
                const std::vector<store::Revocation>& revocations,
                TimePoint now) {
    if (crl.this_update == now)
        return true;
    const bool half_gone = now - crl.this_update > (crl.next_update - crl.this_update) / 2;
    return crl.this_update <= now && !half_gone &&
           std::ranges::none_of(revocations, [&](const store::Revocation& revocation) {
               return revocation.revoked_at >= crl.this_update;
           });
}

}  // namespace

Result<CurrentCrl> current_crl(const Issuer& issuer, const store::View& view, TimePoint now) {
    SCEP_TRY(latest, view.crl(crl_key(issuer)));
    // A revoked certificate that expired stays until it was on one CRL after that (RFC 5280 section
    // 3.3).
    SCEP_TRY(revocations,
             view.revocations(issuer.id(), latest ? std::min(latest->this_update, now) : now));
    if (latest && latest->waiting)
        return fail(Errc::Store, "the latest CRL waits for its commit");
    if (latest && is_current(*latest, revocations, now))
        return CurrentCrl{.record = *std::move(latest)};
    const std::int64_t number = latest ? latest->number + 1 : 1;
    SCEP_TRY(record, make_crl(issuer, revocations, number, now, limits::kCrlLifetime));
    return CurrentCrl{.record = std::move(record), .fresh = true};
}

}  // namespace scep::ca
