#!/bin/sh
# Requests as curl and old devices send them: GET and POST, HTTP/1.0, chunked, Expect, any tail, and each refusal with
# its status.
. "$(dirname "$0")/lib.sh"
dev_server
fetch() { curl -sS --cacert "$D/ca.crt" -o "$T/body" -D "$T/head" -w '%{http_code} %{content_type}' --max-time 20 "$@"; }
status() { want=$1; shift; got=$(fetch "$@") || fail "curl: $*"; same "${got%% *}" "$want" "$*"; }

step "GetCACaps, in its promised order, and with no charset"
same "$(fetch "$URL?operation=GetCACaps")" "200 text/plain"
printf '%s\n' POSTPKIOperation SHA-256 SHA-512 AES SCEPStandard SHA-384 >"$T/caps"
grep -vx 'Renewal' "$T/body" | cmp -s - "$T/caps" || fail "capabilities: $(tr '\n' ' ' <"$T/body")"

step "GetCACert: the RA first, then the CA"
same "$(fetch "$URL/pkiclient.exe?operation=GetCACert&message=x")" "200 application/x-x509-ca-ra-cert"
openssl pkcs7 -inform DER -in "$T/body" -print_certs -out "$T/certs.pem" || fail "GetCACert is no PKCS #7"
openssl x509 -in "$T/certs.pem" -out "$T/first.pem"
openssl x509 -in "$D/ra.crt" | cmp -s - "$T/first.pem" || fail "the first certificate is not the RA's"
same "$(grep -c BEGIN "$T/certs.pem")" 2

step "the ways of asking"
status 200 -0 "$URL?operation=GetCACaps"
grep -qi '^connection: close' "$T/head" || grep -q '^HTTP/1.0' "$T/head" || fail "HTTP/1.0 keeps the connection"
status 200 "$URL/?operation=getcacaps&message="
status 200 "https://127.0.0.1:$PORT/cgi-bin/pkiclient.exe?operation=GetCACaps"
status 200 -H 'Expect:' "$URL?operation=GetCACaps" --next -sS --cacert "$D/ca.crt" -o /dev/null "$URL?operation=GetCACert"

step "what cannot be read is 400, whichever way it comes"
printf 'no message' >"$T/junk"
status 400 --data-binary "@$T/junk" "$URL?operation=PKIOperation"
status 400 --data-binary "@$T/junk" -H 'Transfer-Encoding: chunked' "$URL?operation=PKIOperation"
status 400 --data-binary "@$T/junk" -H 'Expect: 100-continue' "$URL?operation=PKIOperation"
grep -q '^HTTP/1.1 100' "$T/head" || fail "no 100 Continue"
status 400 "$URL?operation=PKIOperation&message=%%%"
status 400 "$URL?operation=NoSuchThing"
status 400 "$URL"

step "the other refusals"
status 404 "https://127.0.0.1:$PORT/"
status 404 "$URL/no-such-profile?operation=GetCACaps"
status 404 "https://127.0.0.1:$PORT/scep-mtls?operation=GetCACaps"
status 405 -X PUT "$URL?operation=GetCACaps"
status 405 -X DELETE "$URL"
head -c 1048577 /dev/zero >"$T/large"
status 413 --data-binary "@$T/large" "$URL?operation=PKIOperation"
status 413 --data-binary "@$T/large" -H 'Transfer-Encoding: chunked' "$URL?operation=PKIOperation"
head -c 100000 /dev/zero | tr '\0' A >"$T/long"
case $(fetch -H "X-Long: $(cat "$T/long")" "$URL?operation=GetCACaps") in 431* | 414*) ;; *) fail "a head of 100 kB is not refused" ;; esac

step "and the server still answers, then drains"
status 200 "$URL?operation=GetCACaps"
stop_server
