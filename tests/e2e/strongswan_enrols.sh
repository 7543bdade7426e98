#!/bin/sh
# strongSwan's `pki --scep` enrols over TLS 1.3. Its libcurl trusts only the system's bundle, so a private mount
# namespace puts the dev CA there; RSA signatures both ways it knows, PKCS #1 v1.5 and PSS.
. "$(dirname "$0")/lib.sh"
own_network

dev_server
mount --bind "$D/ca.crt" /etc/ssl/certs/ca-certificates.crt || skip "no private mounts on this machine"
unset CURL_CA_BUNDLE SSL_CERT_FILE SSL_CERT_DIR

(cd "$T" && pki --scepca --url "$URL" --caout ca.pem --raout ra.pem --outform pem) 2>"$T/scepca.log" ||
    fail "pki --scepca"
cmp -s "$D/ra.crt" "$T/ra.pem" || openssl x509 -in "$T/ra.pem" -noout -subject >/dev/null || fail "no RA certificate"

for padding in pkcs1 pss; do
    pki --gen --type rsa --size 2048 --outform pem >"$T/$padding.key" 2>/dev/null || fail "pki --gen"
    pki --scep --url "$URL" --in "$T/$padding.key" --dn "C=DE, O=Lab, CN=swan-$padding" \
        --san "$padding.example" --password "$(cat "$D/challenge")" --rsa-padding "$padding" \
        --cacert-enc "$T/ra.pem" --cacert-sig "$T/ra.pem" --cacert "$T/ca.pem" --outform pem \
        >"$T/$padding.pem" 2>"$T/$padding.log" </dev/null || fail "pki --scep --rsa-padding $padding"
    verify_cert "$D/ca.crt" "$T/$padding.pem"
    openssl x509 -in "$T/$padding.pem" -noout -subject -ext subjectAltName >"$T/out"
    says "CN = swan-$padding" "$T/out"
    says "DNS:$padding.example" "$T/out"
done
"$BIN" admin audit list --config "$D/certctl-scep.toml" --format json >"$T/audit.json" || fail "admin audit list"
audited "$T/audit.json" swan-pkcs1 success
audited "$T/audit.json" swan-pss success
stop_server
