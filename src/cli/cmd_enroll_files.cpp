// enroll: what it leaves in --out-dir.
#include <fmt/format.h>

#include "cli/cmd_enroll.hpp"
#include "core/asn1/pem.hpp"
#include "core/base/escape.hpp"

namespace scep::cli {

namespace {

namespace fs = std::filesystem;

constexpr unsigned kPrivate = 0600;
constexpr unsigned kPublic = 0644;
constexpr unsigned kDirectory = 0777;  // the umask takes from it

SecretBytes request_pem(Bytes der) {
    std::string pem = asn1::to_pem("CERTIFICATE REQUEST", der);
    SecretBytes out = to_secret(pem);
    wipe(pem.data(), pem.size());
    return out;
}

std::string chain_pem(const std::vector<x509::Certificate>& chain) {
    std::string out;
    for (const x509::Certificate& certificate : chain)
        out += x509::to_pem(certificate);
    return out;
}

// Whether files can be made in the directory, or it in the nearest one above that is there.
Status check_directory(const fs::path& directory) {
    fs::path made = directory / "request.pem";
    for (fs::path above = made.parent_path(); !above.empty() && !files::exists(above);
         above = made.parent_path())
        made = above;
    return files::check_writable(made);
}

// The transient key comes first; a signer that is the request's own key has only its certificate.
SecretBytes signer_pem(const RequestSigner& signer) {
    SecretBytes out = signer.transient ? signer.transient->to_pkcs8_pem() : SecretBytes{};
    const std::string certificate = x509::to_pem(signer.certificate);
    out.insert(out.end(), certificate.begin(), certificate.end());
    return out;
}

Error exists_already(const EnrollFiles& files, const fs::path& path) {
    Error error{.code = Errc::Config,
                .what = "exists already",
                .where = {.source = path.string()},
                .hint = "another --out-dir, or --force to replace what is there"};
    if (files::exists(files.state))
        error.hint = fmt::format("a run is unfinished there, which {} goes on with; or {}",
                                 resume_command(files),
                                 error.hint);
    return error;
}

bool key_waits(const EnrollFiles& files) {
    return files.waiting_key != files.key;
}

}  // namespace

EnrollFiles plan_files(const EnrollOptions& options) {
    const fs::path directory = options.out_dir;
    EnrollFiles out{
        .directory = directory,
        .key = options.key_file.empty() ? directory / "key.pem" : fs::path(options.key_file),
        .request = directory / "request.pem",
        .signer = directory / "signer.pem",
        .state = directory / "state.json",
        .certificate = directory / "cert.pem",
        .chain = directory / "chain.pem",
        .own_key = !options.key_file.empty(),
        .overwrite = options.force ? files::Overwrite::Replace : files::Overwrite::Refuse};
    const bool replaces_key = options.force && !out.own_key && files::exists(out.key);
    out.waiting_key = replaces_key ? directory / "key.pem.new" : out.key;
    return out;
}

std::vector<fs::path> outputs_of(const EnrollFiles& files) {
    std::vector<fs::path> out;
    if (!files.own_key)
        out.push_back(files.key);
    if (key_waits(files))
        out.push_back(files.waiting_key);
    out.insert(out.end(),
               {files.certificate, files.chain, files.request, files.signer, files.state});
    return out;
}

Status check_outputs(const EnrollFiles& files) {
    std::error_code ignored;
    for (const fs::path& path : outputs_of(files)) {
        if (files.overwrite == files::Overwrite::Refuse && files::exists(path))
            return fail(exists_already(files, path));
        if (fs::is_directory(fs::symlink_status(path, ignored)))
            return fail({.code = Errc::Config,
                         .what = "is a directory, want a file",
                         .where = {.source = path.string()},
                         .hint = "another --out-dir"});
    }
    return check_directory(files.directory);
}

Result<files::DirectoryLock> write_request(const EnrollFiles& files, const BeforeAsking& before) {
    SCEP_TRY(directory, files::NewDirectory::make(files.directory, kDirectory));
    SCEP_TRY(lock, files::DirectoryLock::take(files.directory));
    std::vector<files::NewFile> out;
    const auto add = [&out](const fs::path& path, SecretBytes content) {
        out.push_back({.path = path, .content = std::move(content), .mode = kPrivate});
    };
    if (!files.own_key)
        add(files.waiting_key, before.key.to_pkcs8_pem());
    add(files.request, request_pem(before.request_der));
    add(files.signer, signer_pem(before.signer));
    add(files.state, to_secret(before.state));
    if (Status written = files::write_all(out, files.overwrite); !written) {
        directory.undo();
        return fail(std::move(written).error());
    }
    return std::move(lock);
}

Status write_certificates(const EnrollFiles& files,
                          const crypto::PrivateKey& key,
                          const OperationOutcome& outcome) {
    std::vector<files::NewFile> out;
    if (key_waits(files))
        out.push_back({.path = files.key, .content = key.to_pkcs8_pem(), .mode = kPrivate});
    out.push_back({.path = files.certificate,
                   .content = to_secret(x509::to_pem(outcome.certificate)),
                   .mode = kPublic});
    out.push_back(
        {.path = files.chain, .content = to_secret(chain_pem(outcome.chain)), .mode = kPublic});
    if (Status written = files::write_all(out, files.overwrite); !written) {
        Error& error = written.error();
        error.code = Errc::Io;
        error.hint = fmt::format("key and certificate belong together: keep {} and what is printed",
                                 files.waiting_key.string());
        return written;
    }
    std::error_code ignored;
    fs::remove(files.request, ignored);
    if (key_waits(files))
        fs::remove(files.waiting_key, ignored);
    end_transaction(files);
    return {};
}

void end_transaction(const EnrollFiles& files) {
    std::error_code ignored;
    fs::remove(files.state, ignored);  // first: without it the rest means nothing
    fs::remove(files.signer, ignored);
}

std::string same_key_again(const EnrollFiles& files) {
    return fmt::format("--key-file {} {}",
                       files.waiting_key.string(),
                       key_waits(files) ? "and another --out-dir" : "--force");
}

std::string resume_command(const EnrollFiles& files) {
    return fmt::format("certctl-scep enroll --resume --out-dir {}",
                       shell_word(files.directory.string()));
}

}  // namespace scep::cli
