#!/bin/sh
# tests/run.sh [--all] [PATTERN]: installs what is missing, builds twice (release; address and undefined-behaviour
# sanitizers), runs every test and ends with "N passed, N failed, N skipped"; exit 1 when anything failed.
# Unit tests run under the sanitizers; of the release build only the program is built, for the end-to-end tests.
#
# --all     also what is long: the unit tests of the release build, and tests/long
#           (fuzzing, full mutation counts, clang-tidy, a bare root)
# PATTERN   only tests whose name matches this extended regular expression, for instance 'e2e certmonger' or 'core/asn1'
#
# Names: "check X", "build X", "unit ROOM", "e2e X" on the release build; "unit-san ROOM", "e2e-san X" under the
# sanitizers; "long X". Logs of all of them are in build/logs.
# SCEP_CAPTURES  messages that other programs made; default: ../shared/captures beside the checkout, when it is there
# SCEP_SCHEMAS   JUnit.xsd and sarif-2.1.0.json; default: ../shared/reference/schemas, likewise; else reports are only read
set -u
cd "$(dirname "$0")/.." || exit 2
root=$PWD
all=
pattern=.
for arg in "$@"; do
    case $arg in
        --all) all=yes ;;
        -h | --help) sed -n '2,11s/^# \{0,1\}//p' "$0"; exit 0 ;;
        -*) echo "tests/run.sh: unknown option $arg" >&2; exit 2 ;;
        *) pattern=$arg ;;
    esac
done

logs=$root/build/logs
rm -rf "$logs"
mkdir -p "$logs" "$root/build/tmp"
export TMPDIR="$root/build/tmp" LC_ALL=C.UTF-8
# ccache keeps nothing of precompiled headers otherwise, and an empty cache would cost a fifth of a build.
export CCACHE_SLOPPINESS="${CCACHE_SLOPPINESS:-pch_defines,time_macros}" CCACHE_DEPEND="${CCACHE_DEPEND:-1}"
export ASAN_OPTIONS="${ASAN_OPTIONS:-detect_stack_use_after_return=1:strict_string_checks=1}"
export UBSAN_OPTIONS="${UBSAN_OPTIONS:-print_stacktrace=1:halt_on_error=1}"
if [ -z "${SCEP_CAPTURES:-}" ] && [ -d ../shared/captures ]; then
    SCEP_CAPTURES=$(cd ../shared/captures && pwd)
fi
[ -z "${SCEP_CAPTURES:-}" ] || export SCEP_CAPTURES
if [ -z "${SCEP_SCHEMAS:-}" ] && [ -d ../shared/reference/schemas ]; then
    SCEP_SCHEMAS=$(cd ../shared/reference/schemas && pwd)
fi
[ -z "${SCEP_SCHEMAS:-}" ] || export SCEP_SCHEMAS

passed=0 failed=0 skipped=0

wanted() { printf '%s\n' "$1" | grep -Eq -- "$pattern"; }
now_ms() { date +%s%3N; }
log_of() { printf '%s/%s.log' "$logs" "$(printf '%s' "$1" | tr ' /' '-_')"; }

# report STATUS NAME MILLISECONDS LOG: one line, the tail of the log when it failed, the reason when it was skipped.
report() {
    case $1 in
        0) passed=$((passed + 1)); word=ok note= ;;
        77) skipped=$((skipped + 1)); word=skip note="  $(sed -n 's/^SKIP: //p' "$4" | tail -n 1)" ;;
        *) failed=$((failed + 1)); word=FAIL note= ;;
    esac
    printf '%-4s %-58s %4d.%d s%s\n' "$word" "$2" $(($3 / 1000)) $(($3 % 1000 / 100)) "$note"
    [ "$word" != FAIL ] || tail -n 40 "$4" | sed 's/^/     | /'
}

# one NAME COMMAND...: runs a test that is one command.
one() {
    name=$1; shift
    wanted "$name" || return 0
    log=$(log_of "$name")
    began=$(now_ms)
    "$@" >"$log" 2>&1 </dev/null
    report $? "$name" $(($(now_ms) - began)) "$log"
}

# compile DIR TARGET MESON-OPTIONS...
compile() {
    where=$1 target=$2; shift 2
    [ -e "$where/build.ninja" ] || meson setup "$where" "$root" -Dwerror=true "$@" || return
    nice -n 10 ninja -C "$where" -j "$(nproc)" "$target"
}

# build DIR TARGET MESON-OPTIONS...: configures once, then compiles. Leaves a log, and beside it the status and the milliseconds.
build() {
    dir=$root/build/$1
    log=$(log_of "build $1"); shift
    began=$(now_ms)
    kept=
    [ ! -e "$dir/build.ninja" ] || kept=yes
    compile "$dir" "$@" >"$log" 2>&1 </dev/null
    status=$?
    # A kept build directory may be of another compiler or Meson: once more from nothing before that counts.
    if [ "$status" != 0 ] && [ -n "$kept" ]; then
        rm -rf "$dir"
        compile "$dir" "$@" >"$log" 2>&1 </dev/null
        status=$?
    fi
    echo "$status $(($(now_ms) - began))" >"$log.status"
}

# built DIR: reports the build as a test; whether it went well.
built() {
    report_done "build $1"
    grep -q '^0 ' "$(log_of "build $1").status"
}

# units DIR PREFIX: every suite that Meson knows, one line each.
units() {
    dir=$root/build/$1 prefix=$2
    names=$(meson test -C "$dir" --no-rebuild --list 2>/dev/null | sed 's/^certctl-scep[^ ]* \/ //;s/^.* \/ //' |
        while IFS= read -r name; do ! wanted "$prefix $name" || printf '%s\n' "$name"; done)
    [ -n "$names" ] || return 0
    # shellcheck disable=SC2086  # names have no spaces
    meson test -C "$dir" --no-rebuild --num-processes "$(nproc)" --timeout-multiplier 20 $names \
        >"$(log_of "$prefix")" 2>&1 </dev/null
    python3 - "$dir/meson-logs/testlog.json" "$logs" "$prefix" >"$logs/units.tsv" <<'PY'
import json, re, sys
log, out, prefix = sys.argv[1:]
for line in open(log):
    t = json.loads(line)
    name = t["name"].split(" / ")[-1]
    path = f"{out}/{prefix}-{re.sub('[ /]', '_', name)}.log"
    with open(path, "w") as f:
        f.write(t.get("stdout") or "")
        f.write(t.get("stderr") or "")
    status = {"OK": 0, "EXPECTEDFAIL": 0, "SKIP": 77}.get(t["result"], 1)
    print(status, int(t["duration"] * 1000), name, path, sep="\t")
PY
    tab=$(printf '\t')
    while IFS=$tab read -r status ms name path; do
        report "$status" "$prefix $name" "$ms" "$path"
    done <"$logs/units.tsv"
}

# scripts FOLDER PREFIX BINARY: every script of the folder on that binary, two at a time, for they wait more than they work;
# those marked "release only" on that alone, those marked "alone" after the others.
scripts() {
    together='' by_itself=''
    for script in tests/"$1"/*.sh; do
        base=$(basename "$script" .sh)
        if [ "$base" = lib ] || ! wanted "$2 $base"; then continue; fi
        case $2 in *-san) ! grep -q '^# release only' "$script" || continue ;; esac
        if [ "$1" = long ] || grep -q '^# alone' "$script"; then by_itself="$by_itself $base"; else together="$together $base"; fi
    done
    worker "$1" "$2" "$3" 0 "$together" & even=$!
    worker "$1" "$2" "$3" 1 "$together" & odd=$!
    wait "$even" "$odd"
    for base in $together; do report_done "$2 $base"; done
    for base in $by_itself; do
        run_script "$1" "$2" "$3" "$base"
        report_done "$2 $base"
    done
}

# worker FOLDER PREFIX BINARY PARITY BASES: every second of them.
worker() {
    number=0
    for base in $5; do
        [ $((number % 2)) != "$4" ] || run_script "$1" "$2" "$3" "$base"
        number=$((number + 1))
    done
}

# run_script FOLDER PREFIX BINARY BASE: leaves a log, and beside it the status and the milliseconds.
run_script() {
    log=$(log_of "$2 $4")
    began=$(now_ms)
    env SCEP_BIN="$3" SCEP_ROOT="$root" sh tests/"$1"/"$4".sh >"$log" 2>&1 </dev/null
    echo "$? $(($(now_ms) - began))" >"$log.status"
}

report_done() {
    log=$(log_of "$1")
    read -r status ms <"$log.status"
    report "$status" "$1" "$ms" "$log"
}

check_format() { find src tests -name '*.[ch]pp' -print0 | xargs -0 clang-format --dry-run -Werror; }
check_scripts() {
    shellcheck -s sh -e SC1090,SC1091 tests/run.sh tests/packages tests/e2e/*.sh tests/long/*.sh examples/*.sh examples/*/*.sh .ci/run &&
        bash -n completions/certctl-scep.bash && zsh -n completions/_certctl-scep
}
check_man() { ! mandoc -T lint -W warning man/certctl-scep.1 | grep .; }

tests/packages build test lint ${all:+long} || exit 3

one "check layers" python3 tests/check_layers.py
one "check rfc8894" python3 tests/rfc8894.py --check
one "check format" check_format
one "check scripts" check_scripts
one "check man" check_man

everything=$all
case $pattern in . | e2e* | '^e2e'*) ;; *) everything=yes ;; esac
if [ -n "$everything" ]; then target=all; else target=program; fi
build release "$target" --buildtype=release
# The other build goes on behind the tests of this one, which wait more than they work.
second=
if [ "$pattern" = . ] || printf '%s\n' "$pattern" | grep -q san; then
    build sanitizer all --buildtype=debug -Dcpp_args=-g1 -Db_sanitize=address,undefined -Db_lundef=false & second=$!
fi
if built release; then
    [ -z "$everything" ] || units release unit
    scripts e2e e2e "$root/build/release/src/cli/certctl-scep"
fi
if [ -n "$second" ]; then
    wait "$second"
    if built sanitizer; then
        units sanitizer unit-san
        scripts e2e e2e-san "$root/build/sanitizer/src/cli/certctl-scep"
    fi
fi
[ -z "$all" ] || scripts long long "$root/build/release/src/cli/certctl-scep"

rm -rf "$root/build/tmp"
if [ $((passed + failed + skipped)) = 0 ]; then
    echo "tests/run.sh: no test matches $pattern" >&2
    exit 2
fi
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
