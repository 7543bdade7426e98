// The one validator of serve and preflight: a configuration with everything it points to loaded,
// and the rules over it. serve starts only from a Deployment whose findings hold no error.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/check/finding.hpp"
#include "core/check/trust.hpp"
#include "core/config/config.hpp"
#include "core/crypto/keys.hpp"
#include "core/x509/certificate.hpp"

namespace scep::check {

struct LoadedIssuer {
    std::string id{};
    std::shared_ptr<const x509::Certificate>
        certificate{};  // null when it could not be loaded, likewise below
    std::shared_ptr<crypto::PrivateKey> key{};
    std::vector<x509::Certificate> chain{};  // above the CA
    // Of next_ca_cert_path, the new CA first, and next_ca_key_path.
    std::vector<x509::Certificate> next{};
    std::shared_ptr<crypto::PrivateKey> next_key{};
    std::vector<x509::Certificate> previous{};  // of previous_ca_cert_path
};

struct LoadedRa {
    std::shared_ptr<const x509::Certificate> certificate{};
    std::shared_ptr<crypto::PrivateKey> key{};
};

struct LoadedProfile {
    config::Profile settings{};
    std::vector<LoadedRa> ra{};
    SecretBytes challenge{};
    x509::CertificateProfile certificate_profile{};
    LoadedTrust trust{};     // empty unless mtls_enabled
    std::size_t issuer = 0;  // index into Deployment::issuers; the size of it when there is none
};

// What the file system said about where state is kept.
struct StateFacts {
    std::optional<Error> unwritable{};  // state_path
    bool forbidden = false;             // because of who this process runs as, likewise below
    bool audit_key_forbidden = false;
    std::optional<Error> database_unfit{};   // of another program, damaged, under another key
    std::optional<Error> audit_key_unfit{};  // audit_key_path: mode, no key, lost, not to be made
    std::string network_file_system{};       // "nfs"; empty when local
    std::optional<unsigned> mode{};          // of the database; nullopt before the first start
    std::optional<unsigned> configuration_mode{};  // nullopt when it was built in memory
    std::optional<Error> not_listening{};          // why this machine cannot listen there
};

struct Deployment {
    config::Config config{};
    std::vector<LoadedIssuer> issuers{};
    std::vector<LoadedProfile> profiles{};
    std::vector<x509::Certificate> tls_chain{};  // leaf first
    std::shared_ptr<crypto::PrivateKey> tls_key{};
    std::vector<x509::BundleEntry> proxy_cas{};  // of trusted_proxy.client_ca_path
    SecretBytes audit_key{};                     // empty before the first start
    StateFacts state{};
    std::vector<Finding> load_findings{};  // what could not be read or parsed
};

// What a server would say about the state database that is there; writes nothing.
using StateProbe = Status (*)(const std::filesystem::path& database, const SecretBytes& audit_key);

// Whether an address is one of this machine, the port left aside: a server may have it already.
using ListenProbe = Status (*)(const config::ListenAddress& address);

// What only serve can find out; what is not asked is taken to be in order.
struct Probes {
    StateProbe state = nullptr;
    ListenProbe listen = nullptr;
};

// Loads every file the configuration names, each key once; a failure is a finding and loading goes
// on.
Deployment load_deployment(config::Config config,
                           const std::filesystem::path& credentials_directory,
                           const Probes& probes = {});

// Every rule of the table over the deployment at `now`, in the order of the table. A rule whose
// facts could not be loaded says nothing: the finding of the loading stands for it.
std::vector<Finding> check_deployment(const Deployment& deployment,
                                      TimePoint now,
                                      Seconds min_remaining);

// The table, for --list-rules and the manual.
struct RuleInfo {
    std::string_view id;
    Severity severity;
    std::string_view cite;
    std::string_view summary;
    std::string_view scope;  // "server", "profile", "url"
    std::string_view hint;
};

std::vector<RuleInfo> list_rules();

}  // namespace scep::check
