#!/bin/sh
# Wrong usage: one clear error line, a hint, exit 2, nothing on stdout, nothing left behind.
. "$(dirname "$0")/lib.sh"
cd "$T" || exit 1
wrong() { expect 2 "$BIN" "$@"; one_error; }

wrong enrol
says 'hint: did you mean .?enroll'
wrong help enrol
says 'hint: did you mean .?enroll'
wrong enrol --help
wrong no-such-command-at-all
says_not 'did you mean'
wrong
wrong serve --lisen 127.0.0.1:0
says 'did you mean .?--listen'
wrong enroll --url https://127.0.0.1:1/scep
says 'error: .*--(subject|out-dir|challenge)'
wrong enroll --url ftp://127.0.0.1/scep --subject CN=a --out-dir made
says 'error: .*ftp'
wrong enroll --url https://127.0.0.1:1/scep --subject CN=a --out-dir made --key rsa:100
says 'error: .*rsa:100'
wrong enroll --url https://127.0.0.1:1/scep --subject CN=a --out-dir made --ca-fingerprint 12
says 'error: .*fingerprint'
wrong enroll --url https://127.0.0.1:1/scep --subject nonsense --out-dir made --ca-fingerprint "$(printf '%064d' 0)"
says 'error: .*subject.*nonsense|nonsense.*subject'
wrong enroll --url https://127.0.0.1:1/scep --subject CN=a --out-dir made --challenge-env NO_SUCH_VARIABLE
says 'error: .*NO_SUCH_VARIABLE'
wrong preflight --url ftp://127.0.0.1/scep
says 'error: .*ftp'
wrong preflight --url https://127.0.0.1:1/scep --config x
says 'error: .*--(url|config)'
wrong preflight --tls-ca x
says 'error: .*--(url|tls-ca)'
wrong preflight --format xml
says 'error: --format: .*sarif'
wrong preflight --clients vax
says 'error: --clients: vax is not known'
says 'hint: --clients list'
wrong preflight --min-days soon
wrong ra-gen --ca-cert a
says 'error: .*--(ca-key|out-dir)'
wrong ra-gen --ca-cert a --ca-key b --out-dir c --key dsa:1024
says 'error: .*dsa:1024'
wrong admin
wrong admin issued
wrong admin issued lst --config x
says 'did you mean .?list'
wrong admin issued list --limit -1
says 'error: --limit: '
wrong admin audit list --outcome refused
says 'error: --outcome: .*success,failure,pending'
wrong serve --format xml
wrong serve --config ''
says 'error: --config is empty$'
wrong serve --listen= --config x
says 'error: --listen is empty$'
wrong serve --dev ''
says 'error: --dev is empty$'
wrong serve -x
says 'error: certctl-scep serve has no option -x$'
wrong ra-gen --out-dir made --out-dir c
says 'error: --out-dir is given 2 times'
wrong ra-gen --csr-only --out-dir made --days 0x10
says 'error: --days: got 0x10, want a whole number'
wrong ra-gen --csr-only --out-dir made --cn "$(printf 'Z\374rich')"
says 'error: --cn: .*UTF-8'
wrong enroll --url https://127.0.0.1:1/scep --out-dir made --subject "$(printf 'CN=Z\374rich')"
says 'error: --subject CN=Z.xfcrich: the value of CN is not UTF-8$'
says_not 'hint: .*(CN=cam-1|backslash)'
wrong enroll --url https://127.0.0.1:1/scep --out-dir made --subject "$(printf 'x%05000d' 1)"
[ "$(wc -c <"$T/err")" -lt 1000 ] || fail "a long --subject is repeated whole"
absent made c certctl-scep-dev

step "help and version are answers, not errors"
for words in --help 'help enroll' '--color always help serve' 'enroll --help' 'serve --help' 'ra-gen --help' 'preflight --help' 'admin --help' --version; do
    # shellcheck disable=SC2086  # words
    expect 0 "$BIN" $words
    { [ -s "$T/out" ] && [ ! -s "$T/err" ]; } || fail "$words does not answer on stdout alone"
done
says 'certctl-scep [0-9]+\.[0-9]+.*' "$T/out"
says 'OpenSSL 3' "$T/out"
says 'SQLite 3' "$T/out"
"$BIN" help enroll >"$T/a"
"$BIN" enroll --help | cmp -s - "$T/a" || fail "help enroll differs from enroll --help"

step "colour on terminals, and nowhere else unless asked for"
esc=$(printf '\033')
unset NO_COLOR
run "$BIN" enrol
says_not "$esc"
run "$BIN" --color always enrol
says "^certctl-scep: $esc\[1;31merror:$esc\[0m "
TERM=xterm script -qec "$BIN enrol" /dev/null >"$T/tty" </dev/null
says "$esc\[1;31merror:$esc\[0m " "$T/tty"
TERM=xterm NO_COLOR=1 script -qec "$BIN enrol" /dev/null >"$T/tty" </dev/null
says 'error: ' "$T/tty"
says_not "$esc" "$T/tty"
