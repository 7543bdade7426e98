#!/bin/sh
# The lines of the RFC 8894 checklist that the running server has to show: openssl and curl look at its octets, which
# socat wrote down between it and `enroll`.
. "$(dirname "$0")/lib.sh"
cd "$T" || exit 1
dev_server
fetch() { curl -sS --cacert "$D/ca.crt" -o "$1" -w '%{http_code} %{content_type}' --max-time 20 "$URL$2"; }
usage() { openssl x509 -in "$1" -noout -ext keyUsage; }

step "the certificates"
# RFC8894 line 5: the CA may sign messages, and what decrypts may encipher keys
usage "$D/ca.crt" >out
says 'Digital Signature.*Certificate Sign, CRL Sign' out
usage "$D/ra.crt" >out
says 'Digital Signature, Key Encipherment' out
# RFC8894 line 112: SCEP messages are the RA's, whose key is not the CA's
openssl x509 -in "$D/ca.crt" -noout -pubkey >ca.pub
openssl x509 -in "$D/ra.crt" -noout -pubkey >ra.pub
cmp -s ca.pub ra.pub && fail "RA and CA share a key"
# RFC8894 line 9: the fingerprint that is printed is SHA-256 over the whole certificate
print=$(openssl x509 -in "$D/ca.crt" -outform DER | sha256sum | cut -c1-64)
await_line "$T/serve.out" "certctl-scep enroll "
cat "$T/serve.out" "$T/serve.log" | tr -d : >said
grep -qi "$print" said || fail "the fingerprint is not printed"

step "capabilities"
# RFC8894 lines 75, 76, 86: GetCACaps by GET, text/plain
same "$(fetch caps '?operation=GetCACaps')" "200 text/plain"
# RFC8894 lines 36, 77, 79: keywords to the letter, one a line
printf '%s\n' POSTPKIOperation SHA-256 SHA-512 AES SCEPStandard Renewal SHA-384 | cmp -s - caps || fail "$(cat caps)"
# RFC8894 line 88: the path does not matter
same "$(fetch tail '/Any.d/pkiclient.exe?operation=GetCACaps')" "200 text/plain"
cmp -s caps tail || fail "another path, other capabilities"

step "GetCACert"
# RFC8894 lines 7, 94: RA and CA as certs-only
same "$(fetch ca.p7 '?operation=GetCACert')" "200 application/x-x509-ca-ra-cert"
openssl pkcs7 -inform DER -in ca.p7 -print_certs -out ca.pem || fail "GetCACert is no PKCS #7"
same "$(grep -c BEGIN ca.pem)" 2
openssl x509 -in ca.pem -pubkey -noout | cmp -s - ra.pub || fail "the RA is not first"

step "an enrolment, recorded"
start hop socat -d -d -r "$T/sent" -R "$T/got" TCP-LISTEN:0,bind=127.0.0.1,fork \
    "OPENSSL:127.0.0.1:$PORT,cafile=$D/ca.crt,commonname=localhost,openssl-min-proto-version=TLS1.3"
HOP=${LISTENING##*:}
device() {
    challenge=$1; shift
    run "$BIN" enroll --url "http://127.0.0.1:$HOP/scep" --ca-fingerprint "$print" --subject CN=recorded --http post \
        --challenge-file "$challenge" "$@"
}
# last FILE OUT: the body of the last HTTP message in what was recorded, and its head in OUT.head
last() {
    python3 - "$1" "$2" <<'PY' || fail "no message in $1"
import re, sys
data = open(sys.argv[1], "rb").read()
start = [m.start() for m in re.finditer(rb"POST /|HTTP/1\.1 \d", data)][-1]
head, body = data[start:].split(b"\r\n\r\n", 1)
open(sys.argv[2], "wb").write(body[:int(re.search(rb"(?i)content-length: *(\d+)", head)[1])])
open(sys.argv[2] + ".head", "wb").write(head.replace(b"\r", b"") + b"\n")
PY
}
# attribute OID FILE: its value in a message, as asn1parse shows it: TYPE:VALUE
attribute() {
    openssl asn1parse -inform DER -in "$2" | awk -v oid=":$1" '
        found && /prim/ {sub(/^.*prim: */, ""); sub(/ +:/, ":"); sub(/ +\[HEX DUMP\]/, ""); print; exit}
        index($0, oid) {found = 1}'
}
device "$D/challenge" --out-dir good
same "$RC" 0 "enroll"
last sent request
last got reply
# RFC8894 lines 37, 96, 97: binary both ways, application/x-pki-message
says '^POST ' request.head
says '^Content-Type: application/x-pki-message$' reply.head
# RFC8894 lines 46, 42: openssl verifies a SignedData of type data, the RA's, and finds the encrypted message in it
openssl cms -verify -inform DER -in reply -CAfile "$D/ca.crt" -purpose any -signer signer.pem -out envelope >cms.log 2>&1 ||
    fail "openssl does not verify the reply: $(cat cms.log)"
openssl x509 -in signer.pem -noout -pubkey | cmp -s - ra.pub || fail "the RA did not sign"
openssl asn1parse -inform DER -in reply >reply.asn1
says 'OBJECT *:pkcs7-data$' reply.asn1
# RFC8894 lines 38, 43: AES128-CBC and SHA-256 for the device's RSA key
openssl cms -cmsout -print -inform DER -in envelope >envelope.txt
says 'ktri' envelope.txt
says 'algorithm: aes-128-cbc' envelope.txt
says 'OBJECT *:sha256$' reply.asn1
openssl cms -decrypt -inform DER -in envelope -inkey good/key.pem -out content >cms.log 2>&1 || fail "openssl does not decrypt it"
# RFC8894 lines 64, 74: certs-only, the issued certificate first
openssl pkcs7 -inform DER -in content -print_certs -out inside.pem || fail "the content is no certs-only message"
openssl x509 -in inside.pem -outform DER -out leaf.der
openssl x509 -in good/cert.pem -outform DER | cmp -s - leaf.der || fail "the leaf is not the first"
openssl asn1parse -inform DER -in content >content.asn1
same "$(sed -n '/pkcs7-data/{n;s/.*:d=\([0-9]*\).*/\1/p}' content.asn1)" 3 "something stands beside the content type"
# RFC8894 lines 49, 51, 58: the attributes, by the types of their strings
same "$(attribute 2.16.840.1.113733.1.9.2 reply)" PRINTABLESTRING:3
same "$(attribute 2.16.840.1.113733.1.9.3 reply)" PRINTABLESTRING:0
same "$(attribute 2.16.840.1.113733.1.9.7 reply)" "$(attribute 2.16.840.1.113733.1.9.7 request)"
same "$(attribute 2.16.840.1.113733.1.9.6 reply)" "$(attribute 2.16.840.1.113733.1.9.5 request)"
same "$(attribute 2.16.840.1.113733.1.9.5 reply | wc -c)" "$(printf 'OCTET STRING:%032d\n' 0 | wc -c)"

step "the same message again, in other clothes"
# RFC8894 lines 95, 116: no operation, any Content-Type; the same request gets the same certificate
for type in 'Content-Type:' 'Content-Type: text/html; charset=utf-8'; do
    same "$(curl -sS --cacert "$D/ca.crt" -H "$type" --data-binary @request -o again -w '%{http_code} %{content_type}' "$URL")" \
        "200 application/x-pki-message"
    same "$(attribute 2.16.840.1.113733.1.9.3 again)" PRINTABLESTRING:0
done
expect 0 admin issued list --format json
same "$(json out 'len(j["certificates"])')" 1

step "a refusal"
(umask 077 && echo wrong >wrong)
device wrong --out-dir bad
same "$RC" 1
last got refusal
# RFC8894 lines 50, 67: pkiStatus 2, failInfo, its text, and no envelope
same "$(attribute 2.16.840.1.113733.1.9.3 refusal)" PRINTABLESTRING:2
same "$(attribute 2.16.840.1.113733.1.9.4 refusal)" PRINTABLESTRING:2
openssl asn1parse -inform DER -in refusal >refusal.asn1
says 'UTF8STRING *:the challenge is missing or not accepted \(reference ' refusal.asn1
says_not 'pkcs7-envelopedData' refusal.asn1
says '^Content-Type: application/x-pki-message$' refusal.head
stop_server

step "what is kept"
# RFC8894 line 115: no challenge in the state, in the log or in what is printed
! grep -qF "$(cat "$D/challenge")" "$D"/state.db* "$T/serve.log" "$T/serve.out" || fail "the challenge was written down"
# RFC8894 line 111: private keys are for their owner alone, and not small
for key in ca ra tls; do same "$(mode_of "$D/$key.key")" 600 "$key.key"; done
openssl pkey -in "$D/ra.key" -noout -text >key.txt
says '2048 bit' key.txt
chmod 0640 "$D/ra.key"
expect 2 "$BIN" serve --config "$D/certctl-scep.toml" --listen 127.0.0.1:0
says 'ra.key: mode is 0640, want 0600'
