#include <array>

#include <doctest/doctest.h>

#include "core/base/encoding.hpp"
#include "fixtures.hpp"

using namespace scep;
using namespace scep::test;
using x509::Certificate;

TEST_SUITE_BEGIN("core/x509/certificate");

namespace {

// A TBSCertificate with given extensions under a signature of nothing.
Buffer with_extensions(const std::vector<Buffer>& extensions) {
    const Certificate like = certificate("v1");
    asn1::Writer out;
    out.sequence([&] {
        out.sequence([&] {
            out.explicit_tag(0, [&] { out.integer(2); });
            out.integer(1);
            out.algorithm(oid::kEcdsaWithSha256, false);
            out.raw(like.issuer_der());
            out.sequence([&] {
                out.time(kNow);
                out.time(kLater);
            });
            out.raw(like.subject_der());
            out.raw(like.spki());
            out.explicit_tag(3, [&] {
                out.sequence([&] {
                    for (const Buffer& extension : extensions)
                        out.raw(extension);
                });
            });
        });
        out.algorithm(oid::kEcdsaWithSha256, false);
        out.bit_string(Buffer{1, 2, 3});
    });
    return std::move(out).take();
}

Buffer extension(const asn1::Oid& type, std::string_view value_hex) {
    asn1::Writer out;
    out.sequence([&] {
        out.oid(type);
        out.octet_string(from_hex(value_hex).value());
    });
    return std::move(out).take();
}

}  // namespace

TEST_CASE("what openssl wrote is read") {
    const Certificate leaf = certificate("leaf");
    CHECK(leaf.serial_hex() == "1002");
    CHECK(leaf.subject_text() == R"(OU=x+CN=leaf\, the \"first\",OU=Grüße,O=Example,C=NZ)");
    CHECK(leaf.issuer_text() == "CN=Sub,O=Example,C=NZ");
    CHECK(to_rfc3339(leaf.not_before()) == "2026-01-01T00:00:00Z");
    CHECK(to_rfc3339(leaf.not_after()) == "2056-01-01T00:00:00Z");
    CHECK(leaf.valid_at(kNow));
    CHECK(leaf.key_usage() == (x509::kDigitalSignature | x509::kKeyEncipherment));
    CHECK(leaf.has_eku(oid::kClientAuth));
    CHECK(leaf.has_eku(oid::kCmcRa));
    CHECK_FALSE(leaf.has_eku(oid::kServerAuth));
    CHECK_FALSE(leaf.is_ca());
    CHECK(leaf.basic_constraints().has_value());
    CHECK(equal(leaf.authority_key_identifier(), certificate("sub").subject_key_identifier()));
    std::string sans;
    for (const x509::GeneralName& name : must(leaf.subject_alt_names()))
        sans += name.to_text() + " ";
    CHECK(sans ==
          "dns:leaf.example ip:192.0.2.7 ip:2001:db8::1 email:a@b.example uri:https://b.example/ "
          "upn:user@corp.example ");
    const crypto::PublicKey key = must(leaf.public_key());
    CHECK(key.describe() == "RSA 2048 bits");
    CHECK(equal(key.spki(), leaf.spki()));
    CHECK(equal(key.key_identifier(), leaf.subject_key_identifier()));
}

TEST_CASE("a CA certificate without end is read") {
    const Certificate root = certificate("root");
    CHECK(to_rfc3339(root.not_after()) == "9999-12-31T23:59:59Z");
    CHECK(root.is_ca());
    CHECK(root.self_issued());
    CHECK_FALSE(root.basic_constraints()->path_length.has_value());
    CHECK(certificate("sub").basic_constraints()->path_length == 0U);
}

TEST_CASE("clients' own odd certificates are read") {
    const Certificate odd = certificate("odd");
    CHECK(odd.serial().size() == 62);
    CHECK(odd.subject_text() == "(empty)");
    CHECK(odd.extension(oid::kAuthorityKeyIdentifier)->critical);
    CHECK(odd.extension(asn1::Oid{"1.2.3.4"})->critical);
    CHECK(odd.allows_usage(x509::kDecipherOnly));
    CHECK_FALSE(odd.allows_usage(x509::kKeyEncipherment));

    const Certificate v1 = certificate("v1");
    CHECK(v1.serial_hex() == "-FF");
    CHECK(v1.extensions().empty());
    CHECK(v1.allows_usage(x509::kKeyCertSign));
    CHECK(v1.subject_key_identifier().empty());
    CHECK(must(v1.subject_alt_names()).empty());
}

TEST_CASE("signatures of every kind verify, under the right key alone") {
    const crypto::Library& library = crypto::Library::standard();
    const Certificate root = certificate("root");
    const Certificate sub = certificate("sub");
    const Certificate pss = certificate("pss");
    CHECK(root.verify_signature(library, must(root.public_key())));
    CHECK(sub.verify_signature(library, must(root.public_key())));
    CHECK(certificate("leaf").verify_signature(library, must(sub.public_key())));
    CHECK(pss.verify_signature(library, must(pss.public_key())));
    CHECK_FALSE(sub.verify_signature(library, must(sub.public_key())));
    CHECK_FALSE(sub.verify_signature(library, must(pss.public_key())));
    CHECK_FALSE(certificate("md5").verify_signature(library, must(pss.public_key())));
}

TEST_CASE("the algorithm of a signature is named without verifying it") {
    const auto md5 = certificate("md5").signature_algorithm();
    REQUIRE(md5.has_value());
    CHECK(md5->digest == crypto::Digest::Md5);
    const auto pss = certificate("pss").signature_algorithm();
    REQUIRE(pss.has_value());
    CHECK(pss->kind == crypto::SignatureKind::RsaPss);
}

TEST_CASE("a signature algorithm exchanged outside the signature is refused") {
    Buffer der = fixture_der("leaf.pem");
    const Certificate sub = certificate("sub");
    // the outer ecdsa-with-SHA256 (…04 03 02) becomes ecdsa-with-SHA384
    const Buffer name = to_buffer(oid::kEcdsaWithSha256.content());
    const auto at = std::find_end(der.begin(), der.end(), name.begin(), name.end());
    REQUIRE(at != der.end());
    *(at + static_cast<std::ptrdiff_t>(name.size()) - 1) = 3;
    const Status verdict =
        must(Certificate::parse(der))
            .verify_signature(crypto::Library::standard(), must(sub.public_key()));
    REQUIRE_FALSE(verdict);
    CHECK(verdict.error().cite == "RFC 5280 section 4.1.1.2");
}

TEST_CASE("members alias the certificate's own copy and survive copies of it") {
    Certificate copy;
    CHECK(copy.der().empty());
    {
        Buffer der = fixture_der("leaf.pem");
        const Certificate leaf = must(Certificate::parse(der));
        std::ranges::fill(der, std::uint8_t{0});
        copy = leaf;
    }
    CHECK(copy == certificate("leaf"));
    CHECK(copy.subject().has_value());
    CHECK(copy.tbs().data() > copy.der().data());
    CHECK(copy.fingerprint() == crypto::sha256(fixture_der("leaf.pem")));
}

TEST_CASE("offsets count from the outermost value") {
    const Buffer der = fixture_der("leaf.pem");
    const Certificate plain = must(Certificate::parse(der));
    const Certificate inside = must(Certificate::parse(der, {}, 1000));
    CHECK(inside.spki_offset() == plain.spki_offset() + 1000);
    CHECK(inside.extensions().at(0).offset == plain.extensions().at(0).offset + 1000);
    CHECK(equal(Bytes(der).subspan(plain.spki_offset()).first(plain.spki().size()), plain.spki()));
    const Buffer cut(der.begin(), der.end() - 1);
    const auto error = Certificate::parse(cut, "leaf.der", 1000);
    REQUIRE_FALSE(error);
    CHECK(error.error().where.offset == 1000U);
    CHECK(error.error().where.source == "leaf.der");
}

TEST_CASE("bytes after a certificate are refused") {
    Buffer der = fixture_der("leaf.pem");
    der.push_back(0);
    const auto error = Certificate::parse(der);
    REQUIRE_FALSE(error);
    CHECK(error.error().what == "1 bytes left over");
}

TEST_CASE("malformed extensions are refused") {
    struct Row {
        std::string_view name;
        std::vector<Buffer> extensions;
        bool good = false;
    };

    const asn1::Oid unknown{"1.2.3.4"};
    const Row rows[]{
        {"an unknown one of any content", {extension(unknown, "ffff")}, true},
        {"one twice", {extension(unknown, ""), extension(unknown, "")}},
        {"key usage", {extension(oid::kKeyUsage, "030205a0")}, true},
        {"key usage that is no BIT STRING", {extension(oid::kKeyUsage, "0401a0")}},
        {"bytes after key usage", {extension(oid::kKeyUsage, "030205a000")}},
        {"empty basic constraints", {extension(oid::kBasicConstraints, "3000")}, true},
        {"bytes after basic constraints", {extension(oid::kBasicConstraints, "300000")}},
        {"bytes inside basic constraints", {extension(oid::kBasicConstraints, "30020500")}},
        {"negative path length", {extension(oid::kBasicConstraints, "30060101ff0201ff")}},
        {"no EKU", {extension(oid::kExtendedKeyUsage, "3000")}},
        {"EKU that is no OID", {extension(oid::kExtendedKeyUsage, "30020500")}},
        {"AKI without members", {extension(oid::kAuthorityKeyIdentifier, "3000")}, true},
        {"AKI with an unknown member", {extension(oid::kAuthorityKeyIdentifier, "3003830100")}},
        {"SKI that is a SEQUENCE", {extension(oid::kSubjectKeyIdentifier, "3000")}},
        {"a value that is cut short", {from_hex("300606032a03040401").value()}},
    };
    for (const Row& row : rows) {
        CAPTURE(row.name);
        CHECK(Certificate::parse(with_extensions(row.extensions)).has_value() == row.good);
    }
    std::vector<Buffer> many;
    many.reserve(limits::kMaxExtensions + 1);
    for (int i = 0; i < 65; ++i)
        many.push_back(extension(must(asn1::parse_oid("1.2.3." + std::to_string(i))), ""));
    CHECK_FALSE(Certificate::parse(with_extensions(many)));
}

TEST_CASE("S07 a certificate with more key purposes than the limit is refused") {
    const auto with_ekus = [](std::size_t count) {
        asn1::Writer value;
        value.sequence([&] {
            for (std::size_t i = 0; i < count; ++i)
                value.oid(oid::kClientAuth);
        });
        return with_extensions({extension(oid::kExtendedKeyUsage, to_hex(value.bytes()))});
    };
    CHECK(Certificate::parse(with_ekus(limits::kMaxEkus)).has_value());
    const auto refused = Certificate::parse(with_ekus(limits::kMaxEkus + 1));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Errc::Der);
    CHECK(refused.error().what == "more than 64 key purposes");
    CHECK(refused.error().where.field == "extKeyUsage");
}

TEST_CASE("a subject that is not a name is told apart, not refused") {
    Buffer der = fixture_der("v1.pem");
    const Certificate v1 = certificate("v1");
    const auto at = static_cast<std::size_t>(v1.subject_der().data() - v1.der().data());
    der[at + 2] = 0x30;  // a SEQUENCE where a SET must be
    const Certificate odd = must(Certificate::parse(der));
    CHECK(odd.subject_text() == "(malformed)");
    CHECK_FALSE(odd.subject());
}

TEST_CASE("files of certificates are read as operators keep them") {
    const Buffer leaf = fixture("leaf.pem");
    const Buffer sub = fixture("sub.pem");
    std::string both = "a comment\n" + to_string(leaf) + "\nanother\n" + to_string(sub);
    CHECK(must(x509::parse_certificates(as_bytes(both), "chain.pem")).size() == 2);
    CHECK(must(x509::parse_certificates(fixture_der("leaf.pem"), "leaf.der")).size() == 1);
    CHECK(x509::to_pem(certificate("leaf")) == to_string(leaf));

    const std::string key =
        both + to_string(Bytes(as_bytes(as_text(shared_rsa_key()->to_pkcs8_pem()))));
    CHECK(must(x509::parse_certificates(as_bytes(key), "both.pem")).size() == 2);
    const auto refused = x509::parse_certificates(as_bytes(key), "both.pem", true);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Errc::Config);
    CHECK(refused.error().where.line > 30);
}

TEST_CASE("files that hold no certificate say where and why") {
    const std::string request = to_string(fixture("request-ec.csr"));
    std::string broken = to_string(fixture("leaf.pem"));
    broken.replace(broken.find('\n') + 1, 4, "AAAA");

    struct Row {
        std::string_view name;
        std::string file;
        std::size_t line;
    };

    const Row rows[]{{"empty", "", 0},
                     {"text", "hello", 0},
                     {"a request", request, 1},
                     {"not a certificate", "# note\n" + broken, 2}};
    for (const Row& row : rows) {
        CAPTURE(row.name);
        const auto out = x509::parse_certificates(as_bytes(row.file), "x.pem");
        REQUIRE_FALSE(out);
        CHECK(out.error().code == Errc::Config);
        CHECK(out.error().where.source == "x.pem");
        CHECK(out.error().where.line == row.line);
    }
}

TEST_SUITE_END();
