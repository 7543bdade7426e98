#!/bin/sh
# enroll's ways: key types, SANs, digests, ciphers, key transports, GET and POST, challenge from file, environment and
# command line, S29's three ways to know the CA, http through a hop; each certificate is checked by openssl.
. "$(dirname "$0")/lib.sh"
dev_server
print=$(openssl x509 -in "$D/ca.crt" -outform DER | sha256sum | cut -c1-64)
n=0
# good NAME ARGS...: enrols with these and checks the certificate; $C is the directory.
good() {
    n=$((n + 1)) C=$T/c$n
    step "$1"; shift
    expect 0 "$BIN" enroll --subject "CN=device-$n,O=Lab,C=DE" --out-dir "$C" "$@"
    verify_cert "$D/ca.crt" "$C/cert.pem"
    openssl x509 -in "$C/cert.pem" -noout -text >"$T/text"
    says "Subject: C ?= ?DE, O ?= ?Lab, CN ?= ?device-$n|Subject: CN ?= ?device-$n, O ?= ?Lab, C ?= ?DE" "$T/text"
}
by_file() { good "$@" --url "$URL" --tls-ca "$D/ca.crt" --challenge-file "$D/challenge"; }
by_file "defaults"
for digest in sha256 sha384 sha512; do by_file "digest $digest" --digest "$digest"; done
for cipher in aes128-cbc aes192-cbc aes256-cbc; do by_file "cipher $cipher" --cipher "$cipher"; done
for transport in pkcs1 oaep; do by_file "key transport $transport" --key-transport "$transport"; done
for http in get post auto; do by_file "http $http" --http "$http"; done
by_file "an RSA-3072 key" --key rsa:3072
says 'Public-Key: \(3072 bit\)' "$T/text"

step "names"
by_file "subject alternative names" --san dns:a.example --san ip:192.0.2.7 --san email:a@lab.example
says 'DNS:a.example' "$T/text"
says 'IP Address:192.0.2.7' "$T/text"
says 'email:a@lab.example' "$T/text"

openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$T/own.key" 2>/dev/null
by_file "a key of one's own" --key-file "$T/own.key"
openssl x509 -in "$C/cert.pem" -noout -pubkey >"$T/a"
openssl pkey -in "$T/own.key" -pubout | cmp -s - "$T/a" || fail "not that key"

mkdir "$T/credentials"
cp "$T/own.key" "$D/challenge" "$T/credentials"
chmod 0444 "$T/credentials"/*
CREDENTIALS_DIRECTORY=$T/credentials; export CREDENTIALS_DIRECTORY
good "a key and a challenge that systemd provides" --url "$URL" --tls-ca "$D/ca.crt" --key-file "$T/credentials/own.key" \
    --challenge-file "$T/credentials/challenge"
unset CREDENTIALS_DIRECTORY
expect 2 "$BIN" enroll --url "$URL" --tls-ca "$D/ca.crt" --subject CN=x --out-dir "$T/x" --key-file "$T/credentials/own.key"
says 'own\.key: mode is 0444, want 0600'

CHALLENGE=$(cat "$D/challenge"); export CHALLENGE
good "challenge from the environment" --url "$URL" --tls-ca "$D/ca.crt" --challenge-env CHALLENGE
good "challenge on the command line" --url "$URL" --tls-ca "$D/ca.crt" --challenge "$CHALLENGE"
good "a CA known by its fingerprint" --url "$URL" --tls-ca "$D/ca.crt" --ca-fingerprint "$print" --challenge-env CHALLENGE
plain_hop
good "http, by fingerprint" --url "http://127.0.0.1:$HOP/scep" --ca-fingerprint "$print" --challenge-env CHALLENGE
good "http, trust on first use" --url "http://127.0.0.1:$HOP/scep" --trust-on-first-use --challenge-env CHALLENGE
says "trusted unseen.*--ca-fingerprint $print"

step "JSON"
expect 0 "$BIN" enroll --url "$URL" --tls-ca "$D/ca.crt" --challenge-env CHALLENGE --subject CN=json --out-dir "$T/json" --format json
same "$(json "$T/out" 'next(iter(j.items()))')" "('schema', 'certctl-scep/enroll/1')"
grep -q "$CHALLENGE" "$T/out" "$T/err" && fail "the challenge is printed"
stop_server
grep -q "$CHALLENGE" "$T/serve.log" && fail "the challenge is logged"
exit 0
