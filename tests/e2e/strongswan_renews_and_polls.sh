#!/bin/sh
# strongSwan's `pki --scep` against manual approval: it polls until an operator has approved, and its RenewalReq, signed by
# the old certificate with a new key, is approved likewise; then a profile that renews at once, without a challenge.
. "$(dirname "$0")/lib.sh"
own_network

dev_server
mount --bind "$D/ca.crt" /etc/ssl/certs/ca-certificates.crt || skip "no private mounts on this machine"
unset CURL_CA_BUNDLE SSL_CERT_FILE SSL_CERT_DIR
set_profile 'approval = "manual"' 'renewal_window = "any"'

(cd "$T" && pki --scepca --url "$URL" --caout ca.pem --raout ra.pem --outform pem) 2>"$T/scepca.log" ||
    fail "pki --scepca"

# swan NAME ARGS...: an enrolment of CN=NAME with a fresh key, polling each second.
swan() {
    name=$1; shift
    pki --gen --type rsa --size 2048 --outform pem >"$T/$name.key" 2>/dev/null || fail "pki --gen"
    pki --scep --url "$URL" --in "$T/$name.key" --dn "C=DE, O=Lab, CN=swan" --san swan.example --interval 1 \
        --maxpolltime 60 --cacert-enc "$T/ra.pem" --cacert-sig "$T/ra.pem" --cacert "$T/ca.pem" --outform pem "$@" \
        >"$T/$name.pem" 2>"$T/$name.log" </dev/null
}

# swan_approved NUMBER NAME ARGS...: the same, with an operator who approves request NUMBER once it was polled for.
swan_approved() {
    number=$1; shift
    swan "$@" &
    client=$!
    await_line "$T/serve.log" "action=\"?CertPoll.*decision=\"?pending|CertPoll.*pending"
    admin pending list >"$T/out" 2>"$T/err" || fail "admin pending list"
    says "^$number .*CN=swan" "$T/out"
    expect 0 admin pending show "$number"
    says "swan.example" "$T/out"
    expect 0 admin pending approve "$number"
    wait "$client" || fail "pki --scep $1 after the approval"
    verify_cert "$D/ca.crt" "$T/$1.pem"
}

step "enrols: PENDING, polls, approved"
swan_approved 1 first --password "$(cat "$D/challenge")"
step "renews: RenewalReq, approved too"
: >"$T/serve.log"
swan_approved 2 renewed --cert "$T/first.pem" --key "$T/first.key"
[ "$(serial_of "$T/first.pem")" != "$(serial_of "$T/renewed.pem")" ] || fail "the renewal gave the old certificate"

step "a rejected request ends its polls"
swan rejected --password "$(cat "$D/challenge")" &
client=$!
: >"$T/serve.log"
await_line "$T/serve.log" "CertPoll.*pending"
expect 0 admin pending reject 3 --reason "not one of ours"
wait "$client" && fail "a rejected request was enrolled"
expect 1 admin pending approve 3

step "renews at once under automatic approval"
stop_server
sed -i '/^approval/d' "$D/certctl-scep.toml"
start_server --config "$D/certctl-scep.toml" --listen 127.0.0.1:0
swan automatic --cert "$T/renewed.pem" --key "$T/renewed.key" || fail "pki --scep with an old certificate"
verify_cert "$D/ca.crt" "$T/automatic.pem"
expect 0 admin revoke "$(serial_of "$T/automatic.pem")" --reason keyCompromise
if swan revoked --cert "$T/automatic.pem" --key "$T/automatic.key"; then fail "a revoked certificate renewed"; fi
says "revoked" "$T/serve.log"

admin audit list --format json >"$T/audit.json" || fail "admin audit list"
audited "$T/audit.json" CN=swan pending
audited "$T/audit.json" CN=swan success
expect 0 admin audit verify
stop_server
