#!/bin/sh
# One enrolment with a key on disk: wall time of `enroll` beside Debian's scepclient, turn by turn against the same
# scepserver, and the most memory each takes. By hand: tests/bench/enroll_beside_scepclient.sh [BINARY [COUNT]]
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
binary=$(realpath "${1:-$root/build/release/src/cli/certctl-scep}")
count=${2:-40}
[ -n "${SCEP_OWN_NETWORK:-}" ] || SCEP_OWN_NETWORK=1 exec unshare -n sh "$0" "$binary" "$count"
ip link set lo up

T=$(mktemp -d)
trap 'kill "$server" 2>/dev/null || true; rm -rf "$T"' EXIT
# As installed: a file that the linker wrote in bits and pieces lies in smaller pieces in the page cache, which costs each
# start 0.2 ms, and scepclient was unpacked by dpkg in one go.
cp "$binary" "$T/certctl-scep"
binary=$T/certctl-scep
scepserver ca -init -depot "$T/depot" -keySize 2048 >/dev/null 2>&1
scepserver -depot "$T/depot" -port 8080 -challenge secret >/dev/null 2>&1 & server=$!
openssl genrsa -traditional -out "$T/key.pem" 2048 2>/dev/null
printf 'secret\n' >"$T/challenge"
openssl x509 -in "$T/depot/ca.pem" -noout -fingerprint -sha256 | sed 's/.*=//;s/://g' >"$T/print"

python3 - "$binary" "$T" "$count" <<'PY'
import os, resource, shutil, socket, statistics, subprocess, sys, time
binary, home, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
url, fingerprint = "http://127.0.0.1:8080/scep", open(f"{home}/print").read().strip()
while True:
    try:
        socket.create_connection(("127.0.0.1", 8080)).close()
        break
    except OSError:
        os.sched_yield()

def ours(number):
    return [binary, "enroll", "--url", url, "--challenge-file", f"{home}/challenge", "--subject", f"CN=ours-{number}",
            "--ca-fingerprint", fingerprint, "--insecure", "--key-file", "key.pem", "--out-dir", "."]

def theirs(number):
    return ["scepclient", "-server-url", url, "-challenge", "secret", "-cn", f"theirs-{number}", "-private-key", "key.pem",
            "-certificate", "cert.pem"]

def run(command, name):
    """Seconds by the wall and of CPU of one run, in a directory that holds nothing but the key."""
    work = f"{home}/{name}"
    os.mkdir(work)
    shutil.copy(f"{home}/key.pem", work)
    began = time.perf_counter()
    pid = os.posix_spawnp("env", ["env", "-C", work, *command], os.environ,
                          file_actions=[(os.POSIX_SPAWN_OPEN, fd, "/dev/null", os.O_WRONLY, 0) for fd in (1, 2)])
    _, status, used = os.wait4(pid, 0)
    seconds = time.perf_counter() - began
    if status:
        sys.exit(f"{command[0]}: wait status {status}")
    return seconds, used.ru_utime + used.ru_stime

seen = {"enroll": [], "scepclient": []}
for number in range(count):
    for name, command in (("enroll", ours(number)), ("scepclient", theirs(number))):
        seen[name].append(run(command, f"{name}-{number}"))
for name, runs in seen.items():
    wall, cpu = (statistics.median(column) * 1000 for column in zip(*runs))
    print(f"{name:<12}{wall:8.1f} ms, of CPU {cpu:6.1f} ms (medians)")
times = [statistics.median(s for s, _ in runs) for runs in seen.values()]
print(f"{'ratio':<12}{times[0] / times[1]:8.2f}    (aim: below 1)")

# A child's peak counts what it was before exec, so it is a small parent that has to ask.
asks = "system(@ARGV); my $b = qq(\\0) x 144; syscall(98, -1, $b); print((unpack('q18', $b))[4])"  # getrusage, RUSAGE_CHILDREN
for name, command in (("enroll", ours(count)), ("scepclient", theirs(count))):
    work = f"{home}/{name}-peak"
    os.mkdir(work)
    shutil.copy(f"{home}/key.pem", work)
    said = subprocess.run(["perl", "-e", asks, *command], cwd=work, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
    print(f"{name:<12}{int(said.split()[-1].split(b'cert')[-1]) / 1024:8.1f} MiB at most")
PY
