#!/bin/sh
# release only: the unit tests run the same code under the sanitizers
# The openssl command as the referee of our codec: what we write it verifies and decrypts, what it writes, whole and
# with -stream, we read; over every digest, signature, cipher, key transport, key agreement and with passwords.
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

step "key agreement"
openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -out p384.key
openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-521 -out p521.key
openssl req -new -x509 -key p384.key -subj /CN=p384 -out p384.pem
openssl req -new -x509 -key p521.key -subj /CN=p521 -out p521.pem
for who in "$keys/ec" p384 p521; do
    for digest in sha1 sha224 sha256 sha384 sha512; do
        for wrap in aes128 aes192 aes256; do
            expect 0 "$tool" encrypt "$who.pem" $wrap agree:$digest:$wrap content message
            expect 0 openssl cms -decrypt -binary -inform DER -in message -recip "$who.pem" -inkey "$who.key" -out ours
            agree ours "we encrypted to $who with $digest $wrap"
            expect 0 openssl cms -encrypt -binary -aes-256-cbc -in content -recip "$who.pem" \
                -keyopt ecdh_kdf_md:$digest -$wrap-wrap -outform DER -out message
            expect 0 "$tool" decrypt "$who.pem" "$who.key" message theirs
            agree theirs "openssl encrypted to $who with $digest $wrap"
        done
    done
    # As both do it when nobody says how.
    expect 0 "$tool" encrypt "$who.pem" aes128 agree content message
    expect 0 openssl cms -decrypt -binary -inform DER -in message -recip "$who.pem" -inkey "$who.key" -out ours
    agree ours "we encrypted to $who"
    expect 0 openssl cms -encrypt -binary -stream -aes-128-cbc -in content -recip "$who.pem" -outform DER -out message
    expect 0 "$tool" decrypt "$who.pem" "$who.key" message theirs
    agree theirs "openssl encrypted to $who"
done

step "passwords"
for cipher in aes-128-cbc aes-192-cbc aes-256-cbc; do
    expect 0 "$tool" encrypt-password "open sesame" $cipher content message
    expect 0 openssl cms -decrypt -binary -inform DER -in message -pwri_password "open sesame" -out ours
    agree ours "we encrypted with $cipher and a password"
    for stream in -stream ""; do
        # shellcheck disable=SC2086  # options and no option
        expect 0 openssl cms -encrypt -binary $stream -$cipher -in content -pwri_password "open sesame" \
            -outform DER -out message
        expect 0 "$tool" decrypt-password "open sesame" message theirs
        agree theirs "openssl encrypted with $cipher $stream and a password"
    done
done
expect 0 openssl cms -encrypt -binary -aes-128-cbc -in content -pwri_password "open sesame" -outform DER -out message
expect 1 "$tool" decrypt-password "Open sesame" message theirs
says 'does not decrypt with this password'
absent theirs

step "a bent message is refused"
expect 0 "$tool" sign "$keys/client.pem" "$keys/client.key" sha256 rsa content message
sed 's/openssl/opensSl/' message >bent
expect 1 "$tool" verify bent out.bent
says 'content does not match its digest'
absent out.bent
