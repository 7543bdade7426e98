#!/bin/sh
# decode-pkimessage says of every message in the collection what its row of MANIFEST.tsv says, and decrypts each that can be;
# its challenge is in no output unless it was asked for.
. "$(dirname "$0")/lib.sh"
[ -r "${SCEP_CAPTURES:-}/MANIFEST.tsv" ] || skip "SCEP_CAPTURES names no collection"
python3 - "$BIN" "$SCEP_CAPTURES" <<'PY' || fail "the collection"
import csv, json, re, subprocess, sys
binary, root = sys.argv[1:]
keys = ["lab-jscepra-ra.key", "lab-client-6bad1f19cb.key", "lab-client-9827a0e658.key", "micromdm-testca.key", "ejbca-sign.key"]
certs = ["lab-jscepra-ra.pem", "lab-jscepra-ca.pem", "micromdm-testca.pem", "ejbca-AdminCA1.pem", "micromdm-ca2.pem"]
means = [word for key in keys for word in ("--key", f"{root}/keys/{key}")]
means += [word for cert in certs for word in ("--cert", f"{root}/keys/{cert}")]
wrong = 0

def decode(file, *options):
    run = subprocess.run([binary, "decode-pkimessage", f"{root}/{file}", "--at", "2016-06-01T00:00:00Z", *means, *options],
                         capture_output=True, text=True)
    if run.returncode not in (0, 1):
        print(run.stderr)
    return run.returncode, run.stdout

def check(file, what, holds, got):
    global wrong
    if not holds:
        wrong += 1
        print(f"{file}: {what}: got {got}")

squeezed = lambda text: re.sub(r"[^a-z0-9]", "", text.lower())
rdns = lambda text: {part.strip().replace(" ", "") for part in text.split(",")}
octets = lambda text: int(re.search(r"\((\d+) octets\)", text)[1]) if text else 0

rows = list(csv.DictReader(open(f"{root}/MANIFEST.tsv"), delimiter="\t"))
for row in rows:
    file, expected = row["file"], row["expected_decode"]
    status, text = decode(file, "--format", "json", "--show-secrets")
    check(file, "exit status", status in (0, 1), status)
    document = json.loads(text)
    check(file, "one message", len(document["messages"]) == 1, len(document["messages"]))
    message = document["messages"][0]
    summary = message["summary"]
    outcomes = {v["subject"]: v["outcome"] for v in message["verification"]}
    rules = {f["rule"] for f in message["findings"]}
    if row["messageType"][0].isdigit():
        number, name = row["messageType"].split()
        name = {"GetCertInitial": "CertPoll"}.get(name, name)
        check(file, "messageType", summary.get("message_type") == f"{name} ({number})", summary.get("message_type"))
        sender, recipient = row["senderNonce/recipientNonce_len"].split("/")
        for key, length in (("sender_nonce", sender), ("recipient_nonce", recipient)):
            check(file, key, octets(summary.get(key)) == int(length), summary.get(key))
        check(file, "digest", squeezed(summary["digest"]) == row["digest"], summary["digest"])
        want = row["signatureAlgorithm"].split("(")[0]
        spelt = {"rsaPSS": "RSASSA-PSS", "sha1WithRSA": "sha1With", "sha256WithRSA": "sha256With", "sha512WithRSA": "sha512With"}
        check(file, "signature", spelt.get(want, want) in summary["signature"], summary["signature"])
        check(file, "encoding", ("ber-encoding" in rules) == row["encoding"].startswith("BER"), row["encoding"])
    if row["content_cipher"] != "-":
        check(file, "cipher", squeezed(summary["cipher"]) == squeezed(row["content_cipher"]), summary["cipher"])
        transport = {"rsaEncryption": "RSAES-PKCS1-v1_5", "rsaOAEP": "RSAES-OAEP"}[row["key_encryption"]]
        check(file, "key transport", summary["key_transport"][0].startswith(transport), summary["key_transport"])
    if "sig ok" in expected:
        check(file, "signature", outcomes["signature"] == "pass", outcomes["signature"])
        check(file, "messageDigest", outcomes["messageDigest"] == "pass", outcomes["messageDigest"])
    if "sig BAD" in expected:  # by a certificate that is not in it
        check(file, "signature", outcomes["signature"] == "pass", outcomes["signature"])
    if m := re.search(r"pkiStatus=(\d)", expected):
        check(file, "pkiStatus", f"({m[1]})" in summary["pki_status"], summary["pki_status"])
    if m := re.search(r"failInfo=(\d)", expected):
        check(file, "failInfo", f"({m[1]})" in summary["fail_info"], summary["fail_info"])
    if "decrypts" in expected:
        check(file, "decryption", outcomes["decryption"] == "pass", summary.get("content"))
        check(file, "content tree", message["content_tree"] is not None, None)
    if "cannot be decrypted" in expected:
        check(file, "decryption", outcomes.get("decryption") != "pass", outcomes)
    if m := re.search(r"PKCS#10 subject=(.*?) (?:challenge=(\S+)|no challenge) selfsig ok", expected):
        check(file, "subject", rdns(summary["subject"]) == rdns(m[1]), summary["subject"])
        check(file, "CSR's signature", outcomes["CSR's signature"] == "pass", outcomes)
        challenge = summary["challenge"]
        check(file, "challenge", challenge.endswith(f": {m[2]}") if m[2] else challenge == "none", challenge)
        if m[2]:
            for options in (["--hex"], ["--format", "json", "--hex"]):
                hidden = decode(file, *options)[1]
                plain = re.sub(r'"secret": (true|false)', "", hidden)
                check(file, "hidden challenge", f": {m[2]}" not in plain and f'"{m[2]}"' not in plain, "it is shown")
                check(file, "hidden challenge in hex", m[2].encode().hex() not in hidden, "it is shown")
    if "IssuerAndSerialNumber" in expected:
        check(file, "query", "asked_serial" in summary, summary)
    if "IssuerAndSubject" in expected:
        check(file, "poll", "asked_subject" in summary, summary)
    if m := re.search(r"degenerate PKCS#7: 1 cert\(s\) (.*)", expected):
        check(file, "issued", rdns(m[1]) <= rdns(summary["issued"][0].split(", serial")[0]), summary.get("issued"))
    check(file, "no structure finding", "structure" not in rules, [f for f in message["findings"] if f["rule"] == "structure"])
    for weak, rule in (("md5", "forbidden-digest"), ("sha1", "old-digest")):
        check(file, rule, (rule in rules) == (row["digest"] == weak) or rule in rules, rules)
    for weak, rule in (("des-cbc", "forbidden-cipher"), ("des-ede3-cbc", "old-cipher")):
        check(file, rule, (rule in rules) == (row["content_cipher"] == weak), rules)

families = {"lab-sscep-pkcsreq-aes128-sha256.der": "sscep", "lab-jscep-pkcsreq-aes128-sha512-ber.der": "jscep",
            "lab-scepclient-pkcsreq-des-sha1.der": "micromdm", "lab-strongswan-pkcsreq-aes128-sha256-pss.der": "strongSwan",
            "lab-sscep-getcert-aes256-sha256.der": "sscep"}
for file, family in families.items():
    form = json.loads(decode(file, "--format", "json")[1])["messages"][0]["summary"].get("transaction_id_form", "")
    check(file, "client family", family in form and "looks like" not in form, form)
print(f"{len(rows)} rows")
sys.exit(bool(wrong) or len(rows) < 25)
PY
step "all of them in one run, and fast"
start=$(date +%s%N)
run "$BIN" decode-pkimessage "$SCEP_CAPTURES" --format json
[ "$RC" = 3 ] || [ "$RC" = 1 ] || fail "exit status $RC"
same "$(json "$T/out" 'len([m for m in j["messages"] if m["source"].endswith((".der", "caps.txt"))])')" "$(find "$SCEP_CAPTURES" -maxdepth 1 \( -name '*.der' -o -name '*caps.txt' \) | wc -l)"
echo "took $((($(date +%s%N) - start) / 1000000)) ms"
