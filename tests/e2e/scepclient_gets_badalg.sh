#!/bin/sh
# Debian's scepclient sends SHA-1 and single DES: it gets badAlg, and failInfoText, audit row and log name both.
. "$(dirname "$0")/lib.sh"
own_network

dev_server
cd "$T" || exit 1
SSL_CERT_FILE="$D/ca.crt" scepclient -server-url "$URL" -challenge "$(cat "$D/challenge")" -cn old \
    -private-key "$T/key.pem" -certificate "$T/cert.pem" -debug >"$T/client.log" 2>&1 </dev/null &&
    fail "scepclient enrolled with SHA-1 and DES"
says 'badAlg|failInfo.*0|bad algorithm' "$T/client.log"
absent "$T/cert.pem"

expect 0 "$BIN" admin audit list --config "$D/certctl-scep.toml" --format json
audited "$T/out" old 'refused|failure'
stop_server
says 'badAlg.*(SHA-1|sha1)' "$T/serve.log"
says 'badAlg.*(DES|des)' "$T/serve.log"
