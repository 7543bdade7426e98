#!/bin/sh
# Certificates and keys as PEM, DER and PKCS#12: openssl reads what enroll writes, and a PKCS#12 of openssl's renews.
. "$(dirname "$0")/lib.sh"
dev_server
set_profile 'renewal_window = "any"'
(umask 077 && printf 'pass word\n' >"$T/pass")
key_of() { openssl x509 -in "$1" -noout -pubkey; }

step "DER"
enroll_dev "$T/der" CN=der --out-form der --key ec:P-256 >"$T/out" 2>"$T/err" || fail "--out-form der"
same "$(find "$T/der" -type f | wc -l)" 3
same "$(mode_of "$T/der/key.der")" 600
openssl x509 -inform DER -in "$T/der/cert.der" -out "$T/der.pem" || fail "cert.der"
same "$(openssl pkey -inform DER -in "$T/der/key.der" -pubout)" "$(key_of "$T/der.pem")"
openssl pkcs7 -inform DER -in "$T/der/chain.p7b" -print_certs -noout >"$T/out" || fail "chain.p7b"
says 'subject=CN = ' "$T/out"

step "PKCS#12, whose password comes from a file or the environment"
expect 2 enroll_dev "$T/p12" CN=p12 --out-form p12
says 'no password for the PKCS#12 file'
enroll_dev "$T/p12" CN=p12 --out-form p12 --p12-pass-file "$T/pass" >"$T/out" 2>"$T/err" || fail "--out-form p12"
same "$(cd "$T/p12" && echo ./*)" ./cert.p12
same "$(mode_of "$T/p12/cert.p12")" 600
openssl pkcs12 -in "$T/p12/cert.p12" -passin "pass:pass word" -noenc -out "$T/all.pem" 2>"$T/err" || fail "openssl opens it not"
same "$(grep -c 'BEGIN CERTIFICATE' "$T/all.pem")" 2
same "$(openssl pkey -in "$T/all.pem" -pubout)" "$(key_of "$T/all.pem")"

step "a renewal by a PKCS#12, of ours and of openssl's"
renew() { "$BIN" enroll --renew --url "$URL" --tls-ca "$D/ca.crt" "$@" </dev/null; }
PASS="pass word"; export PASS
expect 0 renew --cert "$T/p12/cert.p12" --p12-pass-env PASS --out-dir "$T/p12" --out-form p12 --force
expect 2 renew --cert "$T/p12/cert.p12" --out-dir "$T/again"
says 'cert\.p12: does not open'
enroll_dev "$T/pem" CN=pem >"$T/out" 2>"$T/err" || fail "an enrolment"
(umask 077 && openssl pkcs12 -export -in "$T/pem/cert.pem" -inkey "$T/pem/key.pem" -out "$T/other.p12" -passout "env:PASS") || fail "openssl pkcs12"
expect 0 renew --cert "$T/other.p12" --p12-pass-env PASS --out-dir "$T/renewed"
expect 0 renew --cert "$T/other.p12" --p12-pass-env PASS --key-file "$T/other.p12" --out-dir "$T/kept"
same "$(key_of "$T/kept/cert.pem")" "$(key_of "$T/pem/cert.pem")"

step "pending under another form goes on as it was"
set_profile 'approval = "manual"'
expect 4 enroll_dev "$T/later" CN=later --out-form p12 --p12-pass-file "$T/pass"
[ -e "$T/later/key.pem" ] || fail "no key on disk"
expect 0 admin pending approve 1
await_line "$T/serve.log" 'approved request'
# the port is another after the restart
expect 0 "$BIN" enroll --resume --out-dir "$T/later" --url "$URL"
same "$(cd "$T/later" && echo ./*)" ./cert.p12
stop_server

step "SHA-1 fingerprints, with a warning"
start_server --config "$D/certctl-scep.toml" --listen 127.0.0.1:0
sha1=$(openssl x509 -in "$D/ca.crt" -noout -fingerprint -sha1 | sed 's/.*=//')
expect 0 "$BIN" enroll --operation get-ca-cert --url "$URL" --ca-fingerprint "$sha1"
says 'warning: --ca-fingerprint is SHA-1'
expect 1 "$BIN" enroll --operation get-ca-cert --url "$URL" --ca-fingerprint "$(printf '%040d' 0)"
says "want 0{40}, got"
stop_server
