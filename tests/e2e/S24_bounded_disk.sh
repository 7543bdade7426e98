#!/bin/sh
# Strangers cannot fill the disk: past a quota refusals are counted in one row, and with the disk nearly full nothing is
# promised any more, until there is room again.
. "$(dirname "$0")/lib.sh"
[ -n "${SCEP_OWN_MOUNTS:-}" ] || {
    unshare -m true 2>/dev/null || skip "this machine allows no namespaces"
    rm -rf "$T"
    SCEP_OWN_MOUNTS=1 exec unshare -m sh "$0"
}
mkdir "$T/disk"
mount -t tmpfs -o size=24m tmpfs "$T/disk" || skip "this machine allows no tmpfs"
undo() { umount -l "$T/disk"; }
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$T/key.pem" 2>/dev/null
D=$T/disk/dev
start_server --dev "$D" --listen 127.0.0.1:0

step "a flood of refusals"
(umask 077; echo wrong >"$T/wrong")
expect 1 "$BIN" enroll --url "$URL" --tls-ca "$D/ca.crt" --challenge-file "$T/wrong" --key-file "$T/key.pem" \
    --subject CN=flood --out-dir "$T/flood" --save-messages "$T/saved"
request=$(find "$T/saved" -name '*PKIOperation.request.der')
[ -s "$request" ] || fail "the request was not saved"
# quicker than the quota of an address refills, whatever the machine
expect 0 curl -sS -o "$T/replies" --cacert "$D/ca.crt" -H 'Content-Type: application/x-pki-message' \
    --data-binary "@$request" "$URL?operation=PKIOperation&n=[1-299]"
enroll_dev "$T/good" CN=good --key-file "$T/key.pem" >"$T/out" 2>"$T/err" || fail "a good request beside the flood"

stop_server

step "the rows"
expect 0 "$BIN" admin audit list --config "$D/certctl-scep.toml" --format json --limit 1000
# the bucket refills while the flood goes on, so the two numbers are not fixed, their sum is
same "$(json "$T/out" 'len([e for e in j["events"] if e["subject"] == "CN=flood"]) + sum(int(e["reason"].split()[0]) for e in j["events"] if e["action"] == "scep_refusals")')" 300
[ "$(json "$T/out" 'len([e for e in j["events"] if e["action"] == "scep_refusals"])')" -ge 1 ] || fail "no row counts the rest"

step "a disk that is nearly full"
with_approvals
head -c 12m /dev/zero >"$T/disk/filler"
until ! enroll_dev "$T/full" CN=full --key-file "$T/key.pem" --force >"$T/out" 2>"$T/err"; do :; done
says 'HTTP 503'
says 'the disk is nearly full' "$T/serve.log"

step "and room again"
rm "$T/disk/filler"
until enroll_dev "$T/again" CN=again --key-file "$T/key.pem" --force >"$T/out" 2>"$T/err"; do :; done
says 'the disk has room again' "$T/serve.log"

step "what was approved waits for room"
expect 4 "$BIN" enroll --url "$URL/waits" --tls-ca "$D/ca.crt" --challenge-file "$D/challenge" --key-file "$T/key.pem" \
    --subject CN=waits --out-dir "$T/waits"
head -c 15m /dev/zero >"$T/disk/filler"
until [ "$(grep -c 'error the disk is nearly full' "$T/serve.log")" = 2 ]; do :; done
expect 0 "$BIN" admin pending approve 1 --config "$D/certctl-scep.toml"
expect 0 curl -sS --cacert "$D/ca.crt" "$URL/waits?operation=GetCACaps"
says_not 'approved request' "$T/serve.log"
rm "$T/disk/filler"
await_line "$T/serve.log" 'approved request.*decision=success'
expect 0 "$BIN" enroll --resume --out-dir "$T/waits"
stop_server
expect 0 "$BIN" admin audit verify --config "$D/certctl-scep.toml"
