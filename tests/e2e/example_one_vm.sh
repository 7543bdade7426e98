#!/bin/sh
# examples/one-vm: the commands of its README as printed, with a device of each kind, and what each profile refuses.
. "$(dirname "$0")/lib.sh"
example one-vm

step "setting up"
followed "Setting it up"
placed "$EXAMPLE/certctl-scep.toml" >certctl-scep.toml
follow "Setting it up" 2
same "$RC" 1 "--check without the bundle of the cameras"
cat "$T/out" >>"$T/err"
says 'camera-maker.crt: cannot open'
make_ca camera-maker
make_cert cam-17 camera-maker extendedKeyUsage=clientAuth
followed "Setting it up" 2

step "a device of each kind"
start_server
followed "A device of each kind"
for device in anna-laptop anna-phone cam-17; do verify_cert ca.crt $device/cert.pem; done
openssl x509 -in anna-phone/cert.pem -noout -ext subjectAltName >"$T/san"
says 'email:anna@example.com' "$T/san"
openssl x509 -in cam-17/cert.pem -noout -checkend $((700 * 86400)) >/dev/null || fail "the camera's certificate is short"
openssl x509 -in anna-phone/cert.pem -noout -checkend $((100 * 86400)) >/dev/null && fail "the phone's certificate is long"

step "what each profile refuses"
printed "What each profile refuses"
# shellcheck disable=SC2016  # for the commands to expand
sed -i 's/^certctl-scep/! certctl-scep/; s/refused$/"refused-$((n = n + 1))"/' "$T/commands"
run sh -eu -c "n=0; . '$T/commands'; echo \$n"
same "$RC:$(tail -n 1 "$T/out")" 0:4 "all four were refused"
says 401
same "$(curl -s --cacert ca.crt -o /dev/null -w '%{http_code}' 'https://scep.example:8443/scep/cameras?operation=GetCACaps')" 403 "the closed door"

step "who got what"
followed "Who got what"
says 'CN=cam-17' "$T/out"
expect 0 certctl-scep admin audit list --format json
same "$(json "$T/out" '[(e["profile"], e["outcome"]) for e in j["events"]]')" \
    "[('laptops', 'success'), ('phones', 'success'), ('cameras', 'success'), ('phones', 'failure'), ('laptops', 'failure'), ('cameras', 'failure')]"
stop_server
