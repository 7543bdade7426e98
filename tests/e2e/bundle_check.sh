#!/bin/sh
# release only: the unit tests run the same code under the sanitizers
# bundle-check finds what is wrong with bundles that openssl made, and says of each device whether it would pass and
# where it fails: the same as openssl verify says.
. "$(dirname "$0")/lib.sh"
cd "$T" || exit
export DIR=.

cat >ca.cnf <<'CNF'
[ca]
default_ca = any
[any]
database = $ENV::DIR/index.txt
serial = $ENV::DIR/serial
crlnumber = $ENV::DIR/crlnumber
new_certs_dir = $ENV::DIR
default_md = sha256
default_crl_days = 30
policy = all
[all]
commonName = supplied
[root]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[below]
basicConstraints = critical,CA:TRUE,pathlen:0
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[device]
keyUsage = digitalSignature
extendedKeyUsage = clientAuth
[server]
keyUsage = digitalSignature
extendedKeyUsage = serverAuth
[req]
distinguished_name = dn
[dn]
CNF
key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1.key" 2>/dev/null; }
# root NAME [ARGS...]: self-signed
root() {
    name=$1; shift
    key "$name"
    openssl req -config ca.cnf -x509 -new -key "$name.key" -subj "/CN=$name" -days 200 -extensions root -out "$name.crt" "$@" ||
        fail "root $name"
    mkdir -p "$name.d" && : >"$name.d/index.txt" && echo 1000 >"$name.d/serial" && echo 01 >"$name.d/crlnumber"
}
# issue CA NAME SECTION [ARGS...]
issue() {
    ca=$1 name=$2 section=$3; shift 3
    key "$name"
    openssl req -config ca.cnf -new -key "$name.key" -subj "/CN=$name" -out "$name.csr" || fail "request of $name"
    DIR=$ca.d openssl ca -config ca.cnf -batch -notext -cert "$ca.crt" -keyfile "$ca.key" -in "$name.csr" \
        -extensions "$section" -days 100 -out "$name.crt" "$@" 2>"$T/ca.log" || { cat "$T/ca.log"; fail "certificate of $name"; }
    mkdir -p "$name.d" && : >"$name.d/index.txt" && echo 1000 >"$name.d/serial" && echo 01 >"$name.d/crlnumber"
}
crl() { DIR=$1.d openssl ca -config ca.cnf -gencrl -cert "$1.crt" -keyfile "$1.key" -out "$1.crl" 2>/dev/null || fail "CRL of $1"; }

root factory
root other
issue factory issuing below
issue issuing good device
issue issuing old device -startdate 20200101000000Z -enddate 20210101000000Z
issue issuing web server
issue issuing revoked device
issue issuing deep below
issue deep toodeep device
issue other foreign device
DIR=issuing.d openssl ca -config ca.cnf -revoke revoked.crt -cert issuing.crt -keyfile issuing.key 2>/dev/null
for ca in factory issuing other; do crl $ca; done
cat factory.crl issuing.crl >both.crl

step "a bundle that is right"
expect 0 "$BIN" bundle-check factory.crt
says '^1 +20.* (199|200) +EC P-256 +[0-9a-f]{64} +CN=factory +CN=factory$' "$T/out"
says '^verdict: good: 1 certificate, 0 errors, 0 warnings, 0 notices$' "$T/out"
[ ! -s "$T/err" ] || fail "stderr is not empty"
openssl x509 -in factory.crt -outform DER -out factory.der
expect 0 "$BIN" bundle-check factory.der
run sh -c 'cat factory.crt | "$0" bundle-check -' "$BIN"
same "$RC" 0 "standard input"
says '^<stdin>: 1 certificate$' "$T/out"

# judged DEVICE STATUS PATTERN [ARGS...]: with its issuer sent along and the root as the bundle; openssl agrees.
judged() {
    device=$1 status=$2 pattern=$3; shift 3
    expect "$status" "$BIN" bundle-check factory.crt --client-cert "$device.crt" --client-chain issuing.crt "$@"
    says "$pattern" "$T/out"
}
agrees() {
    if openssl verify -purpose sslclient -CAfile factory.crt -untrusted issuing.crt "$1.crt" >"$T/verify.log" 2>&1; then
        same "$2" good "openssl verify $1"
    else
        same "$2" bad "openssl verify $1"
    fi
}
step "devices, each with where it fails"
judged good 0 '^verdict: good: .*; CN=good passes$'
says '^  CN=factory \(factory.crt:1\), anchor$' "$T/out"
says '^    ok   issuer: issued by CN=issuing \(issuing.crt:1\)$' "$T/out"
says_not FAIL "$T/out"
agrees good good
judged old 1 '^    FAIL dates: expired on 2021-01-01T00:00:00Z$'
says '^verdict: bad: .*; CN=old does not pass: CN=old: certificate has expired$' "$T/out"
agrees old bad
judged web 1 '^    FAIL extended-key-usage: not for TLS clients: it lacks clientAuth$'
agrees web bad
judged foreign 1 '^    FAIL issuer: its issuer CN=other is neither in the bundle nor was it sent$'
agrees foreign bad
expect 1 "$BIN" bundle-check factory.crt --client-cert good.crt
says 'FAIL issuer: its issuer CN=issuing is neither' "$T/out"
cat deep.crt issuing.crt >chain.pem
expect 1 "$BIN" bundle-check factory.crt --client-cert toodeep.crt --client-chain chain.pem
says '^    FAIL path-length: 1 CA below it, 0 allowed$' "$T/out"
cat good.key good.crt issuing.crt >identity.pem
expect 0 "$BIN" bundle-check factory.crt --client-cert identity.pem
expect 0 "$BIN" bundle-check issuing.crt --client-cert good.crt
says '^  CN=issuing \(issuing.crt:1\), anchor$' "$T/out"

step "an impostor with the name of the CA"
mkdir fake
cp ca.cnf fake
(cd fake && root factory) || fail "a second CN=factory"
openssl req -config ca.cnf -new -key good.key -subj /CN=forged -out forged.csr || fail "request of forged"
DIR=fake/factory.d openssl ca -config ca.cnf -batch -notext -cert fake/factory.crt -keyfile fake/factory.key \
    -in forged.csr -extensions device -days 9 -out forged.crt 2>/dev/null || fail "forging"
expect 1 "$BIN" bundle-check factory.crt --client-cert forged.crt
says 'FAIL issuer: factory.crt:1 has the name of its issuer, but did not sign it' "$T/out"

step "two CAs of one name: without an authority key identifier the first counts, and a warning says so"
openssl x509 -req -in forged.csr -CA fake/factory.crt -CAkey fake/factory.key -days 9 -out bare.crt 2>/dev/null || fail "bare"
cat factory.crt fake/factory.crt >same.pem
expect 0 "$BIN" bundle-check same.pem --client-cert forged.crt
expect 1 "$BIN" bundle-check same.pem --client-cert bare.crt
says 'FAIL verification: CN=forged: certificate signature failure' "$T/out"
says '^warning: same.pem:[0-9]+: certificate CN=factory: has the name of line 1 and another key' "$T/out"
cat fake/factory.crt factory.crt >same.pem
expect 0 "$BIN" bundle-check same.pem --client-cert bare.crt

step "revocation lists and denied fingerprints, as serve applies them"
judged good 0 'ok   revocation: not revoked by the CRL of CN=issuing' --crl both.crl
judged revoked 1 'FAIL revocation: revoked by the CRL of CN=issuing' --crl both.crl
judged good 1 'FAIL revocation: there is no CRL of CN=issuing' --crl factory.crl
openssl x509 -in good.crt -noout -fingerprint -sha256 | sed 's/.*=//' >denied.txt
judged good 1 'FAIL denied: its fingerprint is denied' --deny denied.txt
judged web 1 'FAIL extended' --deny denied.txt
DIR=factory.d openssl ca -config ca.cnf -gencrl -cert factory.crt -keyfile factory.key \
    -crl_lastupdate 20200101000000Z -crl_nextupdate 20200201000000Z -out stale.crl 2>/dev/null || fail "stale CRL"
expect 1 "$BIN" bundle-check factory.crt --crl stale.crl
says '^error: stale.crl:1: the CRL of CN=factory is stale: nextUpdate is 2020-02-01' "$T/out"
expect 1 "$BIN" bundle-check other.crt --crl factory.crl
says '^error: other.crt:1: .*there is no CRL of it in factory.crl' "$T/out"
says '^notice: factory.crl:1: the CRL of CN=factory is by no CA of the bundle' "$T/out"

step "what is wrong with a bundle, each with its line"
blocks=$(wc -l <factory.crt)
cat factory.crt factory.key good.crt factory.crt >bad.pem
expect 1 "$BIN" bundle-check bad.pem
says "^error: bad.pem:$((blocks + 1)): a private key lies among the certificates" "$T/out"
says '^error: bad.pem:[0-9]+: certificate CN=good: is not a CA certificate' "$T/out"
says '^warning: bad.pem:[0-9]+: certificate CN=factory: is the certificate of line 1 once more' "$T/out"
says '^verdict: bad: 3 certificates, 2 errors, 1 warning, 0 notices$' "$T/out"
says_not 'PRIVATE KEY-----' "$T/out"
sed -n 2p factory.key >secret
! grep -qF "$(cat secret)" "$T/out" "$T/err" || fail "printed a key"
expect 0 "$BIN" bundle-check factory.crt --min-days 300
says '^warning: factory.crt:1: .*expires in' "$T/out"
openssl x509 -in old.crt >expired.pem
expect 1 "$BIN" bundle-check expired.pem
says 'the certificate has expired: notAfter is 2021-01-01' "$T/out"
says '^hint: remove the block at line 1 of expired.pem' "$T/out"
echo nonsense >none.pem
expect 1 "$BIN" bundle-check none.pem
expect 3 "$BIN" bundle-check missing.pem
one_error
expect 3 "$BIN" bundle-check factory.crt --client-cert missing.pem
expect 2 "$BIN" bundle-check
one_error
expect 2 "$BIN" bundle-check factory.crt --client-chain issuing.crt
one_error
expect 2 "$BIN" bundle-check - --crl -
one_error

step "several profiles: by the union, and not by one's own"
cat factory.crt other.crt >corp.pem
cp factory.crt lab.pem
expect 1 "$BIN" bundle-check corp.pem lab.pem --client-cert foreign.crt
says '^corp.pem: passes$' "$T/out"
says '^lab.pem: does not pass: ' "$T/out"
says '^all files together: passes$' "$T/out"
expect 0 "$BIN" bundle-check corp.pem lab.pem
says "^1 CA not in every file:$" "$T/out"
says " corp.pem:$((blocks + 1)) +lab.pem +CN=other$" "$T/out"
expect 1 "$BIN" bundle-check corp.pem lab.pem --client-cert foreign.crt --format json
same "$(head -n 2 "$T/out" | tail -n 1)" '  "schema": "certctl-scep/bundle-check/1",'
same "$(json "$T/out" '[f["client"]["passes"] for f in j["files"]], j["client_by_all_files"]["passes"], j["good"]')" \
    '([True, False], True, False)'
same "$(json "$T/out" '[c["subject"] + str(c["in"][0]["line"]) for c in j["not_in_every_file"]]')" "['CN=other$((blocks + 1))']"
same "$(json "$T/out" '[c for c in j["files"][1]["client"]["chain"][0]["checks"] if not c["good"]][0]["name"]')" issuer

step "five thousand CAs"
# Roots like ours under other names: their signatures over themselves no longer fit, which nobody asks.
python3 - factory.der factory.crt >many.pem <<'PY'
import base64, sys
der, pem = open(sys.argv[1], "rb").read(), open(sys.argv[2]).read()
for i in range(4999):
    text = base64.b64encode(der.replace(b"factory", b"ca-%04d" % i)).decode()
    print("-----BEGIN CERTIFICATE-----", *(text[j:j + 64] for j in range(0, len(text), 64)),
          "-----END CERTIFICATE-----", sep="\n")
print(pem, end="")
PY
began=$(date +%s%3N)
expect 0 "$BIN" bundle-check many.pem
says '^verdict: good: 5000 certificates, 0 errors' "$T/out"
middle=$(date +%s%3N)
expect 0 "$BIN" bundle-check many.pem --client-cert identity.pem
says '; CN=good passes$' "$T/out"
ended=$(date +%s%3N)
echo "  $((middle - began)) ms, with a device $((ended - middle)) ms"
[ $((ended - began)) -lt 60000 ] || fail "5,000 CAs took $((ended - began)) ms"
