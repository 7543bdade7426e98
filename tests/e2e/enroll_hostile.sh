#!/bin/sh
# Servers that are broken or lie, before a real one: each gets a clear refusal in bounded time, nothing is sent that was not
# meant for them, and key and request are on disk once they were needed. The harmless oddities are lived with.
. "$(dirname "$0")/lib.sh"
dev_server
print=$(openssl x509 -in "$D/ca.crt" -outform DER | sha256sum | cut -d' ' -f1)
challenge=$(cat "$D/challenge")

cat >"$T/relay.py" <<'PY'
# Relays /MODE/scep to the real server and does there what MODE says. With a certificate it speaks TLS.
import http.client, http.server, socketserver, ssl, sys, time, urllib.parse
port, ca, log = int(sys.argv[1]), sys.argv[2], sys.argv[3]
trust = ssl.create_default_context(cafile=ca)
kept = {}

class Relay(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def log_message(self, *_): pass
    def answer(self, status, body, headers=()):
        self.send_response(status)
        for name, value in headers: self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def ask(self, body):
        upstream = http.client.HTTPSConnection("127.0.0.1", port, context=trust)
        upstream.request(self.command, "/scep?" + self.path.partition("?")[2], body)
        reply = upstream.getresponse()
        return reply.status, reply.read()
    def handle_all(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        mode = self.path.split("/")[1]
        query = urllib.parse.parse_qs(self.path.partition("?")[2])
        operation = query["operation"][0]
        with open(log, "ab") as out:
            out.write(f"{self.command} {mode} {operation}\n".encode() + body)
        me = self.headers["Host"]
        if mode == "loop": return self.answer(302, b"", [("Location", f"/loop/x{time.time_ns()}?{self.path.partition('?')[2]}")])
        if mode == "away": return self.answer(302, b"", [("Location", f"http://localhost:{port}/scep")])
        if mode == "plain": return self.answer(301, b"", [("Location", f"http://{me}/ok/scep")])
        if mode == "moved": return self.answer(307, b"", [("Location", "/ok/scep")])
        if mode == "hangup" and operation == "GetCACaps": self.close_connection = True; return
        if mode == "caps" and operation == "GetCACaps": return self.answer(200, b"")
        if mode == "crlf" and operation == "GetCACaps": return self.answer(200, b"sha-256\r\naes\r\nPOSTPKIOPERATION\r\nscepStandard\r\n", [("Content-Type", "text/html")])
        if mode == "huge" and operation == "GetCACert": return self.answer(200, bytes(100 << 20))
        if mode == "drip" and operation == "GetCACert":
            self.send_response(200); self.send_header("Content-Length", "1000"); self.end_headers()
            for _ in range(30): self.wfile.write(b"0"); self.wfile.flush(); time.sleep(1)
            return
        if mode == "cut" and operation == "PKIOperation":
            self.send_response(200); self.send_header("Transfer-Encoding", "chunked"); self.end_headers()
            self.wfile.write(b"1000\r\nabc"); self.close_connection = True; return
        if mode == "text" and operation == "PKIOperation": return self.answer(500, b"The CA is on holiday\x1b[2J", [("Content-Type", "text/plain")])
        status, reply = self.ask(body)
        if mode == "old" and operation == "PKIOperation": reply = kept.setdefault("reply", reply)
        if mode == "bent" and operation == "PKIOperation": reply = reply[:-9] + bytes([reply[-9] ^ 1]) + reply[-8:]
        self.answer(status, reply, [("Content-Type", "text/html; charset=utf-8" if mode == "types" else "application/octet-stream")])
    do_GET = do_POST = handle_all

class Server(socketserver.ThreadingMixIn, http.server.HTTPServer): daemon_threads = True
server = Server(("127.0.0.1", 0), Relay)
if len(sys.argv) > 4:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(sys.argv[4], sys.argv[5])
    server.socket = tls.wrap_socket(server.socket, server_side=True)
print("listening", server.server_port, file=sys.stderr, flush=True)
server.serve_forever()
PY
start relay python3 "$T/relay.py" "$PORT" "$D/ca.crt" "$T/seen"
RELAY=${LISTENING##* }
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$T/rsa.key" 2>/dev/null && chmod 600 "$T/rsa.key"

# at MODE [ARGS...]: an enrolment there, into $T/MODE.
at() {
    mode=$1; shift
    rm -rf "${T:?}/$mode"
    "$BIN" enroll --url "http://127.0.0.1:$RELAY/$mode/scep" --ca-fingerprint "$print" --challenge-file "$D/challenge" \
        --subject "CN=$mode" --out-dir "$T/$mode" "$@" </dev/null
}
# kept: key and request are there for --resume, and no certificate.
kept() { for file in key.pem request.pem; do [ -e "$T/$1/$file" ] || fail "$1: no $file"; done; absent "$T/$1/cert.pem"; }

step "oddities that are lived with"
expect 0 at moved
says 'note: the server redirects to http://127\.0\.0\.1:[0-9]*/ok/scep'
expect 0 at hangup
says 'GetCACaps: the server hangs up'
expect 0 at crlf
says_not SCEPStandard
expect 0 at types
expect 0 at moved --http get --force

step "stripped capabilities do not weaken the request, and are a warning"
# RFC8894 line 117: with every capability struck out the request is AES-128-CBC and SHA-256, and there is a warning
expect 0 at caps
says 'warning: the server.s capabilities have no SCEPStandard.*SHA-256 and AES-128-CBC'

step "redirects: a loop, another host, from https to http"
expect 3 at loop
says 'error: .*more than 5 redirects'; one_error; absent "$T/loop"
expect 3 at away
says 'error: .*redirects to http://localhost:[0-9]*/scep, and another host is not followed to'; one_error; absent "$T/away"
start tls python3 "$T/relay.py" "$PORT" "$D/ca.crt" "$T/seen" "$D/tls.crt" "$D/tls.key"
expect 3 "$BIN" enroll --url "https://127.0.0.1:${LISTENING##* }/plain/scep" --tls-ca "$D/ca.crt" --subject CN=x --out-dir "$T/plain"
says 'error: .*https is not given up for http'; one_error; absent "$T/plain"

step "100 MB, an octet a second, a chunk that is cut"
expect 3 at huge
says 'error: .*larger than 4194304 octets'; absent "$T/huge"
expect 3 at drip --timeout 3s
says 'error: .*no complete reply within 3 s'; absent "$T/drip"
expect 3 at cut
says 'error: .*cut short'; kept cut

step "HTTP 500 with a text: it is shown, escaped, and the run can go on"
expect 3 at text --save-messages "$T/messages"
says 'error: .*HTTP 500 \(text/plain\): The CA is on holiday\\x1b\[2J'
says "hint: .*certctl-scep enroll --resume --out-dir $T/text"
says "hint: .*certctl-scep decode-pkimessage $T/messages/03-PKIOperation.request.der --reply $T/messages/03-PKIOperation.reply.der"
kept text
same "$(cd "$T/messages" && echo ./*)" "./01-GetCACaps.reply ./01-GetCACaps.request ./02-GetCACert.reply ./02-GetCACert.request ./03-PKIOperation.reply.der ./03-PKIOperation.request.der"
same "$(mode_of "$T/messages/03-PKIOperation.request.der")" 600
openssl cms -verify -noverify -inform DER -in "$T/messages/03-PKIOperation.request.der" -out /dev/null 2>"$T/verify.log" || fail "no pkiMessage"
expect 0 "$BIN" enroll --resume --out-dir "$T/text" --url "http://127.0.0.1:$RELAY/ok/scep" --save-messages "$T/messages"
[ -e "$T/messages/06-PKIOperation.reply.der" ] || fail "the numbers do not go on"

step "a reply that was recorded before is refused by its nonce"
# RFC8894 line 59: the same device asks again with the same key and gets the recorded reply
expect 0 at old --key-file "$T/rsa.key"
expect 1 at old --key-file "$T/rsa.key"
says 'error: .*recipientNonce is not the request.s senderNonce'
says "note: the reply is kept; .*decode-pkimessage $T/old/rejected\.der"
same "$(mode_of "$T/old/rejected.der")" 600
expect 1 at old
says 'error: .*transactionID is not the request.s'; kept old
expect 1 at bent
says 'error: .*(signature|digest)'; kept bent

step "whoever reads the output goes away: key and request stay, and nothing else"
printf 'wrong\n' >"$T/wrong"
chmod 600 "$T/wrong"
"$BIN" enroll --url "$URL" --tls-ca "$D/ca.crt" --challenge-file "$T/wrong" --subject CN=gone --out-dir "$T/gone" </dev/null 2>&1 | true
same "$(ls -A "$T/gone")" "key.pem
request.pem"

step "nothing secret was seen on the way"
! grep -a -q "$challenge" "$T/seen" || fail "the challenge was sent in clear"
stop_server
