#!/bin/sh
# release only: the unit tests run the same code under the sanitizers
# ra-gen makes an RA pair of each key type that openssl accepts under the CA, with the right usages and modes; it never
# overwrites, and a failed run leaves nothing.
. "$(dirname "$0")/lib.sh"
usage=keyUsage=critical,keyCertSign,cRLSign
openssl req -x509 -addext $usage -newkey rsa:2048 -nodes -days 30 -subj /O=Lab/CN=ca -keyout "$T/rsa.key" -out "$T/rsa.crt" 2>/dev/null
openssl req -x509 -addext $usage -newkey ec -pkeyopt ec_paramgen_curve:P-384 -nodes -days 30 -subj /O=Lab/CN=ca -keyout "$T/ec.key" -out "$T/ec.crt" 2>/dev/null
chmod 600 "$T"/*.key
generate() { "$BIN" ra-gen --ca-cert "$T/$1.crt" --ca-key "$T/$1.key" --out-dir "$T/o" --days 10 "$2" "$3" ${4:+"$4"}; }

for ca in rsa ec; do
    for key in rsa:2048 rsa:3072 ec:P-256 ec:P-384; do
        step "$key under an $ca CA"
        expect 0 generate "$ca" --key "$key" --self-check
        same "$(mode_of "$T/o/ra.crt") $(mode_of "$T/o/ra.key")" "644 600"
        openssl verify -x509_strict -CAfile "$T/$ca.crt" "$T/o/ra.crt" >"$T/verify.log" 2>&1 || fail "openssl verify"
        openssl x509 -in "$T/o/ra.crt" -noout -pubkey >"$T/a"
        openssl pkey -in "$T/o/ra.key" -pubout | cmp -s - "$T/a" || fail "key and certificate do not match"
        openssl x509 -in "$T/o/ra.crt" -noout -text >"$T/text"
        says '1\.3\.6\.1\.5\.5\.7\.3\.28|cmcRA|CMC Registration Authority' "$T/text"
        says 'E-mail Protection' "$T/text"
        says 'Subject Key Identifier' "$T/text"
        says 'Authority Key Identifier' "$T/text"
        case $key in
            rsa*) says 'Digital Signature, Key Encipherment$' "$T/text" ;;
            ec*) says '^ *Digital Signature, Key Agreement$' "$T/text" ;;
        esac
        rm -rf "$T/o"
    done
done

step "names of one's own"
expect 0 "$BIN" ra-gen --ca-cert "$T/ec.crt" --ca-key "$T/ec.key" --out-dir "$T/o" --name second --cn 'Second RA' --format json
same "$(json "$T/out" 'j["schema"]')" certctl-scep/ra-gen/1
openssl x509 -in "$T/o/second.crt" -noout -subject | grep -q 'Second RA' || fail "--cn"

step "never over an existing file, unless forced"
cp "$T/o/second.key" "$T/kept"
run "$BIN" ra-gen --ca-cert "$T/ec.crt" --ca-key "$T/ec.key" --out-dir "$T/o" --name second
[ "$RC" != 0 ] || fail "overwrote second.key"
says 'error: .*second\.(key|crt).*exist'
says 'hint: .*--force'
cmp -s "$T/kept" "$T/o/second.key" || fail "second.key changed"
expect 0 "$BIN" ra-gen --ca-cert "$T/ec.crt" --ca-key "$T/ec.key" --out-dir "$T/o" --name second --force
cmp -s "$T/kept" "$T/o/second.key" && fail "--force kept the old key"

step "--csr-only, for a CA kept elsewhere"
expect 0 "$BIN" ra-gen --csr-only --out-dir "$T/csr" --cn 'Far RA'
openssl req -in "$(find "$T/csr" -name '*.csr')" -noout -verify -text >"$T/text" 2>&1 || fail "the CSR does not verify"
says 'Far RA' "$T/text"
absent "$T/csr/ra.crt"
same "$(mode_of "$T/csr/ra.key")" 600

step "a failed run leaves nothing"
expect 2 "$BIN" ra-gen --ca-cert "$T/ec.crt" --ca-key "$T/rsa.key" --out-dir "$T/bad"
one_error
says 'error: .*match'
absent "$T/bad/ra.crt" "$T/bad/ra.key"
run "$BIN" ra-gen --ca-cert "$T/none.crt" --ca-key "$T/rsa.key" --out-dir "$T/bad"
[ "$RC" = 2 ] || [ "$RC" = 3 ] || fail "a missing CA: exit $RC"
says 'error: .*none\.crt'
absent "$T/bad/ra.crt" "$T/bad/ra.key"

step "a report that cannot be written takes the files back, and what they replaced is there again"
"$BIN" ra-gen --csr-only --out-dir "$T/lost" >/dev/full 2>"$T/err"
same "$?" 3 "stdout on a full device"
same "$(grep -c '^certctl-scep: error: cannot write to standard output' "$T/err")" 1
absent "$T/lost"
"$BIN" ra-gen --csr-only --out-dir "$T/csr" --force >/dev/full 2>"$T/err"
openssl req -in "$T/csr/ra.csr" -noout -subject | grep -q 'Far RA' || fail "the old request is gone"
same "$(cd "$T/csr" && find . -type f | sort | tr '\n' ' ')" "./ra.csr ./ra.key "
mkfifo "$T/pipe"
: <"$T/pipe" &
exec 3>"$T/pipe"
wait $!
"$BIN" ra-gen --csr-only --out-dir "$T/lost" >&3 2>"$T/err" 3>&-
same "$?" 3 "stdout on a pipe that nobody reads"
exec 3>&-
absent "$T/lost"

step "the file behind standard input is not replaced"
mkdir "$T/in"
cp "$T/ec.key" "$T/in/ca.key"
chmod 600 "$T/in/ca.key"
"$BIN" ra-gen --ca-cert "$T/ec.crt" --ca-key - --name ca --out-dir "$T/in" --force <"$T/in/ca.key" >"$T/out" 2>"$T/err"
same "$?" 2 "the CA key on standard input"
one_error
says 'error: --ca-key: the file behind standard input would be overwritten'
cmp -s "$T/ec.key" "$T/in/ca.key" || fail "ca.key was replaced"
"$BIN" ra-gen --ca-cert "$T/ec.crt" --ca-key - --out-dir "$T/in" <"$T/in/ca.key" >"$T/out" 2>"$T/err"
same "$?" 0 "a CA key on standard input"
cp "$T/ec.key" "$T/in/key.pem"
"$BIN" enroll --url https://127.0.0.1:1/scep --subject CN=a --out-dir "$T/in" --challenge-file - --force <"$T/in/key.pem" >"$T/out" 2>"$T/err"
same "$?" 2 "the challenge from key.pem"
says 'error: --challenge-file: the file behind standard input would be overwritten'
