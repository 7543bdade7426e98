#!/bin/sh
# The openssl command as the referee of our codec: what we write it verifies and decrypts, what it writes, whole and
# with -stream, we read; over every digest, signature, cipher and key transport.
. "$(dirname "$0")/lib.sh"

tool=$(dirname "$BIN")/../../tests/tools/cms_tool
[ -x "$tool" ] || skip "cms_tool was not built"
here=$(cd "$(dirname "$0")" && pwd)
keys=$here/../core/cms/fixtures
cd "$T" || exit 1
cp "$here/openssl_cms_referee.sh" content

agree() { cmp -s content "$1" || fail "$1 differs: $2"; rm -f "$1" message; }

step "signatures"
for kind in rsa pss ecdsa; do
    who=client options=
    case $kind in pss) options="-keyopt rsa_padding_mode:pss" ;; ecdsa) who=ec ;; esac
    for digest in sha1 sha224 sha256 sha384 sha512; do
        expect 0 "$tool" sign "$keys/$who.pem" "$keys/$who.key" $digest $kind content message
        expect 0 openssl cms -verify -noverify -binary -inform DER -in message -out ours
        agree ours "we signed with $kind $digest"
        for stream in -stream ""; do
            # OpenSSL 3.0 cannot stream PSS: "illegal zero content".
            [ "$kind$stream" != pss-stream ] || continue
            # shellcheck disable=SC2086  # options and no option
            expect 0 openssl cms -sign -binary -nodetach -nosmimecap $stream -md $digest -in content \
                -signer "$keys/$who.pem" -inkey "$keys/$who.key" $options -outform DER -out message
            expect 0 "$tool" verify message theirs
            agree theirs "openssl signed with $kind $digest $stream"
        done
    done
done

step "envelopes"
for cipher in aes-128-cbc aes-192-cbc aes-256-cbc des-ede3-cbc; do
    ours=$cipher
    [ $cipher != des-ede3-cbc ] || ours=3des
    for transport in pkcs1 oaep:sha1 oaep:sha224 oaep:sha256 oaep:sha384 oaep:sha512; do
        options=
        case $transport in
            oaep:*) options="-keyopt rsa_padding_mode:oaep -keyopt rsa_oaep_md:${transport#*:} \
                             -keyopt rsa_mgf1_md:${transport#*:}" ;;
        esac
        expect 0 "$tool" encrypt "$keys/ra.pem" $ours $transport content message
        expect 0 openssl cms -decrypt -binary -inform DER -in message \
            -recip "$keys/ra.pem" -inkey "$keys/ra.key" -out ours
        agree ours "we encrypted with $cipher $transport"
        for stream in -stream ""; do
            # shellcheck disable=SC2086  # options and no option
            expect 0 openssl cms -encrypt -binary $stream -$cipher -in content -recip "$keys/ra.pem" $options \
                -outform DER -out message
            expect 0 "$tool" decrypt "$keys/ra.pem" "$keys/ra.key" message theirs
            agree theirs "openssl encrypted with $cipher $transport $stream"
        done
    done
done

step "a bent message is refused"
expect 0 "$tool" sign "$keys/client.pem" "$keys/client.key" sha256 rsa content message
sed 's/openssl/opensSl/' message >bent
expect 1 "$tool" verify bent out.bent
says 'content does not match its digest'
absent out.bent
