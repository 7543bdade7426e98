#!/bin/sh
# `enroll` with Debian's scepserver, which answers in single DES and binds every address (hence the private network):
# with --insecure it enrols, without it the error says exactly why.
. "$(dirname "$0")/lib.sh"
own_network

scep_server secret
printf 'secret\n' >"$T/challenge"

enroll() {
    "$BIN" enroll --url http://127.0.0.1:8080/scep --challenge-file "$T/challenge" "$@"
}
step "without a way to know the CA nothing is sent (S29)"
expect 2 enroll --subject CN=a,O=Lab --out-dir "$T/a"
says "$(printf '%s' "$CA_PRINT" | tr 'A-F' 'a-f' | cut -c1-8)|$(printf '%s' "$CA_PRINT" | cut -c1-8)|$(printf '%s' "$CA_PRINT" | sed 's/../&:/g' | cut -c1-8)"
absent "$T/a/cert.pem" "$T/a/key.pem"

step "DES is refused and named"
expect 1 enroll --subject CN=b,O=Lab --ca-fingerprint "$CA_PRINT" --out-dir "$T/b"
says 'error: .*DES'
says 'hint: .*--insecure'
absent "$T/b/cert.pem"

step "--insecure without OpenSSL's legacy provider: the server is asked what it can, and nothing is sent"
expect 2 env OPENSSL_MODULES="$T" "$BIN" enroll --url http://127.0.0.1:8080/scep --challenge-file "$T/challenge" \
    --subject CN=c,O=Lab --ca-fingerprint "$CA_PRINT" --out-dir "$T/none" --insecure --save-messages "$T/asked"
says 'error: .*legacy provider'
says 'hint: .*legacy\.so'
absent "$T/none"
same "$(ls "$T/asked")" "01-GetCACaps.reply
01-GetCACaps.request"

# Another subject: what was refused above had been issued, and the server issues no name twice.
step "--insecure admits it, and says so"
expect 0 enroll --subject CN=c,O=Lab --ca-fingerprint "$CA_PRINT" --out-dir "$T/c" --insecure
says '[Ww]arning.*(DES|insecure)|insecure'
openssl verify -CAfile "$T/depot/ca.pem" "$T/c/cert.pem" >"$T/verify.log" 2>&1 || fail "the certificate does not verify"
same "$(mode_of "$T/c/key.pem")" 600
