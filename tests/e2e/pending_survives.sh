#!/bin/sh
# Manual approval outlives the server: what waits waits on after a kill, what an operator approves while nothing serves is
# issued at the next start, and the device that asks again with its key gets that certificate, once.
. "$(dirname "$0")/lib.sh"
dev_server
set_profile 'approval = "manual"'
F=$D/certctl-scep.toml

step "a request waits, also without a challenge, and outlives a kill -9"
enroll_dev "$T/waits" CN=waits >"$T/out" 2>"$T/err"
same "$?" 4
"$BIN" enroll --url "$URL" --tls-ca "$D/ca.crt" --subject CN=bare --out-dir "$T/bare" >"$T/out" 2>"$T/err" </dev/null
same "$?" 4
kill -KILL "$SERVER_PID"
wait "$SERVER_PID" 2>/dev/null
forget "$SERVER_PID"
expect 0 "$BIN" admin pending list --config "$F"
says '^1 .*CN=waits' "$T/out"
says '^2 .*CN=bare' "$T/out"
expect 0 "$BIN" admin pending show 2 --config "$F"
says 'challenge missing' "$T/out"

step "approved while nothing serves, issued at the start"
expect 0 "$BIN" admin pending approve 1 --config "$F"
expect 0 "$BIN" admin pending reject 2 --reason "nobody knows it" --config "$F"
start_server --config "$F" --listen 127.0.0.1:0
await_line "$T/serve.log" 'approved request.*decision="?success.*CN=waits'
expect 0 "$BIN" admin issued list --format json --config "$F"
same "$(json "$T/out" "[c['subject'] for c in j['certificates']]")" "['CN=waits']"
serial=$(json "$T/out" "j['certificates'][0]['serial']")

step "the device asks again and gets it; the other one is told"
cp "$T/waits/key.pem" "$T/waits.key"
cp "$T/waits/request.pem" "$T/waits.request"
enroll_dev "$T/waits" CN=waits --key-file "$T/waits.key" --force >"$T/out" 2>"$T/err"
same "$?" 0
same "$(serial_of "$T/waits/cert.pem")" "$serial"
"$BIN" enroll --url "$URL" --tls-ca "$D/ca.crt" --subject CN=bare --key-file "$T/bare/key.pem" --force --out-dir "$T/bare" \
    >"$T/out" 2>"$T/err" </dev/null
same "$?" 1
says 'not approved' "$T/err"
says_not 'nobody knows it' "$T/err"
expect 0 "$BIN" admin issued list --format json --config "$F"
same "$(json "$T/out" "len(j['certificates'])")" 1
expect 0 "$BIN" admin audit verify --config "$F"
stop_server
