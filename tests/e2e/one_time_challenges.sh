#!/bin/sh
# One-time challenges: minted by admin beside the server, good once, for a subject, until a time; a second use is an event
# of its own in the audit log. The profile's own challenge goes on working.
. "$(dirname "$0")/lib.sh"
dev_server
F=$D/certctl-scep.toml

# mint NAME ARGS...: a secret in $T/NAME; its id is the number of the call.
mint() {
    name=$1; shift
    expect 0 "$BIN" admin challenge new --profile - --config "$F" "$@"
    cp "$T/out" "$T/$name"
}
# with NAME SUBJECT OUT: an enrolment with that secret.
with() {
    run "$BIN" enroll --url "$URL" --tls-ca "$D/ca.crt" --challenge-file "$T/$1" --subject "$2" --out-dir "$T/$3"
}

step "good once"
mint once
says '^[A-Za-z0-9]{22,}$' "$T/out"
with once CN=first first
same "$RC" 0
verify_cert "$D/ca.crt" "$T/first/cert.pem"
with once CN=second second
same "$RC" 1
says 'badRequest' "$T/err"
says_not "$(cat "$T/once")" "$T/err"

step "bound to a subject and a SAN; another one leaves it unspent"
mint bound --subject 'CN=cam-*'
with bound CN=printer-1 printer
same "$RC" 1
with bound CN=cam-1 camera
same "$RC" 0

step "twice, revoked, the profile's own"
mint twice --uses 2
with twice CN=a a; same "$RC" 0
with twice CN=b b; same "$RC" 0
with twice CN=c c; same "$RC" 1
mint revoked
expect 0 "$BIN" admin challenge revoke 4 --config "$F"
with revoked CN=d d; same "$RC" 1
enroll_dev "$T/own" CN=own >"$T/out" 2>"$T/err" || fail "the profile's own challenge"

step "the audit log tells each with its reason, and no secret"
expect 0 "$BIN" admin audit list --config "$F" --format json
cp "$T/out" "$T/audit.json"
reasons() { json "$T/audit.json" "'|'.join(e['reason'] for e in j['events'] if e['subject'] == '$1' and e['action'] == '$2')"; }
same "$(reasons CN=second scep_challenge_reuse)" \
    "one-time challenge shown by 127.0.0.1 was used by 127.0.0.1 before, for $(serial_of "$T/first/cert.pem")"
same "$(reasons CN=second scep_pkcsreq)" "badRequest (2): one-time challenge used again"
reasons CN=printer-1 scep_pkcsreq >"$T/out"
says 'one-time challenge is for others' "$T/out"
same "$(reasons CN=d scep_pkcsreq)" "badRequest (2): one-time challenge revoked"
same "$(reasons CN=first scep_pkcsreq | cut -d';' -f1)" "one-time challenge accepted, challenge 1"
for secret in once bound twice revoked; do says_not "$(cat "$T/$secret")" "$T/audit.json"; says_not "$(cat "$T/$secret")" "$T/serve.log"; done
expect 0 "$BIN" admin audit verify --config "$F"
expect 0 "$BIN" admin challenge list --all --config "$F"
says_not "$(cat "$T/once")" "$T/out"
stop_server

step "a profile for one-time challenges alone"
sed -i 's/^challenge_password_file.*/one_time_challenges_only = true/' "$F"
start_server --config "$F" --listen 127.0.0.1:0
mint alone
with alone CN=alone alone-out; same "$RC" 0
with alone CN=again again; same "$RC" 1
run enroll_dev "$T/static" CN=static
same "$RC" 1 "the challenge of before"
stop_server
