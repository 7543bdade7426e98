#!/bin/sh
# A private key that lost its line breaks, or lies where certificates belong, is refused by whatever reads it, and not a
# piece of it is printed.
. "$(dirname "$0")/lib.sh"
dev_server
stop_server
F=$D/certctl-scep.toml
cp "$D/ra.key" "$T/ra.key"
cp "$D/ca.key" "$T/ca.key"

# kept_secret KEY: no line of that key's base64 is on stdout or stderr.
kept_secret() {
    sed '/^-----/d' "$1" | cut -c 1-24 >"$T/pieces"
    ! grep -Fqf "$T/pieces" "$T/out" "$T/err" || fail "a piece of $1 was printed"
}
# spoil FORM KEY >OUT: the key without its line breaks.
spoil() {
    case $1 in
        joined) tr -d '\n' <"$2" ;;
        blanks) tr '\n' ' ' <"$2" ;;
        escaped) awk '{printf "%s\\n", $0}' "$2" ;;
        returns) tr '\n' '\r' <"$2" ;;
        indented) sed 's/^/  /' "$2" ;;
    esac
}

for form in joined blanks escaped returns indented; do
    step "$form"
    spoil "$form" "$T/ra.key" >"$D/ra.key"
    expect 1 "$BIN" preflight --config "$F"
    kept_secret "$T/ra.key"
    says 'ra\.key' "$T/out"
    expect 2 "$BIN" serve --config "$F" --listen 127.0.0.1:0
    kept_secret "$T/ra.key"
    run "$BIN" enroll --url https://127.0.0.1:1/scep --tls-ca "$D/ca.crt" --challenge-file "$D/challenge" --subject CN=x \
        --key-file "$D/ra.key" --out-dir "$T/device"
    [ "$RC" != 0 ] || fail "enroll took it"
    kept_secret "$T/ra.key"
    cp "$T/ra.key" "$D/ra.key"

    (umask 077; spoil "$form" "$T/ca.key" >"$T/spoilt.key")
    run "$BIN" ra-gen --ca-cert "$D/ca.crt" --ca-key "$T/spoilt.key" --out-dir "$T/ra"
    [ "$RC" != 0 ] || fail "ra-gen took it"
    kept_secret "$T/ca.key"
    absent "$T/ra"

    cat "$D/ca.crt" "$T/spoilt.key" >"$T/bundle.pem"
    expect 1 "$BIN" bundle-check "$T/bundle.pem"
    kept_secret "$T/ca.key"
    says 'bundle\.pem:[0-9]+: a BEGIN line that is not one' "$T/out"
done
