#!/bin/sh
# Whoever records a message under password_recipients guesses its challenge offline: serve starts only with a strong one (S06).
. "$(dirname "$0")/lib.sh"
dev_server
stop_server
F=$D/certctl-scep.toml
echo 'password_recipients = true' >>"$F"

# RFC8894 line 113: a password recipient wants a challenge of 128 bits
step "a weak one, and one of words"
for challenge in password123 'correct horse battery staple'; do
    printf '%s\n' "$challenge" >"$D/challenge"
    expect 2 "$BIN" serve --config "$F"
    says 'error: .*/challenge: the challenge may have less than 128 bits, and password_recipients lets'
    says_not "$challenge"
    expect 1 "$BIN" preflight --config "$F" --format json
    same "$(json "$T/out" '[f["severity"] for f in j["findings"] if f["rule"] == "password-recipients"]')" "['error']"
done

step "a strong one"
openssl rand -hex 16 >"$D/challenge"
expect 0 "$BIN" preflight --config "$F" --format json
same "$(json "$T/out" '[f for f in j["findings"] if f["rule"] == "password-recipients"]')" "[]"
start_server --config "$F" --listen 127.0.0.1:0
stop_server
