#!/bin/sh
# release only
# Several first starts with one state directory at the same moment: one serves, what it issued is in the trail, and those
# that gave up say how to go on. Which of them wins is chance, so it is tried several times.
. "$(dirname "$0")/lib.sh"

dev_server
stop_server
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$T/key.pem" 2>/dev/null
round=0
while [ "$round" -lt 5 ]; do
    round=$((round + 1))
    rm -f "$D"/state.db* "$D/audit.key"
    for n in 1 2 3 4; do
        "$BIN" serve --config "$D/certctl-scep.toml" --listen 127.0.0.1:0 >"$T/$n.out" 2>"$T/$n.log" </dev/null &
        eval "pid_$n=$!"
        PIDS="$PIDS $!"
    done
    for n in 1 2 3 4; do
        pid= && eval "pid=\$pid_$n"
        until grep -q listening "$T/$n.log" || ! kill -0 "$pid" 2>/dev/null; do :; done
    done
    served=0
    for n in 1 2 3 4; do
        PORT=$(sed -n 's/.*listening.*port=\([0-9]*\).*/\1/p' "$T/$n.log")
        if [ -z "$PORT" ]; then
            says '^hint: ' "$T/$n.log"
            continue
        fi
        # shellcheck disable=SC2034  # enroll_dev uses it
        URL=https://127.0.0.1:$PORT/scep
        if enroll_dev "$T/d$round.$n" "CN=dev-$round-$n" --key-file "$T/key.pem" >"$T/out" 2>"$T/err"; then
            served=$((served + 1))
        fi
    done
    same "$served" 1 "servers of one state database"
    expect 0 "$BIN" admin audit verify --config "$D/certctl-scep.toml"
    expect 0 "$BIN" admin issued list --config "$D/certctl-scep.toml" --format json
    same "$(json "$T/out" 'len(j["certificates"])')" "$served" "certificates in the database"
    for n in 1 2 3 4; do
        eval "pid=\$pid_$n"
        kill -TERM "$pid" 2>/dev/null
        wait "$pid" 2>/dev/null
        forget "$pid"
    done
done
