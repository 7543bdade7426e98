// Messages that other programs made: each parses, and what its MANIFEST.tsv row says comes out.
// Old algorithms through a legacy library; the standard one refuses them by name.
#include <filesystem>

#include <doctest/doctest.h>

#include "core/base/encoding.hpp"
#include "core/scep/capabilities.hpp"
#include "core/scep/manifest.hpp"
#include "core/scep/pki_message.hpp"

using namespace scep;
using namespace scep::test;

namespace {

struct Captures {
    std::string directory;
    std::unique_ptr<crypto::Library> legacy;
    std::vector<x509::Certificate> certificates;  // that a recipient may be
};

bool contains(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

std::string before(const std::string& text, std::string_view mark) {
    return text.substr(0, text.find(mark));
}

std::string digest_name(const asn1::Oid& oid) {
    const std::map<asn1::Oid, std::string> names{{oid::kMd5, "md5"},
                                                 {oid::kSha1, "sha1"},
                                                 {oid::kSha256, "sha256"},
                                                 {oid::kSha512, "sha512"}};
    return names.at(oid);
}

std::string signature_name(const asn1::AlgorithmIdentifier& algorithm) {
    const std::map<asn1::Oid, std::string> names{{oid::kRsaEncryption, "rsaEncryption"},
                                                 {oid::kSha1WithRsa, "sha1WithRSA"},
                                                 {oid::kSha256WithRsa, "sha256WithRSA"},
                                                 {oid::kSha512WithRsa, "sha512WithRSA"},
                                                 {oid::kRsassaPss, "rsaPSS"}};
    return names.at(algorithm.algorithm) + (algorithm.parameters ? "" : "(no params)");
}

std::string cipher_name(const asn1::Oid& oid) {
    const std::map<asn1::Oid, std::string> names{{oid::kDesCbc, "des-cbc"},
                                                 {oid::kDesEde3Cbc, "des-ede3-cbc"},
                                                 {oid::kAes128Cbc, "aes128-cbc"},
                                                 {oid::kAes256Cbc, "aes256-cbc"}};
    return names.at(oid);
}

// As `openssl req -subject` prints it, which the manifest quotes: "C = SE, O = Foo".
std::string openssl_form(const x509::Name& name) {
    const std::map<asn1::Oid, std::string> types{{oid::kCommonName, "CN"},
                                                 {oid::kCountryName, "C"},
                                                 {oid::kOrganizationName, "O"},
                                                 {oid::kOrganizationalUnitName, "OU"}};
    std::string out;
    for (const x509::NameAttribute& attribute : name.attributes())
        out += (out.empty() ? "" : ", ") + types.at(attribute.type) + " = " + attribute.value;
    return out;
}

void check_attributes(const ManifestRow& row, const PkiMessage& message) {
    const std::string type = std::to_string(static_cast<std::uint32_t>(message.type));
    CHECK(before(row.at("messageType"), " ") == type);
    CHECK(row.at("senderNonce/recipientNonce_len") ==
          std::to_string(message.sender_nonce.size()) + "/" +
              std::to_string(message.recipient_nonce.size()));
    const auto& expected = row.at("expected_decode");
    if (message.status)
        CHECK(contains(
            expected,
            "pkiStatus=" + std::to_string(static_cast<std::uint32_t>(*message.status)) + " "));
    else
        CHECK_FALSE(contains(expected, "pkiStatus="));
    if (message.fail_info)
        CHECK(contains(
            expected,
            "failInfo=" + std::to_string(static_cast<std::uint32_t>(*message.fail_info)) + ";"));
    else
        CHECK((contains(expected, "failInfo=-") || !contains(expected, "failInfo")));
}

void check_signature(const ManifestRow& row, const PkiMessage& message, const Captures& captures) {
    const cms::SignerInfo& signer = message.signer_info();
    CHECK(digest_name(signer.digest_algorithm.algorithm) == row.at("digest"));
    CHECK(signature_name(signer.signature_algorithm) == row.at("signatureAlgorithm"));
    const auto key = message.signer.public_key(crypto::kDecodeKeys);
    REQUIRE_MESSAGE(key, to_text(key.error()));
    const Status verified = verify_message(*captures.legacy, message, *key);
    CHECK_MESSAGE(verified, (verified ? "" : to_text(verified.error())));
}

void check_request(const std::string& expected, Bytes plaintext, const crypto::Library& library) {
    const auto request = x509::CertificationRequest::parse(plaintext);
    REQUIRE(request);
    CHECK(contains(expected, "subject=" + openssl_form(request->subject()) + " "));
    CHECK(request->challenge().has_value() == contains(expected, "challenge="));
    if (request->challenge())
        CHECK(contains(expected,
                       "challenge=" + std::string(as_text(request->challenge()->value)) + " "));
    const auto key = request->public_key(crypto::kDecodeKeys);
    REQUIRE(key);
    CHECK(contains(expected, "selfsig ok"));
    CHECK(request->verify_signature(library, *key));
}

void check_certificates(const std::string& expected, Bytes plaintext) {
    const auto reply = cms::parse_signed_data(plaintext);
    REQUIRE(reply);
    CHECK(contains(expected, std::to_string(reply->certificates.size()) + " cert(s)"));
    const auto first = x509::Certificate::parse(reply->certificates.front());
    REQUIRE(first);
    CHECK(contains(expected, openssl_form(first->subject().value())));
}

void check_plaintext(const std::string& expected, Bytes plaintext, const Captures& captures) {
    if (contains(expected, "PKCS#10"))
        check_request(expected, plaintext, *captures.legacy);
    else if (contains(expected, "degenerate PKCS#7"))
        check_certificates(expected, plaintext);
    else
        CHECK(contains(expected, " " + std::to_string(plaintext.size()) + " bytes"));
}

// The certificate a message is for was not always captured; the key alone opens it then.
Result<SecretBytes> open(const cms::EnvelopedData& envelope,
                         crypto::PrivateKey& key,
                         const Captures& captures) {
    for (const x509::Certificate& certificate : captures.certificates)
        for (const cms::RecipientInfo& recipient : envelope.recipients)
            if (equal(certificate.spki(), key.public_key().spki()) &&
                cms::identifies(recipient.rid, certificate))
                return cms::decrypt(*captures.legacy, envelope, certificate, key);
    const auto& recipient = envelope.recipients.front();
    const auto cipher = crypto::cipher_from(envelope.content_encryption.algorithm).value();
    SCEP_TRY(transport, crypto::key_transport(recipient.key_encryption));
    const SecretBytes content_key =
        key.unwrap_key(transport, recipient.encrypted_key, info(cipher).key_size);
    SCEP_TRY(padded,
             crypto::decrypt_content_padded(
                 *captures.legacy, cipher, content_key, envelope.iv, envelope.encrypted_content));
    const auto size = crypto::unpadded_size(padded, info(cipher).block_size);
    if (!size)
        return fail(Errc::Crypto, "padding");
    padded.resize(*size);
    return std::move(padded);
}

void check_envelope(const ManifestRow& row,
                    const cms::EnvelopedData& envelope,
                    const Captures& captures) {
    CHECK(cipher_name(envelope.content_encryption.algorithm) == row.at("content_cipher"));
    REQUIRE_FALSE(envelope.recipients.empty());
    for (const cms::RecipientInfo& recipient : envelope.recipients) {
        const auto transport = crypto::key_transport(recipient.key_encryption);
        REQUIRE(transport);
        CHECK((transport->oaep ? "rsaOAEP" : "rsaEncryption") == row.at("key_encryption"));
    }
    if (row.at("key_to_decrypt") == "-")
        return;
    const std::string path = captures.directory + "/" + row.at("key_to_decrypt");
    const auto key = crypto::PrivateKey::parse(read_file(path), path);
    REQUIRE(key);
    const auto plaintext = open(envelope, **key, captures);
    REQUIRE_MESSAGE(plaintext, to_text(plaintext.error()));
    check_plaintext(row.at("expected_decode"), *plaintext, captures);
}

// Single DES and MD5 are refused by name, whatever else is in the message; nothing else is.
void check_refusals(const ManifestRow& row,
                    const PkiMessage& message,
                    const std::optional<cms::EnvelopedData>& envelope,
                    const Captures& captures) {
    std::vector<std::string> expected;
    if (row.at("digest") == "md5")
        expected.emplace_back("MD5");
    if (row.at("content_cipher") == "des-cbc")
        expected.emplace_back("DES-CBC");
    const crypto::Library& standard = crypto::Library::standard();
    CHECK(refused_algorithms(standard, message, envelope) == expected);
    CHECK(refused_algorithms(*captures.legacy, message, envelope).empty());
    const auto key = message.signer.public_key(crypto::kDecodeKeys);
    REQUIRE(key);
    CHECK(verify_message(standard, message, *key).has_value() == (row.at("digest") != "md5"));
}

void check_message(const ManifestRow& row, Bytes file, const Captures& captures) {
    const auto message = parse_pki_message(file, captures.certificates);
    REQUIRE_MESSAGE(message, to_text(message.error()));
    CHECK(check_well_formed(*message));
    CHECK((file[1] == 0x80) == contains(row.at("encoding"), "BER"));
    check_attributes(row, *message);
    check_signature(row, *message, captures);
    std::optional<cms::EnvelopedData> envelope;
    CHECK((row.at("content_cipher") == "-") == !message->signed_data.content.has_value());
    if (const auto& content = message->signed_data.content) {
        auto parsed = cms::parse_enveloped_data(*content);
        REQUIRE_MESSAGE(parsed, to_text(parsed.error()));
        check_envelope(row, *parsed, captures);
        envelope = std::move(*parsed);
    }
    check_refusals(row, *message, envelope, captures);
}

void check_other(const std::string& name, Bytes file) {
    if (contains(name, "getcacaps")) {
        const Capabilities read = parse_capabilities(file);
        CHECK(read.unknown.empty());
        CHECK((read.renewal && read.sha1 && read.sha256 && read.aes && read.des3));
        CHECK((read.scep_standard && read.post_pki_operation && !read.get_next_ca_cert));
    } else if (contains(name, "req-inner")) {
        CHECK(x509::CertificationRequest::parse(file));
    } else if (name == "lab-micromdm-getcacert.der") {
        CHECK(x509::Certificate::parse(file));
    } else {
        const auto bag = cms::parse_signed_data(file);
        REQUIRE_MESSAGE(bag, to_text(bag.error()));
        CHECK((!bag->certificates.empty() || !bag->signer_infos.empty()));
        for (const Bytes certificate : bag->certificates)
            CHECK(x509::Certificate::parse(certificate));
    }
}

void check_row(const ManifestRow& row, const Captures& captures) {
    const std::string& name = row.at("file");
    INFO(name);
    const Buffer file = read_file(captures.directory + "/" + name);
    const std::string& type = row.at("messageType");
    if (contains(type, "envelope-only")) {
        const auto envelope = cms::parse_enveloped_data(file);
        REQUIRE(envelope);
        check_envelope(row, *envelope, captures);
    } else if (type.starts_with('-')) {
        check_other(name, file);
    } else {
        check_message(row, file, captures);
    }
}

Captures load(const std::string& directory) {
    Captures out{directory, std::move(crypto::Library::with_legacy().value()), {}};
    for (const auto& entry : std::filesystem::directory_iterator(directory + "/keys"))
        if (entry.path().extension() == ".pem")
            out.certificates.push_back(
                x509::parse_certificates(read_file(entry.path()), entry.path().string())
                    .value()
                    .front());
    return out;
}

void check_directory(const std::string& directory) {
    const Captures captures = load(directory);
    const auto rows = read_manifest(directory);
    CHECK(rows.size() > 15);
    for (const ManifestRow& row : rows)
        check_row(row, captures);
}

}  // namespace

TEST_SUITE("core/scep captures") {
    TEST_CASE("every captured file parses and its row's facts come out") {
        check_directory(SCEP_FIXTURES);
    }

    TEST_CASE("so do the files of other projects, where they are at hand") {
        if (const auto directory = captures_directory())
            check_directory(*directory);
        else
            MESSAGE("skipped: SCEP_CAPTURES is not set");
    }
}
