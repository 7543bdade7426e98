#!/bin/sh
# The operations of enroll that ask: capabilities, CA certificates, the next CA (whose announcement counts once the current
# CA's signature verified), a certificate by its serial number, the CRL; into files, to standard output, as JSON.
. "$(dirname "$0")/lib.sh"
D=$T/next
mkdir "$D" && cd "$D" || exit 1
make_ca current
make_ca next
make_ca stranger
make_cert tls current 'subjectAltName=IP:127.0.0.1' 'extendedKeyUsage=serverAuth'
chmod 0600 ./*.key
expect 0 "$BIN" ra-gen --ca-cert current.crt --ca-key current.key --out-dir . --days 20
rollover_config
start_server --config certctl-scep.toml --listen 127.0.0.1:0
ask() { operation=$1; shift; "$BIN" enroll --operation "$operation" --url "$URL" "$@" </dev/null; }
print_of() { openssl x509 -in "$1" -noout -fingerprint -sha256 | sed 's/.*=//;s/://g' | tr A-F a-f; }

step "get-ca-caps"
expect 0 ask get-ca-caps
same "$(head -1 "$T/out")" POSTPKIOperation
expect 0 ask get-ca-caps --format json
same "$(json "$T/out" "j['schema'], j['operation'], 'GetNextCACert' in j['capabilities'], j['unknown']")" \
    "('certctl-scep/enroll/1', 'get-ca-caps', True, [])"

step "get-ca-cert, authenticated and not"
expect 0 ask get-ca-cert
says 'warning: nothing authenticates'
says "CA CN=current, SHA-256 $(print_of current.crt)"
same "$(grep -c BEGIN "$T/out")" 2
expect 0 ask get-ca-cert --tls-ca current.crt --out-dir "$T/ca"
says_not warning
openssl crl2pkcs7 -nocrl -certfile "$T/ca/ca.pem" | openssl pkcs7 -print_certs -noout >"$T/out"
says 'CN = current' "$T/out"
expect 2 ask get-ca-cert --tls-ca current.crt --out-dir "$T/ca"
says 'ca\.pem: already exists'
expect 1 ask get-ca-cert --ca-fingerprint "$(print_of stranger.crt)"
same "$(wc -c <"$T/out")" 0
expect 0 ask get-ca-cert --tls-ca current.crt --out-form der
openssl pkcs7 -inform DER -in "$T/out" -print_certs -noout >"$T/err" || fail "no certs-only message"

step "get-next-ca-cert"
# RFC8894 line 106: nothing of an announcement is used unless the authenticated CA's signature is on it
expect 2 ask get-next-ca-cert
expect 0 ask get-next-ca-cert --tls-ca current.crt
cmp -s "$T/out" next.crt || fail "not the next CA"
expect 0 ask get-next-ca-cert --ca-fingerprint "$(print_of current.crt)" --format json
same "$(json "$T/out" "j['trusted_by'], [c['subject'] for c in j['certificates']]")" "('fingerprint', ['CN=next'])"

step "get-cert and get-crl, by the certificate that a device has"
"$BIN" enroll --url "$URL" --tls-ca current.crt --challenge-file challenge --subject CN=cam --out-dir "$T/cam" >"$T/out" \
    2>"$T/err" </dev/null || fail "the enrolment"
"$BIN" enroll --url "$URL" --tls-ca current.crt --challenge-file challenge --subject CN=bike --out-dir "$T/bike" >"$T/out" \
    2>"$T/err" </dev/null || fail "the enrolment"
by() { operation=$1; shift; ask "$operation" --tls-ca current.crt --cert "$T/cam/cert.pem" --cert-key "$T/cam/key.pem" "$@"; }
serial=$(serial_of "$T/bike/cert.pem")
expect 0 by get-cert --serial "$serial"
cmp -s "$T/out" "$T/bike/cert.pem" || fail "another certificate"
expect 0 by get-cert --serial "$(printf '%s' "$serial" | sed 's/../&:/g;s/:$//')" --out-form der --out-dir "$T/got"
openssl x509 -inform DER -in "$T/got/cert.der" -noout -subject >"$T/out"
says 'CN = bike' "$T/out"
expect 1 by get-cert --serial 0102030405
says 'error: .*badCertId \(4\)'
expect 2 by get-cert
says '\-\-serial: is missing'
expect 2 ask get-crl --tls-ca current.crt
says '\-\-cert: is missing'
expect 0 by get-crl
openssl crl -in "$T/out" -CAfile current.crt -noout >"$T/verify.log" 2>&1 || fail "openssl refuses the CRL"
says 'verify OK' "$T/verify.log"
expect 0 by get-crl --format json
same "$(json "$T/out" "j['crl']['issuer']")" CN=current
stop_server

step "a server that announces nothing"
sed -i /next_ca/d certctl-scep.toml
start_server --config certctl-scep.toml --listen 127.0.0.1:0
expect 3 ask get-next-ca-cert --tls-ca current.crt
says 'error: .*HTTP 404'
stop_server
