#!/bin/sh
# enroll that cannot succeed: which file or peer, what was wanted, what next; exit code by INTERFACE; a failed run
# leaves no certificate.
. "$(dirname "$0")/lib.sh"
dev_server
printf 'wrong\n' >"$T/wrong"
ask() { "$BIN" enroll --url "$URL" --subject CN=x --out-dir "$T/o" "$@"; }
nothing() { absent "$T/o/cert.pem" "$T/o/chain.pem"; rm -rf "$T/o"; }

step "a wrong challenge: refused, 1, and nothing tells the challenge"
expect 1 ask --tls-ca "$D/ca.crt" --challenge-file "$T/wrong"
says 'error: .*badRequest'
says_not "$(cat "$D/challenge")"; nothing

step "no challenge"
expect 1 ask --tls-ca "$D/ca.crt"
says 'error: .*badRequest'; nothing

step "algorithms that the server refuses: failInfoText names both"
expect 1 ask --tls-ca "$D/ca.crt" --challenge-file "$D/challenge" --digest sha1 --cipher 3des
says 'error: .*badAlg.*SHA-1, DES-EDE3-CBC'; nothing

step "S29: a CA that nothing authenticates: 2, fingerprint shown"
expect 2 ask --challenge-file "$D/challenge"
says "$(openssl x509 -in "$D/ca.crt" -outform DER | sha256sum | cut -c1-64)|--ca-fingerprint|--tls-ca"; nothing

step "another CA's fingerprint"
expect 1 ask --tls-ca "$D/ca.crt" --ca-fingerprint "$(printf '%064d' 7)" --challenge-file "$D/challenge"
says 'error: .*fingerprint'; nothing

step "TLS that does not verify: 3"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=other -keyout "$T/other.key" -out "$T/other.crt" 2>/dev/null
expect 3 ask --tls-ca "$T/other.crt" --challenge-file "$D/challenge"
says 'error: .*127\.0\.0\.1.*(verif|certificate)|error: .*(verif|certificate)'; nothing

step "the wrong path, and the wrong scheme: a hint"
expect 3 "$BIN" enroll --url "https://127.0.0.1:$PORT/nothing" --tls-ca "$D/ca.crt" --subject CN=x --out-dir "$T/o"
says 'note: GetCACaps: the server answers HTTP 404'
says 'error: .*HTTP 404'
says 'hint: .*/scep'; nothing
expect 3 "$BIN" enroll --url "http://127.0.0.1:$PORT/scep" --trust-on-first-use --subject CN=x --out-dir "$T/o"
says 'hint: .*https://'; nothing

step "a certificate for another host: what it is for"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=mail -addext subjectAltName=DNS:mail.example \
    -keyout "$T/mail.key" -out "$T/mail.crt" 2>/dev/null
start mail python3 -c 'import socket, ssl, sys
c = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER); c.load_cert_chain(sys.argv[1], sys.argv[2])
s = socket.create_server(("127.0.0.1", 0))
print("listening", s.getsockname()[1], file=sys.stderr, flush=True)
try: c.wrap_socket(s.accept()[0], server_side=True)
except ssl.SSLError: pass' "$T/mail.crt" "$T/mail.key"
expect 3 "$BIN" enroll --url "https://127.0.0.1:${LISTENING##* }/scep" --tls-ca "$T/mail.crt" --subject CN=x --out-dir "$T/o"
says 'error: .*it is for dns:mail\.example'; one_error; nothing

step "files"
expect 3 ask --tls-ca "$T/none.crt" --challenge-file "$D/challenge"
says 'error: .*none\.crt'; nothing
expect 3 ask --tls-ca "$D/ca.crt" --challenge-file "$T/none"
says 'error: .*/none'; nothing
printf 'junk\n' >"$T/junk"; chmod 600 "$T/junk"
run ask --tls-ca "$D/ca.crt" --challenge-file "$D/challenge" --key-file "$T/junk"
[ "$RC" = 2 ] || [ "$RC" = 3 ] || fail "a key file that is none: exit $RC"
says 'error: .*junk'; nothing

openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024 -out "$T/small.key" 2>/dev/null; chmod 600 "$T/small.key"
expect 2 ask --tls-ca "$D/ca.crt" --challenge-file "$D/challenge" --key-file "$T/small.key"
says 'error: .*small\.key:1: RSA key of 1024 bits'; nothing

step "existing files stay without --force"
expect 0 ask --tls-ca "$D/ca.crt" --challenge-file "$D/challenge"
cp "$T/o/cert.pem" "$T/kept.pem"
run ask --tls-ca "$D/ca.crt" --challenge-file "$D/challenge"
[ "$RC" != 0 ] || fail "overwrote an existing key"
says 'error: .*(key|cert)\.pem.*exist'
cmp -s "$T/o/cert.pem" "$T/kept.pem" || fail "the certificate was overwritten"; rm -rf "$T/o"

step "nobody listens: 3"
stop_server
expect 3 ask --tls-ca "$D/ca.crt" --challenge-file "$D/challenge"
says "error: .*127\.0\.0\.1:$PORT.*refused"; nothing
