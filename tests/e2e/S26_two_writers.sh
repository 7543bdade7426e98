#!/bin/sh
# S26: admin approves, mints and revokes while serve issues; both go on, nothing is lost, and the chain fits.
. "$(dirname "$0")/lib.sh"
dev_server
F=$D/certctl-scep.toml
COUNT=12
enroll_dev "$T/first" CN=first >"$T/out" 2>"$T/err" || fail "first"
serial=$(serial_of "$T/first/cert.pem")

# Requests that wait, put there by hand: how a profile comes to have them is another test's matter.
python3 - "$D/state.db" "$COUNT" <<'PY' || fail "no requests"
import sqlite3, sys, time
database = sqlite3.connect(sys.argv[1], timeout=20)
columns = [(name, kind) for _, name, kind, *_ in database.execute("PRAGMA table_info(pending_request)") if name != "id"]
for number in range(int(sys.argv[2])):
    given = {"state": 0, "received_at": int(time.time()), "expires_at": int(time.time()) + 3600, "subject": f"CN=waits-{number}"}
    row = [given.get(name, None if name == "decided_at" else {"TEXT": "", "INTEGER": 0, "BLOB": b""}[kind]) for name, kind in columns]
    database.execute(f"INSERT INTO pending_request ({', '.join(name for name, _ in columns)}) VALUES ({', '.join('?' * len(row))})", row)
database.commit()
PY

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

step "nothing is lost, and the chain fits"
expect 0 "$BIN" admin audit verify --config "$F"
says "^$((1 + COUNT + 3 * COUNT + 1)) audit rows, every MAC fits$" "$T/out"
expect 0 "$BIN" admin audit list --limit 0 --format json --config "$F"
for action in scep_pkcsreq:$((COUNT + 1)) admin_challenge_new:$COUNT admin_challenge_revoke:$COUNT admin_approve:$COUNT admin_revoke:1; do
    same "$(json "$T/out" "sum(e['action'] == '${action%:*}' for e in j['events'])")" "${action#*:}" "$action"
done
same "$(sort -u "$T/secrets" | wc -l)" "$COUNT" "every secret is another"
while read -r secret; do says_not "$secret" "$T/out"; done <"$T/secrets"
expect 0 "$BIN" admin issued list --format json --config "$F"
same "$(json "$T/out" "len(j['certificates'])")" $((COUNT + 1))
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
says "^$((4 * COUNT + 4)) audit rows" "$T/out"
stop_server
