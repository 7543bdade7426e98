#!/bin/sh
# release only
# alone
# Memory of a server: under 20 MiB resident when idle, under 60 MiB with 1,000 idle TLS connections, and a 1.6 MB
# message of 400,000 nested indefinite lengths moves it by less than 8 MiB.
. "$(dirname "$0")/lib.sh"
kib() { awk -v key="$1:" '$1 == key {print $2}' "/proc/$SERVER_PID/status"; }
below() { echo "$1: $2 KiB, limit $3 KiB"; [ "$2" -lt "$3" ] || fail "$1"; }

dev_server
enroll_dev "$T/device" CN=device >"$T/out" 2>"$T/err" || fail "enrolment"
below "idle after one enrolment" "$(kib VmRSS)" $((20 * 1024))

step "1,000 idle TLS connections"
python3 - "$PORT" "$D/ca.crt" "$SERVER_PID" >"$T/out" <<'PY' || fail "1,000 connections"
import resource, socket, ssl, sys
port, ca, pid = int(sys.argv[1]), sys.argv[2], sys.argv[3]
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, hard), hard))
context = ssl.create_default_context(cafile=ca)
connect = lambda: context.wrap_socket(socket.create_connection(("127.0.0.1", port), 20), server_hostname="localhost")
idle = [connect() for _ in range(1000)]
for c in (idle[0], idle[999]):          # the oldest is still served
    c.sendall(b"GET /scep?operation=GetCACaps HTTP/1.1\r\nHost: a\r\n\r\n")
    assert c.recv(4096).startswith(b"HTTP/1.1 200")
print(next(l.split()[1] for l in open(f"/proc/{pid}/status") if l.startswith("VmRSS")))
PY
below "with 1,000 idle connections" "$(cat "$T/out")" $((60 * 1024))
stop_server

step "400,000 nested indefinite lengths"
sed -i -e '/^max_body_size/d' -e '/^\[server\]/a max_body_size = 2097152' "$D/certctl-scep.toml"
dev_server
enroll_dev "$T/device2" CN=device2 >"$T/out" 2>"$T/err" || fail "enrolment"
python3 -c 'import sys; sys.stdout.buffer.write(b"\x30\x80" * 400000 + b"\0\0" * 400000)' >"$T/nested"
before=$(kib VmRSS)
same "$(curl -s --cacert "$D/ca.crt" -o /dev/null -w '%{http_code}' --data-binary "@$T/nested" \
    "$URL?operation=PKIOperation")" 400
below "resident, moved by" $(($(kib VmRSS) - before)) $((8 * 1024))
below "peak, moved by" $(($(kib VmHWM) - before)) $((8 * 1024))
stop_server
