#!/bin/sh
# serve refuses to start on a bad configuration: one line with file, line and way out, exit 2, and neither a database
# nor a key left behind.
. "$(dirname "$0")/lib.sh"
dev_server
stop_server
rm -f "$D"/state.db* "$D/audit.key"
cp -r "$D" "$T/good"
F=$D/certctl-scep.toml

# refused STATUS NAME: serve does not start, says one thing, leaves nothing.
refused() {
    step "$2"
    run "$BIN" serve --config "$F" --listen 127.0.0.1:0
    [ "$RC" = "$1" ] || fail "$2: exit status $RC, want $1"
    [ "$(grep -c '^certctl-scep: error: ' "$T/err")" -ge 1 ] || fail "$2: no error line"
    [ ! -s "$T/out" ] || fail "$2: stdout is not empty"
    absent "$D"/state.db* "$D/audit.key"
}
again() { rm -rf "$D"; cp -rp "$T/good" "$D"; }
set_key() { sed -i "s|^$1 *=.*|$1 = $2|" "$F"; grep -q "^$1 = " "$F" || fail "the dev configuration has no $1"; }

sed -i 's/^challenge_password_file/challange_password_file/' "$F"
refused 2 "a misspelt key"
says "certctl-scep.toml:[0-9]+(:[0-9]+)?: .*challange_password_file"
says 'did you mean .?challenge_password_file'; again

printf '\n[server\nx = 1\n' >>"$F"
refused 2 "TOML that does not parse"
says 'certctl-scep.toml:[0-9]+'; again

set_key ra_key_path '"no-such.key"'
refused 2 "a missing key file"
says 'no-such\.key: .*(no such file|No such file|cannot)'; again

chmod 0644 "$D/ra.key"
refused 2 "a key others may read"
says 'ra\.key: mode is 0644, want 0600'
says 'hint: chmod 0600 .*ra\.key'; again

cat "$T/good/tls.key" >>"$D/tls.crt"
chmod 0644 "$D/tls.crt"
refused 2 "a key in a file of certificates that others may read"
says 'tls\.crt: holds a private key, and its mode is 0644, want 0600'; again

cp "$D/ca.key" "$D/ra.key"
refused 2 "a key that is not the certificate's"
says 'error: .*ra\.(key|crt).*match'; again

printf 'nonsense\n' >"$D/ra.crt"
refused 2 "a certificate that is none"
says 'error: .*ra\.crt'; again

: >"$D/challenge"
refused 2 "an empty challenge"
says 'error: .*challenge'; again

rm "$D/challenge"
refused 2 "a missing challenge"
says 'error: .*challenge'; again

openssl x509 -x509toreq -in "$D/ra.crt" -signkey "$D/ra.key" -out "$T/ra.csr" 2>/dev/null
printf 'keyUsage=digitalSignature,keyEncipherment\nextendedKeyUsage=emailProtection\n' >"$T/ext"
openssl ca -help >/dev/null 2>&1
mkdir -p "$T/ca.d"; : >"$T/ca.d/index.txt"
cat >"$T/ca.cnf" <<CNF
[ca]
default_ca = d
[d]
database = $T/ca.d/index.txt
new_certs_dir = $T/ca.d
rand_serial = yes
default_md = sha256
policy = p
[p]
commonName = supplied
CNF
openssl ca -batch -config "$T/ca.cnf" -cert "$D/ca.crt" -keyfile "$D/ca.key" -in "$T/ra.csr" -subj /CN=expired -extfile "$T/ext" \
    -startdate 20200101000000Z -enddate 20210101000000Z -notext -out "$D/ra.crt" >"$T/ca.log" 2>&1 || fail "openssl ca"
refused 2 "an expired RA certificate"
says 'ra\.crt.*(expired|notAfter)'; again

set_key state_path "\"/proc/no-such-place/state.db\""
refused 2 "a state path that cannot be written"
says '/proc/no-such-place/state\.db'; again

set_key tls_key_path '"ra.key"'
refused 2 "a TLS key that is not the certificate's"
says 'error: .*(tls\.crt|ra\.key)'; again

step "no configuration at all"
expect 2 "$BIN" serve --config "$T/none.toml"
says 'none\.toml'
says 'hint: .*--(dev|config)'

step "a taken port"
start_server --config "$F" --listen 127.0.0.1:0
cp -rp "$T/good" "$T/second"
expect 3 "$BIN" serve --config "$T/second/certctl-scep.toml" --listen "127.0.0.1:$PORT"
says "error: .*127\.0\.0\.1:$PORT.*in use"
absent "$T"/second/state.db* "$T/second/audit.key"
stop_server

step "a host that is none"
expect 3 "$BIN" serve --config "$T/second/certctl-scep.toml" --listen no-such-host.invalid:0
says 'error: .*no-such-host\.invalid'
absent "$T"/second/state.db* "$T/second/audit.key"

step "an audit key that was lost, or is none, once there is a database"
mv "$D/audit.key" "$T/audit.key"
expect 2 "$BIN" serve --config "$F" --listen 127.0.0.1:0
says 'audit\.key: is missing, while the state database is there'
absent "$D/audit.key"
printf 'nonsense\n' >"$D/audit.key"
chmod 0600 "$D/audit.key"
expect 1 "$BIN" serve --config "$F" --check
says 'audit\.key: is not an audit key' "$T/out"
says 'serve would not start$' "$T/out"
cp "$T/audit.key" "$D/audit.key"

step "a state database of another program, also for --check"
expect 0 "$BIN" serve --config "$F" --check
cp "$D/state.db" "$T/state.db"
printf 'This is no database, but long enough to be one.%0100d' 0 >"$D/state.db"
expect 1 "$BIN" serve --config "$F" --check
says 'state\.db: cannot open: file is not a database' "$T/out"
expect 2 "$BIN" serve --config "$F" --listen 127.0.0.1:0
cp "$T/state.db" "$D/state.db"

step "--dev binds loopback only"
expect 2 "$BIN" serve --dev "$T/public" --listen 0.0.0.0:0
says 'error: .*(0\.0\.0\.0|loopback)'
absent "$T/public/ca.key"
sed -i 's/^listen .*/listen = "0.0.0.0:0"/' "$F"
expect 2 "$BIN" serve --dev "$D"
says 'error: --dev listens on loopback addresses only, got 0\.0\.0\.0:0'
