#include <doctest/doctest.h>

#include "serve/auth/mtls_bind.hpp"
#include "support/pki.hpp"

using namespace scep;
using namespace scep::test;

namespace {

std::vector<x509::GeneralName> names_of(const std::vector<std::string>& texts) {
    std::vector<x509::GeneralName> out;
    out.reserve(texts.size());
    for (const std::string& text : texts)
        out.push_back(must(x509::general_name_from_text(text)));
    return out;
}

bool bound(config::MtlsBind bind,
           const std::string& subject,
           const std::vector<std::string>& sans,
           const std::string& own_subject,
           const std::vector<std::string>& own_sans) {
    static const Key key = ec_key();
    const x509::RequestFields fields{.subject = must(x509::Name::from_text(subject)),
                                     .subject_alt_names = names_of(sans)};
    const SecretBytes der = must(x509::build_request(fields, *key, crypto::Digest::Sha256));
    const auto request = must(x509::CertificationRequest::parse(der));
    const auto bootstrap = make_identity(
        {.subject = own_subject, .subject_alt_names = names_of(own_sans)}, key, nullptr);
    return auth::check_binding(bind, request, bootstrap.certificate).has_value();
}

}  // namespace

TEST_SUITE("serve/auth/mtls_bind") {
    TEST_CASE("S20 none binds nothing") {
        CHECK(bound(config::MtlsBind::None, "CN=a", {}, "CN=b", {}));
    }

    TEST_CASE("S20 cn compares the common name, whatever stands beside it") {
        const auto cn = config::MtlsBind::Cn;
        CHECK(bound(cn, "CN=a,O=x", {}, "CN=a,O=y", {}));
        CHECK_FALSE(bound(cn, "CN=b", {}, "CN=a", {}));
        CHECK_FALSE(bound(cn, "CN=A", {}, "CN=a", {}));
        CHECK_FALSE(bound(cn, "O=x", {}, "O=x", {}));
        CHECK_FALSE(bound(cn, "CN=a", {}, "CN=a,CN=b", {}));
    }

    TEST_CASE("S20 a name of the other kind has to be the device's too") {
        const auto cn = config::MtlsBind::Cn, san = config::MtlsBind::San;
        CHECK(bound(cn, "CN=cam.x", {"dns:cam.x", "dns:b.x"}, "CN=cam.x", {"dns:b.x"}));
        CHECK_FALSE(bound(cn, "CN=cam.x", {"dns:admin.x"}, "CN=cam.x", {"dns:b.x"}));
        CHECK_FALSE(bound(cn, "CN=cam.x", {"ip:10.0.0.1"}, "CN=cam.x", {}));
        CHECK(bound(san, "CN=b.x", {"dns:b.x"}, "CN=cam", {"dns:b.x"}));
        CHECK(bound(san, "O=x", {"dns:b.x"}, "CN=cam", {"dns:b.x"}));
        CHECK_FALSE(bound(san, "CN=domain-admin", {"dns:b.x"}, "CN=cam", {"dns:b.x"}));
    }

    TEST_CASE("S20 san compares all names, in any order") {
        const auto san = config::MtlsBind::San;
        CHECK(bound(san, "CN=a", {"dns:a.x", "ip:192.0.2.1"}, "CN=a", {"ip:192.0.2.1", "dns:a.x"}));
        CHECK_FALSE(bound(san, "CN=a", {"dns:a.x", "dns:b.x"}, "CN=a", {"dns:a.x"}));
        CHECK_FALSE(bound(san, "CN=a", {"dns:a.x"}, "CN=a", {"dns:a.x", "dns:b.x"}));
        CHECK_FALSE(bound(san, "CN=a", {}, "CN=a", {}));
    }

    TEST_CASE("S20 serial compares the serialNumber of the subject") {
        const auto serial = config::MtlsBind::Serial;
        CHECK(bound(serial, "CN=a,serialNumber=77", {}, "CN=b,serialNumber=77", {}));
        CHECK_FALSE(bound(serial, "CN=a,serialNumber=78", {}, "CN=a,serialNumber=77", {}));
        CHECK_FALSE(bound(serial, "CN=a", {}, "CN=a,serialNumber=77", {}));
    }
}
