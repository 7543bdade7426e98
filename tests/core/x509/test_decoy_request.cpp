#include <doctest/doctest.h>

#include "core/x509/decoy_request.hpp"
#include "core/x509/request.hpp"

using namespace scep;

TEST_SUITE("core/x509 decoy request") {
    TEST_CASE("S01 the decoy is a CSR as devices make them, and nobody's") {
        const auto request = x509::CertificationRequest::parse(x509::decoy_request());
        REQUIRE(request);
        CHECK(request->challenge());
        CHECK(request->subject_alt_names().size() == 1);
        const auto key = request->public_key({});
        REQUIRE(key);
        CHECK(key->describe() == "RSA 2048 bits");
        CHECK_FALSE(request->verify_signature(crypto::Library::standard(), *key));
        x509::read_decoy_request();
        CHECK(request->der().data() != x509::decoy_request().data());  // a request keeps its own
    }
}
