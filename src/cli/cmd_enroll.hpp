// enroll in parts that can be tried out apart from the command line and the network.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/app.hpp"
#include "cli/challenge_option.hpp"
#include "core/base/random.hpp"
#include "core/base/secret.hpp"
#include "core/crypto/keys.hpp"
#include "core/files/files.hpp"
#include "core/http/client.hpp"
#include "core/scep/exchange.hpp"
#include "core/scep/request_signer.hpp"
#include "core/x509/name.hpp"

namespace scep::cli {

struct EnrollOptions {  // as typed
    std::string url{}, subject{}, out_dir{};
    std::vector<std::string> sans{};
    std::string key = "rsa:2048", key_file{};
    ChallengeOptions challenge{};
    std::string ca_fingerprint{};
    std::vector<std::string> ra_fingerprints{};
    bool trust_on_first_use = false;
    std::string tls_ca{}, tls_client_cert{}, tls_client_key{};
    std::string digest{}, cipher{}, key_transport = "pkcs1", http = "auto";
    std::string recipient = "auto", signer = "auto";
    bool insecure = false;
    std::string timeout = "30s", format = "text";
    bool force = false;
};

// Where things are put. Only key, request, certificate and chain of a run are ever written.
struct EnrollFiles {
    std::filesystem::path directory{};
    std::filesystem::path key{};  // 0600; the operator's own when there is one
    // Where the key lies until SUCCESS: `key` itself, but beside it where that one is replaced, for
    // a refused device still needs the key it has.
    std::filesystem::path waiting_key{};
    std::filesystem::path request{};  // 0600: holds the challenge; gone after SUCCESS
    std::filesystem::path certificate{};
    std::filesystem::path chain{};
    bool own_key = false;  // --key-file: never written
    files::Overwrite overwrite = files::Overwrite::Refuse;
};

struct EnrollPlan {  // checked; nothing has been sent or written
    http::Url url{};
    http::TransportOptions transport{};
    ExchangeSettings exchange{};
    x509::Name subject{};
    std::vector<x509::GeneralName> sans{};
    std::unique_ptr<crypto::PrivateKey> key{};
    std::optional<SignerKey> signer{};  // nullopt: best_signer_key()
    SecretBytes challenge{};            // empty: none
    EnrollFiles files{};
    std::unique_ptr<crypto::Library> legacy{};  // --insecure
    bool json = false;

    const crypto::Library& library() const noexcept {
        return legacy ? *legacy : crypto::Library::standard();
    }
};

// Checks every option and loads every file but those of the transport; makes the key. Usage,
// Config, Io.
Result<EnrollPlan> plan_enrollment(const EnrollOptions& options, Io& io);

// Runs the exchange, writes the files and the report. Prints errors itself.
Exit enroll(EnrollPlan& plan, http::Transport& transport, Random& random, Io& io);

// --- cmd_enroll_files.cpp ----------------------------------------------------------------------

// What a run would write or remove.
std::vector<std::filesystem::path> outputs_of(const EnrollFiles& files);

// Found out before anything is sent, for a certificate that cannot be written is lost: Config, with
// the hint --force, when one of the files is there and may not be replaced, and when it is a
// directory; Io when the directory takes no files.
Status check_outputs(const EnrollFiles& files);

// Key and request, before the first PKIOperation; the directory is made when it is missing and
// taken away again when this fails. The lock is for the caller to hold until the files of this run
// are as they shall stay: another run with --force would put its key beside this run's
// certificate.
Result<files::DirectoryLock> write_request(const EnrollFiles& files,
                                           const crypto::PrivateKey& key,
                                           Bytes request_der);

// Certificate and chain, with them the key where it has been waiting; the request, which holds the
// challenge, goes. Io, also where a file of another program is in the way by now.
Status write_certificates(const EnrollFiles& files,
                          const crypto::PrivateKey& key,
                          const OperationOutcome& outcome);

// The options with which the next run asks with the key of this one, and puts the certificate where
// it does not lie beside another key.
std::string same_key_again(const EnrollFiles& files);

// --- cmd_enroll_report.cpp ---------------------------------------------------------------------

// Notes and warnings of the way, and the result on stdout. SUCCESS Ok, FAILURE Refused, PENDING
// Pending.
Exit report_enrollment(const EnrollPlan& plan, const Exchange& exchange, Io& io);

// After SUCCESS whose files could not be written: the certificate itself on stdout, since the CA
// may not give it out twice.
void print_unwritten(const EnrollPlan& plan, const Exchange& exchange, Io& io);

}  // namespace scep::cli
