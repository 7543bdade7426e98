#include "serve/endpoint/envelope.hpp"

#include <utility>

namespace scep::endpoint {

namespace {

cms::Opening opening_of(const cms::EnvelopedData& envelope, const Ra& ra) {
    const auto kind = cms::recipient_kind(ra.decrypter->public_key().type());
    return {.recipient = cms::find_recipient(envelope, ra.certificate, kind),
            .key = ra.decrypter.get()};
}

cms::Opening by_password(const cms::EnvelopedData& envelope, const ProfileSnapshot& profile) {
    if (!profile.password)
        return {};
    return {.recipient = cms::first_recipient(envelope, cms::RecipientKind::Password),
            .password = profile.password.get()};
}

cms::Opening of_somebody_else(const cms::EnvelopedData& envelope, const Ra& ra) {
    const auto kind = cms::recipient_kind(ra.decrypter->public_key().type());
    return {.recipient = cms::first_recipient(envelope, kind),
            .key = ra.decrypter.get(),
            .named = false};
}

void choose_opening(const ProfileSnapshot& profile, Envelope& envelope) {
    for (std::size_t i = 0; i < profile.ra.size(); ++i)
        if (const cms::Opening opening = opening_of(*envelope.data, profile.ra[i]);
            opening.recipient != nullptr) {
            envelope.opening = opening;
            envelope.ra = i;
            return;
        }
    envelope.opening = by_password(*envelope.data, profile);
    if (envelope.opening.recipient == nullptr)
        envelope.opening = of_somebody_else(*envelope.data, profile.ra.front());
}

}  // namespace

Envelope read_envelope(const ProfileSnapshot& profile, const PkiMessage& message) {
    Envelope out;
    const std::optional<Bytes>& content = message.signed_data.content;
    if (!content) {
        out.error = "the message has no envelope";
        return out;
    }
    Result<cms::EnvelopedData> parsed =
        cms::parse_enveloped_data(*content, message.signed_data.content_offset);
    if (!parsed) {
        out.error = to_text(parsed.error());
        return out;
    }
    out.data = *std::move(parsed);
    choose_opening(profile, out);
    return out;
}

}  // namespace scep::endpoint
