#!/bin/sh
# EC to the letter of RFC 8894 section 3.1: an EC RA before an EC CA. `enroll` with an EC key sends a password recipient
# keyed by the challenge; openssl opens the request and the reply with that password. Then key agreement, both ways.
. "$(dirname "$0")/lib.sh"

dev_server
stop_server
rm "$D/ra.crt" "$D/ra.key"
expect 0 "$BIN" ra-gen --ca-cert "$D/ca.crt" --ca-key "$D/ca.key" --out-dir "$D" --key ec:P-256 --self-check
sed -i '/^\[scep.default\]/a password_recipients = true' "$D/certctl-scep.toml"
start_server --config "$D/certctl-scep.toml" --listen 127.0.0.1:0
challenge=$(cat "$D/challenge")

plain_hop
fingerprint=$(openssl x509 -in "$D/ca.crt" -outform DER | sha256sum | cut -d' ' -f1)

# ec NAME ARGS...: an enrolment through the hop with an EC key.
ec() {
    name=$1; shift
    "$BIN" enroll --url "http://127.0.0.1:$HOP/scep" --ca-fingerprint "$fingerprint" --challenge-file "$D/challenge" \
        --key ec:P-256 --subject "CN=$name" --out-dir "$T/$name" "$@" >"$T/$name.log" 2>&1 </dev/null ||
        fail "enroll --key ec:P-256 $*"
    verify_cert "$D/ca.crt" "$T/$name/cert.pem"
}

step "a password recipient, keyed by the challenge"
ec password --recipient password
openssl x509 -in "$T/password/cert.pem" -noout -text >"$T/out"
says "prime256v1" "$T/out"
says "CN = password" "$T/out"
step "key agreement"
ec agreement --recipient agreement
step "what is chosen for a strong challenge"
ec chosen --format json
says '"kind": "password"' "$T/chosen.log"

step "the captured exchange, opened by openssl"
start recorder socat -d -d -r "$T/sent" -R "$T/received" TCP-LISTEN:0,bind=127.0.0.1,fork \
    "OPENSSL:127.0.0.1:$PORT,cafile=$D/ca.crt,commonname=localhost,openssl-min-proto-version=TLS1.3"
HOP=${LISTENING##*:}
ec recorded --recipient password
python3 - "$T" <<'PY' || fail "the exchange was not recorded"
import sys
where = sys.argv[1]
sent = open(f"{where}/sent", "rb").read()
open(f"{where}/request.der", "wb").write(sent[sent.rindex(b"POST "):].split(b"\r\n\r\n", 1)[1])
received = open(f"{where}/received", "rb").read()
open(f"{where}/reply.der", "wb").write(received[received.rindex(b"HTTP/1.1 200"):].split(b"\r\n\r\n", 1)[1])
PY
for message in request reply; do
    expect 0 openssl cms -verify -noverify -binary -inform DER -in "$T/$message.der" -out "$T/$message.envelope"
    expect 0 openssl cms -decrypt -binary -inform DER -in "$T/$message.envelope" -pwri_password "$challenge" \
        -out "$T/$message.inner"
done
expect 0 openssl req -inform DER -in "$T/request.inner" -noout -verify -subject
says "CN = recorded" "$T/out"
expect 0 openssl pkcs7 -inform DER -in "$T/reply.inner" -print_certs -noout
says "CN = recorded" "$T/out"
if openssl cms -decrypt -binary -inform DER -in "$T/request.envelope" -pwri_password guess -out "$T/guessed" 2>/dev/null &&
    cmp -s "$T/guessed" "$T/request.inner"; then fail "another password opened it"; fi
stop_server
