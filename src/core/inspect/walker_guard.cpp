// Where a challenge may be although nothing that was met says so: in a CSR with a damaged length,
// in octets that could not be told apart, in what looks like no message at all.
#include <functional>

#include "core/inspect/notes.hpp"
#include "core/inspect/walker.hpp"

namespace scep::inspect {

namespace {

constexpr std::size_t kNone = std::string_view::npos;

std::size_t find_challenge(Bytes octets) noexcept {
    return as_text(octets).find(as_text(oid::kChallengePassword.content()));
}

Bytes from_challenge(Bytes octets) noexcept {
    const std::size_t at = find_challenge(octets);
    return at == kNone ? Bytes{} : octets.subspan(at);
}

bool is_challenge_oid(Bytes content) {
    return equal(content, oid::kChallengePassword.content());
}

// Both are parts of one buffer, or have nothing to do with each other.
bool overlap(Bytes a, Bytes b) noexcept {
    const std::less<const std::uint8_t*> before;
    return !a.empty() && !b.empty() && before(a.data(), b.data() + b.size()) &&
           before(b.data(), a.data() + a.size());
}

}  // namespace

// A CSR is entered, or its attributes, of which their own types tell.
void Walker::guard(const Slot& slot, Bytes content) {
    const Trait trait = slot.type->trait;
    if (trait == Trait::Request)
        guard_ = {.request = true, .exposed = from_challenge(content)};
    else if (trait == Trait::Guarded && !guard_.exposed.empty() &&
             overlap(content, guard_.exposed.first(1)))
        guard_.exposed = {};
}

void Walker::guard_unknown(const Type& type, Bytes octets) {
    if (type.form == Form::Any)
        guard_.exposed = from_challenge(octets);
}

bool Walker::is_exposed(const asn1::Header& header, Bytes content) const {
    return !header.constructed && overlap(content, guard_.exposed) &&
           !(header.tag == asn1::kObjectIdentifier && is_challenge_oid(content));
}

// Octets that are shown as such, as nothing more was made of them. True when they are hidden.
bool Walker::conceal_octets(Node& node, Bytes octets) {
    const bool oid = node.type == asn1::tag_name(asn1::kObjectIdentifier);
    if (find_challenge(octets) == kNone || (oid && is_challenge_oid(octets)))
        return false;
    ++secrets_;
    node.secret = true;
    if (hidden_)
        hide(node, kHiddenOctets);
    return hidden_;
}

}  // namespace scep::inspect
