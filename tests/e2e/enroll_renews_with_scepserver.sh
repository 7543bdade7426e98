#!/bin/sh
# Renewal with Debian's scepserver, which wants the challenge again and knows only PKCSReq and RenewalReq of its own kind: it
# is what an operator of an old server meets, and each refusal is explained.
. "$(dirname "$0")/lib.sh"
own_network
scep_server secret -allowrenew 0
printf 'secret\n' >"$T/challenge"
chmod 600 "$T/challenge"
ask() { "$BIN" enroll --url http://127.0.0.1:8080/scep --ca-fingerprint "$CA_PRINT" --insecure "$@" </dev/null; }

step "enrolment"
expect 0 ask --challenge-file "$T/challenge" --subject CN=c,O=Lab --out-dir "$T/c"
renew() { ask --renew --cert "$T/c/cert.pem" --cert-key "$T/c/key.pem" "$@"; }

step "a renewal without the challenge is refused"
run renew --out-dir "$T/none"
[ "$RC" = 1 ] || [ "$RC" = 3 ] || fail "exit status $RC"
says 'error: '
[ -e "$T/none/key.pem" ] || fail "the new key is gone"
absent "$T/none/cert.pem"

step "with it, by either style"
for style in rfc draft; do
    expect 0 renew --challenge-file "$T/challenge" --out-dir "$T/$style" --renew-style $style
    openssl verify -CAfile "$T/depot/ca.pem" "$T/$style/cert.pem" >"$T/verify.log" 2>&1 || fail "the certificate does not verify"
    [ "$(openssl x509 -in "$T/$style/cert.pem" -noout -pubkey)" != "$(openssl x509 -in "$T/c/cert.pem" -noout -pubkey)" ] || fail "the same key"
done

step "what it does not know"
run ask --operation get-next-ca-cert
[ "$RC" = 3 ] || [ "$RC" = 1 ] || fail "exit status $RC"
says 'error: http://127\.0\.0\.1:8080/scep'
one_line=$(grep -c '^certctl-scep: error' "$T/err")
same "$one_line" 1
