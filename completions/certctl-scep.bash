# bash completion for certctl-scep. tests/e2e/documented.sh compares the options with --help.

_certctl_scep() {
    local current=$2 previous=$3 words='' word command='' options=''
    COMPREPLY=()
    for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
        case $word in
            -*) break ;;
            *) command="${command:+$command }$word" ;;
        esac
    done
    case $previous in
        --config | --key-file | --challenge-file | --tls-ca | --tls-client-cert | --tls-client-key | \
            --ca-cert | --ca-key | --client-cert | --client-chain | --crl | --deny | --out | \
            --reply | --cert | --trust | --ca)
            mapfile -t COMPREPLY < <(compgen -f -- "$current")
            return
            ;;
        --dev | --out-dir)
            mapfile -t COMPREPLY < <(compgen -d -- "$current")
            return
            ;;
        --format)
            words='text json'
            [[ $command == preflight ]] && words='text json junit sarif github'
            ;;
        --clients) words='certmonger chromeos cisco cisco-classic ios jscep junos list printers scepclient sscep strongswan windows' ;;
        --color) words='auto always never' ;;
        --key)
            if [[ $command == decode-pkimessage* ]]; then
                mapfile -t COMPREPLY < <(compgen -f -- "$current")
                return
            fi
            words='rsa:2048 rsa:3072 rsa:4096 ec:P-256 ec:P-384'
            ;;
        --key-transport) words='pkcs1 oaep' ;;
        --action) words='scep_pkcsreq scep_renewalreq scep_poll scep_getcert scep_getcrl scep_other scep_refusals scep_challenge_reuse admin_approve admin_reject admin_revoke admin_challenge_new admin_challenge_revoke admin_crl' ;;
        --reason) [[ $command == 'admin revoke'* ]] && words='keyCompromise affiliationChanged superseded cessationOfOperation privilegeWithdrawn unspecified' ;;
        --operation) words='enroll renew poll get-ca-caps get-ca-cert get-next-ca-cert get-cert get-crl' ;;
        --out-form) words='pem der p12' ;;
        --renew-style) words='auto rfc draft' ;;
        --recipient) words='auto transport agreement password' ;;
        --extract) words='csr envelope signer certs attrs' ;;
        --signer) words='auto own transient' ;;
        --outcome) words='success failure pending' ;;
        --http) words='get post auto' ;;
        --digest) words='sha256 sha384 sha512 sha224 sha1 md5' ;;
        --cipher) words='aes128 aes192 aes256 3des des' ;;
    esac
    if [[ $words ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
        return
    fi
    case $command in
        '') options='admin bundle-check decode-pkimessage enroll help preflight ra-gen serve --help --version --color' ;;
        admin) options='audit challenge crl issued pending revoke --help' ;;
        'admin audit') options='list verify --help' ;;
        'admin challenge') options='list new revoke --help' ;;
        'admin issued') options='list show --help' ;;
        'admin pending') options='approve list reject show --help' ;;
        'admin audit list') options='--config --limit --after --profile --action --outcome --transaction --format --help' ;;
        'admin audit verify') options='--config --format --help' ;;
        'admin challenge list') options='--config --limit --profile --all --format --help' ;;
        'admin challenge new') options='--config --profile --uses --expires --subject --san --note --out --force --format --help' ;;
        'admin challenge revoke'*) options='--config --format --help' ;;
        'admin crl') options='--config --issuer --lifetime --out --der --format --help' ;;
        'admin issued list') options='--config --limit --profile --subject --format --help' ;;
        'admin issued show'*) options='--config --format --help' ;;
        'admin pending approve'*) options='--config --format --help' ;;
        'admin pending list') options='--config --limit --profile --all --format --help' ;;
        'admin pending reject'*) options='--config --reason --format --help' ;;
        'admin pending show'*) options='--config --format --help' ;;
        'admin revoke'*) options='--config --reason --issuer --format --help' ;;
        bundle-check*) options='--client-cert --client-chain --crl --deny --min-days --format --help' ;;
        decode-pkimessage*) options='--reply --at --key --cert --passin --challenge-file --challenge-env --challenge --trust --show-secrets --ca --url --tls-ca --config --profile --format --depth --hex --extract --out --der --force --diff --list-rules --help' ;;
        enroll) options='--operation --resume --poll-interval --poll-timeout --renew --renew-style --cert --cert-key --serial --out-form --p12-pass-file --p12-pass-env --save-messages --quiet --url --subject --san --key --key-file --out-dir --force --challenge-file --challenge-env --challenge --ca-fingerprint --ra-fingerprint --trust-on-first-use --tls-ca --tls-client-cert --tls-client-key --digest --cipher --key-transport --recipient --signer --http --insecure --timeout --format --help' ;;
        preflight) options='--config --profile --clients --url --tls-ca --min-days --strict --format --list-rules --print-config --help' ;;
        ra-gen) options='--ca-cert --ca-key --out-dir --cn --key --days --name --csr-only --self-check --force --format --help' ;;
        serve) options='--config --dev --listen --check --help' ;;
    esac
    if [[ ( $command == bundle-check* || $command == decode-pkimessage* ) && $current != -* ]]; then
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
        return
    fi
    mapfile -t COMPREPLY < <(compgen -W "$options" -- "$current")
}
complete -F _certctl_scep certctl-scep
