#!/bin/sh
# release only
# A device is killed at each rename, each removal and each sync of a run, in every form and while it renews in place: what
# it left is gone on with, or nothing was sent and a new run works. A key is never left beside the certificate of another.
. "$(dirname "$0")/lib.sh"
strace -o /dev/null true 2>/dev/null || skip "strace may not trace here"
dev_server
set_profile 'renewal_window = "any"'
(umask 077 && printf 'password\n' >"$T/password")

form_options() {
    case $1 in
        p12) echo "--out-form p12 --p12-pass-file $T/password" ;;
        der) echo "--out-form der" ;;
    esac
}

# ask FORM DIR [OPTION...]: one run of that form; "renewal" renews DIR in place.
ask() {
    form=$1 dir=$2; shift 2
    if [ "$form" = renewal ]; then
        set -- --renew --force --cert "$dir/cert.pem" --cert-key "$dir/key.pem" "$@"
    else
        set -- --challenge-file "$D/challenge" --subject CN=cam --signer own "$@"
    fi
    # shellcheck disable=SC2046,SC2086  # words
    ${WRAP:-} "$BIN" enroll --url "$URL" --tls-ca "$D/ca.crt" --key ec:P-256 --out-dir "$dir" $(form_options "$form") "$@" </dev/null
}

# pair FORM DIR: the certificate there is for the key there.
pair() {
    case $1 in
        p12)
            certified=$(openssl pkcs12 -in "$2/cert.p12" -passin "file:$T/password" -nokeys -clcerts | openssl x509 -noout -pubkey)
            kept=$(openssl pkcs12 -in "$2/cert.p12" -passin "file:$T/password" -nocerts -nodes | openssl pkey -pubout)
            ;;
        der)
            certified=$(openssl x509 -inform DER -in "$2/cert.der" -noout -pubkey)
            kept=$(openssl pkey -inform DER -in "$2/key.der" -pubout)
            ;;
        *)
            certified=$(openssl x509 -in "$2/cert.pem" -noout -pubkey)
            kept=$(openssl pkey -in "$2/key.pem" -pubout)
            ;;
    esac
    [ -n "$kept" ] && same "$certified" "$kept" "the pair in $2"
}
alone() { same "$(find "$2" -type f | wc -l)" "$([ "$1" = p12 ] && echo 1 || echo 3)" "files: $(ls -A "$2")"; }

# recovered FORM DIR: after a kill. Where there is nothing to go on with, nothing was sent, or all was done.
recovered() {
    run "$BIN" enroll --resume --out-dir "$2"
    [ "$RC" = 0 ] || [ "$RC" = 2 ] || fail "--resume exits $RC"
    if [ "$RC" = 2 ]; then
        says 'nothing to go on with'
        case $1 in
            renewal) pair "$1" "$2"; expect 0 ask "$1" "$2" ;;
            *) [ -n "$(find "$2" -name 'cert.*' 2>/dev/null)" ] || expect 0 ask "$1" "$2" --force ;;
        esac
        # --force keeps a key.pem that it finds, for it may be anybody's; in PEM it was replaced
        case $1 in der | p12) rm -f "$2/key.pem" ;; esac
    fi
    pair "$1" "$2"
    alone "$1" "$2"
}

for form in pem der p12 renewal; do
    for call in renameat2 fsync unlink,unlinkat; do
        step "$form: killed at $call"
        n=0
        while :; do
            n=$((n + 1))
            dir=$T/$form-$n
            if [ "$form" = renewal ]; then enroll_dev "$dir" CN=cam --key ec:P-256 --signer own >"$T/out" 2>"$T/err" || fail "the first enrolment"; fi
            WRAP="strace -f -o /dev/null -e trace=$call -e inject=$call:signal=KILL:when=$n"
            run ask "$form" "$dir"
            WRAP=
            [ "$RC" != 0 ] || break
            recovered "$form" "$dir"
            rm -rf "$dir"
        done
        [ "$n" -gt 2 ] || fail "nothing was killed"
        rm -rf "$dir"
    done
done
stop_server
