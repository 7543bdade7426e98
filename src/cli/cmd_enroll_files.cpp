// enroll: what it leaves in --out-dir.
#include <fmt/format.h>

#include "cli/cmd_enroll.hpp"
#include "core/asn1/pem.hpp"
#include "core/base/escape.hpp"
#include "core/cms/signed_data.hpp"
#include "core/x509/pkcs12.hpp"

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
    return !files.own_key && files.waiting_key != files.key;
}

OutForm form_of(std::string_view word) {
    return word == "der" ? OutForm::Der : word == "p12" ? OutForm::Pkcs12 : OutForm::Pem;
}

SecretBytes key_content(const EnrollFiles& files, const crypto::PrivateKey& key) {
    SecretBytes pem = key.to_pkcs8_pem();
    if (files.form != OutForm::Der)
        return pem;
    auto blocks = asn1::parse_pem(as_text(pem), files.key.string());
    return std::move(blocks->front().content);  // our own writing
}

SecretBytes chain_content(const EnrollFiles& files, const std::vector<x509::Certificate>& chain) {
    if (files.form != OutForm::Der)
        return to_secret(chain_pem(chain));
    std::vector<Bytes> all;
    all.reserve(chain.size());
    for (const x509::Certificate& certificate : chain)
        all.push_back(certificate.der());
    return to_secret(cms::build_certs_only(all));
}

// What SUCCESS puts into its place.
Result<std::vector<files::NewFile>> result_files(const EnrollFiles& files,
                                                 crypto::PrivateKey& key,
                                                 const OperationOutcome& outcome) {
    std::vector<files::NewFile> out;
    if (files.form == OutForm::Pkcs12) {
        SCEP_TRY(pfx,
                 x509::build_pkcs12(key, outcome.certificate, outcome.chain, files.p12_password));
        out.push_back({.path = files.certificate, .content = std::move(pfx), .mode = kPrivate});
        return out;
    }
    if (key_waits(files))
        out.push_back({.path = files.key, .content = key_content(files, key), .mode = kPrivate});
    out.push_back({.path = files.certificate,
                   .content = files.form == OutForm::Der
                                  ? to_secret(outcome.certificate.der())
                                  : to_secret(x509::to_pem(outcome.certificate)),
                   .mode = kPublic});
    out.push_back(
        {.path = files.chain, .content = chain_content(files, outcome.chain), .mode = kPublic});
    return out;
}

}  // namespace

EnrollFiles plan_files(const EnrollOptions& options) {
    const fs::path directory = options.out_dir;
    EnrollFiles out{
        .directory = directory,
        .key = directory / "key.pem",
        .request = directory / "request.pem",
        .signer = directory / "signer.pem",
        .state = directory / "state.json",
        .rejected = directory / "rejected.der",
        .certificate = directory / "cert.pem",
        .chain = directory / "chain.pem",
        .own_key = !options.key_file.empty(),
        .overwrite = options.force ? files::Overwrite::Replace : files::Overwrite::Refuse,
        .form = form_of(options.out_form)};
    out.waiting_key = out.key;
    if (out.form == OutForm::Der) {
        out.key = directory / "key.der";
        out.certificate = directory / "cert.der";
        out.chain = directory / "chain.p7b";
    } else if (out.form == OutForm::Pkcs12) {
        out.key = out.certificate = out.chain = directory / "cert.p12";
    }
    if (out.own_key)
        out.waiting_key = options.key_file;
    if (out.own_key && out.form != OutForm::Pkcs12)
        out.key = options.key_file;
    if (options.force && !out.own_key && files::exists(out.waiting_key))
        out.waiting_key = directory / kNewKey;
    return out;
}

std::vector<fs::path> outputs_of(const EnrollFiles& files) {
    std::vector<fs::path> out;
    if (!files.own_key && files.key != files.certificate)
        out.push_back(files.key);
    if (key_waits(files))
        out.push_back(files.waiting_key);
    if (files.chain != files.certificate)
        out.push_back(files.chain);
    out.insert(out.end(), {files.certificate, files.request, files.signer, files.state});
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
                          crypto::PrivateKey& key,
                          const OperationOutcome& outcome) {
    SCEP_TRY(out, result_files(files, key, outcome));
    if (Status written = files::write_all(out, files.overwrite); !written) {
        Error& error = written.error();
        error.code = Errc::Io;
        error.hint = fmt::format("key and certificate belong together: keep {} and what is printed",
                                 files.waiting_key.string());
        return written;
    }
    std::error_code ignored;
    fs::remove(files.request, ignored);
    fs::remove(files.rejected, ignored);
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
