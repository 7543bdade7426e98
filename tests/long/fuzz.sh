#!/bin/sh
# Every fuzz target under libFuzzer with address and undefined-behaviour sanitizers, RUNS inputs each or, without it, eleven
# million in total, most where an input takes microseconds. New inputs stay in build/fuzz/corpus; a finding is kept in
# build/fuzz/ and named in the log.
set -u
cd "$SCEP_ROOT" || exit 2
dir=$SCEP_ROOT/build/fuzz
if [ ! -e "$dir/build.ninja" ]; then
    CXX=clang++ meson setup "$dir" --buildtype=debugoptimized -Db_sanitize=address,undefined -Db_lundef=false \
        -Dcpp_args=-fsanitize=fuzzer-no-link || exit 1
fi
status=0
for target in examine message x509 http inspect capture_text capture_http capture_har capture_pcap; do
    ninja -C "$dir" "tests/fuzz/fuzz_$target" || exit 1
    mkdir -p "$dir/corpus/$target"
    seeds=tests/fuzz/corpus/$target
    [ -d "$seeds" ] || seeds=
    case $target in
        examine | inspect) runs=${RUNS:-10000} ;;
        capture_text | capture_http) runs=${RUNS:-500000} ;;
        capture_pcap) runs=${RUNS:-1000000} ;;
        *) runs=${RUNS:-2300000} ;;
    esac
    case $target in
        examine) seeds="tests/fuzz/corpus/message tests/core/scep/fixtures" ;;
        message) seeds="$seeds tests/core/scep/fixtures" ;;
        x509) seeds="$seeds tests/core/x509/fixtures" ;;
        capture_*) seeds="$seeds tests/core/capture/fixtures" ;;
        inspect) seeds="$seeds tests/core/inspect/fixtures tests/core/scep/fixtures" ;;
    esac
    # shellcheck disable=SC2086  # folders
    "$dir/tests/fuzz/fuzz_$target" -runs="$runs" -max_len=8192 -rss_limit_mb=2048 -timeout=10 -print_final_stats=1 \
        -artifact_prefix="$dir/$target-" "$dir/corpus/$target" $seeds || { echo "FAIL: $target"; status=1; }
done
exit $status
