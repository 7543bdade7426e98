#!/bin/sh
# release only
# examples/ci: both files are YAML with the jobs that the README names; the command lines in them, run as a runner runs them,
# pass on the configuration of examples/one-vm, fail on a broken one, and write reports that can be read.
. "$(dirname "$0")/lib.sh"
example ci
unset CERTCTL_SCEP_CONFIG
python3 -c 'import yaml' 2>/dev/null || skip "no python3-yaml"

# script_of FILE JOB: its command lines, a script each.
script_of() {
    python3 - "$EXAMPLE/$1" "$2" <<'PY'
import sys, yaml
job = yaml.safe_load(open(sys.argv[1]))
job = job.get("jobs", job)[sys.argv[2]]
for line in job.get("script") or [s["run"] for s in job["steps"] if "run" in s]:
    print(line)
PY
}
step "YAML"
for file in github.yml gitlab.yml; do
    for job in configuration live; do
        script_of $file $job >"$T/$file.$job" || fail "$file has no job $job"
        [ "$(grep -c 'certctl-scep preflight' "$T/$file.$job")" -ge 1 ] || fail "$file: $job runs no preflight"
    done
done

# job FILE JOB: runs it as the runner does, all lines or to the first that fails.
job() {
    placed "$T/$1.$2" >"$T/job"
    run sh -e "$T/job"
}
deploy() {
    rm -rf "$T/checkout"; mkdir -p "$T/checkout/deploy"; cd "$T/checkout" || exit 1
    placed "$SCEP_ROOT/examples/one-vm/certctl-scep.toml" >deploy/certctl-scep.toml
    placed "$EXAMPLE/stand-ins.sh" >deploy/stand-ins.sh
}

step "a good configuration"
for file in github.yml gitlab.yml; do
    deploy
    job $file configuration
    same "$RC" 0 "$file"
done
python3 -c 'import xml.dom.minidom as x; x.parse("preflight.xml")' || fail "the test report"

step "a broken one"
for file in github.yml gitlab.yml; do
    deploy
    sed -i 's/^for kind in laptops phones cameras/for kind in laptops phones/' deploy/stand-ins.sh
    job $file configuration
    [ "$RC" != 0 ] || fail "$file passes without a challenge"
done
grep -q 'cameras.challenge' preflight.xml || fail "the test report does not name the file"
deploy
sed -i 's/phones cameras; do/phones; do/' deploy/stand-ins.sh
sed -n 's/.*run: \(.*sarif\)$/\1/p' "$EXAMPLE/github.yml" >"$T/sarif"
sh -e deploy/stand-ins.sh deploy >"$T/out" 2>&1
run sh -e "$T/sarif"
same "$RC" 1 "the report for code scanning"
json preflight.sarif 'any("cameras.challenge" in str(r) for r in j["runs"][0]["results"])' >"$T/out"
says True "$T/out"

step "the live server"
deploy
sh -e deploy/stand-ins.sh deploy >"$T/out" 2>&1
start_server --config deploy/certctl-scep.toml
for file in github.yml gitlab.yml; do
    script_of $file live >"$T/$file.live"
    job $file live
    same "$RC" 0 "$file, live"
done
stop_server
job gitlab.yml live
same "$RC" 3 "a server that does not answer"
