#!/bin/sh
# A device whose request waits for an operator is killed while it polls, and goes on: same key, same transaction, one
# certificate. Nothing that it left is lost on the way, and nothing secret is in its state.
. "$(dirname "$0")/lib.sh"
dev_server
set_profile 'approval = "manual"'
challenge=$(cat "$D/challenge")

step "kill -9 while it polls"
"$BIN" enroll --url "$URL" --tls-ca "$D/ca.crt" --challenge-file "$D/challenge" --subject CN=cam --out-dir "$T/cam" \
    --key ec:P-256 --poll-interval 1s --poll-timeout 10m >"$T/out" 2>"$T/err" </dev/null &
device=$!
PIDS="$PIDS $device"
await_line "$T/cam/request.pem" '"polls": [1-9]'
kill -KILL "$device"
wait "$device" 2>/dev/null
forget "$device"
for file in key.pem request.pem; do same "$(mode_of "$T/cam/$file")" 600 "$file"; done
absent "$T/cam/cert.pem"
sed '/^-----BEGIN/,$d' "$T/cam/request.pem" >"$T/cam.state"
says_not "$challenge|PRIVATE" "$T/cam.state"
transaction=$(json "$T/cam.state" "j['transaction_id']")
openssl req -in "$T/cam/request.pem" -noout -verify >"$T/out" 2>&1 || fail "openssl cannot read the request"
key=$(openssl pkey -in "$T/cam/key.pem" -pubout)

step "still pending: exit 4, and a new run is told to go on with the old one"
expect 4 "$BIN" enroll --resume --out-dir "$T/cam"
says 'pending'
expect 4 "$BIN" enroll --operation poll --out-dir "$T/cam" --format json
same "$(json "$T/out" "j['status'], j['transaction_id']")" "('pending', '$transaction')"
expect 2 enroll_dev "$T/cam" CN=cam
says "hint: .*enroll --resume --out-dir $T/cam"

step "approved, it goes on with its key and transactionID"
# RFC8894 line 99: the server finds the poll of another process by the transactionID of the request
expect 0 admin pending approve 1
await_line "$T/serve.log" 'approved request'
expect 0 "$BIN" enroll --resume --out-dir "$T/cam"
says 'subject +CN=cam' "$T/out"
verify_cert "$D/ca.crt" "$T/cam/cert.pem"
same "$(openssl x509 -in "$T/cam/cert.pem" -noout -pubkey)" "$key"
absent "$T/cam/request.pem"
expect 0 admin audit list --format json
same "$(json "$T/out" "{e['transaction_id'] for e in j['events'] if e['action'] in ('scep_pkcsreq', 'scep_poll')}")" "{'$transaction'}"
expect 0 admin issued list --format json
same "$(json "$T/out" "len(j['certificates'])")" 1
expect 2 "$BIN" enroll --resume --out-dir "$T/cam"
says 'request\.pem: nothing to go on with'

step "a server that lost the request is asked anew"
# RFC8894 line 108: a transaction that the server does not know any more is a new PKCSReq with the same key
expect 4 enroll_dev "$T/lost" CN=lost
stop_server
rm -f "$D"/state.db*
sed -i '/approval/d' "$D/certctl-scep.toml"
start_server --config "$D/certctl-scep.toml" --listen "127.0.0.1:$PORT"
expect 0 "$BIN" enroll --resume --out-dir "$T/lost"
says 'does not know transaction'
verify_cert "$D/ca.crt" "$T/lost/cert.pem"

step "nobody listens when the reply is due: the same request, later"
stop_server
sed -i '/^\[scep.default\]/a approval = "manual"' "$D/certctl-scep.toml"
start_server --config "$D/certctl-scep.toml" --listen "127.0.0.1:$PORT"
expect 4 enroll_dev "$T/later" CN=later
stop_server
expect 3 "$BIN" enroll --resume --out-dir "$T/later"
says '"status": "pending"' "$T/later/request.pem"
start_server --config "$D/certctl-scep.toml" --listen "127.0.0.1:$PORT"
expect 4 "$BIN" enroll --resume --out-dir "$T/later"
stop_server
