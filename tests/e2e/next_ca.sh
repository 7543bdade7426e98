#!/bin/sh
# GetNextCACert (RFC 8894 section 4.7): openssl verifies the announcement with the current CA alone and finds the next one in it.
. "$(dirname "$0")/lib.sh"
D=$T/next
mkdir "$D" && cd "$D" || exit 1
make_ca current
make_ca next
make_ca stranger
openssl req -x509 -newkey rsa:2048 -nodes -days 400 -subj /CN=next -keyout next.key -out next.crt \
    -addext keyUsage=critical,keyCertSign,cRLSign >"$T/make.log" 2>&1 || fail "making the next CA"
make_cert tls current 'subjectAltName=IP:127.0.0.1' 'extendedKeyUsage=serverAuth'
chmod 0600 current.key next.key tls.key
expect 0 "$BIN" ra-gen --ca-cert current.crt --ca-key current.key --out-dir . --days 20
rollover_config

step "the announcement"
# RFC8894 line 105: openssl verifies it by the current CA alone and finds the next one in it
start_server --config certctl-scep.toml --listen 127.0.0.1:0
ask() { curl -s --cacert current.crt -o "$1" -w '%{http_code} %{content_type}' "$URL?operation=$2"; }
same "$(ask next.p7 GetNextCACert)" "200 application/x-x509-next-ca-cert"
openssl cms -verify -inform DER -in next.p7 -CAfile current.crt -purpose any -out content.p7 >"$T/verify.log" 2>&1 ||
    fail "openssl does not verify it"
openssl cms -verify -inform DER -in next.p7 -CAfile stranger.crt -purpose any -out /dev/null >"$T/verify.log" 2>&1 &&
    fail "openssl verifies it by any CA"
openssl pkcs7 -inform DER -in content.p7 -print_certs -out inside.pem || fail "the content is no certs-only message"
same "$(grep -c BEGIN inside.pem)" 1
same "$(openssl x509 -in inside.pem -noout -fingerprint)" "$(openssl x509 -in next.crt -noout -fingerprint)"

step "what else is told"
same "$(ask caps GetCACaps)" "200 text/plain"
same "$(grep -c '^GetNextCACert$' caps)" 1
same "$(ask ca.p7 GetCACert)" "200 application/x-x509-ca-ra-cert"
same "$(openssl pkcs7 -inform DER -in ca.p7 -print_certs -noout | grep -c 'CN = next')" 0 "the next CA in GetCACert"
stop_server

step "no next CA"
sed -i /next_ca/d certctl-scep.toml
start_server --config certctl-scep.toml --listen 127.0.0.1:0
same "$(ask none GetNextCACert | cut -c1-3)" 404
same "$(ask caps GetCACaps)" "200 text/plain"
same "$(grep -c '^GetNextCACert$' caps)" 0
stop_server
