#!/bin/sh
# certmonger (Debian's) enrols: GET only, session mode without D-Bus, once over TLS and once through a plain HTTP hop.
# Its helper forgets the CA it was given (-R) before it sends PKIOperation and falls back to the system's bundle,
# which a private mount namespace replaces.
. "$(dirname "$0")/lib.sh"
own_network

dev_server
export HOME="$T/home" XDG_CONFIG_HOME="$T/home/.config"
mkdir -p "$HOME"

plain_hop
mount --bind "$D/ca.crt" /etc/ssl/certs/ca-certificates.crt || skip "no private mounts on this machine"
cat >"$T/requests" <<REQUESTS
getcert add-scep-ca -c tls -u "$URL/pkiclient.exe" -R "$D/ca.crt" -v &&
getcert add-scep-ca -c hop -u "http://127.0.0.1:$HOP/scep" -v &&
for ca in tls hop; do
    getcert request -c \$ca -I \$ca -f "$T/\$ca.pem" -k "$T/\$ca.key" -g 2048 -N "CN=certmonger-\$ca,O=Lab" \
        -D \$ca.example -L "$(cat "$D/challenge")" -w -v || { getcert list; exit 1; }
done
REQUESTS
/usr/lib/certmonger/certmonger-session -L -P "$T/socket" -n -c "sh $T/requests" >"$T/certmonger.log" 2>&1

"$BIN" admin audit list --config "$D/certctl-scep.toml" --format json >"$T/audit.json" || fail "admin audit list"
for ca in tls hop; do
    [ -s "$T/$ca.pem" ] || fail "certmonger has no certificate over $ca"
    verify_cert "$D/ca.crt" "$T/$ca.pem"
    openssl x509 -in "$T/$ca.pem" -noout -subject -ext subjectAltName >"$T/out"
    says "CN = certmonger-$ca" "$T/out"
    says "DNS:$ca.example" "$T/out"
    audited "$T/audit.json" "certmonger-$ca" success
done
stop_server
