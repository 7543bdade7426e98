#!/bin/sh
# What preflight says of clients that wait for an operator, and that renew.
. "$(dirname "$0")/lib.sh"
dev_server
stop_server
F=$D/certctl-scep.toml
printf 'approval = "manual"\nrenewal_requires_challenge = true\n' >>"$F"

# found RULE CLIENTS: how many findings of the rule there are for these clients.
found() {
    run "$BIN" preflight --config "$F" --clients "$2" --format json
    json "$T/out" "sum(f['rule'] == '$1' for f in j['findings'])"
}
expect 0 "$BIN" preflight --config "$F" --clients cisco,strongswan,windows
says 'cisco gives up 10 minutes after it was told to wait' "$T/out"
says 'windows renews by a new request, which waits for an operator each time' "$T/out"
says 'strongswan renews by its certificate alone: every renewal would be refused' "$T/out"
says 'every request waits for an operator, 7 days at most' "$T/out"
same "$(found client-polling strongswan)" 0
same "$(found client-polling junos,ios)" 2
same "$(found client-renewal certmonger)" 0

step "as they need it"
sed -i '/^approval/d; /^renewal_requires/d' "$F"
for clients in cisco strongswan windows; do
    same "$(found client-polling $clients)$(found client-renewal $clients)" 00 "$clients"
done
