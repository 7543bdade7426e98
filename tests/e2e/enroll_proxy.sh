#!/bin/sh
# http_proxy, https_proxy (a tunnel by CONNECT) and no_proxy of the environment, before a real server.
. "$(dirname "$0")/lib.sh"
dev_server
set_profile 'renewal_window = "any"'
cat >"$T/proxy.py" <<'PY'
import http.server, http.client, select, socket, socketserver, sys, urllib.parse
class Proxy(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def log_message(self, *_): pass
    def tell(self):
        with open(sys.argv[1], "a") as out: out.write(f"{self.command} {self.path.split('?')[0]}\n")
    def do_CONNECT(self):
        self.tell()
        if "refused" in self.path: return self.send_error(403)
        host, _, port = self.path.rpartition(":")
        with socket.create_connection((host, int(port))) as far:
            self.send_response(200); self.end_headers()
            near = self.connection
            while True:
                for ready in select.select([near, far], [], [])[0]:
                    octets = ready.recv(65536)
                    if not octets: self.close_connection = True; return
                    (far if ready is near else near).sendall(octets)
    def do_GET(self):
        self.tell()
        url = urllib.parse.urlsplit(self.path)
        self.send_response(200); body = f"SHA-256\nfor-{url.hostname}\n".encode()
        self.send_header("Content-Length", str(len(body))); self.end_headers(); self.wfile.write(body)
class Server(socketserver.ThreadingMixIn, http.server.HTTPServer): daemon_threads = True
server = Server(("127.0.0.1", 0), Proxy)
print("listening", server.server_port, file=sys.stderr, flush=True)
server.serve_forever()
PY
: >"$T/seen"
start proxy python3 "$T/proxy.py" "$T/seen"
proxy=http://127.0.0.1:${LISTENING##* }

step "https through a tunnel: TLS is verified at its end"
export https_proxy="$proxy"
expect 0 enroll_dev "$T/cam" CN=cam
verify_cert "$D/ca.crt" "$T/cam/cert.pem"
same "$(cat "$T/seen")" "CONNECT 127.0.0.1:$PORT"

step "renewals both ways through it, and a poll after approval"
for style in rfc draft; do
    expect 0 "$BIN" enroll --renew --renew-style $style --url "$URL" --tls-ca "$D/ca.crt" --cert "$T/cam/cert.pem" --cert-key "$T/cam/key.pem" \
        --out-dir "$T/$style"
    verify_cert "$D/ca.crt" "$T/$style/cert.pem"
done
same "$(wc -l <"$T/seen")" 3
stop_server
with_approvals
expect 4 "$BIN" enroll --url "$URL/waits" --tls-ca "$D/ca.crt" --challenge-file "$D/challenge" --subject CN=waits --out-dir "$T/waits"
expect 0 admin pending approve 1
expect 0 "$BIN" enroll --resume --out-dir "$T/waits"
verify_cert "$D/ca.crt" "$T/waits/cert.pem"
same "$(wc -l <"$T/seen")" 5

step "no_proxy: straight there"
no_proxy=127.0.0.0/8,other.example expect 0 enroll_dev "$T/direct" CN=direct
same "$(wc -l <"$T/seen")" 5

step "http by the whole URL, to a host that only the proxy knows"
unset https_proxy
http_proxy=${proxy#http://} expect 0 "$BIN" enroll --operation get-ca-caps --url http://unknown.invalid/scep
says '^for-unknown\.invalid$' "$T/out"
says '^GET http://unknown\.invalid/scep$' "$T/seen"
HTTP_PROXY=$proxy expect 3 "$BIN" enroll --operation get-ca-caps --url http://unknown.invalid/scep

step "a variable that is not for this URL, or a host that needs no proxy, may hold anything"
https_proxy=socks5://127.0.0.1:1 http_proxy=${proxy#http://} expect 0 "$BIN" enroll --operation get-ca-caps --url http://unknown.invalid/scep
https_proxy=socks5://127.0.0.1:1 no_proxy=127.0.0.1 expect 0 enroll_dev "$T/past" CN=past
https_proxy=socks5://127.0.0.1:1 expect 2 enroll_dev "$T/socks" CN=socks
says 'error: environment variable https_proxy'; one_error

step "a proxy that refuses, is not there, or has a password in its URL"
https_proxy=$proxy expect 3 "$BIN" enroll --operation get-ca-caps --url https://refused.invalid/scep
says 'error: http://127\.0\.0\.1:[0-9]*/: the proxy answers HTTP 403 to CONNECT refused\.invalid:443'; one_error
https_proxy=http://127.0.0.1:1 expect 3 "$BIN" enroll --operation get-ca-caps --url https://refused.invalid/scep
says 'error: .*cannot connect to the proxy'; one_error
https_proxy=http://user:s3cret@127.0.0.1:1 expect 2 "$BIN" enroll --operation get-ca-caps --url https://refused.invalid/scep
says 'error: environment variable https_proxy'; one_error
says_not s3cret
stop_server
