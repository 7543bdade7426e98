#include "core/inspect/diff.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "core/inspect/schema.hpp"

namespace scep::inspect {

namespace {

// Fields that are random, of the moment, or computed over such.
constexpr std::array<std::string_view, 18> kExpected{"senderNonce",
                                                     "recipientNonce",
                                                     "transactionID",
                                                     "signingTime",
                                                     "messageDigest",
                                                     "signature",
                                                     "signatureValue",
                                                     "encryptedKey",
                                                     "encryptedContent",
                                                     "salt",
                                                     "ukm",
                                                     "publicKey",
                                                     "subjectPublicKey",
                                                     "serialNumber",
                                                     "notBefore",
                                                     "notAfter",
                                                     "subjectKeyIdentifier",
                                                     "authorityKeyIdentifier"};

bool is_expected(const Node& node) noexcept {
    // The serialNumber in a name is a device's.
    if (node.field == "serialNumber" && node.type == "SEQUENCE")
        return false;
    return std::ranges::find(kExpected, node.field) != kExpected.end();
}

// What its words say matters although the octets of any two differ: type and size of a key.
bool is_key(const Node& node) noexcept {
    return node.field == "subjectPublicKeyInfo" || node.field == "subjectPKInfo";
}

// The octets of its own that distinguish it; an initialisation vector is the parameter of a cipher.
bool is_vector(const Node& node) noexcept {
    return node.field == "iv" || (node.field == "parameters" && node.type == "OCTET STRING");
}

// A name is read as a whole.
bool is_name(const Node& node) noexcept {
    return !node.value.empty() && !node.children.empty() &&
           node.children.front().field == "RelativeDistinguishedName";
}

// How a string is cut is a matter of encoding, which its remark tells.
bool is_piece(const Node& node) noexcept {
    return node.field == kPiece;
}

bool holds_secret(const Node& node) noexcept {
    return node.secret || std::ranges::any_of(node.children, holds_secret);
}

// What was said of a value with a secret in it may say what that is.
std::string words(const Node& node) {
    if (node.secret)
        return {};
    if (holds_secret(node))
        return node.type + " with a secret in it, not shown";
    return node.value.empty() ? node.type : node.value;
}

class Comparer {
  public:
    void compare(const Node& first, const Node& second, bool expected) {
        const bool quiet = expected || is_expected(first) || is_vector(first);
        if (first.secret || second.secret)
            return compare_secrets(first, second, quiet);
        const bool leaves = first.children.empty() && second.children.empty();
        const bool differ = first.value != second.value || !equal(first.content, second.content);
        const bool secret = differ && (holds_secret(first) || holds_secret(second));
        if (differ && !secret && is_name(first) && is_name(second))
            return add(DifferenceKind::Value, &first, &second, quiet);
        if (differ && (leaves || is_key(first)))
            add(DifferenceKind::Value, &first, &second, quiet);
        else if (first.type != second.type || first.remarks != second.remarks)
            compare_forms(first, second, quiet);
        if (!leaves)
            compare_children(first, second, quiet);
    }

    void root(const Node& first, const Node& second) {
        path_ = first.field;
        compare(first, second, false);
    }

    std::vector<Difference> take() && { return std::move(out_); }

  private:
    void compare_secrets(const Node& first, const Node& second, bool quiet) {
        const bool known = first.content.data() != nullptr && second.content.data() != nullptr;
        if (known && first.type == second.type && equal(first.content, second.content))
            return;
        const std::string outcome = known ? "differs, not shown" : "not compared";
        add(DifferenceKind::Secret, &first, &second, quiet, outcome, outcome);
    }

    void compare_forms(const Node& first, const Node& second, bool quiet) {
        add(DifferenceKind::Encoding, &first, &second, quiet, form(first), form(second));
    }

    static std::string form(const Node& node) {
        return node.remarks.empty()
                   ? node.type
                   : fmt::format("{}, {}", node.type, fmt::join(node.remarks, ", "));
    }

    // Children are matched in one pass for each name; names are few.
    void compare_children(const Node& first, const Node& second, bool quiet) {
        std::vector<bool> matched(second.children.size());
        std::vector<std::pair<std::string_view, std::size_t>> next;  // where to look on
        for (const Node& child : first.children) {
            if (is_piece(child))
                continue;
            auto place =
                std::ranges::find(next, child.field, [](const auto& p) { return p.first; });
            if (place == next.end())
                place = next.insert(next.end(), {child.field, 0});
            std::size_t& at = place->second;
            while (at < second.children.size() && second.children[at].field != child.field)
                ++at;
            const std::size_t length = enter(child, first);
            if (at < second.children.size()) {
                matched[at] = true;
                compare(child, second.children[at++], quiet);
            } else {
                add(DifferenceKind::OnlyInFirst, &child, nullptr, quiet);
            }
            path_.resize(length);
        }
        for (std::size_t i = 0; i < second.children.size(); ++i) {
            if (matched[i] || is_piece(second.children[i]))
                continue;
            const std::size_t length = enter(second.children[i], second);
            add(DifferenceKind::OnlyInSecond, nullptr, &second.children[i], quiet);
            path_.resize(length);
        }
    }

    // Lengthens the path by a child and returns what it was: with an index where there are several
    // of its name.
    std::size_t enter(const Node& child, const Node& parent) {
        const std::size_t length = path_.size();
        path_ += '.';
        path_ += child.field.empty() ? child.type : child.field;
        const auto index = static_cast<std::size_t>(&child - parent.children.data());
        const bool neighbour =
            (index > 0 && parent.children[index - 1].field == child.field) ||
            (index + 1 < parent.children.size() && parent.children[index + 1].field == child.field);
        if (neighbour)
            path_ += fmt::format("[{}]", index);
        return length;
    }

    void add(DifferenceKind kind, const Node* first, const Node* second, bool quiet) {
        add(kind,
            first,
            second,
            quiet,
            first == nullptr ? "" : words(*first),
            second == nullptr ? "" : words(*second));
    }

    void add(DifferenceKind kind,
             const Node* first,
             const Node* second,
             bool quiet,
             std::string first_words,
             std::string second_words) {
        if (out_.size() >= kMaxDifferences)
            return;
        Difference& difference = out_.emplace_back();
        difference.path = path_;
        difference.kind = kind;
        difference.first = std::move(first_words);
        difference.second = std::move(second_words);
        difference.expected = quiet || (first != nullptr && is_expected(*first)) ||
                              (second != nullptr && is_expected(*second));
        if (first != nullptr)
            difference.first_offset = first->offset;
        if (second != nullptr)
            difference.second_offset = second->offset;
    }

    std::string path_{};
    std::vector<Difference> out_{};
};

}  // namespace

std::string_view name(DifferenceKind kind) noexcept {
    constexpr std::array<std::string_view, 5> kNames{
        "only-in-first", "only-in-second", "value", "encoding", "secret"};
    return kNames.at(static_cast<std::size_t>(kind));
}

std::vector<Difference> diff(const Tree& first, const Tree& second) {
    Comparer comparer;
    comparer.root(first.root, second.root);
    return std::move(comparer).take();
}

}  // namespace scep::inspect
