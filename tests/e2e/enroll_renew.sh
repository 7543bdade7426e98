#!/bin/sh
# Renewal against serve, both ways: RenewalReq, and PKCSReq signed by the old certificate; in place, with nothing of the
# old lost on the way; by an EC key; and refused by a revoked certificate.
. "$(dirname "$0")/lib.sh"
dev_server
set_profile 'renewal_window = "any"'
enroll_dev "$T/cam" CN=cam --san dns:cam.example >"$T/out" 2>"$T/err" || fail "the first enrolment"
renew() { "$BIN" enroll --renew --url "$URL" --tls-ca "$D/ca.crt" "$@" </dev/null; }
modulus() { openssl x509 -in "$1" -noout -pubkey; }

for style in rfc draft auto; do
    step "style $style: without a challenge, with a fresh key"
    expect 0 renew --cert "$T/cam/cert.pem" --cert-key "$T/cam/key.pem" --out-dir "$T/$style" --renew-style $style
    verify_cert "$D/ca.crt" "$T/$style/cert.pem"
    [ "$(modulus "$T/$style/cert.pem")" != "$(modulus "$T/cam/cert.pem")" ] || fail "the same key"
    openssl x509 -in "$T/$style/cert.pem" -noout -ext subjectAltName >"$T/out"
    says 'DNS:cam\.example' "$T/out"
done
expect 0 admin audit list --format json
same "$(json "$T/out" "sorted(e['action'] for e in j['events'] if 'renewal of' in e['reason'])")" \
    "['scep_pkcsreq', 'scep_renewalreq', 'scep_renewalreq']"

step "in place: the new key with the new certificate"
expect 0 renew --cert "$T/rfc/cert.pem" --cert-key "$T/rfc/key.pem" --out-dir "$T/rfc" --force
verify_cert "$D/ca.crt" "$T/rfc/cert.pem"
same "$(openssl pkey -in "$T/rfc/key.pem" -pubout)" "$(modulus "$T/rfc/cert.pem")"
same "$(find "$T/rfc" -type f | wc -l)" 3

step "in place, by the pair that speaks TLS as well"
expect 0 renew --cert "$T/rfc/cert.pem" --cert-key "$T/rfc/key.pem" --tls-client-cert "$T/rfc/cert.pem" \
    --tls-client-key "$T/rfc/key.pem" --out-dir "$T/rfc" --force
same "$(openssl pkey -in "$T/rfc/key.pem" -pubout)" "$(modulus "$T/rfc/cert.pem")"

step "with the key it has"
expect 0 renew --cert "$T/rfc/cert.pem" --cert-key "$T/rfc/key.pem" --key-file "$T/rfc/key.pem" --out-dir "$T/kept"
same "$(modulus "$T/kept/cert.pem")" "$(modulus "$T/rfc/cert.pem")"

step "an EC certificate signs, and its key opens the reply"
enroll_dev "$T/ec" CN=ec --key ec:P-256 >"$T/out" 2>"$T/err" || fail "the enrolment with an EC key"
expect 0 renew --cert "$T/ec/cert.pem" --cert-key "$T/ec/key.pem" --key ec:P-384 --out-dir "$T/ec2"
verify_cert "$D/ca.crt" "$T/ec2/cert.pem"

step "revoked: refused, and the old pair is as it was"
cp -r "$T/cam" "$T/before"
expect 0 admin revoke "$(serial_of "$T/cam/cert.pem")" --reason superseded
expect 1 renew --cert "$T/cam/cert.pem" --cert-key "$T/cam/key.pem" --out-dir "$T/cam" --force
says 'error: .*(badRequest|badMessageCheck)'
for file in key.pem cert.pem chain.pem; do cmp -s "$T/cam/$file" "$T/before/$file" || fail "$file was changed"; done
stop_server
