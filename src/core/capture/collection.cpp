#include "core/capture/collection.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "core/base/escape.hpp"
#include "core/base/limits.hpp"

namespace scep::capture {

namespace {

constexpr std::size_t kMaxRefusals = 64;  // kinds of things that are named one by one
constexpr std::string_view kUnderstood =
    "understood are DER, PEM, base64, hex dumps, GET URLs, access logs, HTTP as curl -i or curl -v "
    "saves it, HAR, and pcap of plain HTTP";

std::size_t cost(const Captured& captured) {
    std::size_t sum = sizeof(Captured) + captured.source.size() + captured.place.size() +
                      captured.target.size() + captured.content_type.size() +
                      captured.bytes.size() + captured.forms.size() * sizeof(std::string);
    for (const Remark& remark : captured.remarks)
        sum += sizeof(Remark) + remark.text.size();
    return sum;
}

void bound(Captured& captured) {
    const bool asn1 = captured.content == Content::Asn1;
    const std::size_t most = asn1 ? limits::kMaxCapturedOctets : limits::kMaxCapturedText;
    captured.target = shorten(captured.target, limits::kMaxCapturedTarget);
    captured.content_type = shorten(captured.content_type, limits::kMaxCapturedTarget);
    if (captured.bytes.size() <= most)
        return;
    captured.remarks.push_back(
        {.id = "message-too-large",
         .text = fmt::format(
             "it has {} octets, of which the first {} are kept", captured.bytes.size(), most),
         .damage = asn1});
    captured.bytes.resize(most);
    captured.bytes.shrink_to_fit();
}

std::string joined(const std::map<std::string, std::size_t, std::less<>>& skipped) {
    std::string out;
    for (const auto& [what, times] : skipped)
        out += fmt::format("{}{} {}", out.empty() ? "" : ", ", times, what);
    return out;
}

}  // namespace

bool Collection::full() const noexcept {
    return found_.size() >= limits::kMaxCaptures || octets_ >= limits::kMaxCapturedTotal;
}

void Collection::add(Captured captured) {
    bound(captured);
    const std::size_t octets = cost(captured);
    // One message is always taken: it is bounded by itself.
    if (full() || (!found_.empty() && octets_ + octets > limits::kMaxCapturedTotal)) {
        stopped_ = true;
        return;
    }
    octets_ += octets;
    found_.push_back(std::move(captured));
}

void Collection::skip(std::string_view what, std::size_t times) {
    if (times == 0)
        return;
    const auto known = skipped_.find(what);
    if (known != skipped_.end())
        known->second += times;
    else
        skipped_.emplace(what, times);
}

// A number is for two.
void Collection::unnumber_lone() {
    std::map<std::size_t, std::size_t> members;
    for (const Captured& captured : found_)
        ++members[captured.exchange];
    for (Captured& captured : found_)
        if (members[captured.exchange] == 1)
            captured.exchange = 0;
}

void Collection::refuse(std::string_view id, std::string what, std::string_view hint) {
    const auto same = std::ranges::find_if(refusals_, [&](const Refusal& known) {
        return known.remark.id == id && known.remark.text == what;
    });
    if (same != refusals_.end())
        ++same->times;
    else if (refusals_.size() < kMaxRefusals)
        refusals_.push_back(
            {.remark = {.id = std::string(id), .text = std::move(what)}, .hint = hint});
}

Error Collection::nothing(std::string_view looks_like) const {
    Error error{.code = Errc::Protocol, .where = {.source = source_}};
    if (!refusals_.empty()) {
        error.what = refusals_.front().remark.text;
        error.hint = refusals_.front().hint;
        for (std::size_t i = 1; i < refusals_.size(); ++i)
            error.what += "; " + refusals_[i].remark.text;
    } else {
        error.what = fmt::format("nothing of SCEP is recognised: it looks like {}", looks_like);
        error.hint = kUnderstood;
    }
    if (refusals_.empty() && !skipped_.empty())
        error.what += fmt::format(" with {}", joined(skipped_));
    for (const Remark& note : notes_)
        error.what += "; " + note.text;
    return error;
}

Result<std::vector<Captured>> Collection::finish(std::string_view looks_like) && {
    if (found_.empty())
        return fail(nothing(looks_like));
    unnumber_lone();
    std::vector<Remark>& remarks = found_.front().remarks;
    std::ranges::move(notes_, std::back_inserter(remarks));
    for (Refusal& refusal : refusals_) {
        if (refusal.times > 1)
            refusal.remark.text += fmt::format(" ({} times)", refusal.times);
        remarks.push_back(std::move(refusal.remark));
    }
    if (!skipped_.empty())
        remarks.push_back(
            {.id = "skipped",
             .text = fmt::format("of this capture {} were skipped", joined(skipped_))});
    if (stopped_)
        remarks.push_back({.id = "left-out",
                           .text = fmt::format("of this capture {} messages are taken, and what "
                                               "follows is left out: the limits are {} messages "
                                               "and {} MiB",
                                               found_.size(),
                                               limits::kMaxCaptures,
                                               limits::kMaxCapturedTotal >> 20U)});
    return std::move(found_);
}

}  // namespace scep::capture
