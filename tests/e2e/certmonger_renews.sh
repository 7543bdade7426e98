#!/bin/sh
# certmonger (Debian's) enrols, renews with the same key and rekeys. It keeps its transactionID, and signs with the old
# certificate where the server is capable of Renewal: such a message is a renewal, never a repeat of the first issuance.
. "$(dirname "$0")/lib.sh"
own_network

dev_server
set_profile 'renewal_window = "any"'
export HOME="$T/home" XDG_CONFIG_HOME="$T/home/.config"
mkdir -p "$HOME"

mount --bind "$D/ca.crt" /etc/ssl/certs/ca-certificates.crt || skip "no private mounts on this machine"
cat >"$T/requests" <<REQUESTS
getcert add-scep-ca -c lab -u "$URL/pkiclient.exe" -R "$D/ca.crt" -v &&
getcert request -c lab -I lab -f "$T/lab.pem" -k "$T/lab.key" -g 2048 -N "CN=certmonger-lab,O=Lab" \
    -D lab.example -L "$(cat "$D/challenge")" -w -v && cp "$T/lab.pem" "$T/first.pem" &&
getcert resubmit -i lab -w -v && cp "$T/lab.pem" "$T/renewed.pem" &&
getcert rekey -i lab -g 2048 -w -v && cp "$T/lab.pem" "$T/rekeyed.pem" || { getcert list; exit 1; }
REQUESTS
/usr/lib/certmonger/certmonger-session -L -P "$T/socket" -n -c "sh $T/requests" >"$T/certmonger.log" 2>&1

key_of() { openssl x509 -in "$1" -noout -pubkey; }
for name in first renewed rekeyed; do
    [ -s "$T/$name.pem" ] || fail "certmonger has no certificate: $name"
    verify_cert "$D/ca.crt" "$T/$name.pem"
done
[ "$(serial_of "$T/first.pem")" != "$(serial_of "$T/renewed.pem")" ] || fail "the renewal gave the first certificate"
[ "$(serial_of "$T/renewed.pem")" != "$(serial_of "$T/rekeyed.pem")" ] || fail "the rekeying gave the renewed certificate"
same "$(key_of "$T/renewed.pem")" "$(key_of "$T/first.pem")" "the key after resubmit"
[ "$(key_of "$T/rekeyed.pem")" != "$(key_of "$T/renewed.pem")" ] || fail "the key after rekey is the old one"
same "$("$BIN" admin issued list --config "$D/certctl-scep.toml" | grep -c certmonger-lab)" 3 "issued certificates"
says 'renewal of' "$T/serve.log"
stop_server
