#include <doctest/doctest.h>

#include "core/config/config.hpp"
#include "core/files/files.hpp"
#include "support.hpp"
#include "support/pki.hpp"
#include "support/temp_dir.hpp"

namespace {

using namespace scep;
using scep::test::kGood;
using scep::test::parse;
using scep::test::refusal;
using scep::test::with;
using scep::test::without;

struct Row {
    std::string_view name, table, line, want;
};

void check_refused(std::initializer_list<Row> rows) {
    for (const Row& row : rows) {
        CAPTURE(row.name);
        CHECK(refusal(with(row.table, row.line)) == row.want);
    }
}

void check_accepted(std::string_view table, std::initializer_list<std::string_view> lines) {
    for (const std::string_view line : lines) {
        CAPTURE(line);
        const auto parsed = parse(with(table, line));
        CHECK_MESSAGE(parsed.has_value(), (parsed ? "" : to_text(parsed.error())));
    }
}

}  // namespace

TEST_SUITE("core/config") {
    TEST_CASE("defaults are those of the interface") {
        const auto config = parse(kGood);
        REQUIRE(config.has_value());
        const config::Server& server = config->server;
        CHECK(config::to_text(server.listen) == "127.0.0.1:8443");
        CHECK(server.max_body_size == 1048576);
        CHECK(server.state_path == "/var/lib/certctl-scep/state.db");
        CHECK(server.audit_key_path == "/var/lib/certctl-scep/audit.key");
        CHECK(server.log_level == "info");
        CHECK(server.log_format == "text");
        const x509::CertificateProfile& devices = *config->certificate_profile("devices");
        CHECK(devices.max_ttl == std::chrono::hours(24 * 365));
        CHECK(devices.allowed_ekus == std::vector{oid::kClientAuth});
        CHECK(devices.min_rsa_bits == 2048);
        const config::Profile& corp = config->profiles.at(0);
        CHECK(corp.path_id == "corp");
        CHECK(corp.chain == config::Chain::Ca);
        CHECK_FALSE(corp.require_signer_key);
        CHECK(corp.line == 11);
    }

    TEST_CASE("paths are relative to the file") {
        const auto config = parse(kGood);
        REQUIRE(config.has_value());
        CHECK(config->server.tls_cert_path == "/etc/x/tls.crt");
        CHECK(config->issuer("iss-local")->ca_key_path == "/etc/x/ca.key");
        CHECK(config->profiles[0].ra.at(0).key_path == "/etc/x/ra.key");
        CHECK(config->profiles[0].challenge_password_file == "/etc/x/challenge");
        CHECK(parse(with("[server]", R"(state_path = "/a/b.db")"))->server.state_path == "/a/b.db");
        CHECK(parse(with("[server]", R"(state_path = "../b.db")"))->server.state_path ==
              "/etc/b.db");
        CHECK(config::parse_config(kGood, "c.toml")->server.tls_cert_path == "tls.crt");
    }

    TEST_CASE("every built setting is read") {
        const auto config = parse(R"([server]
listen = "[::1]:0"
tls_cert_path = "a"
tls_key_path = "b"
max_body_size = 2097152
state_path = "c"
audit_key_path = "d"
log_level = "debug"
log_format = "json"
[issuer.one]
ca_cert_path = "e"
ca_key_path = "f"
chain_path = "g"
crl_url = "http://pki.example/a.crl"
ocsp_url = "http://pki.example/ocsp"
aia_url = "https://pki.example/a.crt"
[certificate_profile.p]
max_ttl = "30d"
allowed_ekus = ["serverAuth", "ipsecIKE", "1.2.3.4"]
must_staple = true
min_rsa_bits = 3072
curves = ["P-384"]
san_types = ["dns", "upn"]
san_pattern = ["dns:*.example", "upn:*@example", "sid:S-1-5-21-1-2-3-*"]
subject_pattern = ["CN=cam-*,O=Example"]
[scep.x]
path_id = ""
issuer_id = "one"
challenge_password = "secret"
ra_cert_path = "h"
ra_key_path = "i"
chain = "full"
require_signer_key = true
[[scep.x.ra]]
cert_path = "j"
key_path = "k"
[[scep.x.ra]]
cert_path = "l"
key_path = "m"
)");
        REQUIRE(config.has_value());
        CHECK(config->server.listen.host == "::1");
        CHECK(config->server.listen.port == 0);
        CHECK(config->server.max_body_size == 2097152);
        CHECK(config->server.audit_key_path == "/etc/x/d");
        CHECK(config->server.log_level == "debug");
        CHECK(config->server.log_format == "json");
        const config::Issuer& issuer = *config->issuer("one");
        CHECK(issuer.chain_path == "/etc/x/g");
        CHECK(issuer.crl_url == "http://pki.example/a.crl");
        CHECK(issuer.ocsp_url == "http://pki.example/ocsp");
        CHECK(issuer.aia_url == "https://pki.example/a.crt");
        CHECK(issuer.line == 10);
        const x509::CertificateProfile& profile = *config->certificate_profile("p");
        CHECK(profile.max_ttl == std::chrono::hours(24 * 30));
        CHECK(profile.allowed_ekus ==
              std::vector{oid::kServerAuth, oid::kIpsecIke, asn1::Oid("1.2.3.4")});
        CHECK(profile.must_staple);
        CHECK(profile.min_rsa_bits == 3072);
        CHECK(profile.curves == std::vector{crypto::Curve::P384});
        CHECK(profile.san_types == std::vector<std::string>{"dns", "upn"});
        CHECK(profile.san_pattern.size() == 3);
        CHECK(profile.subject_pattern.size() == 1);
        const config::Profile& x = config->profiles.at(0);
        CHECK(x.path_id.empty());
        CHECK(as_text(x.challenge_password) == "secret");
        CHECK(x.chain == config::Chain::Full);
        CHECK(x.require_signer_key);
        REQUIRE(x.ra.size() == 3);
        CHECK(x.ra[0].cert_path == "/etc/x/h");
        CHECK(x.ra[2].key_path == "/etc/x/m");
    }

    TEST_CASE("an unknown setting is refused with place and suggestion") {
        check_refused({
            {"misspelt",
             "[server]",
             R"(lisen = "x:1")",
             "c.toml:2:1: server.lisen: unknown setting | did you mean listen?"},
            {"far from all",
             "[issuer.iss-local]",
             "  zzzzzzzzz = 1",
             "c.toml:6:3: issuer.iss-local.zzzzzzzzz: unknown setting"},
            {"a table",
             "[server]",
             "[servr]",
             "c.toml:2:2: servr: unknown setting | did you mean server?"},
            {"in an RA pair",
             "[scep.corp]",
             "ra = [{cert_path = \"a\", key_pth = \"b\"}]",
             "c.toml:12:25: scep.corp.ra[0].key_pth: unknown setting | did you mean key_path?"},
            {"with a line feed in its name",
             "[server]",
             R"("a\nb" = 1)",
             R"(c.toml:2:1: server.a\x0ab: unknown setting)"},
        });
    }

    TEST_CASE("the first mistake in the file is the one reported") {
        CHECK(refusal("[server]\nz = 1\na = 1\n") == "c.toml:2:1: server.z: unknown setting");
    }

    TEST_CASE("every mistake of a file is found in one reading, in the order of the file") {
        const config::Reading reading = config::read_config(
            "[server]\nlisten = 3\nmax_body_size = 1\nlog_levle = \"info\"\n"
            "[certificate_profile.devices]\nmax_ttl = \"x\"\nallowed_ekus = [\"cmcRA\", \"y\"]\n"
            "[scep.corp]\nissuer_id = \"none\"\napproval = \"perhaps\"\n[scep.Bad]\n",
            "/etc/x/c.toml");
        std::vector<std::pair<std::size_t, std::string>> places;
        for (const Error& error : reading.errors)
            places.emplace_back(error.where.line, error.where.field);
        CHECK(places == std::vector<std::pair<std::size_t, std::string>>{
                            {2, "server.listen"},
                            {3, "server.max_body_size"},
                            {4, "server.log_levle"},
                            {6, "certificate_profile.devices.max_ttl"},
                            {7, "certificate_profile.devices.allowed_ekus"},
                            {7, "certificate_profile.devices.allowed_ekus"},
                            {9, "scep.corp.issuer_id"},
                            {10, "scep.corp.approval"},
                            {11, "scep.Bad.path_id"},
                            {11, "scep.Bad.issuer_id"}});
        CHECK(reading.config.profiles.size() == 2);
        CHECK(reading.config.certificate_profile("devices") != nullptr);
    }

    TEST_CASE("TOML that does not parse is refused with its place") {
        CHECK(refusal("[server\nx = 1\n").starts_with("c.toml:1:8: "));
        CHECK(refusal("[server]\nlisten = \"a\nb\"\n").starts_with("c.toml:2:"));
        CHECK(refusal("a = 1\na = 2\n").starts_with("c.toml:2:"));
        CHECK(refusal("a = \"\xff\"\n").starts_with("c.toml:1:"));
        CHECK(parse("").has_value());
    }

    TEST_CASE("the life of a certificate and of a request has the defaults of the interface") {
        const config::Profile plain = test::must(parse(kGood)).profiles.front();
        CHECK(plain.approval == config::Approval::Automatic);
        CHECK(plain.pending_ttl == std::chrono::hours(7 * 24));
        CHECK(plain.repeat_window == std::chrono::hours(1));
        CHECK(plain.renewal_window == std::chrono::hours(30 * 24));
        CHECK(plain.renewal_grace == Seconds::zero());
        CHECK_FALSE(plain.renewal_requires_challenge);
        CHECK_FALSE(plain.allow_subject_change);
        CHECK(plain.signing_time_window == std::nullopt);
        CHECK_FALSE(plain.raw_csr);
        CHECK(plain.allow_legacy.empty());
        CHECK_FALSE(plain.password_recipients);
    }

    TEST_CASE("the life of a certificate and of a request is read") {
        const config::Profile set =
            test::must(parse(with("[scep.corp]",
                                  "approval = \"manual\"\npending_ttl = \"1d\"\n"
                                  "repeat_window = \"0s\"\nrenewal_window = \"any\"\n"
                                  "renewal_grace = \"2d\"\nrenewal_requires_challenge = true\n"
                                  "allow_subject_change = true\nsigning_time_window = \"5m\"\n"
                                  "raw_csr = true\nallow_legacy = [\"3des\", \"sha1\"]\n"
                                  "password_recipients = true")))
                .profiles.front();
        CHECK(set.approval == config::Approval::Manual);
        CHECK(set.pending_ttl == std::chrono::hours(24));
        CHECK(set.repeat_window == Seconds::zero());
        CHECK(set.renewal_window == std::nullopt);
        CHECK(set.renewal_grace == std::chrono::hours(48));
        CHECK(set.renewal_requires_challenge);
        CHECK(set.allow_subject_change);
        CHECK(set.signing_time_window == std::chrono::minutes(5));
        CHECK(set.raw_csr);
        CHECK(set.allow_legacy == std::vector<std::string>{"3des", "sha1"});
        CHECK(set.password_recipients);
        const auto window = test::must(parse(with("[scep.corp]", R"(renewal_window = "14d")")));
        CHECK(window.profiles.front().renewal_window == std::chrono::hours(14 * 24));
        const auto off = test::must(parse(with("[scep.corp]", R"(signing_time_window = "off")")));
        CHECK(off.profiles.front().signing_time_window == std::nullopt);
    }

    TEST_CASE("the next CA of an issuer is read") {
        CHECK(test::must(parse(kGood)).issuer("iss-local")->next_ca_cert_path.empty());
        const auto config = parse(
            with("[issuer.iss-local]", "next_ca_cert_path = \"n.crt\"\nnext_ca_key_path = \"/n\""));
        CHECK(test::must(config).issuer("iss-local")->next_ca_cert_path == "/etc/x/n.crt");
        CHECK(test::must(config).issuer("iss-local")->next_ca_key_path == "/n");
        CHECK(test::must(parse(kGood)).issuer("iss-local")->previous_ca_cert_path.empty());
        const auto rolled =
            parse(with("[issuer.iss-local]", "previous_ca_cert_path = \"old.crt\""));
        CHECK(test::must(rolled).issuer("iss-local")->previous_ca_cert_path == "/etc/x/old.crt");
    }

    TEST_CASE("nonsense about the life of a certificate is refused") {
        check_refused({
            {"an approval of neither kind",
             "[scep.corp]",
             R"(approval = "maybe")",
             R"(c.toml:12:12: scep.corp.approval: got "maybe", want one of automatic, manual)"},
            {"a request that never waits",
             "[scep.corp]",
             R"(pending_ttl = "0s")",
             "c.toml:12:15: scep.corp.pending_ttl: want a duration longer than nothing"},
            {"a window that never opens",
             "[scep.corp]",
             R"(renewal_window = "0s")",
             R"(c.toml:12:18: scep.corp.renewal_window: got "0s", want "any" or a duration such as "24h")"},
            {"the word of another setting",
             "[scep.corp]",
             R"(renewal_window = "off")",
             R"(c.toml:12:18: scep.corp.renewal_window: got "off", want "any" or a duration such as "24h")"},
            {"a clock that is always wrong",
             "[scep.corp]",
             R"(signing_time_window = "0s")",
             R"(c.toml:12:23: scep.corp.signing_time_window: got "0s", want "off" or a duration such as "24h")"},
            {"a negative grace",
             "[scep.corp]",
             R"(renewal_grace = "-1d")",
             R"(c.toml:12:17: scep.corp.renewal_grace: not a duration, want a form like "30s", "60m", "24h" or "7d")"},
            {"an unknown algorithm",
             "[scep.corp]",
             R"(allow_legacy = ["sha-1"])",
             "c.toml:12:16: scep.corp.allow_legacy: got \"sha-1\", want any of sha1, 3des, rsa1024 "
             "| "
             "did you mean sha1?"},
            {"one that is never accepted",
             "[scep.corp]",
             R"(allow_legacy = ["md5"])",
             "c.toml:12:16: scep.corp.allow_legacy: \"md5\" is never accepted | remove it; devices "
             "that know nothing better need new firmware"},
            {"one twice",
             "[scep.corp]",
             R"(allow_legacy = ["3des", "3des"])",
             "c.toml:12:16: scep.corp.allow_legacy: 3des stands there twice"},
        });
    }

    TEST_CASE("S15 a word in quotes is not a switch") {
        CHECK(refusal(with("[scep.corp]", R"(raw_csr = "false")")) != "accepted");
        CHECK(refusal(with("[scep.corp]", "raw_csr = 0")) != "accepted");
    }

    TEST_CASE("the mTLS route of a profile is read") {
        const config::Profile off = test::must(parse(kGood)).profiles.front();
        CHECK_FALSE(off.mtls.enabled);
        CHECK(off.mtls.bind == config::MtlsBind::None);
        const auto on = test::must(parse(with("[scep.corp]",
                                              "mtls_enabled = true\nmtls_only = true\n"
                                              "mtls_client_ca_trust_bundle_path = \"b.pem\"\n"
                                              "mtls_bind = \"serial\"\nmtls_crl_path = \"c.crl\"\n"
                                              "mtls_deny_path = \"/d\"")))
                            .profiles.front()
                            .mtls;
        CHECK(on.enabled);
        CHECK(on.only);
        CHECK(on.bundle_path.filename() == "b.pem");
        CHECK(on.bind == config::MtlsBind::Serial);
        CHECK(on.crl_path.filename() == "c.crl");
        CHECK(on.deny_path == "/d");
        CHECK(refusal(with("[scep.corp]", R"(mtls_bind = "name")")).find("serial") !=
              std::string::npos);
        CHECK(refusal(with("[scep.corp]", "mtls_only = true"))
                  .starts_with("c.toml:12:13: scep.corp.mtls_only: closes /scep"));
        CHECK(refusal(with("[scep.corp]", "one_time_challenges_only = true"))
                  .find("scep.corp.one_time_challenges_only: is set, and so is a challenge") !=
              std::string::npos);
        CHECK(refusal(with("[scep.corp]", R"(mtls_enabled = "false")")) != "accepted");
    }

    TEST_CASE("trusted proxy and rate limit are read") {
        const config::Server plain = test::must(parse("")).server;
        CHECK_FALSE(plain.trusted_proxy.enabled);
        CHECK(plain.rate_limit.enabled);
        CHECK(plain.rate_limit.rps == 50);
        CHECK(plain.rate_limit.burst == 100);
        const config::Server server =
            test::must(parse("[server.trusted_proxy]\nenabled = true\ncidrs = [\"10.0.0.0/24\", "
                             "\"::1\"]\nheader = \"Client-Cert\"\nformat = \"rfc9440\"\n"
                             "client_ca_path = \"p.pem\"\n[server.rate_limit]\nenabled = false\n"
                             "rps = 7\nburst = 9\n"))
                .server;
        CHECK(server.trusted_proxy.enabled);
        REQUIRE(server.trusted_proxy.cidrs.size() == 2);
        CHECK(server.trusted_proxy.cidrs[0].contains(test::must(parse_ip("10.0.0.200"))));
        CHECK(server.trusted_proxy.header == "Client-Cert");
        CHECK(server.trusted_proxy.format == config::ForwardedFormat::Rfc9440);
        CHECK(server.trusted_proxy.client_ca_path.filename() == "p.pem");
        CHECK_FALSE(server.rate_limit.enabled);
        CHECK(server.rate_limit.rps == 7);
        CHECK(server.rate_limit.burst == 9);
        CHECK(refusal("[server.trusted_proxy]\ncidrs = [\"10.0.0.1/24\"]\n") ==
              "c.toml:2:9: server.trusted_proxy.cidrs: \"10.0.0.1/24\" has bits set behind its "
              "prefix, want 10.0.0.0/24");
        CHECK(refusal("[server.trusted_proxy]\nheader = \"a b\"\n") ==
              "c.toml:2:10: server.trusted_proxy.header: want the name of one HTTP header");
        CHECK(refusal("[server.trusted_proxy]\nformat = \"pem\"\n").find("rfc9440") !=
              std::string::npos);
        CHECK(refusal("[server.rate_limit]\nrps = 0\n").find("rps") != std::string::npos);
        CHECK(refusal("[server.rate_limit]\nrpx = 50\n") ==
              "c.toml:2:1: server.rate_limit.rpx: unknown setting | did you mean rps?");
        CHECK(refusal("[server]\ntrusted_proxy = 3\n") ==
              "c.toml:2:17: server.trusted_proxy: want a table");
    }

    TEST_CASE("S15 tables that are not built must be empty") {
        for (const std::string_view table : {"admin", "status"}) {
            CAPTURE(table);
            const std::string header = "[server." + std::string(table) + "]\n";
            CHECK(refusal(header) == "accepted");
            CHECK(refusal(header + "listen = \"127.0.0.1:1\"\n").ends_with("remove the table"));
        }
        CHECK(refusal("[server]\nadmin = 3\n") == "c.toml:2:1: server.admin: want a table");
    }

    TEST_CASE("types and ranges are checked at their place") {
        check_refused({
            {"a number for a string",
             "[server]",
             "listen = 3",
             "c.toml:2:10: server.listen: want a string"},
            {"a string for a number",
             "[server]",
             R"(max_body_size = "1M")",
             "c.toml:2:17: server.max_body_size: want a whole number"},
            {"too small",
             "[server]",
             "max_body_size = 4095",
             "c.toml:2:17: server.max_body_size: got 4095, want 4096 to 67108864"},
            {"too large",
             "[server]",
             "max_body_size = 67108865",
             "c.toml:2:17: server.max_body_size: got 67108865, want 4096 to 67108864"},
            {"negative",
             "[server]",
             "max_body_size = -1",
             "c.toml:2:17: server.max_body_size: got -1, want 4096 to 67108864"},
            {"an unknown word",
             "[server]",
             R"(log_level = "loud")",
             R"(c.toml:2:13: server.log_level: got "loud", want one of trace, debug, info, warn, error)"},
            {"an empty path",
             "[server]",
             R"(state_path = "")",
             "c.toml:2:14: server.state_path: the path is empty"},
            {"a path with a NUL",
             "[server]",
             R"(state_path = "a\u0000b")",
             "c.toml:2:14: server.state_path: holds a NUL"},
            {"a URL that is none",
             "[issuer.iss-local]",
             R"(crl_url = "pki.example/x")",
             "c.toml:6:11: issuer.iss-local.crl_url: want a URL that begins with http:// or "
             "https://"},
            {"a URL with a blank",
             "[issuer.iss-local]",
             R"(aia_url = "http://a b")",
             "c.toml:6:11: issuer.iss-local.aia_url: want a URL that begins with http:// or "
             "https://"},
            {"a duration without a unit",
             "[certificate_profile.devices]",
             R"(max_ttl = "30")",
             R"(c.toml:10:11: certificate_profile.devices.max_ttl: not a duration, want a form like "30s", "60m", "24h" or "7d")"},
            {"no time at all",
             "[certificate_profile.devices]",
             R"(max_ttl = "0d")",
             "c.toml:10:11: certificate_profile.devices.max_ttl: want a duration longer than "
             "nothing"},
            {"a small RSA key",
             "[certificate_profile.devices]",
             "min_rsa_bits = 1024",
             "c.toml:10:16: certificate_profile.devices.min_rsa_bits: got 1024, want 2048 to 8192"},
            {"an unknown curve",
             "[certificate_profile.devices]",
             R"(curves = ["P-192"])",
             R"(c.toml:10:10: certificate_profile.devices.curves: got "P-192", want any of P-256, P-384, P-521)"},
            {"a string for an array",
             "[certificate_profile.devices]",
             R"(curves = "P-256")",
             "c.toml:10:10: certificate_profile.devices.curves: want an array of strings"},
            {"an array with a number",
             "[certificate_profile.devices]",
             R"(curves = ["P-256", 1])",
             "c.toml:10:20: certificate_profile.devices.curves: want an array of strings"},
            {"an unknown SAN type",
             "[certificate_profile.devices]",
             R"(san_types = ["dirname"])",
             R"(c.toml:10:13: certificate_profile.devices.san_types: got "dirname", want any of dns, email, ip, uri, upn)"},
            {"a type without a pattern",
             "[certificate_profile.devices]",
             R"(san_pattern = ["sid:"])",
             R"(c.toml:10:15: certificate_profile.devices.san_pattern: got "sid:", want a form like "dns:*.example")"},
            {"a pattern without a type",
             "[certificate_profile.devices]",
             R"(san_pattern = ["*.example"])",
             R"(c.toml:10:15: certificate_profile.devices.san_pattern: got "*.example", want a form like "dns:*.example")"},
            {"an empty pattern",
             "[certificate_profile.devices]",
             R"(subject_pattern = [""])",
             "c.toml:10:19: certificate_profile.devices.subject_pattern: holds an empty pattern"},
            {"a number for a switch",
             "[scep.corp]",
             "require_signer_key = 1",
             "c.toml:12:22: scep.corp.require_signer_key: want true or false"},
            {"an unknown chain",
             "[scep.corp]",
             R"(chain = "all")",
             R"(c.toml:12:9: scep.corp.chain: got "all", want one of none, ca, full)"},
        });
        check_accepted("[server]", {"max_body_size = 4096", "max_body_size = 67108864"});
        check_accepted("[certificate_profile.devices]",
                       {"curves = []", R"(max_ttl = "1s")", "min_rsa_bits = 8192"});
    }

    TEST_CASE("a table must be a table") {
        CHECK(refusal("server = 1\n") == "c.toml:1:10: server: want a table");
        CHECK(refusal("scep = 1\n") == "c.toml:1:8: scep: want a table");
        CHECK(refusal("[issuer]\nca = 1\n") == "c.toml:2:1: issuer.ca: want a table [issuer.NAME]");
        CHECK(refusal(with("[scep.corp]", "ra = 1")) ==
              "c.toml:12:6: scep.corp.ra: want tables [[scep.corp.ra]]");
        CHECK(refusal(with("[scep.corp]", "ra = [1]")) ==
              "c.toml:12:6: scep.corp.ra: want tables [[scep.corp.ra]]");
        CHECK(refusal("[issuer.\"a/b\"]\n").find("cannot be a name") != std::string::npos);
    }

    TEST_CASE("S11 extended key usages that are never a device's are refused by name and by OID") {
        for (const std::string_view eku : {"anyExtendedKeyUsage",
                                           "OCSPSigning",
                                           "cmcRA",
                                           "certificateRequestAgent",
                                           "2.5.29.37.0",
                                           "1.3.6.1.5.5.7.3.9",
                                           "1.3.6.1.5.5.7.3.28",
                                           "1.3.6.1.4.1.311.20.2.1"}) {
            CAPTURE(eku);
            const std::string line =
                R"(allowed_ekus = ["clientAuth", ")" + std::string(eku) + "\"]";
            CHECK(refusal(with("[certificate_profile.devices]", line)) ==
                  "c.toml:10:16: certificate_profile.devices.allowed_ekus: " + std::string(eku) +
                      " is never issued to a device (SECURITY S11)");
        }
    }

    TEST_CASE("extended key usages are names or OIDs, at least one, none twice") {
        check_refused({
            {"unknown",
             "[certificate_profile.devices]",
             R"(allowed_ekus = ["client"])",
             "c.toml:10:16: certificate_profile.devices.allowed_ekus: \"client\" is not an "
             "extended key usage, want clientAuth, serverAuth, emailProtection, codeSigning, "
             "timeStamping, ipsecIKE, smartcardLogon or a dotted OID"},
            {"none",
             "[certificate_profile.devices]",
             "allowed_ekus = []",
             "c.toml:10:16: certificate_profile.devices.allowed_ekus: is empty: a certificate "
             "without an EKU may be used for anything"},
            {"twice",
             "[certificate_profile.devices]",
             R"(allowed_ekus = ["clientAuth", "1.3.6.1.5.5.7.3.2"])",
             "c.toml:10:16: certificate_profile.devices.allowed_ekus: 1.3.6.1.5.5.7.3.2 stands "
             "there twice"},
        });
    }

    TEST_CASE("S10 uri and upn names need a pattern of their own") {
        check_refused({
            {"uri",
             "[certificate_profile.devices]",
             R"(san_types = ["dns", "uri"])",
             "c.toml:10:13: certificate_profile.devices.san_types: uri needs a san_pattern that "
             "says which (SECURITY S10) | san_pattern = [\"uri:...\"]"},
            {"upn",
             "[certificate_profile.devices]",
             "san_types = [\"upn\"]\nsan_pattern = [\"dns:*\"]",
             "c.toml:10:13: certificate_profile.devices.san_types: upn needs a san_pattern that "
             "says which (SECURITY S10) | san_pattern = [\"upn:...\"]"},
        });
    }

    TEST_CASE("path ids are what a path can hold, once each") {
        for (const std::string_view bad :
             {"Corp", "a_b", "-a", "a-", "-", "a/b", "a b", "\u00e4"}) {
            CAPTURE(bad);
            CHECK(refusal(with("[scep.corp]", "path_id = \"" + std::string(bad) + "\""))
                      .starts_with("c.toml:12:11: scep.corp.path_id: "));
        }
        for (const std::string_view good : {"", "a", "0", "a-b", "a--b"}) {
            CAPTURE(good);
            const auto config =
                parse(with("[scep.corp]", "path_id = \"" + std::string(good) + "\""));
            REQUIRE(config.has_value());
            CHECK(config->profiles[0].path_id == good);
        }
        CHECK(
            refusal("[scep.Corp]\n") ==
            "c.toml:1:1: scep.Corp.path_id: \"Corp\" cannot be a part of the path, want letters a "
            "to z, digits and inner hyphens; path_id gives it another than its name");
        const std::string twice =
            std::string(kGood) + "[scep.other]\nissuer_id = \"iss-local\"\npath_id = \"corp\"\n";
        CHECK(refusal(twice) ==
              "c.toml:19:11: scep.other.path_id: \"corp\" is also that of [scep.corp] in line 11");
        CHECK(refusal("[issuer.i]\n[scep]\na = {issuer_id = \"i\", path_id = \"x\"}\nb = "
                      "{issuer_id = \"i\", path_id = \"x\"}\n") ==
              "c.toml:4:33: scep.b.path_id: \"x\" is also that of [scep.a] in line 3");
    }

    TEST_CASE("references to other tables must lead somewhere") {
        std::string toml(kGood);
        toml.replace(toml.find(R"("iss-local")"), 11, R"("iss-locl")");
        CHECK(refusal(toml) ==
              "c.toml:12:13: scep.corp.issuer_id: there is no [issuer.iss-locl] | did you mean "
              "iss-local?");
        toml = kGood;
        toml.replace(toml.find(R"("devices")"), 9, R"("nothing-near")");
        CHECK(refusal(toml) ==
              "c.toml:13:14: scep.corp.profile_id: there is no [certificate_profile.nothing-near]");
        CHECK(refusal(without("issuer_id")) ==
              "c.toml:11:1: scep.corp.issuer_id: is not set, want the name of an [issuer.NAME]"
              " | issuer_id = \"iss-local\"");
        CHECK(parse(without("profile_id")).has_value());
    }

    TEST_CASE("the challenge has one form, and its errors do not show it") {
        CHECK(refusal(with("[scep.corp]", R"(challenge_password = "s3cret")")) ==
              "c.toml:12:22: scep.corp.challenge_password: challenge_password and "
              "challenge_password_file are both set");
        std::string toml = without("challenge_password_file");
        CHECK(refusal(toml + "challenge_password = \"\"\n") ==
              "c.toml:16:22: scep.corp.challenge_password: the challenge is empty");
        CHECK(
            refusal(toml + "challenge_password = \"" + std::string(1025, 'x') + "\"\n") ==
            "c.toml:16:22: scep.corp.challenge_password: the challenge is longer than 1024 bytes");
        CHECK(parse(toml).has_value());  // what is not set is for the checks to find
    }

    TEST_CASE("RA paths come in pairs") {
        CHECK(refusal(without("ra_key_path")) ==
              "c.toml:15:16: scep.corp.ra_cert_path: ra_key_path is missing beside it");
        CHECK(refusal(without("ra_cert_path")) ==
              "c.toml:15:15: scep.corp.ra_key_path: ra_cert_path is missing beside it");
        CHECK(refusal(std::string(kGood) + "[[scep.corp.ra]]\ncert_path = \"x\"\n") ==
              "c.toml:17:1: scep.corp.ra[0]: wants cert_path and key_path");
        CHECK(refusal("[issuer.i]\n[scep.a]\nissuer_id = \"i\"\n[[scep.a.ra]]\ncert_path = "
                      "\"x\"\nkey_path = \"y\"\n")
                  .ends_with("ra_cert_path and ra_key_path are missing beside it"));
    }

    TEST_CASE("profiles keep the order of the file") {
        const auto config = parse(
            "[issuer.i]\n[scep.z]\nissuer_id = \"i\"\n[scep.a]\nissuer_id = "
            "\"i\"\n");
        REQUIRE(config.has_value());
        CHECK(config->profiles.at(0).name == "z");
        CHECK(config->profiles.at(1).name == "a");
        CHECK(config->certificate_profile("none") == nullptr);
        CHECK(config->issuer("none") == nullptr);
    }

    TEST_CASE("addresses to listen on") {
        struct Address {
            std::string_view text, host;
            int port;
        };

        for (const Address& row : {Address{"127.0.0.1:8443", "127.0.0.1", 8443},
                                   Address{"0.0.0.0:1", "0.0.0.0", 1},
                                   Address{"localhost:0", "localhost", 0},
                                   Address{"[::1]:65535", "::1", 65535},
                                   Address{"[2001:db8::1]:443", "2001:db8::1", 443}}) {
            CAPTURE(row.text);
            const auto address = config::parse_listen(row.text);
            REQUIRE(address.has_value());
            CHECK(address->host == row.host);
            CHECK(address->port == row.port);
            CHECK(config::to_text(*address) == row.text);
        }
        for (const std::string_view bad : {"",
                                           "8443",
                                           ":8443",
                                           "host",
                                           "host:",
                                           "host:x",
                                           "host:65536",
                                           "host:-1",
                                           "host: 1",
                                           "::1:8443",
                                           "[::1]",
                                           "[::1]8443",
                                           "[host]:1",
                                           "[]:1",
                                           "a/b:1",
                                           "https://host:1"}) {
            CAPTURE(bad);
            CHECK_FALSE(config::parse_listen(bad).has_value());
        }
        check_refused({{"in the file",
                        "[server]",
                        R"(listen = "8443")",
                        "c.toml:2:10: server.listen: \"8443\" is not an address to listen on, want "
                        "a form like \"127.0.0.1:8443\" or \"[::1]:8443\""}});
    }

    TEST_CASE("loopback is told from the rest") {
        for (const std::string_view text : {"127.0.0.1:1", "127.9.9.9:1", "localhost:1", "[::1]:1"})
            CHECK_MESSAGE(config::is_loopback(*config::parse_listen(text)), text);
        for (const std::string_view text :
             {"0.0.0.0:1", "128.0.0.1:1", "[::]:1", "[::ffff:127.0.0.1]:1", "localhost.example:1"})
            CHECK_MESSAGE(!config::is_loopback(*config::parse_listen(text)), text);
    }

    TEST_CASE("a configuration file that is not there is wrong usage with a way out") {
        const test::TempDir dir;
        const auto missing = config::load_config(dir / "none.toml");
        REQUIRE_FALSE(missing.has_value());
        CHECK(missing.error().code == Errc::Config);
        CHECK(missing.error().where.source == (dir / "none.toml").string());
        CHECK(missing.error().hint == "--config FILE names another; serve --dev makes one");
        const auto directory = config::load_config(dir.path());
        REQUIRE_FALSE(directory.has_value());
        CHECK(directory.error().code == Errc::Io);
        const auto loaded = config::load_config(dir.write("c.toml", kGood));
        REQUIRE(loaded.has_value());
        CHECK(loaded->server.tls_cert_path == dir / "tls.crt");
    }

    TEST_CASE("a configuration cut short or with any byte changed never crashes") {
        for (std::size_t i = 0; i < kGood.size(); ++i) {
            CHECK(parse(kGood.substr(0, i)).has_value() !=
                  refusal(kGood.substr(0, i)).starts_with("c.toml"));
            for (const char c : {'\0', '"', '[', '\xff', '='}) {
                std::string changed(kGood);
                changed[i] = c;
                const auto parsed = parse(changed);
                CHECK((parsed.has_value() || parsed.error().code == Errc::Config));
            }
        }
    }
}
