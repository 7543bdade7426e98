#!/bin/sh
# serve --check says of a profile's bundle and of the trusted proxy all that is wrong at once, with file and line, and a
# start refuses the same errors.
. "$(dirname "$0")/lib.sh"
dev_server
stop_server
key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1" 2>/dev/null; }
key "$T/ca.key"
ca() { openssl req -x509 -new -key "$T/ca.key" -subj "/CN=$1" -days "$2" -out "$D/$1.crt" -addext "$3" 2>/dev/null || fail "CA $1"; }
ca factory 300 keyUsage=critical,keyCertSign,cRLSign
ca soon 9 keyUsage=critical,keyCertSign
ca mute 300 keyUsage=critical,cRLSign
with() {
    { sed '/^\[server.trusted_proxy\]/,$d' "$D/plain.toml"; cat; } >"$D/certctl-scep.toml"
}
cp "$D/certctl-scep.toml" "$D/plain.toml"
check() { expect "$1" "$BIN" serve --config "$D/certctl-scep.toml" --check; }
# The profile's table is the last of the file that --dev writes.
profile=$(grep -n '^\[' "$D/plain.toml" | tail -n 1)
case $profile in *'[scep.'*) ;; *) fail "the last table is $profile" ;; esac

step "a route that is right"
cp "$D/factory.crt" "$D/bundle.pem"
with <<'TOML'
mtls_enabled = true
mtls_client_ca_trust_bundle_path = "bundle.pem"
mtls_only = true
mtls_bind = "cn"
require_signer_key = true
TOML
check 0
says '^0 errors, 0 warnings, 0 notices: serve would start$' "$T/out"

step "everything that is wrong, in one run"
cat "$D/factory.crt" "$D/soon.crt" "$D/mute.crt" "$D/factory.crt" "$D/ca.crt" >"$D/bundle.pem"
second=$(($(wc -l <"$D/factory.crt") + 1))
with <<'TOML'
mtls_enabled = true
mtls_client_ca_trust_bundle_path = "bundle.pem"
[server.trusted_proxy]
enabled = true
cidrs = ["0.0.0.0/0"]
format = "rfc9440"
TOML
check 1
for pattern in \
    "warning +[a-z-]+: .*/bundle.pem:$second: certificate CN=soon: the certificate expires in [89] days" \
    'error +[a-z-]+: .*/bundle.pem:[0-9]+: certificate CN=mute: the key usage lacks keyCertSign' \
    'warning +[a-z-]+: .*/bundle.pem:[0-9]+: certificate CN=factory: is the certificate of line 1 once more' \
    'warning +[a-z-]+: .*/bundle.pem:[0-9]+: certificate CN=.*dev CA.*: leads to issuer' \
    'warning +[a-z-]+: .*mtls_only: /scep is open beside /scep-mtls' \
    'notice +[a-z-]+: .*mtls_bind: any bootstrap certificate may enrol any name' \
    'error +[a-z-]+: .*server.trusted_proxy.cidrs: 0.0.0.0/0 is everybody' \
    'warning +[a-z-]+: .*server.trusted_proxy.header: is X-SSL-Client-Cert, while format "rfc9440"' \
    'warning +[a-z-]+: .*server.trusted_proxy.client_ca_path: is not set'; do
    says "$pattern" "$T/out"
done
says '^2 errors, 6 warnings, [0-9]+ notices?: serve would not start$' "$T/out"
expect 2 "$BIN" serve --config "$D/certctl-scep.toml"
says 'error: .*the key usage lacks keyCertSign'

step "half a trusted proxy, and no mTLS"
with <<'TOML'
mtls_crl_path = "none.crl"
[server.trusted_proxy]
enabled = true
TOML
check 1
says 'error +[a-z-]+: .*server.trusted_proxy.cidrs: is not set while the trusted proxy is enabled' "$T/out"
says 'warning +[a-z-]+: .*mtls_crl_path: has no effect: mtls_enabled is false' "$T/out"
says 'notice +[a-z-]+: .*no profile has mtls_enabled' "$T/out"
