// Keys that were made once with openssl genpkey, so that the tests need not make their own.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include "core/base/encoding.hpp"
#include "core/crypto/keys.hpp"

namespace scep::crypto::test {

inline constexpr std::string_view kRsa2048 = R"(-----BEGIN PRIVATE KEY-----
MIIEvAIBADANBgkqhkiG9w0BAQEFAASCBKYwggSiAgEAAoIBAQCdkuL3axp+Xn3R
JoLDu/orBF/rSXSxgL8X9xMa8CrBkNyj3/TNFBiN2VeQ0r5hKyPF4bR6fHpTze/w
NBJQcMCOZ6+y2Kejk/dKb/Sgh0cerND82HF1SGqq9rSKE9B6VlOcactX+tCem5tx
uglS7bAT0dafHFeywN0zQl/7d0HZ1xrvcQb/paEquk7jrFKVDNBRCOwjcSd5GY9S
rvzXBvGVe/771CweqKjJZzuxsilEOkS6shlweSJHAiy3PdurjZ0bqFFBE+9u4Y53
kxJvgHISNStqzzHNrqGeTSIA5xx0Zgqrm927JvIXoOGzW5En7Jj3rvwyKQ8yq1IP
36NscuuPAgMBAAECgf88mnorha7Y9bHe4uvEUf2tO92oU+TvA9fr36+TA8vUXvxU
SDn4fRkx8CMAJMX/hLvcMXz13HmWRusbAY/MN2hnCuBQFvmBep+SRBZ62llmgjnz
Li0YwH7VYPi9A6R347vT9tyLKAWuQob8Refpuqn4zIORCqJeN0oPSRa1zrJ/3SDj
drkEbmbZYnvsjN6N5Aep8lqCY9NbRkamyRcDS6HWUxuPUKneua8/8SUgDaM4SMdx
8QKPxxbzQSn4InMczfG9iB3ibZ6hAMLN0wgM0UfUCxMuyiZ+0oOwzRr4eqY17pz9
KXj8bGMLkVotqnke8DbKttNwSDPAce1j2nxdEf0CgYEAy3zCkXCmp/6hWdIFAHzQ
rPPwOJaOmDDD2XaotmBiL/ZWQi1rgHnEVxdV2uIIIZHkVSy7qsEEtlTfX2Vj8hdF
xC/jLAG2KCrhSMELCokWwAZocEOuKGSaCWr0U15J+Y+1jG0VFx2C4fxRfaA2QD5o
0KfnCPn9A74WfHPDxHao1DUCgYEAxjzhfqfrhweGLTUHYiaw3noEiCPVkpf/7bFT
9fhsenOhifAZJwdbuiA9l6dDlMrtXWhqqr0ByFSqpLJ4/FVFXA3x7P4Xq6kixnLq
ouCDddBnohKg+gFOSje59INZiRn8nLbRFMCLOZS+8HYBCqQ4SmQk4ZwmHVwfUKgR
K2i4sTMCgYEAqpDbLro0l+CyMu3+T1hQOokHNQfOYveNUv1JkgXch8N+rl4QHFL1
JuNijeSlWC5ILLUgYZMFdihSTE5appSnYDmbvEl6/NRknm1h6eTbcv5sEJ5Kn4Uk
MPy77B2++DdjwF+3K/cKvI6ZaCohD1zA0xXKbRXO5ZIymwMWd9nWznkCgYA2fTmG
NOXagcjx2CelZPkszeE9AoyL9NfWH+3yKEy5A9udLK/dOHqQGJiVfNZoqbbA/BiF
wdohlJQrHRuAUHf2K6cZ+2XKO31hiujPyGKaGaTCudghoAZDBDpK6WfM9aWn9eBW
ke4y753kPqten3ERkaFJmkAnxdCdvPSrN+e8XQKBgQCmT/5bAYoEWX1akD91y4ul
dLXv/RCAbxzDhpq2UyzpcJ8gVWT7vpifhIgyryNYi5UztyUo1ALq06mirp0fN2LJ
ppQsihH6N2Udnz5GXPAONbPJ4M5uxqu+QZ0Lm+D2zxrpM/e/Lvf9XdNaSd5KytHk
mVmIdSdQH7IFK76YB924kg==
-----END PRIVATE KEY-----
)";

inline constexpr std::string_view kRsa1024 = R"(-----BEGIN PRIVATE KEY-----
MIICdwIBADANBgkqhkiG9w0BAQEFAASCAmEwggJdAgEAAoGBAM1Pm1U09uVvvKLj
6AQAa17uze4FhKVfLGvHS04AlYsk6zVdW6cN6McyAoou/mZTssuWg75k0dbxG9KN
2VBHZa5Nooqar3MuA0R1XRYUXpbF0sTPLhAmgQIeBs/KSYRJ9hr4cJhOC/BKE5AT
ZhdKs55js7rgj4/1ZlqBOVQlXnRZAgMBAAECgYEAmD7N+vNZmm2vPkMui7kb5bvD
7Rseb9sRf6K7js4UFqh72oiuLES+Nug4xetvLsYmMZ4dd5QfnvoQHaSeX09yb+f2
UZIyKjeHRCOLLoOh5yphbOPxnfKNcCBVtZfN2OBHm2OZs5mD+4UbgG4QeXpERPOb
bEQU1v9kfWjEo1yx22ECQQDzbVtjE29OCMxSQYdfLlxZP0mNX6nwnBv5WDHRIe4r
jtSOv4LHaQxaon9MKQvnxjWAYBrdk/sHZta+f5OO/5qFAkEA1+pFAyT73p8+sZz8
FQbfXXRlMwBWctrzMqcl2d4OYTzO/NLVTmEfdGSoQjwRLVBiLXZfGwd92xxd8UKg
sI4cxQJAFODbRrsi/8lnZOKz7qj2SL1R3KtI0xdAmvlChJJpcBj3CCtK1zmeUqO/
UVPv7ngknJchlsGbdT4PyxT8Hfa0VQJAb4VHI/qkRTZHMYH+CfZExIZsBs2z2RsR
5iXDPSaeksbPunJDTnqHvpyG878GuDr+mrC7KsDR1qxuMUDSsp6UaQJBAI3USdcw
Tb/tIVCSxDRyJHlIBr28vmpakn8vK6veQ7N7rD2/gc7ckByYC6+auOnTMXkXv0JL
Spt/CRFRou5X3uY=
-----END PRIVATE KEY-----
)";

inline constexpr std::string_view kP256 = R"(-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg/hwfbH+z9mz3N7zX
ikUyQNpcCF10Vy29h4wvDoZpCDqhRANCAASU/wtpUu4C6vqJlWY2w3hAF9LL1+qC
JO184rDTWpy2Puip9PJdb8hWShjPLoAOt/qKdPhH1C1CKZngD+U5Hzo7
-----END PRIVATE KEY-----
)";

inline std::unique_ptr<PrivateKey> load(std::string_view pem) {
    Result<std::unique_ptr<PrivateKey>> key = PrivateKey::parse(as_bytes(pem), "test");
    if (!key)
        throw std::runtime_error(to_text(key.error()));
    return *std::move(key);
}

inline Buffer hex(std::string_view text) {
    return from_hex(text).value();
}

// SubjectPublicKeyInfo of any numbers, fit or not.
inline Buffer rsa_spki(Bytes n, Bytes e) {
    asn1::Writer out;
    out.sequence([&] {
        out.algorithm(oid::kRsaEncryption, true);
        out.bit_string_of([&] {
            out.sequence([&] {
                out.unsigned_integer(n);
                out.unsigned_integer(e);
            });
        });
    });
    return std::move(out).take();
}

inline Buffer ec_spki(const asn1::Oid& curve, Bytes point) {
    asn1::Writer out;
    out.sequence([&] {
        out.sequence([&] {
            out.oid(oid::kEcPublicKey);
            out.oid(curve);
        });
        out.bit_string(point);
    });
    return std::move(out).take();
}

}  // namespace scep::crypto::test
