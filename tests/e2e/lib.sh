# shellcheck shell=sh
# What every end-to-end test shares; a test begins with `. "$(dirname "$0")/lib.sh"`.
# Gives it $BIN (the binary), $T (a private directory, gone afterwards) and a trap that ends whatever it started.
# Nothing here sleeps: to wait is to read a line that somebody writes when it is time.
set -u
umask 022
export LC_ALL=C NO_COLOR=1
unset http_proxy https_proxy HTTPS_PROXY no_proxy NO_PROXY
for variable in $(env | sed -n 's/^\(CERTCTL_[A-Za-z0-9_]*\)=.*/\1/p'); do unset "$variable"; done

BIN=${SCEP_BIN:?SCEP_BIN names the certctl-scep under test}
T=$(mktemp -d "${TMPDIR:-/tmp}/scep-e2e.XXXXXX") || exit 3
PIDS=
SERVER_PID=

# What a script has to take back before its files go; one that needs it defines it anew.
undo() { :; }

cleanup() {
    rc=$?
    trap - EXIT
    for pid in $PIDS; do kill -KILL "$pid" 2>/dev/null; done
    wait 2>/dev/null
    if [ "$rc" != 0 ] && [ "$rc" != 77 ]; then
        for f in "$T"/*.log "$T/out" "$T/err"; do
            [ -s "$f" ] && { echo "--- ${f##*/}"; tail -n 30 "$f"; }
        done
    fi
    undo
    rm -rf "$T"
    exit "$rc"
}
trap cleanup EXIT
trap 'exit 1' HUP INT TERM

fail() { echo "FAIL: $*"; exit 1; }
skip() { echo "SKIP: $*"; exit 77; }
step() { echo "- $*"; }

# Runs the rest of this script once more in fresh network and mount namespaces where 127.0.0.1 is its own.
own_network() {
    [ -z "${SCEP_OWN_NETWORK:-}" ] || { ip link set lo up || fail "cannot raise lo"; return 0; }
    unshare -n -m true 2>/dev/null || skip "this machine allows no namespaces"
    rm -rf "$T"
    SCEP_OWN_NETWORK=1 exec unshare -n -m sh "$0"
}

# run COMMAND...: stdout in $T/out, stderr in $T/err, exit status in $RC.
run() { "$@" >"$T/out" 2>"$T/err" </dev/null; RC=$?; }

# expect STATUS COMMAND...: runs it and insists on the exit status.
expect() {
    want=$1; shift
    run "$@"
    [ "$RC" = "$want" ] || fail "exit status $RC, want $want: $*"
}

# says PATTERN [FILE]: one line of the file (default: stderr of the last command) matches the extended pattern; a program
# that goes on by itself may write it to its log a moment later.
says() {
    case ${2:-} in
        *.log) await_line "$2" "$1" ;;
        *) grep -Eq -- "$1" "${2:-$T/err}" || fail "no line matches: $1" ;;
    esac
}
says_not() { ! grep -Eq -- "$1" "${2:-$T/err}" || fail "a line matches: $1"; }

# one_error: stderr holds exactly one error line, with hints at most, and stdout nothing.
one_error() {
    [ "$(grep -c '^certctl-scep: error: ' "$T/err")" = 1 ] || fail "want exactly one error line"
    ! grep -Ev '^(certctl-scep: error: |hint: )' "$T/err" || fail "stderr has more than error and hint"
    [ ! -s "$T/out" ] || fail "stdout is not empty"
}

same() { [ "$1" = "$2" ] || fail "got '$1', want '$2'${3:+: $3}"; }
absent() { for f in "$@"; do [ ! -e "$f" ] || fail "left behind: $f"; done; }
mode_of() { stat -c %a "$1"; }

# Copies the fifo $1 into the log $2; the first line that says "listening" goes to the fifo $3 as well.
# Ends with the writer, so a program that dies before it listens ends the waiting too.
copy_log() {
    told=
    while IFS= read -r line; do
        printf '%s\n' "$line" >>"$2"
        case $told:$line in :*listening*) told=t; printf '%s\n' "$line" >"$3" ;; esac
    done <"$1"
    [ -n "$told" ] || : >"$3"
}

# start NAME COMMAND...: in the background; back when its stderr says "listening".
# Sets PID, LOG_PID and LISTENING (that line; empty when it ended first). stdout in $T/NAME.out, stderr in $T/NAME.log.
start() {
    name=$1; shift
    rm -f "$T/log.fifo" "$T/ready.fifo"
    mkfifo "$T/log.fifo" "$T/ready.fifo"
    copy_log "$T/log.fifo" "$T/$name.log" "$T/ready.fifo" &
    LOG_PID=$!
    "$@" >"$T/$name.out" 2>"$T/log.fifo" </dev/null &
    PID=$!
    PIDS="$PIDS $PID"
    IFS= read -r LISTENING <"$T/ready.fifo" || LISTENING=
}

# start_server ARGS...: `serve ARGS`, back when it listens. Sets SERVER_PID, PORT and URL.
# SERVER_WRAP may hold words to put before the binary.
start_server() {
    # shellcheck disable=SC2086  # words
    start serve ${SERVER_WRAP:-} "$BIN" serve "$@"
    SERVER_PID=$PID SERVER_LOG_PID=$LOG_PID
    [ -n "$LISTENING" ] || { wait "$PID"; fail "the server ended ($?) before it listened"; }
    PORT=$(printf '%s\n' "$LISTENING" | sed -n 's/.*port[":=]*\([0-9]*\).*/\1/p')
    [ -n "$PORT" ] || fail "no port in: $LISTENING"
    URL=https://127.0.0.1:$PORT/scep
}

# forget PID: it has ended, so cleanup must not kill whoever has the number next.
forget() { PIDS=$(for p in $PIDS; do [ "$p" = "$1" ] || printf ' %s' "$p"; done); }

# stop_server: SIGTERM, and insists that it drains and exits 0.
stop_server() {
    kill -TERM "$SERVER_PID" 2>/dev/null
    wait "$SERVER_PID"
    RC=$?
    wait "$SERVER_LOG_PID"
    forget "$SERVER_PID"
    [ "$RC" = 0 ] || fail "the server exited $RC after SIGTERM, want 0"
    SERVER_PID=
}

# dev_server [ARGS...]: a fresh `serve --dev` in $D = $T/dev on a free port of 127.0.0.1.
dev_server() {
    D=$T/dev
    start_server --dev "$D" --listen 127.0.0.1:0 "$@"
}

# enroll_dev OUT_DIR SUBJECT [ARGS...]: one enrolment with the dev server.
enroll_dev() {
    out_dir=$1; subject=$2; shift 2
    "$BIN" enroll --url "$URL" --tls-ca "$D/ca.crt" --challenge-file "$D/challenge" \
        --subject "$subject" --out-dir "$out_dir" "$@" </dev/null
}

verify_cert() { openssl verify -x509_strict -purpose sslclient -CAfile "$1" "$2" >"$T/verify.log" 2>&1 || fail "openssl verify refuses $2"; }
serial_of() { openssl x509 -in "$1" -noout -serial | sed 's/^serial=//'; }

# audited FILE SUBJECT OUTCOME: a row of that JSON audit list has this in its subject and this pattern as outcome.
audited() {
    python3 - "$@" <<'PY' || fail "no audit row for $2 with outcome $3"
import json, re, sys
rows = json.load(open(sys.argv[1]))["events"]
sys.exit(not any(sys.argv[2] in (r["subject"] or "") and re.fullmatch(sys.argv[3], r["outcome"]) for r in rows))
PY
}

# json FILE EXPRESSION: evaluates a Python expression over the document, called j.
json() { python3 -c 'import json,sys; j=json.load(open(sys.argv[1])); print(eval(sys.argv[2]))' "$1" "$2"; }

# await_port PORT: back when something accepts there; for programs of others, which cannot say when they are ready.
await_port() {
    tries=0
    until curl -s -o /dev/null "http://127.0.0.1:$1/" || [ $? != 7 ]; do
        tries=$((tries + 1))
        [ "$tries" -lt 400 ] || fail "nothing listens on port $1"
        sleep 0.05
    done
}

# plain_hop: a socat that takes plain HTTP on a free port and speaks TLS 1.3 to the server. Sets HOP, its port.
plain_hop() {
    start hop socat -d -d TCP-LISTEN:0,bind=127.0.0.1,fork \
        "OPENSSL:127.0.0.1:$PORT,cafile=$D/ca.crt,commonname=localhost,openssl-min-proto-version=TLS1.3"
    HOP=${LISTENING##*:}
    [ -n "$HOP" ] || fail "socat did not listen"
}

# rsa_server: a server like --dev's in $D, but with an RSA CA, which some clients need.
rsa_server() {
    D=$T/rsa
    mkdir "$D"
    (
        umask 077
        cd "$D" || exit
        openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /O=Lab/CN=ca -keyout ca.key -out ca.crt \
            -addext keyUsage=critical,keyCertSign,cRLSign &&
            openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost -keyout tls.key -out tls.csr &&
            printf 'subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth\n' >tls.ext &&
            openssl x509 -req -in tls.csr -CA ca.crt -CAkey ca.key -days 20 -extfile tls.ext -out tls.crt &&
            "$BIN" ra-gen --ca-cert ca.crt --ca-key ca.key --out-dir . --days 20 &&
            printf 'challenge-of-the-rsa-server\n' >challenge
    ) >"$T/rsa_server.log" 2>&1 || fail "making the RSA server"
    cat >"$D/certctl-scep.toml" <<TOML
[server]
tls_cert_path = "tls.crt"
tls_key_path = "tls.key"
state_path = "state.db"
audit_key_path = "audit.key"
[issuer.rsa]
ca_cert_path = "ca.crt"
ca_key_path = "ca.key"
[scep.default]
path_id = ""
issuer_id = "rsa"
challenge_password_file = "challenge"
ra_cert_path = "ra.crt"
ra_key_path = "ra.key"
TOML
    start_server --config "$D/certctl-scep.toml" --listen 127.0.0.1:0
}

# make_ca NAME: a CA of that name, NAME.crt and NAME.key here.
make_ca() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj "/CN=$1" -keyout "$1.key" -out "$1.crt" \
        -addext keyUsage=critical,keyCertSign,cRLSign >"$T/make.log" 2>&1 || fail "making the CA $1"
}

# make_cert NAME CA EXTENSION...: NAME.crt and NAME.key, signed by that CA. KEY=rsa:2048 for RSA; EXPIRED=yes for one of 2020.
make_cert() {
    name=$1 ca=$2; shift 2
    printf '%s\n' "$@" >"$name.ext"
    case ${KEY:-ec} in
        ec) set -- -newkey ec -pkeyopt ec_paramgen_curve:P-256 ;;
        *) set -- -newkey "$KEY" ;;
    esac
    {
        openssl req "$@" -nodes -subj "/CN=$name" -keyout "$name.key" -out "$name.csr" &&
            if [ -z "${EXPIRED:-}" ]; then
                openssl x509 -req -in "$name.csr" -CA "$ca.crt" -CAkey "$ca.key" -days 10 -extfile "$name.ext" -out "$name.crt"
            else
                mkdir "$name.ca" && : >"$name.ca/index" &&
                    printf '[ca]\ndatabase=%s/index\nserial=%s/serial\nnew_certs_dir=%s\ndefault_md=sha256\npolicy=any\n[any]\ncommonName=supplied\n' \
                        "$name.ca" "$name.ca" "$name.ca" >"$name.ca/cnf" &&
                    openssl ca -batch -config "$name.ca/cnf" -name ca -rand_serial -cert "$ca.crt" -keyfile "$ca.key" \
                        -in "$name.csr" -extfile "$name.ext" -out "$name.crt" -notext \
                        -startdate 20200101000000Z -enddate 20210101000000Z
            fi
    } >"$T/make.log" 2>&1 || fail "making the certificate $name"
}

# example NAME: before a test of examples/NAME. Its README's machine: scep.example is this one, certctl-scep is in PATH,
# /etc/certctl-scep is $ETC, /var/lib/certctl-scep is $VAR.
example() {
    own_network
    EXAMPLE=$SCEP_ROOT/examples/$1 ETC=$T/etc VAR=$T/var
    mkdir "$T/bin" "$ETC" "$VAR"
    ln -s "$BIN" "$T/bin/certctl-scep"
    printf '#!/bin/sh\necho "$*" >>"%s/systemctl.calls"\n' "$T" >"$T/bin/systemctl"
    chmod +x "$T/bin/systemctl"
    PATH=$T/bin:$PATH
    export CERTCTL_SCEP_CONFIG="$ETC/certctl-scep.toml"
    printf '127.0.0.1 localhost scep.example\n' >"$T/hosts"
    mount --bind "$T/hosts" /etc/hosts || skip "no private mounts on this machine"
    cd "$ETC" || exit 1
}
placed() { sed -e "s|/etc/certctl-scep|$ETC|g" -e "s|/var/lib/certctl-scep|$VAR|g" "$1"; }

# printed HEADING [NUMBER]: $T/commands are those under that heading of the example's README; of several blocks the first or that one.
printed() {
    awk -v heading="## $1" -v number="${2:-1}" '/^## /{on = $0 == heading}
        /^```/{code = $0 == "```sh"; n += on && code; next} on && code && n == number' "$EXAMPLE/README.md" >"$T/printed"
    [ -s "$T/printed" ] || fail "no commands under $1"
    placed "$T/printed" >"$T/commands"
}
# follow HEADING [NUMBER]: runs them as they are printed; as run does: $RC, $T/out, $T/err. followed insists on 0.
follow() { printed "$@"; run sh -eu "$T/commands"; }
followed() { follow "$@"; [ "$RC" = 0 ] || fail "exit status $RC: $1"; }

# lab_ca: a CA, a TLS pair for scep.example and challenges in $ETC, as in the README of examples/one-vm.
lab_ca() {
    EXAMPLE_KEPT=$EXAMPLE EXAMPLE=$SCEP_ROOT/examples/one-vm
    followed "Setting it up"
    EXAMPLE=$EXAMPLE_KEPT
}

# await_line FILE PATTERN: back when the file has a line like that; for a program that goes on by itself meanwhile.
await_line() {
    tries=0
    until grep -Eq -- "$2" "$1" 2>/dev/null; do
        tries=$((tries + 1))
        [ "$tries" -lt 1200 ] || fail "no line came that matches: $2"
        sleep 0.05
    done
}

# set_profile LINE...: puts settings into [scep.default] of the dev server's configuration and starts it anew.
set_profile() {
    stop_server
    for line in "$@"; do sed -i "/^\[scep.default\]/a $line" "$D/certctl-scep.toml"; done
    start_server --config "$D/certctl-scep.toml" --listen 127.0.0.1:0
}
# with_approvals: the stopped server of dev_server once more, with a profile at /scep/waits whose requests an operator approves.
with_approvals() {
    cat >>"$D/certctl-scep.toml" <<'TOML'
[scep.waits]
issuer_id = "iss-local"
approval = "manual"
challenge_password_file = "challenge"
ra_cert_path = "ra.crt"
ra_key_path = "ra.key"
TOML
    start_server --config "$D/certctl-scep.toml" --listen 127.0.0.1:0
}
admin() { "$BIN" admin "$@" --config "$D/certctl-scep.toml"; }

# rollover_config: a challenge, and a configuration of one profile at /scep whose issuer has a next CA, in this directory:
# current, next, tls and ra are to be there as .crt and .key.
rollover_config() {
    (umask 077 && openssl rand -hex 16 >challenge)
    cat >certctl-scep.toml <<'TOML'
[server]
tls_cert_path = "tls.crt"
tls_key_path = "tls.key"
state_path = "state.db"
audit_key_path = "audit.key"
[issuer.lab]
ca_cert_path = "current.crt"
ca_key_path = "current.key"
next_ca_cert_path = "next.crt"
next_ca_key_path = "next.key"
[scep.default]
path_id = ""
issuer_id = "lab"
challenge_password_file = "challenge"
ra_cert_path = "ra.crt"
ra_key_path = "ra.key"
TOML
}

# scep_server CHALLENGE [OPTION...]: Debian's scepserver on port 8080 with a new CA in $T/depot; CA_PRINT is its fingerprint. It
# binds every address: own_network first.
scep_server() {
    challenge=$1; shift
    scepserver ca -init -depot "$T/depot" -keySize 2048 >/dev/null 2>&1 || fail "scepserver ca -init"
    start scepserver scepserver -depot "$T/depot" -port 8080 -challenge "$challenge" -debug "$@"
    await_port 8080
    # shellcheck disable=SC2034  # of the scripts
    CA_PRINT=$(openssl x509 -in "$T/depot/ca.pem" -noout -fingerprint -sha256 | sed 's/.*=//;s/://g')
}
