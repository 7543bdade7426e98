#!/bin/sh
# The two commands of the README in a bare Debian 12 root with only git and a shell. Needs the tool fresh-root beside
# the project; sees committed files only.
set -u
cd "$SCEP_ROOT" || exit 2
fresh=../shared/tools/fresh-root
[ -x "$fresh" ] || { echo "SKIP: no $fresh"; exit 77; }
[ "$(id -u)" = 0 ] || { echo "SKIP: needs root"; exit 77; }
unset TMPDIR
log=$(mktemp)
trap 'rm -f "$log"' EXIT
"$fresh" . sh -c 'examples/quickstart.sh && examples/quickstart.sh && tests/run.sh' </dev/null >"$log" 2>&1
status=$?
cat "$log"
[ "$status" = 0 ] || exit 1
[ "$(grep -c ': OK$' "$log")" -ge 2 ] || { echo "FAIL: openssl verify was not seen twice"; exit 1; }
tail -n 1 "$log" | grep -Eq '^[0-9]+ passed, 0 failed, 0 skipped$' || { echo "FAIL: the last line"; exit 1; }
