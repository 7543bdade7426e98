#!/bin/sh
# release only
# kill -9 right after a SUCCESS was read: certificate and audit row are there, 50 of 50.
. "$(dirname "$0")/lib.sh"

D=$T/dev
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$T/key.pem" 2>/dev/null
n=0
while [ "$n" -lt 50 ]; do
    n=$((n + 1))
    start_server --dev "$D" --listen 127.0.0.1:0
    enroll_dev "$T/d$n" "CN=dev-$n" --key-file "$T/key.pem" >"$T/out" 2>"$T/err" || fail "enrolment $n"
    kill -KILL "$SERVER_PID"
    wait "$SERVER_PID" 2>/dev/null
    forget "$SERVER_PID"
    expect 0 "$BIN" admin issued show "$(serial_of "$T/d$n/cert.pem")" --config "$D/certctl-scep.toml"
    says "CN=dev-$n( |,|$)" "$T/out"
done
expect 0 "$BIN" admin audit list --config "$D/certctl-scep.toml" --format json
n=0
while [ "$n" -lt 50 ]; do
    n=$((n + 1))
    audited "$T/out" "CN=dev-$n" success
done
expect 0 "$BIN" admin issued list --config "$D/certctl-scep.toml" --format json
