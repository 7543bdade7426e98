// enroll: what it leaves in --out-dir.
#include <array>

#include <fmt/format.h>

#include "cli/cmd_enroll_state.hpp"
#include "core/asn1/pem.hpp"
#include "core/base/escape.hpp"

namespace scep::cli {

namespace {

namespace fs = std::filesystem;

constexpr unsigned kPrivate = 0600;
constexpr unsigned kDirectory = 0700;  // it holds keys

// Of all that a run may write, in any form.
constexpr std::array<std::string_view, 10> kNames{"key.pem",
                                                  kNewKey,
                                                  "key.der",
                                                  "cert.pem",
                                                  "cert.der",
                                                  "cert.p12",
                                                  "chain.pem",
                                                  "chain.p7b",
                                                  "request.pem",
                                                  "rejected.der"};

SecretBytes request_pem(Bytes der) {
    std::string pem = asn1::to_pem("CERTIFICATE REQUEST", der);
    SecretBytes out = to_secret(pem);
    wipe(pem.data(), pem.size());
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

// The key comes first, be it a transient one or that of the certificate which is renewed: with it
// --resume depends on no other file. A signer that is the request's own key has only its
// certificate.
SecretBytes signer_pem(const RequestSigner& signer, const crypto::PrivateKey& own) {
    const bool other = !(signer.key->public_key() == own.public_key());
    SecretBytes out = other ? signer.key->to_pkcs8_pem() : SecretBytes{};
    const std::string certificate = x509::to_pem(signer.certificate);
    out.insert(out.end(), certificate.begin(), certificate.end());
    return out;
}

Error exists_already(const EnrollFiles& files, const fs::path& path) {
    Error error{.code = Errc::Config,
                .what = "exists already",
                .where = {.source = path.string()},
                .hint = "another --out-dir, or --force to replace what is there"};
    if (has_state(files.request))
        error.hint = fmt::format("a run is unfinished there, which {} goes on with; or {}",
                                 resume_command(files),
                                 error.hint);
    return error;
}

OutForm form_of(std::string_view word) {
    return word == "der" ? OutForm::Der : word == "p12" ? OutForm::Pkcs12 : OutForm::Pem;
}

// A key that is there stays until SUCCESS.
void choose_waiting_key(EnrollFiles& files) {
    if (files.own_key)
        return;
    files.waiting_key = files.directory / "key.pem";
    if (files.overwrite == files::Overwrite::Replace && files::exists(files.waiting_key))
        files.waiting_key = files.directory / kNewKey;
}

// Also under --force: of key and certificate there one may be new and the other old, and what makes
// a pair of them is in the state alone.
Status check_placed(const EnrollFiles& files) {
    if (!is_placing(files.request))
        return {};
    return fail({.code = Errc::Config,
                 .what = "holds a certificate that a run did not come to put in its place",
                 .where = {.source = files.request.string()},
                 .hint = fmt::format("this puts it there: {}", resume_command(files))});
}

}  // namespace

EnrollFiles plan_files(const EnrollOptions& options) {
    const fs::path directory = options.out_dir;
    EnrollFiles out{
        .directory = directory,
        .key = directory / "key.pem",
        .request = directory / "request.pem",
        .rejected = directory / "rejected.der",
        .certificate = directory / "cert.pem",
        .chain = directory / "chain.pem",
        .own_key = !options.key_file.empty(),
        .overwrite = options.force ? files::Overwrite::Replace : files::Overwrite::Refuse,
        .form = form_of(options.out_form)};
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
    choose_waiting_key(out);
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
    out.insert(out.end(), {files.certificate, files.request, files.rejected});
    return out;
}

Status check_outputs(const EnrollFiles& files) {
    std::error_code ignored;
    if (files.overwrite == files::Overwrite::Replace)
        SCEP_CHECK(check_placed(files));
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

Result<Workplace> enter_directory(EnrollFiles& files) {
    SCEP_TRY(directory, files::NewDirectory::make(files.directory, kDirectory));
    SCEP_TRY(lock, files::DirectoryLock::take(files.directory));
    if (!directory.made())
        remove_leavings(files.directory);
    choose_waiting_key(files);
    if (Status good = check_outputs(files); !good) {
        directory.undo();
        return fail(std::move(good).error());
    }
    return Workplace{.directory = std::move(directory), .lock = std::move(lock)};
}

void remove_leavings(const fs::path& directory) {
    for (const std::string_view name : kNames)
        files::remove_temporaries(directory / name);
}

Result<files::FileSet> write_request(const EnrollFiles& files, const BeforeAsking& before) {
    files::FileSet out;
    if (!files.own_key)
        SCEP_CHECK(out.write(files.waiting_key, before.key.to_pkcs8_pem(), kPrivate));
    SecretBytes pem = request_pem(before.request_der);
    const SecretBytes signer = signer_pem(before.signer, before.key);
    pem.insert(pem.end(), signer.begin(), signer.end());
    // last: where it is, the key is
    SCEP_CHECK(out.write(files.request, transaction_text(before.state, pem), kPrivate));
    return out;
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
