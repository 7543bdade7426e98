#!/bin/sh
# From a bare Debian 12 to a certificate: installs what a build needs, builds, starts `serve --dev`, runs the enroll
# command that it prints, shows the certificate and its audit row, and stops the server. Safe to run again.
# Everything it makes is under build/ in the checkout.
set -eu
cd "$(dirname "$0")/.."
root=$PWD
say() { printf '\n== %s\n' "$*"; }
show() { printf '$ %s\n' "$*"; "$@"; }

say "packages"
tests/packages build

say "build (release)"
mkdir -p build
if [ ! -e build/release/build.ninja ]; then
    meson setup build/release --buildtype=release >build/setup.log 2>&1 || { tail -n 20 build/setup.log; exit 1; }
fi
CCACHE_SLOPPINESS=${CCACHE_SLOPPINESS:-pch_defines,time_macros} CCACHE_DEPEND=${CCACHE_DEPEND:-1} ninja -C build/release src/cli/certctl-scep
PATH=$root/build/release/src/cli:$PATH
export PATH
show certctl-scep --version

work=$root/build/quickstart
rm -rf "$work"
mkdir -p "$work"
cd "$work"
server=
finish() {
    status=$?
    trap - EXIT
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    wait
    [ "$status" = 0 ] || echo "quickstart: failed" >&2
    exit "$status"
}
trap finish EXIT
trap 'exit 1' HUP INT TERM

say "a SCEP server of your own: CA, RA, TLS certificate, challenge and database in $work/dev"
mkfifo log
echo '$ certctl-scep serve --dev dev --listen 127.0.0.1:0 &'
certctl-scep serve --dev dev --listen 127.0.0.1:0 >log 2>&1 &
server=$!
# The server says what to do next and that it listens; no line, no waiting: a server that ends closes the pipe.
exec 3<log
enroll='' listening=''
while [ -z "$enroll" ] || [ -z "$listening" ]; do
    IFS= read -r line <&3 || { echo "the server ended early" >&2; exit 1; }
    printf '%s\n' "$line"
    case $line in *'certctl-scep enroll '*) enroll=${line#"${line%%certctl-scep enroll *}"} ;; esac
    case $line in *listening*) listening=yes ;; esac
done
cat <&3 >server.log &

say "a device enrols, with the command that the server printed"
echo "\$ $enroll"
sh -c "$enroll"
cert=$(find . -name cert.pem)

say "the certificate, as openssl sees it"
show openssl x509 -in "$cert" -noout -subject -issuer -serial -dates
show openssl verify -CAfile dev/ca.crt "$cert"

say "its audit row"
show certctl-scep admin audit list --config dev/certctl-scep.toml

say "the server drains and stops"
kill -TERM "$server"
wait "$server"
server=
echo "done: $work"
