// What is left of messages that the strict parsers refuse.
#include <doctest/doctest.h>

#include "core/cms/messages.hpp"
#include "core/cms/partial.hpp"

using namespace scep;
using namespace scep::test;

TEST_SUITE("cms/partial") {
    TEST_CASE("what is taken strictly is the same, without a refusal") {
        const Buffer message = signed_message();
        const auto read = cms::read_signed_data(message);
        CHECK(!read.refusal);
        CHECK(read.data.certificates.size() == 1);
        const Buffer envelope = enveloped_message();
        CHECK(!cms::read_enveloped_data(envelope).refusal);
        CHECK(cms::content_type_of(message) == oid::kSignedData);
        CHECK(cms::content_type_of(envelope) == oid::kEnvelopedData);
    }

    TEST_CASE("an attribute twice: both are there, and the signer too") {
        Node tree = Node::parse(signed_message());
        Node& attributes = tree.at(kSignedAttrs);
        attributes.children.push_back(attributes.children.front());
        const Buffer message = tree.der();
        const auto read = cms::read_signed_data(message);
        REQUIRE(read.refusal);
        CHECK(read.refusal->what.find("twice") != std::string::npos);
        REQUIRE(read.data.signer_infos.size() == 1);
        const cms::SignerInfo& signer = read.data.signer_infos.front();
        CHECK(signer.attributes.size() == attributes.children.size());
        CHECK(!signer.signature.empty());
        CHECK(cms::identifies(signer.sid, party("client").certificate));
        CHECK(read.data.content);
    }

    TEST_CASE("cut anywhere: as much as there is, never an invention") {
        const Buffer whole = signed_message();
        const auto strict = cms::parse_signed_data(whole).value();
        for (std::size_t size = 0; size < whole.size(); ++size) {
            const Buffer cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
            const auto read = cms::read_signed_data(cut);
            REQUIRE(read.refusal);
            CHECK(read.data.certificates.size() <= 1);
            if (read.data.content)
                CHECK(equal(*read.data.content, strict.content->first(read.data.content->size())));
            for (const Bytes certificate : read.data.certificates)
                CHECK(equal(certificate, strict.certificates.front()));
            for (const cms::SignerInfo& signer : read.data.signer_infos)
                CHECK((signer.signature.empty() ||
                       equal(signer.signature, strict.signer_infos.front().signature)));
        }
        const Buffer envelope = enveloped_message();
        for (std::size_t size = 0; size < envelope.size(); ++size) {
            const Buffer cut(envelope.begin(),
                             envelope.begin() + static_cast<std::ptrdiff_t>(size));
            CHECK(cms::read_enveloped_data(cut).refusal);
        }
    }

    TEST_CASE("a cut envelope still says whom it is for, and how it is encrypted") {
        Buffer envelope = enveloped_message();
        envelope.pop_back();
        const auto read = cms::read_enveloped_data(envelope);
        CHECK(read.content_cut);
        REQUIRE(read.data.recipients.size() == 1);
        CHECK(cms::identifies(read.data.recipients.front().rid, party("ra").certificate));
        CHECK(read.data.content_encryption.algorithm == oid::kAes128Cbc);
        CHECK(read.data.iv.size() == 16);
    }

    TEST_CASE("what is something else gives the refusal alone") {
        const Buffer envelope = enveloped_message();
        const auto read = cms::read_signed_data(envelope);
        CHECK(read.refusal);
        CHECK(read.data.signer_infos.empty());
        CHECK(!read.data.content);
        CHECK(!cms::content_type_of(as_bytes("hello")));
    }
}
