#!/bin/sh
# /scep-mtls against the running server with real chains, curl, openssl s_client and enroll as clients: every verdict of
# the gate (SECURITY S17 to S20), the challenge behind it, /scep beside it, and what is written about it.
. "$(dirname "$0")/lib.sh"
cd "$T" || exit 1

step "chains: two bootstrap CAs, one of them with an intermediate"
make_pki() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj "/CN=$1" -keyout "$1.key" -out "$1.crt" \
        -addext keyUsage=critical,keyCertSign,cRLSign
}
# issue NAME CA DAYS EXTENSION...: NAME.crt and NAME.key by that CA; a negative number of days has passed.
issue() {
    name=$1 ca=$2 days=$3; shift 3
    printf '%s\n' "$@" >"$name.ext"
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$name" -keyout "$name.key" -out "$name.csr" &&
        if [ "$days" -gt 0 ]; then
            openssl x509 -req -in "$name.csr" -CA "$ca.crt" -CAkey "$ca.key" -days "$days" -extfile "$name.ext" -out "$name.crt"
        else
            openssl ca -batch -config ca.cnf -name "$ca" -in "$name.csr" -extfile "$name.ext" -out "$name.crt" -notext \
                -startdate 20200101000000Z -enddate 20210101000000Z
        fi
}
cat >ca.cnf <<'CNF'
[maker]
certificate = maker.crt
private_key = maker.key
database = index.txt
serial = serial
new_certs_dir = .
default_md = sha256
default_crl_days = 5
policy = any
[any]
commonName = supplied
CNF
: >index.txt; echo 01 >serial; echo 'unique_subject = no' >index.txt.attr
{
    make_pki maker && make_pki rival && make_pki stranger &&
        issue line maker 20 'basicConstraints=critical,CA:TRUE,pathlen:0' 'keyUsage=critical,keyCertSign,cRLSign' &&
        issue cam maker 10 'extendedKeyUsage=clientAuth' &&
        issue plain maker 10 'keyUsage=digitalSignature' &&
        issue web maker 10 'extendedKeyUsage=serverAuth' &&
        issue old maker 0 'extendedKeyUsage=clientAuth' &&
        issue lost maker 10 'extendedKeyUsage=clientAuth' &&
        issue under line 10 'extendedKeyUsage=clientAuth' &&
        issue rivals rival 10 'extendedKeyUsage=clientAuth' &&
        issue alien stranger 10 'extendedKeyUsage=clientAuth'
} >pki.log 2>&1 || { cat pki.log; fail "making the chains"; }
cat under.crt line.crt >under-chain.pem

dev_server
stop_server
cat >>"$D/certctl-scep.toml" <<TOML

[scep.corp]
issuer_id = "iss-local"
profile_id = "devices"
challenge_password_file = "corp.challenge"
ra_cert_path = "ra.crt"
ra_key_path = "ra.key"
mtls_enabled = true
mtls_client_ca_trust_bundle_path = "../maker.crt"
mtls_deny_path = "denied.txt"

[scep.branch]
issuer_id = "iss-local"
challenge_password_file = "branch.challenge"
ra_cert_path = "ra.crt"
ra_key_path = "ra.key"
mtls_enabled = true
mtls_only = true
mtls_bind = "cn"
mtls_client_ca_trust_bundle_path = "../rival.crt"
TOML
(umask 077; echo corp-challenge-6Gxq7Lk2Vw9RtPz3 >"$D/corp.challenge"; echo branch-challenge-Hs8Kd3Mv5Qy7Bn4 >"$D/branch.challenge")
: >"$D/denied.txt"

# gate STATUS PATH [NAME]: a GetCACaps there with that client certificate.
gate() {
    set -- "$1" "$2" "${3:-}" "${3:+$3.crt}"
    [ ! -e "$3-chain.pem" ] || set -- "$1" "$2" "$3" "$3-chain.pem"
    got=$(curl -s --cacert "$D/ca.crt" ${3:+--cert "$4" --key "$3.key"} -o "$T/body" -w '%{http_code}' \
        "https://localhost:$PORT$2?operation=GetCACaps")
    same "$got" "$1" "$2 with ${3:-no certificate}: $(cat "$T/body")"
}
# told PATTERN: the last line of the log.
told() { tail -n 1 "$T/serve.log" | grep -Eq -- "$1" || fail "the log does not say $1: $(tail -n 1 "$T/serve.log")"; }

step "each verdict of the gate"
start_server --config "$D/certctl-scep.toml" --listen 127.0.0.1:0
gate 200 /scep-mtls/corp cam
gate 200 /scep-mtls/corp/pkiclient.exe cam
gate 200 /scep-mtls/corp plain
gate 200 /scep-mtls/corp under
gate 401 /scep-mtls/corp
told 'decision="refused 401" reason="no client certificate"'
gate 401 /scep-mtls/corp alien
told 'reason="CN=alien: unable to get'
gate 401 /scep-mtls/corp old
told 'reason="CN=old: certificate has expired"'
gate 401 /scep-mtls/corp web
told 'extended key usage'
gate 401 /scep-mtls/corp rivals
told 'trusted by the bundle of /scep-mtls/branch'
gate 401 /scep-mtls/branch cam
gate 200 /scep-mtls/branch rivals
gate 404 /scep-mtls cam
gate 404 /scep-mtls/none cam

step "/scep takes no notice, and is closed where mtls_only says so"
for name in '' alien old cam; do gate 200 /scep/corp $name; gate 200 /scep $name; done
gate 403 /scep/branch
gate 403 /scep/branch rivals

step "one connection, several routes: the verdict belongs to the request"
answers=$(for path in /scep-mtls/corp /scep/corp /scep-mtls/branch; do
    printf -- '--next\nurl = "https://localhost:%s%s?operation=GetCACaps"\ncacert = "%s"\ncert = alien.crt\nkey = alien.key\n' \
        "$PORT" "$path" "$D/ca.crt"
    printf 'output = /dev/null\nwrite-out = "%%{http_code}/%%{num_connects} "\n'
done | sed '1d' | sed 's/^--next/next/' | curl -s -K -)
same "$answers" "401/1 200/0 401/0 "

step "no CA names, no resumption"
openssl s_client -connect "127.0.0.1:$PORT" -CAfile "$D/ca.crt" </dev/null >s_client.out 2>&1
says 'No client certificate CA names sent' s_client.out

step "a client certificate and the challenge, both or nothing"
# device OUT_DIR SUBJECT PATH CHALLENGE [ARGS...]
device() {
    out=$1 subject=$2 path=$3 challenge=$4; shift 4
    run "$BIN" enroll --url "https://localhost:$PORT$path" --tls-ca "$D/ca.crt" --subject "$subject" --key-file device.key \
        --challenge-file "$challenge" --out-dir "$out" "$@"
}
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out device.key 2>/dev/null
(umask 077; echo wrong >wrong.challenge)
device good CN=cam-1 /scep-mtls/corp "$D/corp.challenge" --tls-client-cert cam.crt --tls-client-key cam.key
same "$RC" 0 "certificate and challenge"
verify_cert "$D/ca.crt" good/cert.pem
device stolen CN=cam-2 /scep-mtls/corp wrong.challenge --tls-client-cert cam.crt --tls-client-key cam.key
same "$RC" 1 "a certificate without the challenge"
device known CN=cam-3 /scep-mtls/corp "$D/corp.challenge"
[ "$RC" != 0 ] || fail "the challenge without a certificate"
says 401 "$T/err"
device other CN=cam-4 /scep-mtls/branch "$D/branch.challenge" --tls-client-cert rivals.crt --tls-client-key rivals.key
same "$RC" 1 "mtls_bind"
device bound CN=rivals /scep-mtls/branch "$D/branch.challenge" --tls-client-cert rivals.crt --tls-client-key rivals.key
same "$RC" 0 "mtls_bind, the device itself"

step "what the auditor sees"
expect 0 "$BIN" admin audit list --config "$D/certctl-scep.toml" --format json
same "$(json "$T/out" '[(e["subject"], e["outcome"], e["mtls_subject"]) for e in j["events"]]')" \
    "[('CN=cam-1', 'success', 'CN=cam'), ('CN=cam-2', 'failure', 'CN=cam'), ('CN=cam-4', 'failure', 'CN=rivals'), ('CN=rivals', 'success', 'CN=rivals')]"
expect 0 "$BIN" admin audit verify --config "$D/certctl-scep.toml"

step "a stolen certificate is denied while the server runs"
gate 200 /scep-mtls/corp lost
openssl x509 -in lost.crt -noout -fingerprint -sha256 | sed 's/.*=//' >"$D/denied.txt"
tries=0
until [ "$(curl -s --cacert "$D/ca.crt" --cert lost.crt --key lost.key -o /dev/null -w '%{http_code}' \
    "https://localhost:$PORT/scep-mtls/corp?operation=GetCACaps")" = 401 ]; do
    tries=$((tries + 1))
    [ "$tries" -lt 400 ] || fail "the deny list is not taken up"
done
says 'CN=lost: its fingerprint is denied' "$T/serve.log"
gate 200 /scep-mtls/corp cam
stop_server

step "revocation lists: each issuer below the anchor, and no stale one"
sed -i '/^mtls_deny_path/c mtls_crl_path = "../maker.crl"' "$D/certctl-scep.toml"
openssl ca -config ca.cnf -name maker -revoke lost.crt >crl.log 2>&1 || fail "revoking"
openssl ca -config ca.cnf -name maker -gencrl -out maker.crl >crl.log 2>&1 || fail "a CRL"
start_server --config "$D/certctl-scep.toml" --listen 127.0.0.1:0
gate 200 /scep-mtls/corp cam
gate 401 /scep-mtls/corp lost
told 'CN=lost: certificate revoked'
gate 401 /scep-mtls/corp under
told 'CN=under: unable to get certificate CRL'
stop_server

step "flip the bit: without mtls_enabled there is no such route, and nobody is asked for a certificate"
sed -i -e 's/^mtls_enabled = true/mtls_enabled = false/' -e '/^mtls_only/d' "$D/certctl-scep.toml"
start_server --config "$D/certctl-scep.toml" --listen 127.0.0.1:0
gate 404 /scep-mtls/corp cam
gate 200 /scep/branch
openssl s_client -connect "127.0.0.1:$PORT" -CAfile "$D/ca.crt" -msg </dev/null >s_client.out 2>&1
says_not 'CertificateRequest' s_client.out
stop_server

step "enabled without a bundle refuses to start"
sed -i -e 's/^mtls_enabled = false/mtls_enabled = true/' -e '/trust_bundle/d' "$D/certctl-scep.toml"
expect 2 "$BIN" serve --config "$D/certctl-scep.toml" --listen 127.0.0.1:0
says 'mtls_client_ca_trust_bundle_path'
