#!/bin/sh
# release only
# examples/systemd: systemd takes unit and drop-in without a word and calls the service well confined; ExecStart's command,
# with credentials as systemd makes them, serves, and without $CREDENTIALS_DIRECTORY refuses their mode.
. "$(dirname "$0")/lib.sh"
example systemd
lab_ca
rm certctl-scep.toml 2>/dev/null

step "unit and drop-in"
UNITS=$T/units
mkdir -p "$UNITS/certctl-scep.service.d"
for f in certctl-scep.service certctl-scep.service.d/credentials.conf; do
    sed "s|/usr/local/bin/certctl-scep|$BIN|" "$EXAMPLE/$f" >"$UNITS/$f"
done
command -v systemd-analyze >/dev/null || skip "no systemd-analyze"
run systemd-analyze verify --man=no "$UNITS/certctl-scep.service"
same "$RC" 0 "systemd-analyze verify"
says_not 'certctl-scep'
sed 's/^StateDirectory=/StateDirectroy=/' "$UNITS/certctl-scep.service" >"$UNITS/misspelt.service"
run systemd-analyze verify --man=no "$UNITS/misspelt.service"
says "StateDirectroy" "$T/err"
run systemd-analyze security --offline=true --threshold=15 --no-pager "$UNITS/certctl-scep.service"
tail -n 1 "$T/out"
same "$RC" 0 "exposure above 1.5"

step "ExecStart by hand, with the credentials that the drop-in loads"
followed "Setting it up"
mv ca.key tls.key ra.key keys/
cp laptops.challenge keys/devices.challenge
CREDENTIALS_DIRECTORY=$T/credentials
mkdir -m 500 "$CREDENTIALS_DIRECTORY"
sed -n 's/^LoadCredential=//p' "$EXAMPLE/certctl-scep.service.d/credentials.conf" | placed - >"$T/loads"
same "$(grep -c . "$T/loads")" 4 "credentials"
while IFS=: read -r name file; do
    install -m 440 "$file" "$CREDENTIALS_DIRECTORY/$name" || fail "the credential $name"  # as systemd 252 makes them
done <"$T/loads"
placed "$EXAMPLE/certctl-scep.toml" | sed "s|/run/credentials/certctl-scep.service|$CREDENTIALS_DIRECTORY|" >certctl-scep.toml
command=$(sed -n 's/^ExecStart=[^ ]*certctl-scep serve //p' "$EXAMPLE/certctl-scep.service" | placed -)
# shellcheck disable=SC2086  # words
expect 1 certctl-scep serve $command --check
cat "$T/out" >>"$T/err"
says 'mode is 0440, want 0600'
export CREDENTIALS_DIRECTORY
# shellcheck disable=SC2034  # start_server uses it
SERVER_WRAP="strace -f -o $T/strace"
# shellcheck disable=SC2086  # words
start_server $command
expect 0 certctl-scep enroll --url https://scep.example:8443/scep/devices --tls-ca ca.crt --challenge-file laptops.challenge \
    --subject CN=cam-1 --out-dir cam-1
verify_cert ca.crt cam-1/cert.pem
same "$(find "$VAR" -printf '%f %m\n' | sort | grep -v '^var' | tr '\n' ' ' | sed 's/state.db-[^ ]* [0-9]* //g')" "audit.key 600 state.db 600 " "the state"
head -n 1 "$T/serve.log" | python3 -c 'import json,sys; json.loads(sys.stdin.readline())' || fail "the journal is not JSON"
kill -TERM "$(sed -n '1s/ .*//p' "$T/strace")"
wait "$SERVER_PID"
same $? 0 "the server after SIGTERM"
forget "$SERVER_PID"

step "the unit's filter lets every system call through"
python3 - "$T/strace" "$EXAMPLE/certctl-scep.service" <<'PY' || fail "a system call that the unit refuses"
import re, subprocess, sys
def group(name):
    lines = subprocess.run(["systemd-analyze", "syscall-filter", "--no-pager", name], capture_output=True, text=True, check=True).stdout
    words = [w.strip() for w in lines.splitlines()[1:] if w.startswith(" ") and not w.strip().startswith("#")]
    return set().union(*(group(w) if w.startswith("@") else {w} for w in words))
allowed = set()
for value in re.findall(r"^SystemCallFilter=(.*)", open(sys.argv[2]).read(), re.M):
    named = set().union(*(group(n) for n in value.lstrip("~").split()))
    allowed = allowed - named if value.startswith("~") else allowed | named
used = set(re.findall(r"^\d+ +(\w+)\(", open(sys.argv[1]).read(), re.M))
used -= {"fchown"}  # SQLite, for root only
print(len(used), "used; refused:", sorted(used - allowed))
sys.exit(bool(used - allowed) or len(used) < 20)
PY
