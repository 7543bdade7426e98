#!/bin/sh
# preflight --url says of a live server what clients would stumble over, and enrols nothing.
. "$(dirname "$0")/lib.sh"
dev_server
probe() { want=$1; shift; expect "$want" "$BIN" preflight --url "$@"; }

step "our own server"
probe 0 "$URL" --tls-ca "$D/ca.crt"
same "$(tail -n 1 "$T/out")" "0 errors, 0 warnings, 0 notices: clients can use the server"
says '^  tls version      TLSv1\.3$' "$T/out"
says '^  capabilities     POSTPKIOperation SHA-256 SHA-512 AES SCEPStandard' "$T/out"
says '^  ra certificate   CN=certctl-scep dev RA, RSA 2048 bits, 18[0-9]{2} days left$' "$T/out"
probe 0 "https://localhost:$PORT/scep" --tls-ca "$D/ca.crt" --format json
same "$(json "$T/out" 'sorted(c["rule"] for c in j["checks"] if c["verdict"] == "not-applicable")')" "['url-mtls']" "no such route"
probe 0 "$URL"
probe 0 "$URL" --min-days 4000
says 'warning  url-expiry: .*CN=certctl-scep dev CA' "$T/out"
probe 1 "$URL" --min-days 4000 --strict

step "a profile for client certificates only is no broken server"
cp -r "$D" "$T/only"
grep -v '^mtls_' "$D/certctl-scep.toml" >"$T/only/certctl-scep.toml"
printf 'mtls_enabled = true\nmtls_only = true\nmtls_client_ca_trust_bundle_path = "ca.crt"\n' >"$T/mtls"
sed -i "/^\[scep\./r $T/mtls" "$T/only/certctl-scep.toml"
rm -f "$T"/only/state.db* "$T/only/audit.key"
kept_url=$URL kept_port=$PORT kept_pid=$SERVER_PID kept_log=$SERVER_LOG_PID
start_server --config "$T/only/certctl-scep.toml" --listen 127.0.0.1:0
probe 0 "$URL" --tls-ca "$D/ca.crt"
says 'notice   url-mtls-only: .*/scep: is closed \(HTTP 403\), and https://.*/scep-mtls asks for a client certificate' "$T/out"
says_not 'clients would fail' "$T/out"
probe 0 "$URL" --strict
stop_server
URL=$kept_url PORT=$kept_port SERVER_PID=$kept_pid SERVER_LOG_PID=$kept_log

step "another CA for its TLS certificate"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=other -keyout "$T/other.key" \
    -out "$T/other.crt" 2>/dev/null
probe 1 "$URL" --tls-ca "$T/other.crt"
says 'error    url-tls-trust: .*does not verify against .*other\.crt' "$T/out"

step "a path that nobody serves"
probe 1 "$URL/none"
says 'warning  url-capabilities: .*GetCACaps: HTTP 404' "$T/out"
says 'error    url-certificates: .*GetCACert: HTTP 404' "$T/out"
same "$(tail -n 1 "$T/out" | sed 's/.*: //')" "clients would fail"

step "nothing was enrolled, and nothing asked for"
expect 0 "$BIN" admin audit list --config "$D/certctl-scep.toml" --format json
same "$(json "$T/out" 'len(j["events"])')" 0

step "plain HTTP in front of it"
plain_hop
probe 0 "http://127.0.0.1:$HOP/scep" --format json
same "$(json "$T/out" '[c["verdict"] for c in j["checks"] if c["rule"].startswith("url-tls")] == ["not-applicable"] * 6')" True
stop_server

step "nobody there"
probe 3 "$URL"
says 'error    url-reachable: .*cannot connect' "$T/out"
probe 2 ftp://127.0.0.1/scep
says 'error: .*ftp'
probe 2 "$URL" --config x
says 'error: .*--url'
probe 3 "$URL" --tls-ca "$T/none.crt"

step "a server of long ago: a weak reply over TLS 1.2, and a gate that stands open"
cat >"$T/old.py" <<'PY'
import http.server, ssl, sys
directory, = sys.argv[1:]
class Old(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        caps = "GetCACaps" in self.path
        body = b"DES3\nSHA-1\n" if caps else open(f"{directory}/old.der", "rb").read()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
server = http.server.HTTPServer(("127.0.0.1", 0), Old)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.maximum_version = ssl.TLSVersion.TLSv1_2
context.load_cert_chain(f"{directory}/old.crt", f"{directory}/old.key")
server.socket = context.wrap_socket(server.socket, server_side=True)
print("listening", server.server_port, file=sys.stderr, flush=True)
server.serve_forever()
PY
openssl req -x509 -newkey rsa:2048 -nodes -days 3 -sha1 -subj /CN=old -keyout "$T/old.key" -out "$T/old.crt" \
    -addext keyUsage=keyCertSign -addext basicConstraints=critical,CA:TRUE 2>/dev/null
openssl x509 -in "$T/old.crt" -outform DER -out "$T/old.der"
start old python3 "$T/old.py" "$T"
probe 1 "https://127.0.0.1:${LISTENING#listening }/scep/corp"
for rule in url-tls-version url-caps-post url-caps-aes url-caps-sha256 url-caps-standard url-caps-weak url-ra-encrypts \
    url-ra-signs url-expiry url-tls-expiry url-tls-host url-mtls; do
    says "^  (error|warning|notice)  +$rule: " "$T/out"
done
says 'the server chose TLSv1\.2, although TLS 1\.3 was offered' "$T/out"
says '/scep-mtls/corp: answers without a client certificate, want 401: the gate is open' "$T/out"
