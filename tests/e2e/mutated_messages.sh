#!/bin/sh
# Mutated copies of a message that strongSwan made, against the running server: every one gets a documented answer, none
# is given a certificate that it was not given before, and the server does not grow. MUTATIONS says how many.
. "$(dirname "$0")/lib.sh"
own_network

# What was freed is given back at once also under the address sanitizer: memory is looked at.
export ASAN_OPTIONS="${ASAN_OPTIONS:-}:quarantine_size_mb=1:thread_local_quarantine_size_kb=16"
dev_server

step "a good message, as strongSwan sends it"
start hop socat -d -d -r "$T/sent" TCP-LISTEN:0,bind=127.0.0.1,fork \
    "OPENSSL:127.0.0.1:$PORT,cafile=$D/ca.crt,commonname=localhost,openssl-min-proto-version=TLS1.3"
pki --gen --type rsa --size 2048 --outform pem >"$T/device.key" 2>/dev/null || fail "pki --gen"
pki --scep --url "http://127.0.0.1:${LISTENING##*:}/scep" --in "$T/device.key" --dn "CN=mutant" \
    --password "$(cat "$D/challenge")" --cacert-enc "$D/ra.crt" --cacert-sig "$D/ra.crt" --cacert "$D/ca.crt" \
    --outform pem >"$T/device.pem" 2>"$T/pki.log" </dev/null || fail "pki --scep"
python3 - "$T/sent" "$T/message" <<'PY' || fail "no POST was recorded"
import sys
sent = open(sys.argv[1], "rb").read()
open(sys.argv[2], "wb").write(sent[sent.rindex(b"POST "):].split(b"\r\n\r\n", 1)[1])
PY

step "${MUTATIONS:-1000} mutations"
expect 0 python3 "$SCEP_ROOT/tests/tools/mutate.py" "$PORT" "$D/ca.crt" "$T/message" "$SERVER_PID" "${MUTATIONS:-1000}"
cat "$T/out"
same "$("$BIN" admin issued list --config "$D/certctl-scep.toml" --format json | jq '.certificates | length')" 1 \
    "certificates that were issued"
expect 0 "$BIN" admin audit verify --config "$D/certctl-scep.toml"
stop_server
says_not "AddressSanitizer|runtime error" "$T/serve.log"
