// What breaks the rules about what requests are let in, wait, repeat themselves and renew.
#include "row.hpp"

namespace scep::test {

namespace {

constexpr x509::BasicConstraints kCa{.ca = true, .path_length = 0};

// Into [scep.corp], the last table.
void set(World& w, std::string_view lines) {
    w.config += std::string(lines) + "\n";
}

void remove(World& w, std::string_view line) {
    const std::size_t place = w.config.find(line);
    REQUIRE(place != std::string::npos);
    w.config.erase(place, line.size());
}

void add_ra(World& w, const Key& key) {
    w.write_identity("ra-2", make_ra(key, w.ca, "CN=Second RA"));
    w.config += "[[scep.corp.ra]]\ncert_path = \"ra-2.crt\"\nkey_path = \"ra-2.key\"\n";
}

void use_ec_ra(World& w) {
    w.replace_ra({.key_usage = x509::kDigitalSignature}, ec_key());
}

std::vector<Row> right_rows() {
    return {
        {.name = "one-time challenges alone",
         .make =
             [](World& w) {
                 remove(w, "challenge_password_file = \"challenge\"\n");
                 set(w, "one_time_challenges_only = true");
             }},
        {.name = "two RA pairs", .make = [](World& w) { add_ra(w, rsa_key()); }},
        {.name = "an EC pair beside an RSA pair",
         .make =
             [](World& w) {
                 use_ec_ra(w);
                 add_ra(w, rsa_key());
             }},
        {.name = "renewal at any time and no repeats",
         .make = [](World& w) { set(w, "renewal_window = \"any\"\nrepeat_window = \"0s\""); }},
        {.name = "windows at their limit",
         .make = [](World& w) { set(w, "renewal_window = \"30d\"\nrepeat_window = \"24h\""); }},
        {.name = "a strong challenge that opens messages",
         .make =
             [](World& w) {
                 w.challenge = "3f9a0c7be1d24586a7f03b9c5d81e6a2";
                 set(w, "password_recipients = true");
             }},
        {.name = "clients that renew by their certificate, and may", .clients = {"strongswan"}},
    };
}

std::vector<Row> request_rows() {
    return {
        {.name = "requests without an envelope",
         .ids = {"raw-csr"},
         .message = "carries the challenge unencrypted inside TLS",
         .make = [](World& w) { set(w, "raw_csr = true"); }},
        {.name = "short keys and 3DES",
         .ids = {"legacy-algorithms"},
         .message = "may use 3DES, whose blocks are short",
         .make = [](World& w) { set(w, "allow_legacy = [\"3des\", \"rsa1024\"]"); }},
        {.name = "a challenge that may be guessed from a recorded message",
         .ids = {"password-recipients"},
         .message = "the challenge may have less than 128 bits, and password_recipients lets",
         .make =
             [](World& w) {
                 w.challenge = "correct horse battery staple";
                 set(w, "password_recipients = true");
             }},
        {.name = "one that is a letter too short",
         .ids = {"password-recipients", "challenge-strength"},
         .message = "looks guessable",
         .make =
             [](World& w) {
                 w.challenge = "Ab7dQ1rUx5yTe3zWn8mKf";
                 set(w, "password_recipients = true");
             }},
        {.name = "no challenge that could open messages",
         .ids = {"password-recipients", "approval"},
         .message = "every request waits for an operator, 7 days at most",
         .make =
             [](World& w) {
                 remove(w, "challenge_password_file = \"challenge\"\n");
                 set(w, "approval = \"manual\"\npassword_recipients = true");
             }},
    };
}

std::vector<Row> pair_rows() {
    return {
        {.name = "one key in two RA pairs",
         .ids = {"ra-duplicate"},
         .message = "has the same key as",
         .make = [](World& w) { add_ra(w, w.ra.key); }},
        {.name = "an EC key, and messages that the challenge opens",
         .ids = {"ra-key-type"},
         .message = "does key agreement or encrypts to the challenge, and of certmonger",
         .make =
             [](World& w) {
                 use_ec_ra(w);
                 set(w, "password_recipients = true");
             }},
        {.name = "one-time challenges alone, which open no messages",
         .ids = {"password-recipients"},
         .message = "there is no challenge for messages to be opened by",
         .make =
             [](World& w) {
                 remove(w, "challenge_password_file = \"challenge\"\n");
                 set(w, "one_time_challenges_only = true\npassword_recipients = true");
             }},
        {.name = "an EC key for one client that is named",
         .ids = {"ra-key-type"},
         .message = "does key agreement, and of strongswan none is known to",
         .make = use_ec_ra,
         .clients = {"strongswan"}},
        {.name = "an EC CA, and no RA",
         .ids = {"ra-present"},
         .message = "no RA pair is configured, and the CA's own key is EC P-256",
         .make =
             [](World& w) { remove(w, "ra_cert_path = \"ra.crt\"\nra_key_path = \"ra.key\"\n"); }},
        {.name = "a CA that may not sign revocation lists",
         .ids = {"ca-crl-sign"},
         .message = "the key usage lacks cRLSign",
         .make =
             [](World& w) {
                 w.replace_ca({.key_usage = x509::kKeyCertSign, .basic_constraints = kCa});
             }},
    };
}

std::vector<Row> window_rows() {
    return {
        {.name = "an operator who decides",
         .ids = {"approval"},
         .message = "every request waits for an operator, 36 hours at most",
         .make = [](World& w) { set(w, "approval = \"manual\"\npending_ttl = \"36h\""); }},
        {.name = "an operator who decides, and no challenge",
         .ids = {"approval"},
         .message = "every request waits for an operator",
         .make =
             [](World& w) {
                 remove(w, "challenge_password_file = \"challenge\"\n");
                 set(w, "approval = \"manual\"");
             }},
        {.name = "a renewal window that is always open",
         .ids = {"renewal-window"},
         .message = "is 31 days, and certificates live 30 days",
         .make = [](World& w) { set(w, "renewal_window = \"31d\""); }},
        {.name = "repeats for days",
         .ids = {"repeat-window"},
         .message = "for 86401 seconds whoever repeats a recorded request",
         .make = [](World& w) { set(w, "repeat_window = \"86401s\""); }},
    };
}

std::vector<Row> client_rows() {
    return {
        {.name = "a client that does not wait for the operator",
         .ids = {"approval", "client-polling"},
         .message = "every request waits",
         .make = [](World& w) { set(w, "approval = \"manual\""); },
         .clients = {"cisco"}},
        {.name = "a client that waits as long as requests do",
         .ids = {"approval"},
         .message = "10 minutes at most",
         .make = [](World& w) { set(w, "approval = \"manual\"\npending_ttl = \"600s\""); },
         .clients = {"cisco"}},
        {.name = "a client that renews by its certificate alone",
         .ids = {"client-renewal"},
         .message = "strongswan renews by its certificate alone",
         .make = [](World& w) { set(w, "renewal_requires_challenge = true"); },
         .clients = {"strongswan"}},
        {.name = "a client whose every renewal waits for the operator",
         .ids = {"approval", "client-renewal"},
         .message = "every request waits",
         .make = [](World& w) { set(w, "approval = \"manual\""); },
         .clients = {"windows"}},
    };
}

}  // namespace

const std::vector<Row>& lifecycle_rows() {
    static const std::vector<Row> table = [] {
        std::vector<Row> out = right_rows();
        for (const auto& more : {request_rows(), pair_rows(), window_rows(), client_rows()})
            out.insert(out.end(), more.begin(), more.end());
        return out;
    }();
    return table;
}

}  // namespace scep::test
