#!/bin/sh
# SIGTERM: an idle keep-alive connection is closed, a request under way is answered, the port is free, exit 0.
. "$(dirname "$0")/lib.sh"
dev_server
python3 - "$PORT" "$D/ca.crt" "$SERVER_PID" <<'PY' || fail "the request under way was lost"
import os, signal, socket, ssl, sys
port, ca, pid = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
context = ssl.create_default_context(cafile=ca)
def connect():
    plain = socket.create_connection(("127.0.0.1", port), 20)
    plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)   # what is sent is there, not held back for an ACK
    return context.wrap_socket(plain, server_hostname="localhost")
ask = b"GET /scep?operation=GetCACaps HTTP/1.1\r\nHost: a\r\n\r\n"
idle, busy = connect(), connect()
idle.sendall(ask)
assert idle.recv(4096).startswith(b"HTTP/1.1 200")
busy.sendall(b"POST /scep?operation=PKIOperation HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nju")
idle.sendall(ask)                       # its answer shows that the server has read what busy sent before
assert idle.recv(4096).startswith(b"HTTP/1.1 200")
os.kill(pid, signal.SIGTERM)
assert idle.recv(4096) == b"", "the idle connection was not closed"
busy.sendall(b"nk")
assert busy.recv(4096).startswith(b"HTTP/1.1 400"), "no answer to the request under way"
PY
stop_server
start_server --dev "$D" --listen "127.0.0.1:$PORT"
stop_server

step "a first --dev start, while it makes its keys: nothing, or all of it and exit 0"
python3 - "$BIN" "$T" <<'PY' || fail "stopped half-way"
import os, signal, subprocess, sys, time
binary, place = sys.argv[1:]
held = 0
for turn in range(100):   # later each time, on a slow machine until one was late enough
    if turn >= 12 and held:
        break
    directory = f"{place}/early-{turn}"
    server = subprocess.Popen([binary, "serve", "--dev", directory, "--listen", "127.0.0.1:0"],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                              preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
    time.sleep(0.01 * turn)
    server.send_signal(signal.SIGINT if turn % 2 else signal.SIGTERM)
    status = server.wait()
    made = sorted(os.listdir(directory)) if os.path.isdir(directory) else []
    if status == 0:
        assert "certctl-scep.toml" in made and "state.db" in made, made
        held += 1
    else:
        assert not made, (status, made)   # before main(), nothing was begun
    assert not [name for name in made if name.startswith(".")], made
assert held, "no turn was late enough"
PY
