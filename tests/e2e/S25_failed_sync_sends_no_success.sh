#!/bin/sh
# release only
# S25: when the sync or the write of the WAL fails, no SUCCESS leaves, the server stops cleanly with an error, and
# a server started after it serves again.
. "$(dirname "$0")/lib.sh"
strace -o /dev/null true 2>/dev/null || skip "strace may not trace here"

# inject CALLS ERROR: strace on the running server fails those calls on the WAL from now on; back when it is attached.
inject() {
    rm -f "$T/strace.fifo"
    mkfifo "$T/strace.fifo"
    strace -f -p "$SERVER_PID" -P "$D/state.db-wal" -o "$T/trace" -e "trace=$1" -e "inject=$1:error=$2" 2>"$T/strace.fifo" &
    PIDS="$PIDS $!"
    exec 9<"$T/strace.fifo"
    IFS= read -r attached <&9 || attached=
    case $attached in *attached*) ;; *) fail "strace did not attach: $attached" ;; esac
}

dev_server
enroll_dev "$T/before" CN=before >"$T/out" 2>"$T/err" || fail "the enrolment before the fault"
for fault in fdatasync,fsync:EIO pwrite64:ENOSPC; do
    inject "${fault%:*}" "${fault#*:}"
    run enroll_dev "$T/during" CN=during
    [ "$RC" = 3 ] || [ "$RC" = 1 ] || fail "enroll exited $RC while $fault"
    absent "$T/during/cert.pem"
    wait "$SERVER_PID"
    RC=$?
    forget "$SERVER_PID"
    same "$RC" 3 "exit status of the server after $fault"
    says 'certctl-scep: error: .*state\.db' "$T/serve.log"
    exec 9<&-
    rm -rf "$T/during"

    dev_server
    enroll_dev "$T/after-${fault#*:}" CN=after >"$T/out" 2>"$T/err" || fail "the enrolment after $fault"
done
stop_server
