// A message as a tree that a test bends and writes again, as DER or in BER's most scattered form.
#pragma once

#include <initializer_list>
#include <vector>

#include "core/asn1/reader.hpp"
#include "core/asn1/writer.hpp"

namespace scep::test {

struct Node {
    asn1::Tag tag{};
    bool constructed = false;
    Buffer content{};              // of a primitive
    std::vector<Node> children{};  // of a constructed value
    Buffer trailing{};             // written inside a constructed value, after its children

    // The first value of `bytes`.
    static Node parse(Bytes bytes) {
        asn1::Reader in(bytes);
        return convert(in, in.next("test").value());
    }

    Node& at(std::initializer_list<std::size_t> path) {
        Node* node = this;
        for (const std::size_t index : path)
            node = &node->children.at(index);
        return *node;
    }

    Buffer der() const {
        if (!constructed) {
            asn1::Writer out;
            out.primitive(tag, content);
            return std::move(out).take();
        }
        asn1::Writer out;
        out.constructed(tag, [&] {
            for (const Node& child : children)
                out.raw(child.der());
            out.raw(trailing);
        });
        return std::move(out).take();
    }

    // Indefinite lengths wherever there is a constructed value.
    Buffer ber() const {
        Buffer out = der();
        if (!constructed)
            return out;
        out.resize(1);  // the tag: none in these messages is longer
        out.push_back(0x80);
        for (const Node& child : children)
            append(out, child.ber());
        append(out, trailing);
        out.insert(out.end(), {0x00, 0x00});
        return out;
    }

    // The tree with every OCTET STRING cut into a piece, and a piece within a piece.
    Node scattered() const {
        if (!constructed)
            return tag == asn1::kOctetString ? pieces() : *this;
        Node out = *this;
        for (Node& child : out.children)
            child = child.scattered();
        return out;
    }

    // This string, whatever its tag, as a constructed one.
    Node pieces() const {
        const auto middle = content.begin() + static_cast<std::ptrdiff_t>(content.size() / 2);
        const Node first{.tag = asn1::kOctetString, .content = {content.begin(), middle}};
        const Node second{.tag = asn1::kOctetString, .content = {middle, content.end()}};
        const Node nested{.tag = asn1::kOctetString, .constructed = true, .children = {second}};
        return {.tag = tag, .constructed = true, .children = {first, nested}};
    }

  private:
    static Node convert(const asn1::Reader& in, const asn1::Element& element) {
        Node out{.tag = element.tag, .constructed = element.constructed};
        if (!element.constructed) {
            out.content = to_buffer(element.content);
            return out;
        }
        asn1::Reader inside = in.enter(element).value();
        while (!inside.at_end())
            out.children.push_back(convert(inside, inside.next("test").value()));
        return out;
    }
};

}  // namespace scep::test
