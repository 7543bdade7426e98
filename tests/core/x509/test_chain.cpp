#include <array>

#include <doctest/doctest.h>

#include "core/x509/trust_anchors.hpp"
#include "fixtures.hpp"

using namespace scep;
using namespace scep::test;
using x509::Certificate;

TEST_SUITE_BEGIN("core/x509/chain");

TEST_CASE("a chain is built from intermediates to an anchor") {
    const std::array sub{certificate("sub")};
    const std::array root{certificate("root")};
    const Certificate leaf = certificate("leaf");
    CHECK(x509::verify_chain(leaf, sub, root, kLater));
    CHECK(x509::verify_chain(root[0], {}, root, kLater));
    // S18: an intermediate alone is an anchor
    CHECK(x509::verify_chain(leaf, {}, sub, kLater));
    CHECK(x509::verify_chain(leaf, {}, std::array{leaf}, kLater));
}

TEST_CASE("what is among the intermediates that needs not be there changes nothing") {
    const std::array root{certificate("root")};
    const Certificate leaf = certificate("leaf"), sub = certificate("sub");
    const std::array all{leaf, sub, root[0], sub, certificate("v1"), leaf};
    const auto anchors = must(x509::TrustAnchors::make(root));
    CHECK(anchors.verify(leaf, all, kLater));
    CHECK(anchors.verify(sub, all, kLater));
    CHECK(anchors.verify(root[0], all, kLater));
    CHECK(x509::verify_chain(leaf, all, root, kLater));
    CHECK_FALSE(anchors.verify(leaf, {}, kLater));
    CHECK_FALSE(x509::verify_chain(leaf, all, std::array{certificate("v1")}, kLater));
}

TEST_CASE("a chain that does not hold names the certificate at fault") {
    const std::array sub{certificate("sub")};
    const std::array root{certificate("root")};
    const std::array v1{certificate("v1")};
    const Certificate leaf = certificate("leaf");
    const auto expect = [](const Status& verdict, std::string_view subject, std::string_view what) {
        REQUIRE_FALSE(verdict);
        CHECK(verdict.error().code == Errc::Crypto);
        CHECK(verdict.error().where.subject == subject);
        CHECK(verdict.error().what == what);
    };
    expect(x509::verify_chain(leaf, {}, root, kLater),
           leaf.subject_text(),
           "unable to get local issuer certificate");
    expect(x509::verify_chain(leaf, sub, v1, kLater),
           "CN=Sub,O=Example,C=NZ",
           "unable to get local issuer certificate");
    expect(x509::verify_chain(certificate("expired"), sub, root, kLater),
           "CN=expired",
           "certificate has expired");
    expect(x509::verify_chain(leaf, sub, root, TimePoint{}),
           "CN=Root,O=Example,C=NZ",
           "certificate is not yet valid");
    CHECK_FALSE(x509::verify_chain(leaf, sub, {}, kLater));
}

TEST_CASE("a chain signed with MD5 is refused though OpenSSL would take it") {
    const Status verdict =
        x509::verify_chain(certificate("md5"), {}, std::array{certificate("pss")}, kLater);
    REQUIRE_FALSE(verdict);
    CHECK(verdict.error().what == "certificate is signed with MD5");
    CHECK(verdict.error().where.subject == "CN=md5");
}

TEST_CASE("a forged intermediate does not verify") {
    const Key key = ec_key();
    // says it is Sub, but signed by itself
    const Identity forged = make_ca(key, "CN=Sub,O=Example,C=NZ");
    const Identity victim = make_identity({.subject = "CN=victim"}, ec_key(), &forged);
    const std::array intermediates{forged.certificate, certificate("sub")};
    CHECK_FALSE(x509::verify_chain(
        victim.certificate, intermediates, std::array{certificate("root")}, kLater));
}

TEST_CASE("one step is checked by name, CA bits and signature") {
    const crypto::Library& library = crypto::Library::standard();
    const Certificate root = certificate("root");
    const Certificate sub = certificate("sub");
    const Certificate leaf = certificate("leaf");
    CHECK(x509::check_issued_by(library, leaf, sub));
    CHECK(x509::check_issued_by(library, sub, root));
    CHECK(x509::check_issued_by(library, root, root));
    const Status other = x509::check_issued_by(library, leaf, root);
    REQUIRE_FALSE(other);
    CHECK(other.error().code == Errc::Crypto);

    const Identity plain = make_identity({.subject = "CN=plain"}, ec_key(), nullptr);
    const Identity below = make_identity({.subject = "CN=below"}, ec_key(), &plain);
    CHECK(x509::check_issued_by(library, below.certificate, plain.certificate).error().what ==
          "not a CA certificate");

    const Identity twin = make_ca(ec_key(), "CN=Twin");
    const Identity same_name = make_ca(ec_key(), "CN=Twin");
    const Identity child = make_identity({.subject = "CN=child"}, ec_key(), &twin);
    CHECK(x509::check_issued_by(library, child.certificate, twin.certificate));
    CHECK_FALSE(x509::check_issued_by(library, child.certificate, same_name.certificate));

    const Identity no_sign =
        make_identity({.subject = "CN=crl only",
                       .key_usage = x509::kCrlSign,
                       .basic_constraints = x509::BasicConstraints{.ca = true}},
                      ec_key(),
                      nullptr);
    CHECK_FALSE(x509::check_issued_by(library, no_sign.certificate, no_sign.certificate));
}

TEST_SUITE_END();
