#!/bin/sh
# release only
# decode-pkimessage on what operators hand it: keys as they keep them, damaged files, files that are something else; its exit
# codes, and bounds on time and memory.
. "$(dirname "$0")/lib.sh"
own_network
cd "$T" || exit 1
D=$T/dev
start_server --dev "$D" --listen 127.0.0.1:0
challenge=$(cat "$D/challenge")

step "a request of enroll, kept by a server that answers nothing"
cat >keep.py <<'PY'
import http.server, sys
class Keep(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        caps = "GetCACaps" in self.path
        body = b"POSTPKIOperation\nSHA-256\nAES\nSCEPStandard\n" if caps else open("ca-ra.p7", "rb").read()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain" if caps else "application/x-x509-ca-ra-cert")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def do_POST(self):
        open("request.der", "wb").write(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(500)
        self.send_header("Content-Length", "0")
        self.end_headers()
    def log_message(self, *args): pass
server = http.server.HTTPServer(("127.0.0.1", 0), Keep)
print(f"listening port={server.server_port}", file=sys.stderr, flush=True)
server.serve_forever()
PY
openssl crl2pkcs7 -nocrl -certfile "$D/ra.crt" -certfile "$D/ca.crt" -outform DER -out ca-ra.p7 || fail "making the GetCACert reply"
start keep python3 keep.py
keep_port=${LISTENING##*=}
run "$BIN" enroll --url "http://127.0.0.1:$keep_port/scep" --trust-on-first-use --challenge-file "$D/challenge" --subject CN=cam-1 --out-dir cam-1
[ -s request.der ] || fail "no request came"

step "with the RA's key: decrypted, verified, good"
expect 0 "$BIN" decode-pkimessage request.der --key "$D/ra.key" --cert "$D/ra.crt" --ca ca-ra.p7
says '^  messageType +PKCSReq \(19\)$' "$T/out"
says '^  subject +CN=cam-1$' "$T/out"
says '^  challengePassword +present, PrintableString$' "$T/out"
says 'lower-case hex SHA-256 of the public key.*certctl-scep enroll' "$T/out"
says '^  pass +signature$' "$T/out"
says_not "$challenge" "$T/out"
says '^1 message: 0 errors, ' "$T/out"
expect 0 "$BIN" decode-pkimessage request.der --key "$D/ra.key" --show-secrets
says "PrintableString: $challenge\$" "$T/out"

step "keys as operators keep them"
openssl pkcs8 -topk8 -in "$D/ra.key" -passout pass:letmein -out pkcs8.key
openssl pkcs8 -topk8 -in "$D/ra.key" -passout pass:letmein -outform DER -out pkcs8.der
openssl rsa -traditional -aes128 -in "$D/ra.key" -passout pass:letmein -out pkcs1.key 2>"$T/make.log"
openssl pkcs12 -export -inkey "$D/ra.key" -in "$D/ra.crt" -certfile "$D/ca.crt" -passout pass:letmein -out new.p12
openssl pkcs12 -export -legacy -inkey "$D/ra.key" -in "$D/ra.crt" -passout pass:letmein -out old.p12
chmod 600 pkcs8.key pkcs8.der pkcs1.key new.p12 old.p12
printf 'letmein\nand no more\n' >pass.txt
for key in pkcs8.key pkcs8.der pkcs1.key new.p12 old.p12; do
    expect 0 "$BIN" decode-pkimessage request.der --key "$key" --passin pass:letmein --depth 0
    says '^  pass +decryption: with '"$key" "$T/out"
    expect 2 "$BIN" decode-pkimessage request.der --key "$key" --depth 0
    one_error
    says 'no passphrase was given'
    expect 2 "$BIN" decode-pkimessage request.der --key "$key" --passin pass:wrong --depth 0
    one_error
    says_not wrong
done
expect 0 "$BIN" decode-pkimessage request.der --key new.p12 --passin file:pass.txt --depth 0
expect 0 env SECRET=letmein "$BIN" decode-pkimessage request.der --key new.p12 --passin env:SECRET --depth 0
expect 2 "$BIN" decode-pkimessage request.der --key new.p12 --passin letmein
one_error

step "a wrong key: whose the message wants"
openssl genpkey -algorithm RSA -out other.key 2>"$T/make.log"
expect 0 "$BIN" decode-pkimessage request.der --key other.key --depth 0
says 'wrong-key: .*CN=' "$T/out"

step "the envelope is for another certificate than the server's"
openssl req -x509 -key other.key -subj /CN=other -out other.crt -days 2
expect 1 "$BIN" decode-pkimessage request.der --ca other.crt --depth 0
says '^  error +envelope-recipient: .*the server has "CN=other"' "$T/out"

step "what this server would answer, and its database is as it was"
before=$(cat "$D"/state.db* | sha256sum)
expect 0 "$BIN" decode-pkimessage request.der --config "$D/certctl-scep.toml" --depth 0
says "^  server's answer +SUCCESS" "$T/out"
printf 'another-challenge-1234567890\n' >wrong
run "$BIN" enroll --url "http://127.0.0.1:$keep_port/scep" --trust-on-first-use --challenge-file wrong --subject CN=cam-2 --out-dir cam-2
expect 1 "$BIN" decode-pkimessage request.der --config "$D/certctl-scep.toml" --profile - --depth 0
says '^  error +server-answer: this server would answer FAILURE badRequest \(2\) because .*challenge' "$T/out"
same "$(cat "$D"/state.db* | sha256sum)" "$before" "the database"
expect 2 "$BIN" decode-pkimessage request.der --config "$D/certctl-scep.toml" --profile nobody
one_error

step "--url fetches GetCACert"
expect 0 "$BIN" decode-pkimessage request.der --url "$URL" --tls-ca "$D/ca.crt" --depth 0
says_not envelope-recipient "$T/out"

step "layers, taken out"
expect 0 "$BIN" decode-pkimessage request.der --key "$D/ra.key" --extract csr --out csr.pem
openssl req -in csr.pem -noout -verify 2>"$T/verify.log" || fail "openssl refuses the CSR"
same "$(mode_of csr.pem)" 600

step "what serve refuses before it decides is told as it does"
openssl req -in csr.pem -outform DER -out csr.der
python3 - <<'PY'
def post(name, body):
    head = b"POST /scep?operation=PKIOperation HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % len(body)
    open(name, "wb").write(head + body)
post("bare.http", open("csr.der", "rb").read())
post("posted.http", open("request.der", "rb").read())
post("large.http", b"\x30\x83\x20\x00\x00\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02" + bytes((2 << 20) - 11))
PY
expect 1 "$BIN" decode-pkimessage bare.http --config "$D/certctl-scep.toml" --depth 0
says "^  server's answer +HTTP 400" "$T/out"
expect 1 "$BIN" decode-pkimessage large.http --config "$D/certctl-scep.toml" --depth 0
says "^  server's answer +HTTP 413: .*max_body_size is 1048576" "$T/out"
sed '/^\[scep.default\]/a mtls_enabled = true\nmtls_only = true\nmtls_client_ca_trust_bundle_path = "ca.crt"' "$D/certctl-scep.toml" \
    >"$D/mtls-only.toml"
expect 1 "$BIN" decode-pkimessage posted.http --config "$D/mtls-only.toml" --depth 0
says "^  server's answer +HTTP 403: .*mtls_only" "$T/out"
run "$BIN" decode-pkimessage request.der --config "$D/mtls-only.toml" --depth 0
says "^  server's answer +FAILURE" "$T/out"
expect 2 "$BIN" decode-pkimessage request.der --key "$D/ra.key" --extract csr
one_error
expect 0 "$BIN" decode-pkimessage request.der --extract signer
openssl x509 -noout -subject <"$T/out" >"$T/verify.log" || fail "openssl refuses the signer"
expect 0 "$BIN" decode-pkimessage request.der --extract envelope --der
openssl asn1parse -inform DER -in "$T/out" >"$T/verify.log" || fail "openssl refuses the envelope"
expect 3 "$BIN" decode-pkimessage request.der --extract csr --out none.pem
absent none.pem

step "an envelope alone, as openssl writes it, also with what only old captures have"
openssl req -new -key other.key -subj /CN=old-cam -outform DER -out old.csr
for cipher in rc2-40-cbc rc2-64-cbc rc2-cbc des-cbc des-ede3-cbc aes-256-cbc; do
    openssl cms -encrypt -provider default -provider legacy -binary -in old.csr -outform DER -out old.der "-$cipher" "$D/ra.crt" ||
        fail "openssl cannot encrypt with $cipher"
    run "$BIN" decode-pkimessage old.der --key "$D/ra.key" --depth 0
    says '^  subject +CN=old-cam$' "$T/out"
done

step "two messages compared"
cp request.der first.der
run "$BIN" enroll --url "http://127.0.0.1:$keep_port/scep" --trust-on-first-use --challenge-file "$D/challenge" --subject CN=cam-3 --out-dir cam-3
expect 0 "$BIN" decode-pkimessage --diff first.der first.der
expect 1 "$BIN" decode-pkimessage --diff first.der request.der --key "$D/ra.key"
says_not "$challenge" "$T/out"
expect 2 "$BIN" decode-pkimessage --diff first.der
one_error

step "damaged and foreign files: one does not stop the others"
head -c 1500 request.der >cut.der
expect 1 "$BIN" decode-pkimessage cut.der --depth 0
says '^  error +(body-cut|structure): .*offset' "$T/out"
printf 'Dear all,\nthe printer is broken.\n' >letter.txt
printf '\211PNG\r\n\032\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\10\2\0\0\0\220wS\336' >image.png
: >empty
for file in letter.txt image.png empty missing.der; do
    expect 3 "$BIN" decode-pkimessage "$file"
    one_error
    says "$file"
    expect 3 "$BIN" decode-pkimessage "$file" request.der --depth 0
    says '^1 message: ' "$T/out"
done
expect 3 "$BIN" decode-pkimessage letter.txt request.der --format json
same "$(json "$T/out" 'len(j["messages"]), len(j["unrecognised"])')" '(1, 1)'
run sh -c 'openssl base64 <request.der | "$0" decode-pkimessage - --depth 0' "$BIN"
same "$RC" 0 "standard input"
expect 2 "$BIN" decode-pkimessage
expect 2 "$BIN" decode-pkimessage - --key -
expect 2 "$BIN" decode-pkimessage request.der --out x
expect 2 "$BIN" decode-pkimessage request.der --at yesterday

step "a directory without files, and a device without end"
mkdir -p none/below
expect 3 "$BIN" decode-pkimessage none
one_error
says 'none: there is no file in this directory'
expect 3 "$BIN" decode-pkimessage /dev/zero
one_error
says 'is a device'
expect 3 "$BIN" decode-pkimessage /dev/null
one_error

step "a challenge does not get out by --extract to standard output"
for way in "" "--out -" "--der" "--der --out -"; do
    # shellcheck disable=SC2086  # words
    expect 2 "$BIN" decode-pkimessage request.der --key "$D/ra.key" --extract csr $way
    says_not "$challenge" "$T/out"
    says_not BEGIN "$T/out"
done
expect 0 "$BIN" decode-pkimessage request.der --key "$D/ra.key" --extract csr --out - --show-secrets
says 'BEGIN CERTIFICATE REQUEST' "$T/out"

step "a private key is not shown"
run "$BIN" decode-pkimessage "$D/ra.key"
grep -v -e ----- "$D/ra.key" | while IFS= read -r line; do
    ! grep -qF "$line" "$T/out" "$T/err" || fail "the key is printed"
done || exit 1

# Two seconds are promised; how long it takes is a matter of the machine, and a minute that of a quadratic reader.
step "hostile sizes: at most 64 MiB beyond the file"
head -c 100000000 /dev/zero >zeros
python3 - <<'PY'
open("deep", "wb").write(b"\x30\x80" * 200000)
open("long", "wb").write(b"\x30\x84\xff\xff\xff\xff" + b"\x30\x80" * 1000)
open("requests", "wb").write(b"\nGET / HTTP/1.1\n\n0\x80\x02\x11" * 50000)
csr = open("csr.der", "rb").read()
open("csrs", "wb").write(csr * 5000)
open("tiny", "wb").write((b"\x30\x3e" + b"\x02\x02\x01\x01" * 15 + b"\x05\x00") * 10000)
open("nested", "wb").write(b"".join(b"\x30\x82" + (8000 - 4 * i).to_bytes(2, "big") for i in range(1000)))
PY
for file in zeros deep long nested requests csrs tiny "tiny --format json" "csrs --format json"; do
    # shellcheck disable=SC2086  # a file and options
    python3 - "$BIN" $file <<'PY' || fail "$file"
import os, resource, subprocess, sys, time
start = time.monotonic()
run = subprocess.run([sys.argv[1], "decode-pkimessage", *sys.argv[2:]], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                     timeout=60)
took = time.monotonic() - start
used = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 - os.path.getsize(sys.argv[2])
print(f"{sys.argv[2:]}: exit {run.returncode}, {took:.2f} s, {used >> 20} MiB beyond the file")
sys.exit(run.returncode not in (0, 1, 3) or used > 64 << 20)
PY
done

step "with the server stopped nothing is made beside its database"
stop_server
before=$(ls -A "$D")
run "$BIN" decode-pkimessage request.der --config "$D/certctl-scep.toml" --profile - --depth 0
says "^  server's answer +(SUCCESS|FAILURE)" "$T/out"
same "$(ls -A "$D")" "$before" "the folder of the state database"
