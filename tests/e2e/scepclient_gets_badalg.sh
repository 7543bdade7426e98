#!/bin/sh
# Debian's scepclient sends SHA-1 and single DES (and encrypts to every certificate of GetCACert, so the CA is RSA): it gets badAlg, and failInfoText, audit row and log name both.
. "$(dirname "$0")/lib.sh"
own_network

rsa_server
cd "$T" || exit 1
SSL_CERT_FILE="$D/ca.crt" scepclient -server-url "$URL" -challenge "$(cat "$D/challenge")" -cn old \
    -private-key "$T/key.pem" -certificate "$T/cert.pem" -debug >"$T/client.log" 2>&1 </dev/null &&
    fail "scepclient enrolled with SHA-1 and DES"
says 'failInfo: badAlg' "$T/client.log"
absent "$T/cert.pem"

expect 0 "$BIN" admin audit list --config "$D/certctl-scep.toml" --format json
same "$(json "$T/out" '[(e["outcome"], e["reason"], e["serial"]) for e in j["events"]]')" \
    "[('failure', 'badAlg (0): refused algorithm: SHA-1, DES-CBC', '')]"
expect 0 "$BIN" admin issued list --config "$D/certctl-scep.toml" --format json
same "$(json "$T/out" 'j["certificates"]')" '[]'
stop_server
says 'failure.*badAlg.*SHA-1, DES-CBC' "$T/serve.log"
