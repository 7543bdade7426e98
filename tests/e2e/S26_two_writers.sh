#!/bin/sh
# S26: admin approves, mints and revokes while serve issues; both go on, nothing is lost, and the chain fits.
. "$(dirname "$0")/lib.sh"
dev_server
F=$D/certctl-scep.toml
COUNT=12
enroll_dev "$T/first" CN=first >"$T/out" 2>"$T/err" || fail "first"
serial=$(serial_of "$T/first/cert.pem")

stop_server
with_approvals
for i in $(seq "$COUNT"); do
    expect 4 "$BIN" enroll --url "$URL/waits" --tls-ca "$D/ca.crt" --challenge-file "$D/challenge" \
        --subject "CN=waits-$i" --out-dir "$T/waits-$i"
done

step "admin writes while serve writes"
enrolled() {
    for i in $(seq "$COUNT"); do enroll_dev "$T/device-$i" "CN=device-$i" || return 1; done
}
enrolled >"$T/enrolled.log" 2>&1 &
ENROLLING=$!
PIDS="$PIDS $ENROLLING"
for i in $(seq "$COUNT"); do
    expect 0 "$BIN" admin challenge new --profile - --config "$F"
    cat "$T/out" >>"$T/secrets"
    expect 0 "$BIN" admin pending approve "$i" --config "$F"
    expect 0 "$BIN" admin challenge revoke "$i" --config "$F"
done
expect 0 "$BIN" admin revoke "$serial" --reason superseded --config "$F"
wait "$ENROLLING" || fail "an enrolment failed beside admin"
forget "$ENROLLING"

await_line "$T/serve.log" "approved request.* subject=\"?CN=waits-$COUNT"

step "nothing is lost, and the chain fits"
expect 0 "$BIN" admin audit verify --config "$F"
says "^$((1 + 2 * COUNT + COUNT + 3 * COUNT + 1)) audit rows, every MAC fits$" "$T/out"
expect 0 "$BIN" admin audit list --limit 0 --format json --config "$F"
for action in scep_pkcsreq:$((3 * COUNT + 1)) admin_challenge_new:$COUNT admin_challenge_revoke:$COUNT admin_approve:$COUNT admin_revoke:1; do
    same "$(json "$T/out" "sum(e['action'] == '${action%:*}' for e in j['events'])")" "${action#*:}" "$action"
done
same "$(sort -u "$T/secrets" | wc -l)" "$COUNT" "every secret is another"
while read -r secret; do says_not "$secret" "$T/out"; done <"$T/secrets"
expect 0 "$BIN" admin issued list --format json --config "$F"
same "$(json "$T/out" "len(j['certificates'])")" $((2 * COUNT + 1))
same "$(json "$T/out" "[c['subject'] for c in j['certificates'] if c['revoked_at']]")" "['CN=first']"
expect 0 "$BIN" admin pending list --config "$F"
says 'no request waits'

step "what admin wrote without a server is there when one starts"
stop_server
expect 0 "$BIN" admin challenge new --profile - --note later --config "$F"
start_server --config "$F" --listen 127.0.0.1:0
enroll_dev "$T/last" CN=last >"$T/out" 2>"$T/err" || fail "last"
expect 0 "$BIN" admin challenge list --config "$F"
says later "$T/out"
expect 0 "$BIN" admin audit verify --config "$F"
says "^$((6 * COUNT + 4)) audit rows" "$T/out"
stop_server
