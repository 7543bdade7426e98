#!/bin/sh
# release only
# examples/legacy-tls12 as it stands, with Debian's own proxy: a device that has no TLS 1.3, or no TLS, enrols through it;
# every verdict of the mTLS gate is the same as without it; nothing that a client writes into a header gets past it.
. "$(dirname "$0")/lib.sh"
PROXY=${PROXY:-nginx}
own_network
cd "$T" || exit 1
RUNBOOK=$SCEP_ROOT/examples/legacy-tls12

step "the runbook's hosts: serve, the proxy, a device"
# Who connects to an address of this machine comes from that address, unless its route names another source.
for address in 192.0.2.10 192.0.2.20 203.0.113.7; do ip addr add "$address/32" dev lo || fail "addresses"; done
{
    ip route replace table local local 192.0.2.10 dev lo src 192.0.2.20 &&
        ip route replace table local local 192.0.2.20 dev lo src 203.0.113.7
} || fail "routes"
printf '127.0.0.1 localhost\n192.0.2.10 scep-1.internal\n192.0.2.20 scep.example\n' >hosts
mount --bind hosts /etc/hosts || skip "no private mounts on this machine"

mkdir -m 755 proxy server state
for name in ca site inside proxies maker rival stranger; do make_ca $name; done
make_cert scep-1.internal inside subjectAltName=DNS:scep-1.internal extendedKeyUsage=serverAuth
KEY=rsa:2048 make_cert scep.example site subjectAltName=DNS:scep.example extendedKeyUsage=serverAuth
make_cert proxy proxies extendedKeyUsage=clientAuth
make_cert cam maker extendedKeyUsage=clientAuth
make_cert alien stranger extendedKeyUsage=clientAuth
make_cert rivals rival extendedKeyUsage=clientAuth
EXPIRED=yes make_cert old maker extendedKeyUsage=clientAuth
EXPIRED=yes make_cert ancient stranger extendedKeyUsage=clientAuth
cp scep.example.crt proxy/tls.crt; cp scep.example.key proxy/tls.key; cat scep.example.crt scep.example.key >proxy/tls.pem
cp proxy.crt proxy.key proxy/; cat proxy.crt proxy.key >proxy/proxy.pem; cp inside.crt proxy/upstream-ca.crt

(
    umask 077
    cp ca.crt ca.key server/; cp proxies.crt server/proxy-ca.crt; cp maker.crt server/camera-makers.pem; cp rival.crt server/
    cp scep-1.internal.crt server/tls.crt; cp scep-1.internal.key server/tls.key
    "$BIN" ra-gen --ca-cert ca.crt --ca-key ca.key --out-dir server --days 20 >ra-gen.log 2>&1
    for name in legacy cameras branch wrong; do openssl rand -hex 16 >"server/$name.challenge"; done
)
# One address asks everything here, faster than devices do.
sed -e "s|/var/lib/certctl-scep|$T/state|" -e 's/^rps .*/rps = 5000/' -e 's/^burst .*/burst = 5000/' \
    "$RUNBOOK/certctl-scep.toml" >server/certctl-scep.toml
cat >>server/certctl-scep.toml <<'TOML'
[scep.branch]
issuer_id = "iss-local"
challenge_password_file = "branch.challenge"
ra_cert_path = "ra.crt"
ra_key_path = "ra.key"
mtls_enabled = true
mtls_client_ca_trust_bundle_path = "rival.crt"
[scep.renews]
issuer_id = "iss-local"
challenge_password_file = "legacy.challenge"
ra_cert_path = "ra.crt"
ra_key_path = "ra.key"
renewal_window = "any"
approval = "manual"
TOML
printf 'openssl_conf=a\n[a]\nssl_conf=b\n[b]\nsystem_default=c\n[c]\nMaxProtocol=TLSv1.2\n' >tls12.cnf

# header_of NAME: that certificate as the proxy writes it.
case $PROXY in
    nginx)
        header_of() { python3 -c 'import sys,urllib.parse; print(urllib.parse.quote(open(sys.argv[1]).read(), safe="-._~"))' "$1.crt"; }
        sed -e "s|/etc/certctl-scep-proxy|$T/proxy|g" -e "s|/run/nginx.pid|$T/nginx.pid|" -e "s|/var/log/nginx|$T|" -e "s|^user www-data;|user root;|" \
            "$RUNBOOK/nginx.conf" >nginx.conf
        PROXY_LOG=$T/scep.log
        # In a process namespace that ends with it: workers outlive a master that is killed.
        set -- unshare --pid --kill-child nginx -e "$T/error.log" -c "$T/nginx.conf" -g 'daemon off;'
        ;;
    haproxy)
        header_of() { openssl x509 -in "$1.crt" -outform DER | base64 -w0; }
        sed -e "s|/etc/certctl-scep-proxy|$T/proxy|g" -e 's|/dev/log|stdout format raw|' "$RUNBOOK/haproxy.cfg" >haproxy.cfg
        sed -i 's/"pem-urlencoded" /"der-base64"/' server/certctl-scep.toml
        PROXY_LOG=$T/haproxy.log
        set -- haproxy -db -f "$T/haproxy.cfg"
        ;;
esac
chmod 711 "$T"  # for the proxy's own user
"$@" >"$T/$PROXY.log" 2>&1 </dev/null &
PIDS="$PIDS $!"
await_port 80
says_not '\[warn|WARNING' "$T/$PROXY.log"

# What a client may try: names that proxies and servers use, in several spellings.
FORGED='X-SSL-Client-Cert x-ssl-client-cert X-SSL-CLIENT-CERT X_SSL_Client_Cert X-SSL-Client-Cert-Chain X-SSL-Cert
    X-SSL-Client-Verify X-SSL-Client-S-DN SSL-Client-Cert SSL_CLIENT_CERT Client-Cert Client-Cert-Chain X-Client-Cert
    X-Forwarded-Client-Cert X-Forwarded-Tls-Client-Cert X-ARR-ClientCert X-Amzn-Mtls-Clientcert
    X-Forwarded-For Forwarded X-Real-IP True-Client-IP'

step "what gets through: no header of a client in any location"
cat >echo.py <<'PY'
import http.server, ssl
class Echo(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = f"{self.requestline}\n{self.headers}\nfrom port {self.client_address[1]}\n".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    do_POST = do_GET
    def log_message(self, *args): pass
server = http.server.ThreadingHTTPServer(("0.0.0.0", 8443), Echo)
tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
tls.load_cert_chain("scep-1.internal.crt", "scep-1.internal.key")
tls.load_verify_locations("proxies.crt")
tls.verify_mode = ssl.CERT_REQUIRED
server.socket = tls.wrap_socket(server.socket, server_side=True)
server.serve_forever()
PY
python3 echo.py >echo.log 2>&1 &
ECHO=$!
PIDS="$PIDS $ECHO"
await_port 8443

# via BASE PATH [CURL-ARGS...]: the answer in $T/body, sets STATUS.
via() {
    base=$1 path=$2; shift 2
    STATUS=$(curl -s --max-time 20 --cacert both.crt -o body -w '%{http_code}' "$@" "$base$path?operation=GetCACaps")
}
cat site.crt inside.crt >both.crt
set --
for name in $FORGED; do set -- "$@" -H "$name: forged"; done
# The log query of the runbook's README, on what is logged below.
who_still() { sed -n "s|/var/log/nginx/scep.log|$PROXY_LOG|;/^grep .*tls=/p" "$RUNBOOK/README.md"; }
for path in /scep /scep/legacy /scep/legacy/pkiclient.exe /cgi-bin/pkiclient.exe /scep-mtls /scep-mtls/cameras; do
    for base in https://scep.example http://scep.example; do
        case $base$path in http:*/scep-mtls*) continue ;; esac
        for method in GET POST; do
            via "$base" "$path" -X "$method" "$@" -H 'Connection: X-SSL-Client-Cert, X-Forwarded-For'
            same "$STATUS" 200 "$method $base$path"
            says "^$method $path" body
            says_not 'forged' body
            same "$(grep -ci '^x-forwarded-for: 203.0.113.7' body)" 1 "$base$path: the address"
        done
    done
    case $path in *mtls*) via https://scep.example "$path" --cert old.crt --key old.key -X POST -d x "$@"; says_not forged body ;; esac
done
via https://scep.example /scep-mtls/cameras --cert alien.crt --key alien.key "$@"
same "$(sed -n 's/^X-SSL-Client-Cert: //ip' body | tr -d '\r')" "$(header_of alien)" "the certificate as it is forwarded"

step "connections to serve are kept"
curl -s --cacert both.crt "https://scep.example/scep?a" "https://scep.example/scep?b" "https://scep.example/scep?c" >body
# HAProxy sends the first request of a device on a new connection, so that none is lost with an old one.
same "$(grep '^from port' body | tail -n 2 | uniq | wc -l)" 1 "connections for two requests"

step "no other path, and no way to /scep-mtls without TLS"
for path in / /crl/iss-local.crl /scepx /scep-mtlsx /metrics /cgi-bin/pkiclient.exe/x /SCEP; do
    via https://scep.example "$path"; same "$STATUS" 404 "$path"
    via https://scep.example "$path" --cert old.crt --key old.key; same "$STATUS" 404 "$path with an expired certificate"
    via http://scep.example "$path"; same "$STATUS" 404 "plain $path"
done
for path in /scep-mtls /scep-mtls/ /scep-mtls/cameras //scep-mtls/cameras /scep/../scep-mtls/cameras /scep%2dmtls/cameras \
    /./scep-mtls/cameras /scep/x/../../scep-mtls/cameras /scep/%2e%2e/scep-mtls/cameras /SCEP-MTLS/cameras \
    /scep-mtls/cameras/../../scep //scep /x/../scep /scep//x /scep/%70kiclient.exe; do
    via http://scep.example "$path" --path-as-is; same "$STATUS" 404 "plain $path"
done
kill "$ECHO"; wait "$ECHO" 2>/dev/null; forget "$ECHO"

start_server --config server/certctl-scep.toml
LEGACY=https://scep.example INSIDE=https://scep-1.internal:8443

step "serve itself speaks TLS 1.3 alone"
openssl s_client -connect scep-1.internal:8443 -tls1_2 </dev/null >s_client.out 2>&1 && fail "serve took TLS 1.2"
says 'alert protocol version' s_client.out
curl -s --tls-max 1.2 --cacert inside.crt "$INSIDE/scep?operation=GetCACaps"
same $? 35 "curl --tls-max 1.2 at serve"
enrol12() {
    out=$1 subject=$2 url=$3 challenge=$4; shift 4
    run env OPENSSL_CONF="$T/tls12.cnf" "$BIN" enroll --url "$url" --tls-ca both.crt --subject "$subject" \
        --challenge-file "server/$challenge.challenge" --out-dir "$out" "$@"
}
enrol12 refused CN=refused "$INSIDE/scep" legacy
[ "$RC" != 0 ] || fail "a device with TLS 1.2 enrolled with serve directly"

step "a device with TLS 1.2, and one without TLS, enrol through $PROXY"
enrol12 old12 CN=old12 $LEGACY/scep legacy
same "$RC" 0 "TLS 1.2"
verify_cert ca.crt old12/cert.pem
says 'tls=TLSv1.2 cipher=ECDHE-RSA-(AES|CHACHA).*"POST /scep" 200' "$PROXY_LOG"
enrol12 old12get CN=old12get $LEGACY/scep legacy --http get
same "$RC" 0 "TLS 1.2, by GET"
run "$BIN" enroll --url http://scep.example/cgi-bin/pkiclient.exe --ca-fingerprint "$(openssl x509 -in ca.crt -noout -fingerprint -sha256 | sed 's/.*=//')" \
    --subject CN=plain --challenge-file server/legacy.challenge --out-dir plain
same "$RC" 0 "plain HTTP"
pki --gen --type rsa --size 2048 --outform pem >swan.key 2>/dev/null || fail "pki --gen"
pki --scepca --url http://scep.example/scep --caout swan-ca.pem --raout swan-ra.pem --outform pem 2>swan.log || fail "pki --scepca"
pki --scep --url http://scep.example/scep --in swan.key --dn CN=swan --password "$(cat server/legacy.challenge)" \
    --cacert-enc swan-ra.pem --cacert-sig swan-ra.pem --cacert swan-ca.pem --outform pem >swan.pem 2>>swan.log </dev/null ||
    fail "strongSwan over plain HTTP"
verify_cert ca.crt swan.pem

for port in 80 443; do
    case $port in 80) to=TCP:scep.example:80 ;; *) to=OPENSSL:scep.example:443,cafile=site.crt,openssl-max-proto-version=TLS1.2 ;; esac
    printf 'GET /cgi-bin/pkiclient.exe?operation=GetCACaps HTTP/1.0\r\n\r\n' | socat -t 10 -,ignoreeof "$to" >http10 2>&1
    says '^HTTP/1.[01] 200' http10
    says '^POSTPKIOperation' http10
done
sh -c "$(who_still)" >out
says '^ *[0-9]+ 203.0.113.7$' out

step "TLS 1.2 with ECDHE and AEAD, no tickets, no CA names, nothing older"
s_client() { openssl s_client -connect scep.example:443 -CAfile site.crt "$@" </dev/null >s_client.out 2>&1; }
for cipher in ECDHE-RSA-AES128-GCM-SHA256 ECDHE-RSA-AES256-GCM-SHA384 ECDHE-RSA-CHACHA20-POLY1305; do
    s_client -tls1_2 -cipher $cipher || fail "$cipher was refused"
    says_not 'session ticket:|Reused' s_client.out
    says 'No client certificate CA names sent' s_client.out
done
for cipher in ECDHE-RSA-AES128-SHA256 ECDHE-RSA-AES256-SHA384 ECDHE-RSA-AES128-SHA AES128-GCM-SHA256 AES256-GCM-SHA384 \
    AES128-SHA256 AES256-SHA DHE-RSA-AES128-GCM-SHA256 DHE-RSA-AES256-SHA; do
    ! s_client -tls1_2 -cipher "$cipher:@SECLEVEL=0" || fail "$cipher was accepted"
    says 'alert handshake failure' s_client.out
done
for version in -tls1_1 -tls1; do ! s_client $version -cipher 'ALL:@SECLEVEL=0' || fail "$version was accepted"; done

step "each verdict of the gate, with TLS 1.2 and 1.3"
for tls in 1.2 1.3; do
    gate() {
        set -- "$1" "$2" "${3:-}"
        via $LEGACY "$2" --tls-max $tls ${3:+--cert "$3.crt" --key "$3.key"}
        same "$STATUS" "$1" "$2 with ${3:-no certificate}, TLS $tls"
    }
    gate 200 /scep-mtls/cameras cam
    gate 401 /scep-mtls/cameras
    gate 401 /scep-mtls/cameras alien
    gate 401 /scep-mtls/cameras old
    gate 401 /scep-mtls/cameras ancient
    gate 401 /scep-mtls/cameras rivals
    gate 200 /scep-mtls/branch rivals
    gate 401 /scep-mtls/branch cam
    gate 404 /scep-mtls cam
    for name in '' cam alien old; do gate 200 /scep $name; gate 200 /scep/cameras $name; done
done
says 'CN=old: certificate has expired' serve.log
says 'trusted by the bundle of /scep-mtls/branch' serve.log

step "the commands of the README"
sed -n 's/^\(curl .*[^ ]\)  *# \([0-9]*\).*/\2 \1/p' "$RUNBOOK/README.md" >commands
same "$(wc -l <commands)" 4 "commands"
while read -r want command; do
    same "$(CURL_CA_BUNDLE=both.crt sh -c "$command -s -o body -w '%{http_code}'")" "$want" "$command"
done <commands

step "a certificate and the challenge, both or nothing"
enrol12 cam1 CN=cam-1 $LEGACY/scep-mtls/cameras cameras --tls-client-cert cam.crt --tls-client-key cam.key
same "$RC" 0 "certificate and challenge"
verify_cert ca.crt cam1/cert.pem
enrol12 cam2 CN=cam-2 $LEGACY/scep-mtls/cameras wrong --tls-client-cert cam.crt --tls-client-key cam.key
same "$RC" 1 "the wrong challenge"
enrol12 cam3 CN=cam-3 $LEGACY/scep-mtls/cameras cameras
[ "$RC" != 0 ] || fail "no certificate"
says 401
enrol12 cam4 CN=cam-4 $LEGACY/scep cameras
same "$RC" 1 "the challenge of another profile"
enrol12 cam5 CN=cam-5 $LEGACY/scep legacy --tls-client-cert alien.crt --tls-client-key alien.key
same "$RC" 0 "/scep with a certificate that means nothing"

step "a poll after approval, and renewals both ways, through $PROXY"
enrol12 waits CN=waits $LEGACY/scep/renews legacy
same "$RC" 4 "PENDING"
expect 0 "$BIN" admin pending approve 1 --config server/certctl-scep.toml
expect 0 env OPENSSL_CONF="$T/tls12.cnf" "$BIN" enroll --resume --out-dir waits
verify_cert ca.crt waits/cert.pem
number=1
for style in rfc draft; do
    expect 4 env OPENSSL_CONF="$T/tls12.cnf" "$BIN" enroll --url $LEGACY/scep/renews --tls-ca both.crt --renew --renew-style $style \
        --cert waits/cert.pem --cert-key waits/key.pem --out-dir "renewed-$style"
    number=$((number + 1))
    expect 0 "$BIN" admin pending approve $number --config server/certctl-scep.toml
    expect 0 env OPENSSL_CONF="$T/tls12.cnf" "$BIN" enroll --resume --out-dir "renewed-$style"
    verify_cert ca.crt "renewed-$style/cert.pem"
done

step "forged headers of every name: 401, through the proxy and directly"
GOOD=$(header_of cam)
direct() { via $INSIDE /scep-mtls/cameras "$@"; }
direct --interface 192.0.2.20 --cert proxy.crt --key proxy.key -H "X-SSL-Client-Cert: $GOOD"
same "$STATUS" 200 "the proxy's own word: else nothing below proves anything"
direct --interface 192.0.2.20 --cert proxy.crt --key proxy.key -H "X-SSL-Client-Cert: $GOOD" -H "X-SSL-Client-Cert: $GOOD"
same "$STATUS" 400 "the same twice"
direct --interface 192.0.2.20 --cert proxy.crt --key proxy.key
same "$STATUS" 401 "the proxy's certificate is no device's"
for name in $FORGED; do
    for tls in 1.2 1.3; do
        via $LEGACY /scep-mtls/cameras --tls-max $tls -H "$name: $GOOD"
        same "$STATUS" 401 "$name through the proxy"
    done
    via $LEGACY /scep-mtls/cameras --cert alien.crt --key alien.key -H "$name: $GOOD"
    same "$STATUS" 401 "$name through the proxy, beside a certificate"
    direct --interface 203.0.113.7 -H "$name: $GOOD"
    same "$STATUS" 401 "$name from an address that is no proxy's"
    direct --interface 203.0.113.7 --cert proxy.crt --key proxy.key -H "$name: $GOOD"
    same "$STATUS" 401 "$name with the proxy's certificate from elsewhere"
    direct --interface 192.0.2.20 -H "$name: $GOOD"
    same "$STATUS" 401 "$name from the proxy's address without its certificate"
done

step "sizes: a GET message of 60 KiB, a body of 1 MiB, no more"
python3 -c 'print("x"*60000, end="")' >query
python3 -c 'print("x"*(1<<20), end="")' >body.1m
sized() { curl -s -o body -w '%{http_code}' --cacert site.crt "$@"; }
printf 'url = "%s/scep?operation=PKIOperation&message=%s"\n' $LEGACY "$(cat query)" >curl.cnf
same "$(sized -K curl.cnf)" 400 "a long GET"
says_not 'nginx|HAProxy|<html>' body
for certificate in '' '--cert old.crt --key old.key'; do
    # shellcheck disable=SC2086  # words
    same "$(sized $certificate --data-binary @body.1m "$LEGACY/scep?operation=PKIOperation")" 400 "1 MiB"
    says_not 'nginx|HAProxy|<html>' body
done
echo x >>body.1m
same "$(sized --data-binary @body.1m "$LEGACY/scep?operation=PKIOperation")" 413 "more than 1 MiB"

step "what the auditor sees: the device, not the proxy"
expect 0 "$BIN" admin audit list --config server/certctl-scep.toml --format json
same "$(json out '[(e["subject"], e["outcome"], e["mtls_subject"]) for e in j["events"] if e["subject"] != "CN=waits"]')" \
    "[('CN=old12', 'success', ''), ('CN=old12get', 'success', ''), ('CN=plain', 'success', ''), ('CN=swan', 'success', ''), ('CN=cam-1', 'success', 'CN=cam'), ('CN=cam-2', 'failure', 'CN=cam'), ('CN=cam-4', 'failure', ''), ('CN=cam-5', 'success', '')]"
same "$(json out '{e["client_address"] for e in j["events"] if e["action"].startswith("scep_")}')" "{'203.0.113.7'}"

step "a server that is not the one: nothing is sent to it"
stop_server
make_cert other stranger subjectAltName=DNS:scep-1.internal
cp other.crt server/tls.crt; cp other.key server/tls.key; chmod 600 server/tls.key
start_server --config server/certctl-scep.toml
via $LEGACY /scep
case $STATUS in 502 | 503) ;; *) fail "a server of another CA got a request: $STATUS" ;; esac
make_cert scep-2.internal inside subjectAltName=DNS:scep-2.internal
stop_server
cp scep-2.internal.crt server/tls.crt; cp scep-2.internal.key server/tls.key; chmod 600 server/tls.key
start_server --config server/certctl-scep.toml
via $LEGACY /scep
case $STATUS in 502 | 503) ;; *) fail "a server of another name got a request: $STATUS" ;; esac
stop_server
