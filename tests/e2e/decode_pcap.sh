#!/bin/sh
# decode-pkimessage reads what tcpdump saw of a plain-HTTP enrolment with Debian's scepserver: both directions, paired and
# decrypted; what the capture lost is said, and TLS is named as what cannot be read. scepserver binds every address, hence
# the private network.
. "$(dirname "$0")/lib.sh"
own_network
for program in tcpdump scepserver scepclient; do
    command -v "$program" >/dev/null || skip "this machine has no $program"
done

# capture FILE FILTER [OPTION...]: tcpdump in the background, back when it listens.
capture() {
    file=$1 filter=$2; shift 2
    start tcpdump tcpdump -i lo -U "$@" -w "$file" "$filter"
    [ -n "$LISTENING" ] || skip "tcpdump may not capture here"
    DUMP=$PID
}
# captured FILE: tcpdump has ended. It is behind the network, so FILE must first show the end of the connection: a reset may
# come before any FIN, from a client that closes while a TLS alert is on its way to it.
captured() {
    tries=0
    until [ "$(tcpdump -nr "$1" 'tcp[tcpflags] & (tcp-fin | tcp-rst) != 0' 2>/dev/null | wc -l)" -ge 1 ]; do
        tries=$((tries + 1))
        [ "$tries" -lt 400 ] || fail "the capture shows no end of the connection"
        sleep 0.05
    done
    kill -INT "$DUMP"
    wait "$DUMP" || fail "tcpdump"
    forget "$DUMP"
}
facts() { json "$T/out" "$1"; }

scep_server never-shown
enrol() {
    mkdir "$T/$1"  # it keeps its CSR beside the key
    scepclient -private-key "$T/$1/client.key" -certificate "$T/$1/client.crt" -challenge never-shown -cn "$1" \
        -server-url http://127.0.0.1:8080/scep >"$T/scepclient.log" 2>&1 || fail "scepclient"
}

step "an enrolment: three requests, each with its reply, which the client's key opens"
capture "$T/a.pcap" 'tcp port 8080' -s 0
enrol device-a
captured "$T/a.pcap"
run "$BIN" decode-pkimessage --format json --key "$T/device-a/client.key" "$T/a.pcap"
[ "$RC" -le 1 ] || fail "exit status $RC"
same "$(facts '[m["direction"] for m in j["messages"]]')" "['request', 'reply', 'request', 'reply', 'request', 'reply']"
same "$(facts '[m["peer"] for m in j["messages"]]')" "[1, 0, 3, 2, 5, 4]"
same "$(facts '[m["forms"][:2] for m in j["messages"][4:]]')" "[['pcap', 'HTTP POST'], ['pcap', 'HTTP reply']]"
same "$(facts '[m["summary"].get("message_type") for m in j["messages"][4:]]')" "['PKCSReq (19)', 'CertRep (3)']"
same "$(facts '{v["subject"]: v["outcome"] for v in j["messages"][5]["verification"]}["decryption"]')" pass
same "$(facts 'j["messages"][4]["place"].split(" > ")[1]')" 127.0.0.1:8080
same "$(facts '[f["rule"] for m in j["messages"] for f in m["findings"] if f["rule"].startswith("capture")]')" "[]"
says_not never-shown "$T/out"

step "the same from standard input, and for people"
run sh -c '"$1" decode-pkimessage - <"$2"' sh "$BIN" "$T/a.pcap"
[ "$RC" -le 1 ] || fail "exit status $RC"
says 'PKCSReq' "$T/out"
says 'CertRep' "$T/out"

step "packets cut by the capture: read as far as they go, and why is said"
capture "$T/b.pcap" 'tcp port 8080' -s 600
enrol device-b
captured "$T/b.pcap"
expect 1 "$BIN" decode-pkimessage --format json "$T/b.pcap"
same "$(facts 'j["messages"][4]["size"] > 2000')" True
same "$(facts 'any("(packet-cut)" in f["message"] for f in j["messages"][4]["findings"])')" True

step "a file that is cut, and one that ends within its head"
head -c 4000 "$T/a.pcap" >"$T/half.pcap"
expect 1 "$BIN" decode-pkimessage --format json "$T/half.pcap"
same "$(facts 'any("(capture-cut)" in f["message"] for m in j["messages"] for f in m["findings"])')" True
head -c 20 "$T/a.pcap" >"$T/head.pcap"
expect 3 "$BIN" decode-pkimessage "$T/head.pcap"
says 'error: .*head.pcap.*a packet capture that cannot be read'

step "TLS is named, and what to do about it"
dev_server
capture "$T/tls.pcap" "tcp port $PORT" -s 0
curl -s --cacert "$D/ca.crt" "https://localhost:$PORT/scep?operation=GetCACaps" >"$T/caps" || fail "curl"
captured "$T/tls.pcap"
expect 3 "$BIN" decode-pkimessage "$T/tls.pcap"
says "error: .*TLS to (127.0.0.1|\\[::1\\]):$PORT: cannot be read without its keys"
says 'hint: capture the plain side'

step "without libpcap the error names the package, and no other form needs it"
library=$(ldconfig -p | sed -n 's/.*libpcap\.so\.0\.8 .*=> //p' | head -n 1)
: >"$T/no-library"
mount --bind "$T/no-library" "$(readlink -f "$library")" || skip "no private mounts on this machine"
expect 3 "$BIN" decode-pkimessage "$T/a.pcap"
says 'error: .*a packet capture is read by libpcap, and libpcap.so.0.8 is not here'
says 'hint: install it: apt-get install libpcap0.8'
run "$BIN" decode-pkimessage "$T/depot/ca.pem"
[ "$RC" -le 1 ] || fail "exit status $RC without libpcap"
umount "$(readlink -f "$library")"
