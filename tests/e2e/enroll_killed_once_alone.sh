#!/bin/sh
# release only
# A device is killed at each rename of an enrolment with Debian's scepserver, which gives a certificate for each name once
# alone: no certificate is lost.
. "$(dirname "$0")/lib.sh"
own_network
strace -o /dev/null true 2>/dev/null || skip "strace may not trace here"

scep_server secret
printf 'secret\n' >"$T/challenge"
ask() {
    # shellcheck disable=SC2086  # words
    ${WRAP:-} "$BIN" enroll --url http://127.0.0.1:8080/scep --challenge-file "$T/challenge" --ca-fingerprint "$CA_PRINT" --insecure \
        --subject "CN=killed-$n" --out-dir "$dir" "$@"
}

n=0
while :; do
    n=$((n + 1)) dir=$T/killed-$n
    step "killed at rename $n"
    WRAP="strace -f -o /dev/null -e trace=renameat2 -e inject=renameat2:signal=KILL:when=$n"
    run ask
    WRAP=
    [ "$RC" != 0 ] || break
    run "$BIN" enroll --resume --out-dir "$dir"
    if [ "$RC" = 2 ]; then
        says 'nothing to go on with'
        expect 0 ask --force
    fi
    openssl verify -CAfile "$T/depot/ca.pem" "$dir/cert.pem" >"$T/verify.log" 2>&1 || fail "no certificate"
    same "$(find "$dir" -type f | wc -l)" 3 "files"
done
[ "$n" -gt 3 ] || fail "nothing was killed"
