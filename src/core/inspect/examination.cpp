#include "core/inspect/examination.hpp"

#include <algorithm>
#include <deque>
#include <map>

#include "core/inspect/rule.hpp"
#include "core/inspect/summary.hpp"
#include "core/inspect/verification.hpp"

namespace scep::inspect {

namespace {

// Addresses stay: what was read borrows from itself.
using Readings = std::deque<Reading>;

bool is_request(const Reading& reading) {
    return reading.kind == Kind::PkiMessage && reading.attributes.type && !reading.is_reply();
}

// Requests by what a reply to them has in common with them.
class Requests {
  public:
    explicit Requests(const Readings& readings) {
        for (std::size_t i = 0; i < readings.size(); ++i) {
            if (!is_request(readings[i]))
                continue;
            if (readings[i].captured->exchange != 0)
                by_exchange_.emplace(readings[i].captured->exchange, i);
            if (const auto& id = readings[i].attributes.transaction_id)
                by_transaction_[id->octets].push_back(i);
        }
    }

    // By its exchange; else the nearest before it of its transaction, else the first behind.
    std::optional<std::size_t> request_of(const Reading& reply, std::size_t index) const {
        if (const auto found = by_exchange_.find(reply.captured->exchange);
            found != by_exchange_.end())
            return found->second;
        if (!reply.attributes.transaction_id)
            return std::nullopt;
        const auto found = by_transaction_.find(reply.attributes.transaction_id->octets);
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
void find_others(const Readings& readings, std::vector<Examination>& out) {
    std::map<std::size_t, std::size_t> waiting;
    for (std::size_t i = 0; i < readings.size(); ++i) {
        const std::size_t exchange = readings[i].captured->exchange;
        if (exchange == 0 || out[i].peer)
            continue;
        const auto [found, first] = waiting.emplace(exchange, i);
        if (first)
            continue;
        out[i].peer = found->second;
        out[found->second].peer = i;
        waiting.erase(found);
    }
}

void find_peers(const Readings& readings, std::vector<Examination>& out) {
    const Requests requests(readings);
    for (std::size_t i = 0; i < readings.size(); ++i) {
        if (!readings[i].is_reply())
            continue;
        out[i].peer = requests.request_of(readings[i], i);
        if (out[i].peer && !out[*out[i].peer].peer)
            out[*out[i].peer].peer = i;
    }
    find_others(readings, out);
}

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

std::vector<Examination> examine(std::span<const capture::Captured> messages, const Means& means) {
    Readings readings;
    std::vector<Examination> out(messages.size());
    for (std::size_t i = 0; i < messages.size(); ++i) {
        Reading& reading = readings.emplace_back();
        read_message(messages[i], means, reading);
        verify_signed(reading, means);
        out[i].captured = &messages[i];
    }
    find_peers(readings, out);
    for (std::size_t i = 0; i < messages.size(); ++i) {
        const bool answers =
            readings[i].is_reply() && out[i].peer && is_request(readings[*out[i].peer]);
        judge(readings[i], answers ? &readings[*out[i].peer] : nullptr, means, out[i]);
    }
    // Last: the tree of the content borrows it, and rules have looked at the replies by then.
    for (std::size_t i = 0; i < messages.size(); ++i)
        out[i].content = std::move(readings[i].opening.content);
    return out;
}

}  // namespace scep::inspect
