#!/bin/sh
# stand-ins.sh DIR: what DIR/certctl-scep.toml names and a repository must not hold (keys, challenges) or need not
# (certificates), made up for one run of a CI job. So preflight judges the configuration: its settings, how they fit
# together, and that nothing it needs is missing. What is really in use is judged by the job that asks the live server.
set -eu
cd "$1"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-384 -nodes -days 3650 -subj "/CN=stand-in CA" \
    -addext keyUsage=critical,keyCertSign,cRLSign -keyout ca.key -out ca.crt
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-384 -nodes -days 3650 -subj "/CN=stand-in maker" \
    -addext keyUsage=critical,keyCertSign,cRLSign -keyout /dev/null -out camera-maker.crt
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=scep.example \
    -addext subjectAltName=DNS:scep.example -keyout tls.key -out tls.csr
openssl x509 -req -in tls.csr -copy_extensions copy -CA ca.crt -CAkey ca.key -days 365 -out tls.crt
certctl-scep ra-gen --ca-cert ca.crt --ca-key ca.key --out-dir . --force
for kind in laptops phones cameras; do (umask 077; openssl rand -hex 16 >$kind.challenge); done
install -d -m 700 /var/lib/certctl-scep
