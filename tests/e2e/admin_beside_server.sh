#!/bin/sh
# admin issued list|show and audit list, text and JSON, beside a running server, which goes on serving.
. "$(dirname "$0")/lib.sh"
dev_server
F=$D/certctl-scep.toml
printf 'wrong\n' >"$T/wrong"
enroll_dev "$T/a" 'CN=alpha,O=Lab' --san dns:alpha.example >"$T/out" 2>"$T/err" || fail "alpha"
enroll_dev "$T/b" 'CN=beta,O=Lab' >"$T/out" 2>"$T/err" || fail "beta"
expect 1 "$BIN" enroll --url "$URL" --tls-ca "$D/ca.crt" --challenge-file "$T/wrong" --subject CN=gamma --out-dir "$T/c"
serial=$(serial_of "$T/a/cert.pem")

step "issued list"
expect 0 "$BIN" admin issued list --config "$F"
says "alpha" "$T/out"; says "beta" "$T/out"; says_not "gamma" "$T/out"
grep -qi "$serial" "$T/out" || fail "no serial in the list"
expect 0 "$BIN" admin issued list --config "$F" --format json
same "$(json "$T/out" 'next(iter(j.items()))')" "('schema', 'certctl-scep/admin/1')"
same "$(json "$T/out" 'len(j["certificates"])')" 2

step "issued show"
for spelling in "$serial" "$(printf '%s' "$serial" | tr 'A-F' 'a-f')" "$(printf '%s' "$serial" | sed 's/../&:/g;s/:$//')"; do
    expect 0 "$BIN" admin issued show "$spelling" --config "$F"
    says "alpha" "$T/out"
done
expect 0 "$BIN" admin issued show "$serial" --config "$F" --format json
expect 1 "$BIN" admin issued show 0123456789 --config "$F"
says 'error: .*0123456789'

step "audit list"
expect 0 "$BIN" admin audit list --config "$F"
says "alpha.*|success" "$T/out"
same "$(grep -c 'scep_pkcsreq' "$T/out")" 3
expect 0 "$BIN" admin audit list --config "$F" --format json
audited "$T/out" alpha success
audited "$T/out" gamma 'refused|failure'
json "$T/out" '[sorted(e) for e in j["events"]][0]'
says_not "$(cat "$D/challenge")" "$T/out"

step "the server goes on"
enroll_dev "$T/d" CN=delta >"$T/out" 2>"$T/err" || fail "delta"
stop_server

step "and without a server, or without a database"
expect 0 "$BIN" admin issued list --config "$F"
says delta "$T/out"
rm -f "$D"/state.db*
run "$BIN" admin issued list --config "$F"
[ "$RC" = 3 ] || fail "no database: exit $RC, want 3"
says 'error: .*state\.db'
absent "$D/state.db"
