#!/bin/sh
# --timeout holds for the search for the host's address too: a name server that says nothing takes no longer, and does
# not hold up the end of the program. The search alone would go on for 300 seconds.
. "$(dirname "$0")/lib.sh"
own_network
printf 'nameserver 127.0.0.1\noptions timeout:30 attempts:5\n' >"$T/resolv.conf"
printf 'hosts: dns\n' >"$T/nsswitch.conf"
for f in resolv.conf nsswitch.conf; do mount --bind "$T/$f" "/etc/$f" || skip "/etc/$f cannot be replaced"; done
start names python3 -c 'import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(("127.0.0.1", 53))
print("listening", file=sys.stderr, flush=True)
while True: s.recv(512)'
[ -n "$LISTENING" ] || fail "no silent name server"

expect 3 timeout 100 "$BIN" enroll --url http://ca.slow.example/scep --subject CN=x --out-dir "$T/o" --timeout 1s
one_error
says 'error: http://ca\.slow\.example/scep: cannot resolve the host name: not done within 1 s'
absent "$T/o"
