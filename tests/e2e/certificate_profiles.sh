#!/bin/sh
# What a certificate profile says is what is issued: lifetime, extended key usages, must-staple byte for byte, and the
# policy on keys, names and SANs, profile by profile on one server.
. "$(dirname "$0")/lib.sh"
cd "$T" || exit 1
dev_server
stop_server
cat >>"$D/certctl-scep.toml" <<'TOML'

[certificate_profile.strict]
max_ttl         = "2h"
allowed_ekus    = ["serverAuth", "clientAuth"]
must_staple     = true
min_rsa_bits    = 3072
curves          = ["P-384"]
san_types       = ["dns"]
san_pattern     = ["dns:*.dev.example"]
subject_pattern = ["CN=cam-*,O=Example"]

[certificate_profile.endless]
max_ttl = "36500d"

[scep.strict]
issuer_id = "iss-local"
profile_id = "strict"
challenge_password_file = "challenge"
ra_cert_path = "ra.crt"
ra_key_path = "ra.key"

[scep.endless]
issuer_id = "iss-local"
profile_id = "endless"
challenge_password_file = "challenge"
ra_cert_path = "ra.crt"
ra_key_path = "ra.key"
TOML
start_server --config "$D/certctl-scep.toml" --listen 127.0.0.1:0
for bits in 2048 3072; do openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:$bits -out $bits.pem 2>/dev/null; done

# ask STATUS OUT PROFILE ARGS...
ask() {
    want=$1 out=$2 profile=$3; shift 3
    run "$BIN" enroll --url "$URL/$profile" --tls-ca "$D/ca.crt" --challenge-file "$D/challenge" --out-dir "$out" "$@"
    same "$RC" "$want" "$out"
}
# shows PATTERN FILE: the text of that certificate.
shows() { openssl x509 -in "$2" -noout -text | tr '\n' ' ' | grep -Eq -- "$1" || fail "$2 does not show $1"; }

step "what is issued"
ask 0 good strict --subject CN=cam-1,O=Example --san dns:cam-1.dev.example --key-file 3072.pem
verify_cert "$D/ca.crt" good/cert.pem
shows 'TLS Web Server Authentication, TLS Web Client Authentication' good/cert.pem
openssl x509 -in good/cert.pem -noout -checkend 6900 >/dev/null || fail "less than two hours"
! openssl x509 -in good/cert.pem -noout -checkend 7300 >/dev/null || fail "more than two hours"

step "must-staple: id-pe-tlsfeature, not critical, SEQUENCE { INTEGER 5 } (RFC 7633)"
openssl x509 -in good/cert.pem -outform DER | od -An -v -tx1 | tr -d ' \n' >der.hex
grep -q '301106082b0601050507011804053003020105' der.hex || fail "another extension"
same "$(openssl x509 -in good/cert.pem -noout -ext tlsfeature | tr -d ' \n')" 'TLSFeature:status_request'
ask 0 plain "" --subject CN=plain --key-file 2048.pem
! openssl x509 -in plain/cert.pem -noout -text | grep -q 'TLS Feature' || fail "a staple nobody asked for"

step "never beyond the CA"
ask 0 endless endless --subject CN=endless --key-file 2048.pem
same "$(openssl x509 -in endless/cert.pem -noout -enddate)" "$(openssl x509 -in "$D/ca.crt" -noout -enddate)"

step "what is refused, with the failInfo of the table"
ask 1 small strict --subject CN=cam-2,O=Example --key-file 2048.pem
says 'badAlg'
ask 1 curve strict --subject CN=cam-2,O=Example --key ec:P-256
says 'badAlg'
ask 0 curve2 strict --subject CN=cam-3,O=Example --key ec:P-384
for args in "--subject CN=door-1,O=Example" "--subject CN=cam-1,O=Other" "--subject CN=cam-1" \
    "--subject CN=cam-1,O=Example --san dns:cam-1.other.example" "--subject CN=cam-1,O=Example --san ip:192.0.2.1" \
    "--subject CN=cam-1,O=Example --san dns:cam-1.dev.example --san dns:x.example"; do
    # shellcheck disable=SC2086  # words
    ask 1 refused strict $args --key-file 3072.pem --force
    says 'badRequest'
done
expect 0 "$BIN" admin audit list --config "$D/certctl-scep.toml" --format json --profile strict
same "$(json "$T/out" '[e["outcome"] for e in j["events"]].count("failure")')" 8
same "$(json "$T/out" 'all(e["reason"] for e in j["events"] if e["outcome"] == "failure")')" True
stop_server
