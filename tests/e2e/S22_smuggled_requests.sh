#!/bin/sh
# S22: what two parsers could read in two ways is 400 and the connection closes; a request smuggled behind it is
# never answered. Raw bytes over openssl s_client.
. "$(dirname "$0")/lib.sh"
dev_server

# ask NAME STATUS BYTES: sends printf-escaped bytes, then a second request that must not be answered.
ask() {
    # shellcheck disable=SC2059  # the bytes are the format
    printf "$3"'GET /scep?operation=GetCACaps HTTP/1.1\r\nHost: second\r\nConnection: close\r\n\r\n' |
        openssl s_client -quiet -connect "127.0.0.1:$PORT" -CAfile "$D/ca.crt" >"$T/reply" 2>"$T/s_client.log"
    tr -d '\r' <"$T/reply" | head -n 1 >"$T/first"
    grep -q "^HTTP/1.1 $2 " "$T/first" || fail "$1: got '$(cat "$T/first")', want $2"
    same "$(grep -ac '^HTTP/1' "$T/reply")" 1 "$1: number of replies"
    grep -qai '^connection: close' "$T/reply" || fail "$1: no Connection: close"
}
post='POST /scep?operation=PKIOperation HTTP/1.1\r\nHost: a\r\n'

ask 'transfer-encoding xchunked' 400 "${post}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"
ask 'transfer-encoding chunked, identity' 400 "${post}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n"
ask 'transfer-encoding identity' 400 "${post}Transfer-Encoding: identity\r\n\r\n"
ask 'transfer-encoding gzip, chunked' 400 "${post}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"
ask 'two transfer-encodings' 400 "${post}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
ask 'both lengths' 400 "${post}Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n"
ask 'two content-lengths' 400 "${post}Content-Length: 1\r\nContent-Length: 2\r\n\r\nx"
ask 'the same content-length twice' 400 "${post}Content-Length: 1\r\nContent-Length: 1\r\n\r\nx"
ask 'a list as content-length' 400 "${post}Content-Length: 1, 1\r\n\r\nx"
ask 'a signed content-length' 400 "${post}Content-Length: +1\r\n\r\nx"
ask 'two hosts' 400 'GET /scep?operation=GetCACaps HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n'
ask 'a folded header' 400 'GET /scep?operation=GetCACaps HTTP/1.1\r\nHost: a\r\nX-A: b\r\n c\r\n\r\n'
ask 'a space before the colon' 400 'GET /scep?operation=GetCACaps HTTP/1.1\r\nHost : a\r\n\r\n'
ask 'chunked on HTTP/1.0' 400 'POST /scep?operation=PKIOperation HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'
ask 'no request at all' 400 'hello\r\n\r\n'

step "a refusal before the body has been read closes too"
ask 'a body too large' 413 "${post}Content-Length: 99999999\r\n\r\n"
stop_server
