#!/bin/sh
# A certctl environment file, given the CA, starts serve as it is: one warning for each name that means nothing here.
. "$(dirname "$0")/lib.sh"
FIXTURES=$SCEP_ROOT/tests/e2e/certctl
dev_server
stop_server
cd "$D" || exit 1
rm -f state.db* audit.key

# with FILE COMMAND...: under the variables of an environment file, with those of the CA and the state. A program of its
# own, so that the server gets the signals.
cat >"$T/with" <<'SH'
#!/bin/sh
file=$1; shift
set -- env CERTCTL_CA_CERT_PATH=ca.crt CERTCTL_CA_KEY_PATH=ca.key CERTCTL_SCEP_STATE_PATH=state.db \
    CERTCTL_SCEP_AUDIT_KEY_PATH=audit.key "$@"
while IFS= read -r pair; do
    case $pair in '#'*) ;; *) set -- env "$pair" "$@" ;; esac
done <"$file"
exec "$@"
SH
chmod +x "$T/with"
warned() { grep -c '^certctl-scep: warning: CERTCTL_[A-Z0-9_]*: means nothing here' "$1"; }
opened() { grep -c '^certctl-scep: warning: CERTCTL_[A-Z0-9_]*: scep\.[a-z-]*\.raw_csr: ' "$1"; }

[ ! -e /etc/certctl-scep/certctl-scep.toml ] || skip "this machine has a configuration of its own"
step "the flat form is one profile at /scep"
SERVER_WRAP="$T/with $FIXTURES/flat.env"
start_server
for name in RATE_LIMIT_BUCKET_TTL RATE_LIMIT_BACKEND RATE_LIMIT_JANITOR_INTERVAL RATE_LIMIT_PER_USER_RPS \
    RATE_LIMIT_PER_USER_BURST AUDIT_FLUSH_TIMEOUT_SECONDS AUDIT_CHAIN_VERIFY_INTERVAL; do
    says "^certctl-scep: warning: CERTCTL_$name: means nothing here" "$T/serve.log"
done
same "$(warned "$T/serve.log")" 7 "warnings"
same "$(opened "$T/serve.log")" 1 "profiles that take raw CSRs"
printf 'Zk4mS0pTq8vWc2yRb6nLd9xHgA\n' >"$T/challenge"
expect 0 "$BIN" enroll --url "$URL" --tls-ca ca.crt --challenge-file "$T/challenge" --subject CN=flat --out-dir "$T/flat"
stop_server
expect 0 "$T/with" "$FIXTURES/flat.env" "$BIN" admin issued list
says 'CN=flat' "$T/out"

expect 0 "$T/with" "$FIXTURES/flat.env" "$BIN" preflight --format json
same "$(json "$T/out" 'j["target"]')" "(environment)"
same "$(json "$T/out" '[f["severity"] for f in j["findings"] if f["rule"] == "environment"]')" "$(printf "['warning'%s]" \
    "$(printf ", 'warning'%.0s" 1 2 3 4 5 6)")"
expect 0 "$T/with" "$FIXTURES/flat.env" "$BIN" preflight --print-config
says '^issuer_id = "iss-local" +# CERTCTL_SCEP_ISSUER_ID$' "$T/out"
says '^ca_key_path = "ca\.key" +# CERTCTL_CA_KEY_PATH$' "$T/out"

step "the indexed form is one profile for each name"
SERVER_WRAP="$T/with $FIXTURES/profiles.env"
rm "$T/serve.log"
start_server
for name in CONNECTOR_CERT_PATH AUDIENCE CHALLENGE_VALIDITY CLOCK_SKEW_TOLERANCE PER_DEVICE_RATE_LIMIT_24H; do
    says "^certctl-scep: warning: CERTCTL_SCEP_PROFILE_CORP_INTUNE_$name: means nothing here" "$T/serve.log"
done
same "$(warned "$T/serve.log")" 5 "warnings"
same "$(opened "$T/serve.log")" 3 "profiles that take raw CSRs"
for profile in corp iot-cams lab; do
    variable=CERTCTL_SCEP_PROFILE_$(printf %s "$profile" | tr a-z- A-Z_)_CHALLENGE_PASSWORD
    sed -n "s/^$variable=//p" "$FIXTURES/profiles.env" >"$T/challenge"
    expect 0 "$BIN" enroll --url "$URL/$profile" --tls-ca ca.crt --challenge-file "$T/challenge" \
        --subject "CN=$profile" --out-dir "$T/$profile"
done
run curl -s --cacert ca.crt -o /dev/null -w '%{http_code}' "$URL?operation=GetCACaps"
same "$(cat "$T/out")" 404 "the root path"
stop_server

step "every mistake is told, each by its variable"
expect 2 env CERTCTL_SCEP_PROFILES=corp CERTCTL_SCEP_PROFILE_CORP_ISUER_ID=iss-local CERTCTL_SCEP_STATE_PTH=x \
    CERTCTL_MAX_BODY_SIZE=1M CERTCTL_SCEP_PROFILE_CORP_INTUNE_ENABLED=true "$BIN" serve
says 'error: CERTCTL_SCEP_PROFILE_CORP_ISUER_ID: unknown variable'
says 'hint: did you mean CERTCTL_SCEP_PROFILE_CORP_ISSUER_ID'
says 'error: CERTCTL_SCEP_STATE_PTH: unknown variable'
says 'error: CERTCTL_MAX_BODY_SIZE: .*whole number'
says 'error: CERTCTL_SCEP_PROFILE_CORP_INTUNE_ENABLED: .*not supported yet'
says 'error: CERTCTL_SCEP_PROFILES: scep\.corp\.issuer_id: is not set'

step "without a variable that switches SCEP on, a file is wanted"
expect 2 env CERTCTL_SERVER_PORT=1 "$BIN" serve
says 'error: /etc/certctl-scep/certctl-scep.toml: there is no such configuration file'

step "the environment overrides the file"
mkdir "$T/elsewhere"
cd "$T/elsewhere" || exit 1
SERVER_WRAP="env CERTCTL_SCEP_CONFIG=$D/certctl-scep.toml CERTCTL_SERVER_PORT=0 CERTCTL_SCEP_STATE_PATH=over.db \
    CERTCTL_SCEP_AUDIT_KEY_PATH=over.key"
rm "$D"/state.db* "$D/audit.key"
start_server
stop_server
[ -e "$T/elsewhere/over.db" ] || fail "the database is not where the variable says, from the current directory"
absent "$D/state.db"

step "--dev takes nothing from the environment, and says so"
cp over.key "$D/audit.key"
export SERVER_WRAP="env CERTCTL_SCEP_STATE_PATH=$T/precious.db CERTCTL_SCEP_ENABLED=nonsense"
start_server --dev "$D" --listen 127.0.0.1:0
says 'note: --dev takes nothing from the environment, not .*CERTCTL_SCEP_STATE_PATH' "$T/serve.log"
stop_server
absent "$T/precious.db"
