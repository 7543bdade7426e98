// Certification requests that no honest client would write, under a signature of nothing.
#pragma once

#include <string_view>
#include <vector>

#include "core/asn1/writer.hpp"
#include "core/base/encoding.hpp"
#include "core/crypto/keys.hpp"
#include "fixtures.hpp"

namespace scep::test {

struct RequestRecipe {
    std::uint64_t version = 0;
    Buffer subject{0x30, 0x00};
    std::vector<Buffer> attributes{};
    bool no_attributes = false;
    Buffer info_end{};  // after the attributes
    Buffer inside{};    // after the signature
    Buffer after{};     // after the request
};

inline Buffer write_request(const RequestRecipe& recipe) {
    asn1::Writer out;
    out.sequence([&] {
        out.sequence([&] {
            out.integer(recipe.version);
            out.raw(recipe.subject);
            out.raw(shared_rsa_key()->public_key().spki());
            if (!recipe.no_attributes)
                out.constructed(asn1::context(0), [&] {
                    for (const Buffer& attribute : recipe.attributes)
                        out.raw(attribute);
                });
            out.raw(recipe.info_end);
        });
        out.algorithm(oid::kData, true);
        out.bit_string(Buffer{1, 2, 3});
        out.raw(recipe.inside);
    });
    out.raw(recipe.after);
    return std::move(out).take();
}

// `values_hex`: what stands in the SET.
inline Buffer attribute(const asn1::Oid& type, std::string_view values_hex) {
    asn1::Writer out;
    out.sequence([&] {
        out.oid(type);
        out.set([&] { out.raw(from_hex(values_hex).value()); });
    });
    return std::move(out).take();
}

// An extensionRequest with these extensions, each a TLV.
inline Buffer extension_request(const std::vector<Buffer>& extensions) {
    asn1::Writer out;
    out.sequence([&] {
        out.oid(oid::kExtensionRequest);
        out.set([&] {
            out.sequence([&] {
                for (const Buffer& extension : extensions)
                    out.raw(extension);
            });
        });
    });
    return std::move(out).take();
}

inline Buffer extension(const asn1::Oid& type, Bytes value) {
    asn1::Writer out;
    out.sequence([&] {
        out.oid(type);
        out.octet_string(value);
    });
    return std::move(out).take();
}

inline Buffer san_extension(const std::vector<x509::GeneralName>& names) {
    asn1::Writer out;
    x509::write_general_names(out, names);
    return extension(oid::kSubjectAltName, out.bytes());
}

}  // namespace scep::test
