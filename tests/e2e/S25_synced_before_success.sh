#!/bin/sh
# release only
# S25: in a trace of the server, an fdatasync of the WAL lies between the last read of each PKIOperation and the
# write of its SUCCESS.
. "$(dirname "$0")/lib.sh"

strace -o /dev/null true 2>/dev/null || skip "strace may not trace here"
export SERVER_WRAP="strace -f -yy -o $T/trace -e trace=read,recvfrom,recvmsg,write,sendto,sendmsg,writev,fdatasync,fsync"
dev_server
for n in 1 2 3; do
    enroll_dev "$T/d$n" "CN=traced-$n" --http post >"$T/out" 2>"$T/err" || fail "enrolment $n"
done
# strace passes the signal on only when it traces nothing; so to the server itself.
SERVER_PID=$(pgrep -P "$SERVER_PID")
kill -TERM "$SERVER_PID"
wait "$PID" || fail "the traced server exited $?"

python3 - "$T/trace" <<'PY' || fail "a SUCCESS left before its sync"
# Only a PKIOperation brings more than 1,000 bytes between two writes of its connection.
import re, sys
unanswered, synced, successes = {}, set(), 0
for line in open(sys.argv[1], errors="replace"):
    m = re.search(r"(\w+)\(\d+<(.*?)>[,)].*= (-?\d+)", line)
    if not m or int(m[3]) < 0:
        continue
    call, what, count = m[1], m[2], int(m[3])
    if call in ("fdatasync", "fsync") and what.endswith("-wal"):
        synced.update(unanswered)
    elif "TCP" in what and call in ("read", "recvfrom", "recvmsg"):
        unanswered[what] = unanswered.get(what, 0) + count
        synced.discard(what)
    elif "TCP" in what and unanswered.pop(what, 0) > 1000:
        if what not in synced:
            sys.exit("written before the sync: " + line)
        successes += 1
if successes != 3:
    sys.exit(f"saw {successes} replies to PKIOperation, want 3")
PY
