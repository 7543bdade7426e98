// enroll: what it leaves in --out-dir.
#include <fmt/format.h>

#include "cli/cmd_enroll.hpp"
#include "core/asn1/pem.hpp"

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

bool key_waits(const EnrollFiles& files) {
    return files.waiting_key != files.key;
}

}  // namespace

std::vector<fs::path> outputs_of(const EnrollFiles& files) {
    std::vector<fs::path> out;
    if (!files.own_key)
        out.push_back(files.key);
    if (key_waits(files))
        out.push_back(files.waiting_key);
    out.insert(out.end(), {files.certificate, files.chain, files.request});
    return out;
}

Status check_outputs(const EnrollFiles& files) {
    std::error_code ignored;
    for (const fs::path& path : outputs_of(files)) {
        if (files.overwrite == files::Overwrite::Refuse && files::exists(path))
            return fail({.code = Errc::Config,
                         .what = "exists already",
                         .where = {.source = path.string()},
                         .hint = "another --out-dir, or --force to replace what is there"});
        if (fs::is_directory(fs::symlink_status(path, ignored)))
            return fail({.code = Errc::Config,
                         .what = "is a directory, want a file",
                         .where = {.source = path.string()},
                         .hint = "another --out-dir"});
    }
    return check_directory(files.directory);
}

Result<files::DirectoryLock> write_request(const EnrollFiles& files,
                                           const crypto::PrivateKey& key,
                                           Bytes request_der) {
    SCEP_TRY(directory, files::NewDirectory::make(files.directory, kDirectory));
    SCEP_TRY(lock, files::DirectoryLock::take(files.directory));
    std::vector<files::NewFile> out;
    if (!files.own_key)
        out.push_back({.path = files.waiting_key, .content = key.to_pkcs8_pem(), .mode = kPrivate});
    out.push_back({.path = files.request, .content = request_pem(request_der), .mode = kPrivate});
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
    return {};
}

std::string same_key_again(const EnrollFiles& files) {
    return fmt::format("--key-file {} {}",
                       files.waiting_key.string(),
                       key_waits(files) ? "and another --out-dir" : "--force");
}

}  // namespace scep::cli
