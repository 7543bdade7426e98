// enroll: key, certificate and chain into their places after SUCCESS.
//
// No file system renames several files at once, so whoever is killed here leaves some of them in
// their places and some not: of a renewal in place, a key beside the certificate of another. And a
// server may give a certificate once alone. So the state has it, on the disk, before the first
// rename, and a run that goes on from there does all of this once more, without the server.
#include <algorithm>

#include <fmt/format.h>

#include "cli/cmd_enroll.hpp"
#include "core/asn1/pem.hpp"
#include "core/cms/signed_data.hpp"
#include "core/x509/pkcs12.hpp"

namespace scep::cli {

namespace {

namespace fs = std::filesystem;

constexpr unsigned kPrivate = 0600;
constexpr unsigned kPublic = 0644;

std::string chain_pem(const std::vector<x509::Certificate>& chain) {
    std::string out;
    for (const x509::Certificate& certificate : chain)
        out += x509::to_pem(certificate);
    return out;
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
                                                 const Issued& issued) {
    std::vector<files::NewFile> out;
    if (files.form == OutForm::Pkcs12) {
        SCEP_TRY(pfx,
                 x509::build_pkcs12(key, issued.certificate, issued.chain, *files.p12_password));
        out.push_back({.path = files.certificate, .content = std::move(pfx), .mode = kPrivate});
        return out;
    }
    if (key_waits(files))
        out.push_back({.path = files.key, .content = key_content(files, key), .mode = kPrivate});
    out.push_back(
        {.path = files.chain, .content = chain_content(files, issued.chain), .mode = kPublic});
    out.push_back({.path = files.certificate,
                   .content = files.form == OutForm::Der
                                  ? to_secret(issued.certificate.der())
                                  : to_secret(x509::to_pem(issued.certificate)),
                   .mode = kPublic});
    return out;
}

// The file is of this run: what it is about to write, or a PKCS#12, which is never twice the same,
// with its key.
bool is_own(const files::NewFile& file, const EnrollFiles& files, const crypto::PrivateKey& key) {
    const auto there = files::load_secret(file.path, file.path.parent_path());
    if (!there)
        return false;
    if (files.form != OutForm::Pkcs12)
        return std::ranges::equal(*there, file.content);
    const auto pfx = x509::parse_pkcs12(*there, *files.p12_password, file.path.string());
    return pfx && pfx->key->public_key() == key.public_key();
}

files::Overwrite overwrite_of(const std::vector<files::NewFile>& out,
                              const EnrollFiles& files,
                              const crypto::PrivateKey& key) {
    bool any = false;
    for (const files::NewFile& file : out) {
        if (!files::exists(file.path))
            continue;
        any = true;
        if (!is_own(file, files, key))
            return files.overwrite;
    }
    return any ? files::Overwrite::Replace : files.overwrite;
}

}  // namespace

bool key_waits(const EnrollFiles& files) {
    return !files.own_key && files.waiting_key != files.key;
}

namespace {

Status write_results(const std::vector<files::NewFile>& results,
                     files::Overwrite overwrite,
                     files::FileSet& set) {
    for (const files::NewFile& file : results)
        SCEP_CHECK(set.write(file));
    return set.place(overwrite);
}

}  // namespace

void make_ready(const EnrollFiles& files, files::FileSet& set) {
    if (key_waits(files) && files.key != files.certificate)
        set.make_ready(files.key);
    if (files.chain != files.certificate)
        set.make_ready(files.chain);
    set.make_ready(files.certificate);
}

Status write_certificates(const EnrollFiles& files,
                          crypto::PrivateKey& key,
                          const Issued& issued,
                          files::FileSet& set) {
    SCEP_TRY(out, result_files(files, key, issued));
    if (Status written = write_results(out, overwrite_of(out, files, key), set); !written) {
        Error& error = written.error();
        const bool in_the_way = error.code == Errc::Config;
        error.code = Errc::Io;
        error.hint = fmt::format("keep {}: once {}, this puts the certificate there: {}",
                                 files.waiting_key.string(),
                                 in_the_way ? "that file is elsewhere" : "that is mended",
                                 resume_command(files));
        return written;
    }
    return {};
}

namespace {

Status remove_secret(const fs::path& path) {
    std::error_code error;
    fs::remove(path, error);
    if (!error)
        return {};
    return fail({.code = Errc::Io,
                 .what = fmt::format("cannot be removed: {}", error.message()),
                 .where = {.source = path.string()},
                 .hint = "remove it: a challenge or a private key is in it"});
}

}  // namespace

Status remove_transaction(const EnrollFiles& files) {
    std::error_code ignored;
    fs::remove(files.rejected, ignored);
    if (key_waits(files))
        SCEP_CHECK(remove_secret(files.waiting_key));
    return remove_secret(files.request);
}

}  // namespace scep::cli
