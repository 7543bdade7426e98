// Walks over the octets of a message once, from front to back, and builds its tree. Used inside
// this room only.
//
// Values of indefinite length are not measured before they are entered: their end is where the
// walk meets it. So the time is linear, however they are nested. Where the tree may not grow any
// more, what is left of a value is stepped over with a counter for all state.
//
// What is secret is settled before a value is shown, and in doubt for hiding it: a message that
// was damaged, or written to be misread, must not print the challenge that a sound one hides.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/asn1/header.hpp"
#include "core/inspect/schema.hpp"
#include "core/inspect/tree.hpp"

namespace scep::inspect {

// Octets that stand together, and where each of them stood in the message.
struct Region {
    struct Run {
        std::size_t at = 0;        // in `octets`
        std::size_t absolute = 0;  // of the octet there, and so on for those behind it
    };

    Bytes octets{};
    std::vector<Run> runs{};  // sorted; the first at 0
    bool outermost = false;   // the message itself

    std::size_t absolute(std::size_t at) const noexcept;
    void copy_runs(std::size_t begin, std::size_t end, std::size_t at, Region& out) const;
};

class Walker {
  public:
    Walker(Tree& tree, Secrets secrets) noexcept
        : tree_(tree), hidden_(secrets == Secrets::Hidden) {}

    // One value of the type at the beginning of the message.
    void walk(Bytes message, std::size_t base, const Type& type);

  private:
    // What a value is taken for.
    struct Slot {
        const Type* type = &kAny;
        const Type* of = nullptr;  // fills the hole of `type`
        std::string_view field{};
        bool tagged = false;   // by a context tag that replaces the type's own
        bool wrapped = false;  // by a context tag around it
        bool secret = false;
        bool guarded = false;  // an attribute of a CSR
        std::string wanted{};  // where it is none of what its place admits
    };

    // The values inside one value: what comes next, and what was met.
    struct Plan {
        Slot around{};
        std::size_t next = 0;                 // member
        std::optional<asn1::Oid> selector{};  // the last OID
        bool secret = false;                  // what follows
        bool extra = false;                   // behind the last member
    };

    // One value's octets within its region.
    struct Extent {
        asn1::Header header{};
        std::size_t start = 0;  // of the tag
        std::size_t begin = 0;  // of the content
        std::size_t end = 0;    // of the content, as far as it is there
        bool cut = false;       // it should be longer
    };

    // What must not be shown where the walk is, apart from what it is told by a challenge's OID.
    struct Guard {
        bool request = false;   // in a CSR
        bool doubtful = false;  // in which something was not as it should be: the rest is hidden
        Bytes exposed{};        // from a challenge's OID on, until it is met as an attribute's
    };

    bool element(const Region& region, std::size_t& at, std::size_t end, Slot slot, Node& out);
    std::optional<Extent> open(
        const Region& region, std::size_t at, std::size_t end, Slot& slot, Node& out);
    void check_form(Slot& slot, const Extent& extent, Node& out);
    bool constructed(const Region& region, Extent& extent, std::size_t& at, Slot& slot, Node& out);
    void primitive(const Region& region, const Extent& extent, const Slot& slot, Node& out);
    bool children(const Region& region,
                  std::size_t& at,
                  std::size_t end,
                  bool indefinite,
                  Plan& plan,
                  Node& parent);
    bool leave_out(
        const Region& region, std::size_t& at, std::size_t end, bool indefinite, Node& parent);
    void finish(
        const Region& region, const Extent& extent, std::size_t after, const Slot& slot, Node& out);
    static void take_name(Node& node);
    void met(Plan& plan, Trait trait, Node& parent);
    void conceal(Plan& plan, Node& parent);
    void guard(const Slot& slot, Bytes content);
    void guard_unknown(const Type& type, Bytes octets);
    bool is_exposed(const asn1::Header& header, Bytes content) const;
    bool conceal_octets(Node& node, Bytes octets);
    void cut_short(const Region& region, const Extent& extent, const Node& node);
    void missing(const Region& region, std::size_t at, const Plan& plan);
    static void hide(Node& node, std::string_view why);
    void hide_signature(Node& node, std::size_t secrets_before) const;

    static Slot choose(Plan& plan, asn1::Tag tag);
    static Slot choose_member(Plan& plan, asn1::Tag tag);
    static void settle(Slot& slot, asn1::Tag tag);
    static void fill(Slot& slot, const Member& member, const Plan& plan);

    void hold(const Region& region, const Extent& extent, const Slot& slot, Node& out);
    void hold_joined(const Region& region, const Slot& slot, Node& out);
    bool join(
        const Region& region, const Node& node, Buffer& out, Region& joined, std::size_t& pieces);
    static void forget(Node& piece);
    void further(
        const Region& region, std::size_t begin, std::size_t end, const Slot& slot, Node& out);

    void stop(std::size_t offset, std::string expected);
    std::string path() const;

    struct Step {
        std::string_view field{};  // empty: an index says it
        std::size_t index = 0;
        bool silent = false;  // the value in an explicit tag
    };

    Tree& tree_;
    bool hidden_;
    std::size_t nodes_ = 0;
    std::size_t depth_ = 0;
    std::size_t words_ = 0;                      // octets
    std::size_t joined_ = 0;                     // octets
    std::size_t secrets_ = 0;                    // nodes
    std::optional<std::size_t> secret_start_{};  // offset of the attribute that is being hidden
    Guard guard_{};
    std::vector<Step> path_{};
};

}  // namespace scep::inspect
