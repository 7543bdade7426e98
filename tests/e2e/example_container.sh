#!/bin/sh
# release only
# examples/container: serve from each environment file and nothing else; a device of each kind; the image has every library
# that the program needs. Building the image takes a network and is not tried.
. "$(dirname "$0")/lib.sh"
example container
unset CERTCTL_SCEP_CONFIG
lab_ca
SECRETS=$T/secrets
mkdir "$SECRETS"
mv ca.key ra.key tls.key ./*.challenge "$SECRETS"
chmod 444 "$SECRETS"/*
make_ca camera-maker
make_cert cam-17 camera-maker extendedKeyUsage=clientAuth
# in_container FILE: the words before a command that give it this environment alone.
in_container() {
    grep -v '^#' "$EXAMPLE/$1" | placed - | sed "s|/run/secrets|$SECRETS|" >"$T/env"
    grep -Evq '^[A-Z_]+=[^ "]+$' "$T/env" && grep -Ev '^([A-Z_]+=[^ "]+)?$' "$T/env" && fail "$1 is no environment file"
    CONTAINER="env -i PATH=$PATH $(tr '\n' ' ' <"$T/env")"
}
enrol() {
    path=$1 subject=$2 challenge=$3; shift 3
    expect 0 certctl-scep enroll --url "https://scep.example:8443$path" --tls-ca ca.crt --challenge-file "$challenge" \
        --subject "$subject" --out-dir "$subject" "$@"
    verify_cert ca.crt "$subject/cert.pem"
}

step "three profiles"
in_container certctl-scep.env
# shellcheck disable=SC2086  # words
expect 0 $CONTAINER certctl-scep serve --check
says_not 'CERTCTL_' "$T/out"
says_not 'CERTCTL_'
# shellcheck disable=SC2034  # start_server uses it
SERVER_WRAP=$CONTAINER
start_server
(umask 077; for kind in laptops phones cameras; do cat "$SECRETS/$kind.challenge" >$kind.challenge; done)
enrol /scep/laptops CN=laptop laptops.challenge
enrol /scep/phones CN=phone phones.challenge
enrol /scep-mtls/door-cameras CN=cam-17 cameras.challenge --tls-client-cert cam-17.crt --tls-client-key cam-17.key
same "$(curl -s --cacert ca.crt -o /dev/null -w '%{http_code}' 'https://scep.example:8443/scep/door-cameras?operation=GetCACaps')" 403
stop_server

step "the environment wins over a file, and a misspelt name is refused"
# shellcheck disable=SC2086  # words
expect 2 $CONTAINER CERTCTL_SCEP_PROFILE_PHONES_RA_CERT_PAHT=x certctl-scep serve --check
cat "$T/out" >>"$T/err"
says 'CERTCTL_SCEP_PROFILE_PHONES_RA_CERT_PATH\?'

step "certctl's flat form"
in_container one-profile.env
# shellcheck disable=SC2034
SERVER_WRAP=$CONTAINER
start_server
says 'warn.*CERTCTL_AUDIT_FLUSH_TIMEOUT_SECONDS' "$T/serve.log"
says 'hint: CERTCTL_SCEP_PROFILE_DEFAULT_RAW_CSR=false' "$T/serve.log"
(umask 077; sed -n 's/^CERTCTL_SCEP_CHALLENGE_PASSWORD=//p' "$EXAMPLE/one-profile.env" >flat.challenge)
enrol /scep CN=flat flat.challenge
stop_server

step "the image has the program's libraries"
ldd "$BIN" | sed -n 's/.* => \(\/[^ ]*\).*/\1/p' >"$T/libraries"
while read -r library; do
    file=$(readlink -f "$library")
    package=$(dpkg-query -S "$file" "${file#/usr}" 2>/dev/null | cut -d: -f1)
    case $package in libc6 | libgcc-s1 | zlib1g) continue ;; esac  # in every Debian image
    grep -q " ${package:-unknown} " "$EXAMPLE/Containerfile" || fail "the Containerfile lacks ${package:-the package of $library}"
done <"$T/libraries"
