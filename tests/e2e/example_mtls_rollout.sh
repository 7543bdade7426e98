#!/bin/sh
# examples/mtls-rollout: the commands of its README as printed, with a small fleet that moves one by one.
. "$(dirname "$0")/lib.sh"
example mtls-rollout
lab_ca
placed "$EXAMPLE/certctl-scep.toml" >certctl-scep.toml
make_ca camera-maker
for cam in cam-17 cam-18 cam-19; do make_cert $cam camera-maker extendedKeyUsage=clientAuth; done
by_scep() {
    run certctl-scep enroll --url https://scep.example:8443/scep/cameras --tls-ca ca.crt --challenge-file cameras.challenge \
        --subject "CN=$1" --force --out-dir "$1"
}
still() { followed "Step 2: move devices, and see who has not" 2; cut -d ' ' -f 2- "$T/out" | tr '\n' ';'; }
restarted() {
    same "$(cat "$T/systemctl.calls")" "restart certctl-scep"
    rm "$T/systemctl.calls"
    stop_server
    start_server
}

step "before: the challenge alone, and no second door"
start_server
for cam in cam-17 cam-18 cam-19; do by_scep $cam; same "$RC" 0 "$cam by /scep"; done
follow "Step 2: move devices, and see who has not"
[ "$RC" != 0 ] || fail "/scep-mtls was open before step 1"
same "$(still)" "CN=cam-17 127.0.0.1 success;CN=cam-18 127.0.0.1 success;CN=cam-19 127.0.0.1 success;" "nobody has moved"

step "step 1 and 2: one device moves, the others go on"
followed "Step 1: open the second door"
restarted
rm -r cam-17
followed "Step 2: move devices, and see who has not"
same "$(still)" "CN=cam-18 127.0.0.1 success;CN=cam-19 127.0.0.1 success;" "one has moved"
by_scep cam-19
same "$RC" 0 "a device that has not moved"
for cam in cam-18 cam-19; do
    expect 0 certctl-scep enroll --url https://scep.example:8443/scep-mtls/cameras --tls-ca ca.crt --challenge-file cameras.challenge \
        --tls-client-cert $cam.crt --tls-client-key $cam.key --subject CN=$cam --force --out-dir $cam
done
same "$(still)" "" "all have moved"

step "step 3: the first door is closed"
followed "Step 3: close the first door"
restarted
by_scep cam-18
[ "$RC" != 0 ] || fail "/scep is still open"
says 403
says 'mtls_only' "$T/serve.log"
rm -r cam-17
followed "Step 2: move devices, and see who has not"
stop_server

step "the challenge stays: without one it does not start"
follow "What stays: the challenge"
[ "$RC" != 0 ] || fail "--check takes a profile without a challenge"
cat "$T/out" >>"$T/err"
says 'challenge_password'
run certctl-scep serve
same "$RC" 2 "serve without a challenge"
says 'challenge_password'
