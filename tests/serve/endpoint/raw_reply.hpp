// A reply as octets: a walk down its DER that owes nothing to our own reader of SCEP messages.
#pragma once

#include <openssl/evp.h>

#include "serve/endpoint/world.hpp"

namespace scep::test {

class RawReply {
  public:
    explicit RawReply(Bytes body) : tree_(Node::parse(body)) {}

    explicit RawReply(const endpoint::Outcome& outcome) : RawReply(Bytes(outcome.reply.body)) {}

    // ContentInfo ::= SEQUENCE { contentType, content [0] EXPLICIT ANY }
    const Node& content_type() const { return tree_.children.at(0); }

    const Node& signed_data() const { return tree_.children.at(1).children.at(0); }

    // EncapsulatedContentInfo ::= SEQUENCE { eContentType, eContent [0] EXPLICIT OCTET STRING
    // OPTIONAL }
    const Node& encapsulated() const { return signed_data().children.at(2); }

    bool has_content() const { return encapsulated().children.size() > 1; }

    const Buffer& content() const { return encapsulated().children.at(1).children.at(0).content; }

    Node envelope() const { return Node::parse(content()).children.at(1).children.at(0); }

    Node recipient() const { return envelope().children.at(1).children.at(0); }

    const Node& signer_info() const { return signed_data().children.back().children.at(0); }

    const Node& signed_attributes() const { return signer_info().children.at(3); }

    // The values of every attribute of that type.
    std::vector<Node> values(const asn1::Oid& type) const {
        std::vector<Node> out;
        for (const Node& attribute : signed_attributes().children)
            if (equal(attribute.children.at(0).content, type.content()))
                for (const Node& value : attribute.children.at(1).children)
                    out.push_back(value);
        return out;
    }

    // The one value of the one attribute; throws otherwise.
    Node only(const asn1::Oid& type) const {
        const std::vector<Node> found = values(type);
        if (found.size() != 1)
            throw std::runtime_error("not exactly one value of " + asn1::name(type));
        return found.front();
    }

    std::string text(const asn1::Oid& type) const { return to_string(only(type).content); }

    // By OpenSSL, over the attributes as a SET OF.
    bool signature_verifies(const Key& key) const {
        Buffer attributes = signed_attributes().der();
        attributes.at(0) = 0x31;
        const Buffer& signature = signer_info().children.at(5).content;
        const crypto::MdCtxPtr context(EVP_MD_CTX_new());
        return EVP_DigestVerifyInit_ex(
                   context.get(), nullptr, "SHA256", nullptr, nullptr, &key->evp(), nullptr) == 1 &&
               EVP_DigestVerify(context.get(),
                                signature.data(),
                                signature.size(),
                                attributes.data(),
                                attributes.size()) == 1;
    }

  private:
    Node tree_;
};

// What is in the envelope of a SUCCESS, with the key it is encrypted to.
inline Buffer open_reply(const endpoint::Outcome& outcome,
                         const x509::Certificate& signer,
                         const Key& key) {
    const Buffer message = RawReply(outcome).content();
    const cms::EnvelopedData envelope = must(cms::parse_enveloped_data(message));
    return to_buffer(must(cms::decrypt(crypto::Library::standard(), envelope, signer, *key)));
}

// Likewise, for a device that signed with a transient certificate.
inline Buffer open_reply(const endpoint::Outcome& outcome,
                         const Key& key = shared_rsa_key(),
                         const std::string& subject = "CN=device-1") {
    return open_reply(outcome, make_transient(key, subject).certificate, key);
}

// Likewise, when it is encrypted under the challenge.
inline Buffer open_reply_by_password(const endpoint::Outcome& outcome, std::string_view password) {
    const Buffer message = RawReply(outcome).content();
    const cms::EnvelopedData envelope = must(cms::parse_enveloped_data(message));
    crypto::PasswordDecrypter decrypter(to_secret(password));
    return to_buffer(must(
        cms::decrypt(crypto::Library::standard(),
                     envelope,
                     {.recipient = cms::first_recipient(envelope, cms::RecipientKind::Password),
                      .password = &decrypter})));
}

// SignedData ::= SEQUENCE { version, digestAlgorithms, encapContentInfo, certificates [0] OPTIONAL,
// crls [1] OPTIONAL, signerInfos }, degenerate (RFC 8894 section 3.4).
class CertsOnly {
  public:
    explicit CertsOnly(Bytes message) : tree_(Node::parse(message)) {}

    const Node& content_type() const { return tree_.children.at(0); }

    const Node& signed_data() const { return tree_.children.at(1).children.at(0); }

    std::vector<Buffer> certificates() const { return optional(0); }

    std::vector<Buffer> crls() const { return optional(1); }

    // No content field, no digest, no signer.
    bool degenerate() const {
        const std::vector<Node>& parts = signed_data().children;
        return equal(content_type().content, oid::kSignedData.content()) &&
               parts.at(1).children.empty() && parts.at(2).children.size() == 1 &&
               equal(parts.at(2).children.at(0).content, oid::kData.content()) &&
               parts.back().tag == asn1::kSet && parts.back().children.empty();
    }

  private:
    std::vector<Buffer> optional(std::uint32_t number) const {
        std::vector<Buffer> out;
        for (const Node& part : signed_data().children)
            if (part.tag == asn1::context(number))
                for (const Node& child : part.children)
                    out.push_back(child.der());
        return out;
    }

    Node tree_;
};

// IssuerAndSerialNumber, the messageData of GetCert and GetCRL.
inline Buffer issuer_and_serial(const x509::Certificate& issuer, Bytes serial) {
    asn1::Writer out;
    out.sequence([&] {
        out.raw(issuer.subject_der());
        out.primitive(asn1::kInteger, serial);
    });
    return std::move(out).take();
}

// One reply of every kind that there is, with the certificate that signed its request.
struct Exchange {
    std::string name{};
    RequestRecipe request{};
    x509::Certificate signer{};
    endpoint::Outcome outcome{};
    std::string status{};  // what pkiStatus has to be
};

class EveryExchange {
  public:
    EveryExchange() {
        RequestRecipe enrolment;
        add("PKCSReq", enrolment, "0");
        const auto own =
            must(x509::Certificate::parse(all.back().outcome.effects.issuances.at(0).certificate));
        RequestRecipe query = enrolment;
        query.signer = own;
        query.plaintext = issuer_and_serial(automatic.profile.ca.certificate, own.serial());
        query.type = MessageType::GetCert;
        add("GetCert", query, "0");
        query.type = MessageType::GetCrl;
        add("GetCRL", query, "0");
        RequestRecipe renewal{.signer = own, .type = MessageType::RenewalReq};
        automatic.now = own.not_after() - std::chrono::hours(24);
        add("RenewalReq", renewal, "0");
        automatic.now = kNow;
        add("PKCSReq, refused", {.challenge = "wrong", .transaction_id = "refused"}, "2");
        add("CertPoll, unknown", poll_of("unknown"), "2");
        add("PKCSReq, held", {.transaction_id = "held"}, "3", manual);
        add("CertPoll, pending", poll_of("held"), "3", manual);
        manual.view.at(1).state = store::PendingState::Approved;
        add("CertPoll, approved", poll_of("held"), "0", manual);
    }

    static RequestRecipe poll_of(const std::string& transaction_id) {
        return {.type = MessageType::CertPoll,
                .transaction_id = transaction_id,
                .plaintext = Buffer{0x30, 0x00}};
    }

    const Exchange& of(std::string_view name) const {
        for (const Exchange& exchange : all)
            if (exchange.name == name)
                return exchange;
        throw std::runtime_error("no such exchange");
    }

    World automatic{};
    World manual{holding(), 2};
    std::vector<Exchange> all{};

  private:
    static ProfileRecipe holding() {
        ProfileRecipe out;
        out.settings.approval = config::Approval::Manual;
        return out;
    }

    void add(std::string name, RequestRecipe request, std::string status) {
        add(std::move(name), std::move(request), std::move(status), automatic);
    }

    // Each request with a nonce of its own.
    void add(std::string name, RequestRecipe request, std::string status, World& world) {
        request.sender_nonce = Buffer(16, static_cast<std::uint8_t>(0x40 + all.size()));
        const Key& key = request.signer_key ? request.signer_key : request.device_key;
        all.push_back({.name = std::move(name),
                       .request = request,
                       .signer = request.signer ? *request.signer
                                                : make_transient(key, request.subject).certificate,
                       .outcome = world.send(request),
                       .status = std::move(status)});
    }
};

inline const EveryExchange& every_exchange() {
    static const EveryExchange exchanges;
    return exchanges;
}

}  // namespace scep::test
