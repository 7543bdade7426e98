#!/bin/sh
# examples/ra-rotation: the commands of its README as printed; devices that cached the old RA certificate, and such as ask
# anew, enrol on every day of it.
. "$(dirname "$0")/lib.sh"
example ra-rotation
lab_ca
placed "$EXAMPLE/certctl-scep.toml" >certctl-scep.toml
cp phones.challenge corp.challenge
expect 0 certctl-scep ra-gen --ca-cert ca.crt --ca-key ca.key --out-dir . --name ra-2026 --cn "SCEP RA 2026" --days 60
restarted() { rm -f "$T/systemctl.calls"; stop_server; start_server; }
listed() {
    curl -s --cacert ca.crt 'https://scep.example:8443/scep/corp?operation=GetCACert' |
        openssl pkcs7 -inform DER -print_certs -noout | sed -n 's/^subject=//p' | sort | tr '\n' ';'
}
# device NAME RA: enrols with the RA certificate of that file and no other, and takes the reply from nobody else.
device() {
    run certctl-scep enroll --url https://scep.example:8443/scep/corp --tls-ca ca.crt --challenge-file corp.challenge \
        --subject "CN=$1" --out-dir "$1" --ra-fingerprint "$(openssl x509 -in "$2.crt" -noout -fingerprint -sha256 | sed 's/.*=//')"
}
# cached NAME RA: strongSwan, which never asks again: it has the RA certificate in a file.
mount --bind ca.crt /etc/ssl/certs/ca-certificates.crt || skip "no private mounts on this machine"
unset CURL_CA_BUNDLE SSL_CERT_FILE SSL_CERT_DIR
pki --gen --type rsa --size 2048 --outform pem >swan.key 2>/dev/null || fail "pki --gen"
cached() {
    pki --scep --url https://scep.example:8443/scep/corp --in swan.key --dn "CN=$1" --password "$(cat corp.challenge)" \
        --cacert-enc "$2.crt" --cacert-sig "$2.crt" --cacert ca.crt --outform pem >"$1.pem" 2>"$T/swan.log" </dev/null
}

step "before"
start_server
same "$(listed)" "CN = SCEP RA 2026;O = Example, CN = Example Devices;"
device first ra-2026
same "$RC" 0 "the old RA"
follow "Day 0: both are listed" 2
same "$RC" 0

step "day 0: both are listed"
followed "Day 0: both are listed"
restarted
followed "Day 0: both are listed" 2
says 'SCEP RA 2026' "$T/out"
says 'SCEP RA 2027' "$T/out"
same "$(listed)" "CN = SCEP RA 2026;CN = SCEP RA 2027;O = Example, CN = Example Devices;"
for ra in ra-2026 ra-2027; do
    device day0-$ra $ra
    same "$RC" 0 "day 0 with $ra"
    cached day0-swan-$ra $ra || fail "day 0, cached $ra"
done

step "day 1: the new one comes first"
followed "Day 1: the new one comes first"
restarted
same "$(listed)" "CN = SCEP RA 2026;CN = SCEP RA 2027;O = Example, CN = Example Devices;"
for ra in ra-2026 ra-2027; do
    device day1-$ra $ra
    same "$RC" 0 "day 1 with $ra"
    cached day1-swan-$ra $ra || fail "day 1, cached $ra"
done

step "day 30: the old one has left"
followed "Day 30: the old one leaves"
absent ra-2026.key
restarted
same "$(listed)" "CN = SCEP RA 2027;O = Example, CN = Example Devices;"
device day30 ra-2027
same "$RC" 0 "the new RA"
! cached day30-swan ra-2026 || fail "the old RA still opens requests"
says 'decision=failure reason="badMessageCheck' "$T/serve.log"
cached day30-swan ra-2027 || fail "the new RA in a file"
stop_server
