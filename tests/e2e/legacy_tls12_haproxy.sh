#!/bin/sh
# release only
# What legacy_tls12_nginx.sh says, with HAProxy.
PROXY=haproxy exec sh "$(dirname "$0")/legacy_tls12_nginx.sh"
