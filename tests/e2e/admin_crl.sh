#!/bin/sh
# admin revoke and admin crl beside a server: openssl takes the list, and refuses what is on it.
. "$(dirname "$0")/lib.sh"
dev_server
F=$D/certctl-scep.toml
for name in good bad; do enroll_dev "$T/$name" "CN=$name" >"$T/out" 2>"$T/err" || fail "$name"; done
bad=$(serial_of "$T/bad/cert.pem")
checked() { openssl verify -crl_check -CAfile "$D/ca.crt" -CRLfile "$T/list.pem" "$1" >"$T/verify.log" 2>&1; }

step "a list without entries"
expect 0 "$BIN" admin crl --issuer iss-local --out "$T/list.pem" --config "$F"
checked "$T/bad/cert.pem" || fail "refused before it is revoked"

step "the list with the entry"
expect 0 "$BIN" admin revoke "$bad" --reason keyCompromise --config "$F"
expect 0 "$BIN" admin crl --issuer iss-local --out "$T/list.pem" --config "$F"
openssl crl -in "$T/list.pem" -CAfile "$D/ca.crt" -noout -text >"$T/crl.txt" 2>"$T/crl.log" || fail "openssl reads no CRL"
says 'verify OK' "$T/crl.log"
says "Serial Number: $bad" "$T/crl.txt"
says 'Key Compromise' "$T/crl.txt"
same "$(openssl crl -in "$T/list.pem" -noout -crlnumber)" crlNumber=0x02
checked "$T/good/cert.pem" || fail "the good certificate is refused"
checked "$T/bad/cert.pem" && fail "the revoked certificate passes"
says 'certificate revoked' "$T/verify.log"

step "DER, and the trail"
expect 0 "$BIN" admin crl --issuer iss-local --der --config "$F"
same "$(openssl crl -inform DER -in "$T/out" -noout -crlnumber)" crlNumber=0x03
enroll_dev "$T/more" CN=more >"$T/out" 2>"$T/err" || fail "more"
expect 0 "$BIN" admin audit verify --config "$F"
says '^7 audit rows' "$T/out"
stop_server
