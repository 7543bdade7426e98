#!/bin/sh
# preflight's reports are what they say they are: JUnit and SARIF by their schemas, JSON by its promises, annotations by
# GitHub's rules; and each tells of the same findings.
. "$(dirname "$0")/lib.sh"
SCHEMAS=${SCEP_SCHEMAS:-$SCEP_ROOT/../shared/reference/schemas}
dev_server
stop_server
F=$D/certctl-scep.toml
CERTCTL_RATE_LIMIT_BACKEND=memory
export CERTCTL_RATE_LIMIT_BACKEND
chmod 0644 "$D/ra.key"
printf 'password\n' >"$D/challenge"

# judged FILE: by the schemas where they are, and always by what a reader of such files looks at.
xml() {
    [ ! -e "$SCHEMAS/JUnit.xsd" ] || xmllint --noout --schema "$SCHEMAS/JUnit.xsd" "$1" 2>"$T/err" || fail "$1 is no JUnit"
    xmllint --xpath "$2" "$1" 2>/dev/null
}
sarif() {
    python3 - "$SCHEMAS/sarif-2.1.0.json" "$1" <<'PY' || fail "$1 is no SARIF"
import json, os, sys
schema, file = sys.argv[1:]
document = json.load(open(file))
if os.path.exists(schema):
    import jsonschema
    jsonschema.validate(document, json.load(open(schema)))
assert document["version"] == "2.1.0"
run, = document["runs"]
rules = run["tool"]["driver"]["rules"]
for result in run["results"]:
    assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
PY
}
report() { format=$1; shift; run "$BIN" preflight --config "$F" --format "$format" "$@"; cp "$T/out" "$T/$format"; same "$(cat "$T/err")" ""; }

step "text"
report text
same "$RC" 1
says '^  error    ra-key-mode: .*/ra\.key: mode is 0644, want 0600 \(SECURITY S28\)$' "$T/text"
says '^           hint: chmod 0600 .*/ra\.key$' "$T/text"
says '^  warning  environment: CERTCTL_RATE_LIMIT_BACKEND: means nothing here$' "$T/text"
says '^  warning  challenge-strength: ' "$T/text"
same "$(tail -n 1 "$T/text")" "1 error, 2 warnings, 1 notice: serve would not start"

step "JSON"
report json
same "$RC" 1
same "$(head -c 41 "$T/json" | tr -d '\n')" '{  "schema": "certctl-scep/preflight/1",'
same "$(json "$T/json" '[j["summary"][k] for k in ("errors", "warnings", "notices", "would_start")]')" '[1, 2, 1, False]'
same "$(json "$T/json" 'sorted(f["rule"] for f in j["findings"])')" \
    "['challenge-strength', 'environment', 'ra-key-mode', 'signer-key']"
same "$(json "$T/json" '[f["profile"] for f in j["findings"] if f["rule"] == "ra-key-mode"]')" "['']" "the root profile"
same "$(json "$T/json" 'len({(c["rule"], c["profile"]) for c in j["checks"]}) == len(j["checks"])')" True "one check each"

step "JUnit"
report junit
same "$RC" 1
same "$(xml "$T/junit" 'count(//testcase)')" "$(json "$T/json" 'len(j["checks"])')" "a case for each check"
same "$(xml "$T/junit" 'count(//failure)')" 1
same "$(xml "$T/junit" 'count(//skipped)')" "$(json "$T/json" 'j["summary"]["not_applicable"]')"
xml "$T/junit" 'string(//testsuite[@name="/scep"]/system-out)' | grep -q 'challenge looks guessable' || fail "no warning in JUnit"

step "SARIF"
report sarif
same "$RC" 1
sarif "$T/sarif"
same "$(json "$T/sarif" 'sorted(r["ruleId"] for r in j["runs"][0]["results"])')" \
    "['challenge-strength', 'environment', 'ra-key-mode', 'signer-key']"
same "$(json "$T/sarif" 'len(j["runs"][0]["tool"]["driver"]["rules"])')" \
    "$("$BIN" preflight --list-rules --format json >"$T/rules"; json "$T/rules" 'len(j["rules"])')" "every rule is described"

step "annotations"
report github
same "$RC" 1
says '^::error file=.*/ra\.key,title=ra-key-mode::.*%0Ahint: chmod 0600 ' "$T/github"
says '^::notice file=.*certctl-scep\.toml,title=signer-key,line=[0-9]+::' "$T/github"
says '^::warning title=environment::CERTCTL_RATE_LIMIT_BACKEND: ' "$T/github"

step "a configuration with a mistake, and one that is no TOML, are reports too"
sed -i 's/^log_level/log_levl/' "$F"
report sarif
same "$RC" 2
sarif "$T/sarif"
same "$(json "$T/sarif" '[r["locations"][0]["physicalLocation"]["region"]["startLine"] for r in j["runs"][0]["results"] if r["ruleId"] == "configuration"]')" "[$(grep -n log_levl "$F" | cut -d: -f1)]"
printf '[server\n' >>"$F"
report junit
same "$RC" 2
same "$(xml "$T/junit" 'string(//failure/../@name)')" configuration
report github
says '^::error file=.*certctl-scep\.toml,title=configuration,line=[0-9]+,col=[0-9]+::' "$T/github"

step "a live server has the same forms"
rm -rf "$D"
dev_server
for format in json junit sarif github text; do
    expect 0 "$BIN" preflight --url "$URL" --tls-ca "$D/ca.crt" --format "$format"
    cp "$T/out" "$T/$format"
done
xml "$T/junit" 'count(//testcase)' >"$T/count"
same "$(json "$T/json" 'len(j["checks"])')" "$(cat "$T/count")"
sarif "$T/sarif"
stop_server
