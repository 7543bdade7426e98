#!/bin/sh
# One run tells everything: seven faults of different kinds at once, what may not be looked at, what a profile lacks; with
# exit codes that a build can act upon, and nothing written.
. "$(dirname "$0")/lib.sh"
dev_server
stop_server
rm -f "$D"/state.db*
F=$D/certctl-scep.toml
cp -rp "$D" "$T/good"
again() { rm -rf "$D"; cp -rp "$T/good" "$D"; }
preflight() { want=$1; shift; expect "$want" "$BIN" preflight --config "$F" "$@"; }

step "a configuration in order"
before=$(cd "$D" && find . -printf '%p %m %s %T@\n' | sort)
preflight 0
same "$(tail -n 1 "$T/out")" "0 errors, 0 warnings, 1 notice: serve would start"
same "$(cd "$D" && find . -printf '%p %m %s %T@\n' | sort)" "$before" "preflight changed something"
expect 0 "$BIN" serve --config "$F" --check
same "$(tail -n 1 "$T/out")" "0 errors, 0 warnings, 1 notice: serve would start"

step "seven faults are seven findings, by preflight and by serve"
sed -i 's/^log_format/log_fromat/; s/^max_ttl .*/max_ttl = "1 year"/' "$F"
chmod 0644 "$D/ca.key"
cp "$D/tls.key" "$D/ra.key"
: >"$D/challenge"
printf 'nonsense\n' >"$D/tls.crt"
cat >>"$F" <<'TOML'
[scep.lab]
issuer_id = "iss-locl"
challenge_password_file = "challenge-lab"
ra_cert_path = "ra.crt"
ra_key_path = "ra.key"
TOML
printf 'Zk4mS0pTq8vWc2yRb6nLd9xHgA\n' >"$D/challenge-lab"
chmod 0600 "$D/challenge-lab"
seven() {
    says 'log_fromat: unknown setting' "$1"
    says 'certificate_profile\.devices\.max_ttl' "$1"
    says 'ca\.key: mode is 0644' "$1"
    says 'ra\.key: does not match the certificate' "$1"
    says 'challenge: the challenge is empty' "$1"
    says 'tls\.crt' "$1"
    says 'scep\.lab\.issuer_id: there is no \[issuer\.iss-locl\]' "$1"
}
preflight 2
seven "$T/out"
same "$(grep -c '^  error ' "$T/out")" 8 "errors; the RA pair is that of both profiles"
expect 2 "$BIN" serve --config "$F"
seven "$T/err"
absent "$D"/state.db*

step "serve's refusal names the profile in its log"
says ' error preflight rule=configuration severity=error scep_profile_index=1 scep_profile_pathid=lab scep_profile_issuer_id=iss-locl endpoint=/scep/lab error=".*there is no \[issuer\.iss-locl\]"' "$T/err"
says ' error preflight rule=challenge-present severity=error scep_profile_index=0 scep_profile_issuer_id=iss-local endpoint=/scep error=' "$T/err"
again
sed -i 's/^log_format .*/log_format = "json"/; s/^path_id .*/path_id = "corp"/' "$F"
chmod 0644 "$D/ra.key"
expect 2 "$BIN" serve --config "$F"
grep '^{' "$T/err" >"$T/json"
same "$(json "$T/json" '[j[k] for k in ("level", "event", "rule", "scep_profile_pathid")]')" "['error', 'preflight', 'ra-key-mode', 'corp']"
again

step "one profile, strict, and days before the end"
cat >>"$F" <<'TOML'
[scep.lab]
issuer_id = "iss-local"
challenge_password = "lab"
ra_cert_path = "ra.crt"
ra_key_path = "none.key"
require_signer_key = true
TOML
chmod 0600 "$F"
preflight 1
says '^/scep/lab$' "$T/out"
preflight 0 --profile -
says_not '^/scep/lab$' "$T/out"
preflight 1 --profile lab
says_not '^/scep$' "$T/out"
preflight 2 --profile lb
says 'error: --profile: lb is not known'
says 'hint: did you mean lab\?'
again
preflight 0 --min-days 1000
says 'warning  tls-expiry: ' "$T/out"
preflight 1 --min-days 1000 --strict
same "$(tail -n 1 "$T/out")" "1 error (1 by --strict), 0 warnings, 1 notice: serve would start"
preflight 2 --min-days -1
says 'error: --min-days: got -1, want a whole number'

step "named clients"
preflight 0 --clients ios,windows,strongswan
says_not signer-key "$T/out"
preflight 1 --clients juniper
says 'error    client-reply-chain: .*junos takes no reply with a CA certificate' "$T/out"
same "$(tail -n 1 "$T/out" | sed 's/.*: //')" "serve would start"
preflight 2 --clients windws
says 'hint: did you mean windows\?'
expect 0 "$BIN" preflight --clients list --format json
same "$(json "$T/out" '"windows" in [c["name"] for c in j["clients"]]')" True

step "the configuration as it takes effect"
preflight 0 --print-config
says '^ca_cert_path = ".*/ca\.crt" +# .*certctl-scep\.toml:[0-9]+$' "$T/out"
says '^chain = "ca" +# default$' "$T/out"
expect 0 env CERTCTL_SERVER_PORT=1 CERTCTL_SCEP_PROFILE_DEFAULT_CHALLENGE_PASSWORD=s3cretWord \
    "$BIN" preflight --config "$F" --print-config
says '^listen = "127\.0\.0\.1:1" +# CERTCTL_SERVER_PORT$' "$T/out"
says '^challenge_password = "\*+" +# CERTCTL_SCEP_PROFILE_DEFAULT_CHALLENGE_PASSWORD$' "$T/out"
says_not s3cretWord "$T/out"
cp "$T/out" "$D/again.toml"
sed -i 's/^challenge_password = .*/challenge_password_file = "challenge"/; /^pending_ttl\|^signing_time/d' "$D/again.toml"
expect 0 env -C "$D" "$BIN" preflight --config "$D/again.toml"
expect 0 env CERTCTL_SERVER_PORT=1 CERTCTL_SCEP_PROFILE_DEFAULT_CHALLENGE_PASSWORD=s3cretWord \
    "$BIN" preflight --config "$F" --print-config --format json
says_not s3cretWord "$T/out"
same "$(json "$T/out" '[(s["value"], s["secret"]) for s in j["settings"] if s["setting"] == "scep.default.challenge_password"]')" '[(None, True)]'
same "$(json "$T/out" '[s["value"] for s in j["settings"] if s["setting"] == "server.max_body_size"]')" '[1048576]'

step "what cannot be read is an answer of its own"
expect 2 "$BIN" preflight --config "$T/none.toml"
says 'none\.toml: there is no such configuration file' "$T/out"
expect 3 "$BIN" preflight --config "$D"
again
[ "$(id -u)" = 0 ] || chmod 0000 "$D/ra.key"
as_other() { [ "$(id -u)" != 0 ] || set -- setpriv --reuid 65534 --regid 65534 --clear-groups "$@"; "$@"; }
chmod 0755 "$T" "$D"
cp "$BIN" "$T/certctl-scep"
if as_other "$T/certctl-scep" --version >/dev/null 2>&1; then
    expect 3 as_other "$T/certctl-scep" preflight --config "$F"
    says 'error    ra-key: .*/ra\.key: cannot open: [Pp]ermission denied' "$T/out"
    says 'hint: run this as the user that serve runs as' "$T/out"
    expect 3 as_other "$T/certctl-scep" preflight --config "$F" --format json
    same "$(json "$T/out" '{f["forbidden"] for f in j["findings"] if f["severity"] == "error"}')" '{True}'
fi

# in_etc DIR COMMAND...: with DIR in the place of /etc, for nobody else.
# shellcheck disable=SC2016  # of the inner shell
in_etc() { unshare -m sh -c 'mount --bind "$1" /etc && shift && exec "$@"' sh "$@"; }

step "a configuration behind a closed directory is not a missing one, nor do variables take its place"
again
mkdir -p "$T/etc"
cp -rp "$D" "$T/etc/certctl-scep"
chmod 0700 "$T/etc/certctl-scep"
cp /etc/ld.so.cache "$T/etc" 2>/dev/null
[ "$(id -u)" = 0 ] || chmod 0000 "$T/etc/certctl-scep"
if as_other "$T/certctl-scep" --version >/dev/null 2>&1; then
    expect 3 as_other "$T/certctl-scep" preflight --config "$T/etc/certctl-scep/certctl-scep.toml"
    says 'certctl-scep\.toml: cannot open: permission denied' "$T/out"
    says 'hint: run this as the user that serve runs as' "$T/out"
    if [ "$(id -u)" = 0 ] && in_etc "$T/etc" true 2>/dev/null; then
        closed_etc() { in_etc "$T/etc" setpriv --reuid 65534 --regid 65534 --clear-groups "$@"; }
        expect 3 closed_etc env CERTCTL_SCEP_ENABLED=true "$T/certctl-scep" preflight
        says '/etc/certctl-scep/certctl-scep\.toml: cannot open: permission denied' "$T/out"
        expect 3 closed_etc env CERTCTL_SCEP_ENABLED=true "$T/certctl-scep" serve
        says '/etc/certctl-scep/certctl-scep\.toml: cannot open: permission denied'
        rm -r "$T/etc/certctl-scep"
        expect 1 closed_etc env CERTCTL_SCEP_ENABLED=true "$T/certctl-scep" preflight
        says_not 'permission denied' "$T/out"
    fi
fi
[ ! -e "$T/etc/certctl-scep" ] || chmod 0700 "$T/etc/certctl-scep"

step "lists have forms of their own"
for option in --list-rules --print-config "--clients list"; do
    # shellcheck disable=SC2086  # words
    expect 2 "$BIN" preflight --config "$D/certctl-scep.toml" $option --format sarif
    one_error
done
