// enroll in parts that can be tried out apart from the command line and the network.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/app.hpp"
#include "cli/challenge_option.hpp"
#include "cli/pause.hpp"
#include "core/base/random.hpp"
#include "core/base/secret.hpp"
#include "core/crypto/keys.hpp"
#include "core/files/files.hpp"
#include "core/http/client.hpp"
#include "core/scep/exchange.hpp"
#include "core/scep/request_signer.hpp"
#include "core/x509/name.hpp"

namespace scep::cli {

struct EnrollOptions {        // as typed
    std::string operation{};  // empty: enroll, or renew with --renew
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
    bool resume = false;
    std::string poll_interval{}, poll_timeout{};  // empty: see plan_polling()
    bool renew = false;
    std::string renew_style = "auto";
    std::string cert{}, cert_key{};  // to renew, or who asks
    std::string serial{};
    std::string out_form = "pem", p12_pass_file{}, p12_pass_env{};
    std::string save_messages{};
    std::string timeout = "30s", format = "text";
    bool force = false, quiet = false;
};

enum class EnrollOperation : std::uint8_t {
    Enroll,
    Renew,
    Poll,
    GetCaCaps,
    GetCaCert,
    GetNextCaCert,
    GetCert,
    GetCrl
};

// Ends with a certificate for a key of ours: Enroll, Renew, Poll.
bool obtains(EnrollOperation operation) noexcept;

enum class OutForm : std::uint8_t { Pem, Der, Pkcs12 };

inline constexpr std::string_view kNewKey = "key.pem.new";  // beside one that is replaced

// Where things are put. Only files of a run are ever written.
struct EnrollFiles {
    std::filesystem::path directory{};
    std::filesystem::path key{};  // 0600; the operator's own when there is one
    // Where the key lies until SUCCESS: `key` itself, but beside it where that one is replaced, for
    // a refused device still needs the key it has.
    std::filesystem::path waiting_key{};
    // 0600: the request, which holds the challenge, with state and signer until the CA has decided;
    // gone after SUCCESS. See cmd_enroll_state.hpp.
    std::filesystem::path request{};
    std::filesystem::path rejected{};  // 0600: the last reply that failed a check
    std::filesystem::path certificate{};
    std::filesystem::path chain{};
    bool own_key = false;  // --key-file: never written
    files::Overwrite overwrite = files::Overwrite::Refuse;
    OutForm form = OutForm::Pem;
    std::optional<SecretBytes> p12_password{};  // once it was needed
};

// How long PENDING is waited for, and how long between two polls: `interval` after the request,
// then half as long again each time.
struct Polling {
    Seconds interval = std::chrono::seconds(30);
    Seconds timeout{};  // zero: PENDING is the answer
};

enum class RenewStyle : std::uint8_t { Auto, Rfc, Draft };  // RenewalReq, or PKCSReq

// A certificate of ours that signs, and its key.
struct OwnCertificate {
    x509::Certificate certificate{};
    std::shared_ptr<crypto::PrivateKey> key{};
};

struct EnrollState;

struct EnrollPlan {  // checked; nothing has been sent or written
    EnrollOperation operation = EnrollOperation::Enroll;
    http::Url url{};
    http::TransportOptions transport{};
    ExchangeSettings exchange{};
    x509::Name subject{};
    std::vector<x509::GeneralName> sans{};
    std::shared_ptr<crypto::PrivateKey> key{};
    std::optional<SignerKey> signer{};    // nullopt: best_signer_key()
    std::optional<OwnCertificate> own{};  // renewal and queries
    RenewStyle renew_style = RenewStyle::Auto;
    Buffer serial{};          // GetCert: contents octets of the INTEGER
    SecretBytes challenge{};  // empty: none
    EnrollFiles files{};
    Polling polling{};
    std::unique_ptr<crypto::Library> legacy{};     // --insecure; deliver() loads it
    std::shared_ptr<const EnrollState> resumed{};  // --resume and poll
    SecretBytes request{};                         // of the run that is resumed, DER
    // Of the directory of the run that is resumed, from before its state was read.
    std::optional<files::DirectoryLock> lock{};
    EnrollOptions options{};  // as typed, without secrets
    bool json = false;
    bool quiet = false;
    bool steps = false;  // a line for each, since somebody looks on

    const crypto::Library& library() const noexcept {
        return legacy ? *legacy : crypto::Library::standard();
    }
};

// Checks every option and loads every file but those of the transport; makes the key. Usage,
// Config, Io.
Result<EnrollPlan> plan_enrollment(const EnrollOptions& options, Io& io);

// What a run needs of the world.
struct EnrollWorld {
    http::Transport& transport;
    Random& random;
    Pause& pause;
};

// Runs the operation, writes the files and the report. Prints errors itself.
Exit enroll(EnrollPlan& plan, EnrollWorld world, Io& io);

// --- cmd_enroll_files.cpp ----------------------------------------------------------------------

// Where the files of a run go, by its options.
EnrollFiles plan_files(const EnrollOptions& options);

// What a run would write or remove.
std::vector<std::filesystem::path> outputs_of(const EnrollFiles& files);

// Found out before anything is sent, for a certificate that cannot be written is lost: Config, with
// the hint --force, when one of the files is there and may not be replaced, and when it is a
// directory; Io when the directory takes no files.
Status check_outputs(const EnrollFiles& files);

// What a run holds while it works in its directory: until its files are as they shall stay, for
// another run with --force would put its key beside this run's certificate.
struct Workplace {
    files::NewDirectory directory{};
    files::DirectoryLock lock;
};

// The directory is made when it is missing, and locked; what another run may have changed meanwhile
// is looked at again: check_outputs(), and where the key waits. Leavings of a run that was killed
// are removed.
Result<Workplace> enter_directory(EnrollFiles& files);

// Of the runs that were killed while they wrote; under the lock.
void remove_leavings(const std::filesystem::path& directory);

// What is on disk before the first PKIOperation.
struct BeforeAsking {
    const crypto::PrivateKey& key;
    Bytes request_der;
    const RequestSigner& signer;
    const EnrollState& state;
};

// Key, and request with signer and state, on their way to the disk; place() puts them there. Io.
Result<files::FileSet> write_request(const EnrollFiles& files, const BeforeAsking& before);

// The options with which the next run asks with the key of this one, and puts the certificate where
// it does not lie beside another key.
std::string same_key_again(const EnrollFiles& files);

// The command that goes on with this run.
std::string resume_command(const EnrollFiles& files);

// --- cmd_enroll_place.cpp ----------------------------------------------------------------------

struct Issued {
    x509::Certificate certificate{};
    std::vector<x509::Certificate> chain{};  // from the issuer upwards
};

// Begins the files that write_certificates() will write, as far as it can.
void make_ready(const EnrollFiles& files, files::FileSet& set);

// Certificate and chain, with them the key where it has been waiting; `set` may have something to
// go before them. What lies there already with the same content or the same key was put there by
// this run before it was killed. Io, also where a file of another program is in the way by now.
Status write_certificates(const EnrollFiles& files,
                          crypto::PrivateKey& key,
                          const Issued& issued,
                          files::FileSet& set);

// After that the request, which holds the challenge, and the state go; and before them what else is
// left of the run, for a run that goes on does it all as long as the state is there. Io.
Status remove_transaction(const EnrollFiles& files);

// Whether the key lies beside its place until SUCCESS.
bool key_waits(const EnrollFiles& files);

// --- cmd_enroll_report.cpp ---------------------------------------------------------------------

// Notes and warnings of the way, and the result on stdout. SUCCESS Ok, FAILURE Refused, PENDING
// Pending.
Exit report_enrollment(const EnrollPlan& plan, const Exchange& exchange, Io& io);

// The result of a run whose certificate was issued before and is in its place now.
void report_placed(const EnrollPlan& plan, Io& io);

// Why the server refuses: failInfo, failInfoText, and what Windows says. Policy.
Error refusal(const EnrollPlan& plan, const OperationOutcome& outcome);

// After SUCCESS whose files could not be written: the certificate itself on stdout, since the CA
// may not give it out twice.
void print_unwritten(const EnrollPlan& plan, const Exchange& exchange, Io& io);

}  // namespace scep::cli
