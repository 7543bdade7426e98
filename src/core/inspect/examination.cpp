#include "core/inspect/examination.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <memory>

#include "core/asn1/clipped.hpp"
#include "core/cms/partial.hpp"
#include "core/inspect/rule.hpp"
#include "core/inspect/summary.hpp"
#include "core/inspect/verification.hpp"

namespace scep::inspect {

namespace {

// What tells which messages belong together.
struct Sight {
    bool request = false, reply = false;
    std::size_t exchange = 0;
    std::optional<Buffer> transaction{};
};

using Sights = std::vector<Sight>;
using Peers = std::vector<std::optional<std::size_t>>;

bool is_request(const Reading& reading) {
    return reading.kind == Kind::PkiMessage && reading.attributes.type && !reading.is_reply();
}

bool may_be_pki_message(const capture::Captured& captured) {
    if (captured.content != capture::Content::Asn1)
        return false;
    const auto first = asn1::first_clipped(captured.bytes, 0);
    return cms::content_type_of(first ? first->tlv : Bytes(captured.bytes)) == oid::kSignedData;
}

// Without keys: attributes are not encrypted.
Sights look_at(std::span<const capture::Captured> messages, const Means& means) {
    const Means bare{.now = means.now, .libraries = means.libraries};
    Sights out;
    for (const capture::Captured& captured : messages) {
        if (!may_be_pki_message(captured)) {
            out.push_back({.exchange = captured.exchange});
            continue;
        }
        Reading reading;
        read_message(captured, bare, reading);
        Sight& sight = out.emplace_back(Sight{.request = is_request(reading),
                                              .reply = reading.is_reply(),
                                              .exchange = captured.exchange});
        if (const auto& id = reading.attributes.transaction_id;
            id && (sight.request || sight.reply))
            sight.transaction = id->octets;
    }
    return out;
}

// Requests by what a reply to them has in common with them.
class Requests {
  public:
    explicit Requests(const Sights& sights) {
        for (std::size_t i = 0; i < sights.size(); ++i) {
            if (!sights[i].request)
                continue;
            if (sights[i].exchange != 0)
                by_exchange_.emplace(sights[i].exchange, i);
            if (sights[i].transaction)
                by_transaction_[*sights[i].transaction].push_back(i);
        }
    }

    // By its exchange; else the nearest before it of its transaction, else the first behind.
    std::optional<std::size_t> request_of(const Sight& reply, std::size_t index) const {
        if (const auto found = by_exchange_.find(reply.exchange); found != by_exchange_.end())
            return found->second;
        if (!reply.transaction)
            return std::nullopt;
        const auto found = by_transaction_.find(*reply.transaction);
        if (found == by_transaction_.end())
            return std::nullopt;
        const auto behind = std::ranges::lower_bound(found->second, index);
        return behind == found->second.begin() ? *behind : *std::prev(behind);
    }

  private:
    std::map<std::size_t, std::size_t> by_exchange_{};
    std::map<Buffer, std::vector<std::size_t>> by_transaction_{};
};

// GetCACert, an error page, a damaged request: the connection says what belongs together.
void find_others(const Sights& sights, Peers& out) {
    std::map<std::size_t, std::size_t> waiting;
    for (std::size_t i = 0; i < sights.size(); ++i) {
        const std::size_t exchange = sights[i].exchange;
        if (exchange == 0 || out[i])
            continue;
        const auto [found, first] = waiting.emplace(exchange, i);
        if (first)
            continue;
        out[i] = found->second;
        out[found->second] = i;
        waiting.erase(found);
    }
}

Peers find_peers(const Sights& sights) {
    Peers out(sights.size());
    const Requests requests(sights);
    for (std::size_t i = 0; i < sights.size(); ++i) {
        if (!sights[i].reply)
            continue;
        out[i] = requests.request_of(sights[i], i);
        if (out[i] && !out[*out[i]])
            out[*out[i]] = i;
    }
    find_others(sights, out);
    return out;
}

// The last messages that were read, by index: a reply mostly follows its request. What was read
// borrows from itself, and so stays where it is.
class Readings {
  public:
    Readings(std::span<const capture::Captured> messages, const Means& means)
        : messages_(messages), means_(means) {}

    std::shared_ptr<const Reading> at(std::size_t index) {
        for (const auto& [known, reading] : last_)
            if (known == index)
                return reading;
        auto reading = std::make_shared<Reading>();
        read_message(messages_[index], means_, *reading);
        verify_signed(*reading, means_);
        last_.emplace_back(index, reading);
        if (last_.size() > kKept)
            last_.pop_front();
        return reading;
    }

  private:
    static constexpr std::size_t kKept = 8;

    std::span<const capture::Captured> messages_;
    const Means& means_;
    std::deque<std::pair<std::size_t, std::shared_ptr<const Reading>>> last_{};
};

void judge(const Reading& reading, const Reading* request, const Means& means, Examination& out) {
    out.kind = reading.kind;
    out.facts = summarise(reading, means);
    out.verifications = verify(reading, request, means);
    out.findings = run_rules({.reading = reading,
                              .request = request,
                              .means = means,
                              .at = time_of(reading, means),
                              .request_signature = verify_request(reading, means).outcome});
}

}  // namespace

std::string_view name(Kind kind) noexcept {
    switch (kind) {
        case Kind::PkiMessage:
            return "pkiMessage";
        case Kind::NextCaCertificates:
            return "GetNextCACert reply";
        case Kind::CertificatesOnly:
            return "certs-only SignedData";
        case Kind::EnvelopedData:
            return "EnvelopedData";
        case Kind::Request:
            return "CertificationRequest";
        case Kind::Certificate:
            return "Certificate";
        case Kind::CertificateList:
            return "CertificateList";
        case Kind::IssuerAndSerialNumber:
            return "IssuerAndSerialNumber";
        case Kind::IssuerAndSubject:
            return "IssuerAndSubject";
        case Kind::PrivateKey:
            return "private key";
        case Kind::Capabilities:
            return "GetCACaps reply";
        case Kind::Text:
            return "text";
        case Kind::Nothing:
            return "no body";
        case Kind::Unknown:
            break;
    }
    return "unknown";
}

std::string_view name(Outcome outcome) noexcept {
    switch (outcome) {
        case Outcome::Pass:
            return "pass";
        case Outcome::Fail:
            return "fail";
        case Outcome::NotChecked:
            break;
    }
    return "not checked";
}

void examine(std::span<const capture::Captured> messages,
             const Means& means,
             const TakeExamination& take) {
    const Sights sights = look_at(messages, means);
    const Peers peers = find_peers(sights);
    Readings readings(messages, means);
    for (std::size_t i = 0; i < messages.size(); ++i) {
        const std::shared_ptr<const Reading> reading = readings.at(i);
        const bool answers = sights[i].reply && peers[i] && sights[*peers[i]].request;
        const std::shared_ptr<const Reading> request = answers ? readings.at(*peers[i]) : nullptr;
        Examination out{.captured = &messages[i], .peer = peers[i]};
        judge(*reading, request.get(), means, out);
        out.content = reading->opening.content;
        take(i, std::move(out));
    }
}

std::vector<Examination> examine(std::span<const capture::Captured> messages, const Means& means) {
    std::vector<Examination> out;
    out.reserve(messages.size());
    examine(messages, means, [&](std::size_t /*index*/, Examination&& each) {
        out.push_back(std::move(each));
    });
    return out;
}

}  // namespace scep::inspect
