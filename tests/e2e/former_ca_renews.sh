#!/bin/sh
# After a CA rollover a certificate of the former CA renews under the new one where previous_ca_cert_path names the former
# CA, and nowhere else: strongSwan's `pki --scep` asks, signed by its old certificate.
. "$(dirname "$0")/lib.sh"
own_network
D=$T/rollover
mkdir "$D" && cd "$D" || exit 1
make_ca tls-ca
make_ca former
make_ca new
make_cert tls tls-ca 'subjectAltName=IP:127.0.0.1' 'extendedKeyUsage=serverAuth'
chmod 0600 former.key new.key tls.key
for ca in former new; do expect 0 "$BIN" ra-gen --ca-cert $ca.crt --ca-key $ca.key --out-dir . --name "$ca-ra" --days 20; done
(umask 077 && openssl rand -hex 16 >challenge)
cat >certctl-scep.toml <<'TOML'
[server]
tls_cert_path = "tls.crt"
tls_key_path = "tls.key"
state_path = "state.db"
audit_key_path = "audit.key"
[issuer.lab]
ca_cert_path = "former.crt"
ca_key_path = "former.key"
[scep.default]
path_id = ""
issuer_id = "lab"
challenge_password_file = "challenge"
ra_cert_path = "former-ra.crt"
ra_key_path = "former-ra.key"
renewal_window = "any"
TOML
mount --bind tls-ca.crt /etc/ssl/certs/ca-certificates.crt || skip "no private mounts on this machine"
unset CURL_CA_BUNDLE SSL_CERT_FILE SSL_CERT_DIR
serve() { start_server --config certctl-scep.toml --listen 127.0.0.1:0; }
pki --gen --type rsa --size 2048 --outform pem >device.key 2>/dev/null || fail "pki --gen"

# swan CA NAME ARGS...: NAME.pem for the device, by that CA.
swan() {
    ca=$1 name=$2; shift 2
    pki --scep --url "$URL" --in device.key --dn "C=DE, O=Lab, CN=swan" --cacert-enc "$ca-ra.crt" --cacert-sig "$ca-ra.crt" \
        --cacert "$ca.crt" --outform pem "$@" >"$name.pem" 2>"$T/$name.log" </dev/null
}

step "enrolled by the CA of then"
serve
swan former old --password "$(cat challenge)" || fail "pki --scep"
verify_cert former.crt old.pem
stop_server

step "the new CA takes over: whoever it does not know does not renew"
sed -i 's/"former/"new/' certctl-scep.toml
serve
swan new stranger --cert old.pem --key device.key && fail "a certificate of nobody's renewed"
says 'not ours' "$T/serve.log"
stop_server

step "with the former CA named it renews, under the new one"
sed -i '/^ca_cert_path/a previous_ca_cert_path = "former.crt"' certctl-scep.toml
expect 0 "$BIN" preflight --config certctl-scep.toml
serve
swan new renewed --cert old.pem --key device.key || fail "pki --scep with the old certificate"
verify_cert new.crt renewed.pem
says "renewal of $(serial_of old.pem)" "$T/serve.log"
curl -sS --cacert tls-ca.crt "$URL?operation=GetCACert" -o ca.p7
same "$(openssl pkcs7 -inform DER -in ca.p7 -print_certs -noout | grep -c 'subject.*CN = former')" 0 "the former CA in GetCACert"

step "what is revoked does not, whoever issued it"
expect 0 "$BIN" admin revoke "$(serial_of old.pem)" --reason superseded --config certctl-scep.toml
swan new again --cert old.pem --key device.key && fail "a revoked certificate renewed"
says 'is revoked' "$T/serve.log"
stop_server
