#!/bin/sh
# The main job: `serve --dev` makes everything, prints the enroll command, and that very command obtains a certificate
# that openssl accepts, with its audit row; a second start reuses what the first made.
. "$(dirname "$0")/lib.sh"
cd "$T" || exit 1
dev_server

step "what --dev made"
for f in ca.crt ca.key ra.crt ra.key tls.crt tls.key challenge audit.key certctl-scep.toml state.db; do
    [ -s "$D/$f" ] || fail "--dev made no $f"
done
for f in ca.key ra.key tls.key challenge audit.key state.db; do same "$(mode_of "$D/$f")" 600 "mode of $f"; done
same "$(mode_of "$D/ra.crt")" 644
openssl x509 -in "$D/ca.crt" -noout -text >"$T/ca.txt"
says 'CA:TRUE, pathlen:0' "$T/ca.txt"
says 'ASN1 OID: prime256v1' "$T/ca.txt"
openssl verify -CAfile "$D/ca.crt" "$D/ra.crt" "$D/tls.crt" >"$T/verify.log" 2>&1 || fail "RA or TLS certificate"
openssl x509 -in "$D/tls.crt" -noout -ext subjectAltName | grep -q 'DNS:localhost.*IP Address:127.0.0.1' || fail "TLS names"

step "the printed command"
print=$(openssl x509 -in "$D/ca.crt" -outform DER | sha256sum | cut -c1-64)
await_line "$T/serve.out" 'certctl-scep enroll '
cat "$T/serve.out" "$T/serve.log" >"$T/said"
grep -qi "$print" "$T/said" || tr -d ':' <"$T/said" | grep -qi "$print" || fail "the CA fingerprint is not printed"
says_not "$(cat "$D/challenge")" "$T/said"
command=$(sed -n 's/^[[:space:]]*\(certctl-scep enroll .*\)/\1/p' "$T/said" | head -n 1)
[ -n "$command" ] || command=$(sed -n 's/^[[:space:]]*\([^ ]*certctl-scep enroll .*\)/\1/p' "$T/said" | head -n 1)
[ -n "$command" ] || fail "no enroll command is printed"
echo "$command"
mkdir "$T/bin"; ln -s "$BIN" "$T/bin/certctl-scep"
PATH="$T/bin:$PATH" run sh -c "$command"
same "$RC" 0 "the printed command"
cert=$(find "$T" -name cert.pem -not -path "$D/*" | head -n 1)
[ -n "$cert" ] || fail "the printed command left no cert.pem"
verify_cert "$D/ca.crt" "$cert"
same "$(mode_of "${cert%cert.pem}key.pem")" 600
openssl x509 -in "$cert" -noout -pubkey >"$T/a"
openssl pkey -in "${cert%cert.pem}key.pem" -pubout | cmp -s - "$T/a" || fail "key and certificate do not match"
openssl verify -CAfile "$D/ca.crt" "${cert%cert.pem}chain.pem" >"$T/verify.log" 2>&1 || fail "chain.pem"

step "its audit row"
expect 0 "$BIN" admin audit list --config "$D/certctl-scep.toml" --format json
same "$(json "$T/out" 'len(j["events"]), j["events"][0]["outcome"], j["events"][0]["serial"].upper()')" \
    "(1, 'success', '$(serial_of "$cert")')"
stop_server

step "a second start reuses all of it"
(cd "$D" && sha256sum -- *.crt *.key challenge certctl-scep.toml) >"$T/before"
dev_server
stop_server
(cd "$D" && sha256sum -c --quiet "$T/before") || fail "the second start changed files"

step "--check makes no directory"
expect 2 "$BIN" serve --dev "$T/fresh" --check
one_error
says 'error: .*/fresh: is not made yet'
says 'hint: serve --dev .*/fresh without --check'
absent "$T/fresh"
expect 0 "$BIN" serve --dev "$D" --check

# printed_works NAME: the printed command, with out-dir NAME, obtains a certificate.
printed_works() {
    await_line "$T/serve.out" '^certctl-scep enroll '  # behind the line that says "listening"
    command=$(sed -n 's/^\(certctl-scep enroll .*\)/\1/p' "$T/serve.out" | sed "s/--out-dir device-1/--out-dir $1/")
    PATH="$T/bin:$PATH" run sh -c "$command"
    same "$RC" 0 "the printed command: $command"
    [ -s "$1/cert.pem" ] || fail "no certificate in $1"
}

step "an address that the TLS certificate does not name"
start_server --dev "$D" --listen 127.0.0.2:0
printed_works elsewhere
says 'warning: .*tls\.crt: does not name 127\.0\.0\.2' "$T/serve.log"
says 'hint: --listen on what it names: localhost, 127\.0\.0\.1, ::1$' "$T/serve.log"
stop_server

step "an edited configuration: path, challenge and CA as it has them"
sed -i 's|^path_id .*|path_id = "corp"|; s|^challenge_password_file .*|challenge_password = "another-One-0123456789abcdef"|' "$D/certctl-scep.toml"
chmod 600 "$D/certctl-scep.toml"
dev_server
SCEP_CHALLENGE=another-One-0123456789abcdef printed_works corp
says '^url: https://localhost:[0-9]+/scep/corp$' "$T/serve.out"
says 'note: .*\[scep\.default\].* SCEP_CHALLENGE$' "$T/serve.log"
stop_server
