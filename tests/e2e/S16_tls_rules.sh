#!/bin/sh
# S16: TLS 1.3 only, no session tickets, no resumption; plain text on the TLS port gets nothing.
. "$(dirname "$0")/lib.sh"
dev_server
client() { printf 'GET /scep?operation=GetCACaps HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n' |
    openssl s_client -connect "127.0.0.1:$PORT" -CAfile "$D/ca.crt" -verify_return_error -ign_eof "$@" >"$T/tls" 2>&1; }

client -tls1_3 -sess_out "$T/session" || fail "no TLS 1.3 connection"
says 'Protocol *: TLSv1.3|New, TLSv1.3' "$T/tls"
says '^HTTP/1.1 200' "$T/tls"
says_not 'Post-Handshake New Session Ticket' "$T/tls"
absent "$T/session"

client -tls1_2 && fail "TLS 1.2 was accepted"
says 'alert protocol version|no protocols available|handshake failure' "$T/tls"

step "no client certificate is asked for when no profile uses one"
client -tls1_3
says 'No client certificate CA names sent' "$T/tls"
says_not 'Requested Signature Algorithms' "$T/tls"

step "plain text gets no answer"
curl -s --max-time 10 -o "$T/plain" "http://127.0.0.1:$PORT/scep?operation=GetCACaps" && fail "plain HTTP was answered"
[ ! -s "$T/plain" ] || fail "plain HTTP got a body"
stop_server
