#include "cli/bundle_report.hpp"

#include <algorithm>
#include <ostream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/table.hpp"
#include "core/base/encoding.hpp"
#include "core/base/escape.hpp"
#include "core/x509/key_facts.hpp"

namespace scep::cli {

namespace {

using check::Severity;
using Json = nlohmann::ordered_json;

long days_left(const x509::Certificate& certificate, TimePoint now) {
    using Days = std::chrono::duration<long, std::ratio<86400>>;
    return std::chrono::floor<Days>(certificate.not_after() - now).count();
}

std::ptrdiff_t count(const std::vector<check::Finding>& findings, Severity severity) {
    return std::ranges::count(findings, severity, &check::Finding::severity);
}

std::size_t certificates_in(const check::BundleQuestion& question) {
    std::size_t out = 0;
    for (const check::BundleFile& file : question.files)
        out += file.reading.entries.size();
    return out;
}

// "3 certificates"
std::string counted(std::size_t number, std::string_view noun) {
    return fmt::format("{} {}{}", number, noun, number == 1 ? "" : "s");
}

// The verdict on the device that counts for the exit status: the first that is no.
const check::DeviceVerdict* decisive(const check::BundleAnswer& answer) {
    const check::DeviceVerdict* out = nullptr;
    for (const check::FileAnswer& file : answer.files)
        if (file.device && (out == nullptr || out->good()))
            out = &*file.device;
    return out;
}

std::string passes(const check::DeviceVerdict& device) {
    return device.good() ? "passes" : "does not pass: " + device.verdict.reason;
}

// --- text ------------------------------------------------------------------------------------

class Text {
  public:
    Text(Io& io, const check::BundleQuestion& question, const check::BundleAnswer& answer)
        : io_(io), question_(question), answer_(answer) {}

    void print() {
        for (std::size_t i = 0; i < question_.files.size(); ++i)
            file(question_.files[i], answer_.files[i]);
        if (!answer_.shared.empty())
            findings(answer_.shared);
        if (!answer_.partial.empty())
            partial();
        if (answer_.together)
            together();
        verdict();
    }

  private:
    void line(std::string_view text) { io_.out << escape_controls(text) << '\n'; }

    void file(const check::BundleFile& file, const check::FileAnswer& answer) {
        line(fmt::format("{}: {}", file.path, counted(file.reading.entries.size(), "certificate")));
        if (!file.reading.entries.empty())
            certificates(file);
        if (answer.device)
            chain(file, *answer.device);
        findings(answer.findings);
        io_.out << '\n';
    }

    void certificates(const check::BundleFile& file) {
        Table table({"LINE", "NOT AFTER", "DAYS", "KEY", "SHA-256", "SUBJECT", "ISSUER"});
        for (const x509::BundleEntry& entry : file.reading.entries)
            table.add({entry.line == 0 ? "" : std::to_string(entry.line),
                       to_rfc3339(entry.certificate.not_after()),
                       std::to_string(days_left(entry.certificate, question_.now)),
                       x509::key_facts(entry.certificate).text,
                       to_hex(entry.certificate.fingerprint()),
                       entry.certificate.subject_text(),
                       entry.certificate.issuer_text()});
        table.print(io_.out, io_.color.out);
    }

    void chain(const check::BundleFile& file, const check::DeviceVerdict& device) {
        line(fmt::format(
            "chain of {} by {}:", question_.device->leaf.certificate.subject_text(), file.path));
        for (const check::ChainLink& link : device.links) {
            line(fmt::format("  {} ({}){}",
                             link.certificate.certificate.subject_text(),
                             link.certificate.place(),
                             link.anchor ? ", anchor" : ""));
            for (const check::LinkCheck& check : link.checks)
                line(fmt::format(
                    "    {:<4} {}: {}", check.good ? "ok" : "FAIL", check.name, check.text));
        }
        line(passes(device));
    }

    void findings(const std::vector<check::Finding>& all) {
        for (const check::Finding& finding : all) {
            io_.out << painted(io_.color.out, fmt::format("{}:", check::name(finding.severity)))
                    << ' ' << escape_controls(check::to_text(finding)) << " [" << finding.id
                    << "]\n";
            if (!finding.hint.empty())
                io_.out << painted(io_.color.out, "hint:") << ' ' << escape_controls(finding.hint)
                        << '\n';
        }
    }

    void partial() {
        Table table({"SHA-256", "IN", "NOT IN", "SUBJECT"});
        for (const check::PartialCa& ca : answer_.partial) {
            std::string in, out;
            for (std::size_t i = 0; i < question_.files.size(); ++i) {
                std::string& where = ca.has[i] ? in : out;
                where += (where.empty() ? "" : ", ") + question_.files[i].path;
                if (ca.has[i] && ca.lines[i] != 0)
                    where += fmt::format(":{}", ca.lines[i]);
            }
            table.add(
                {to_hex(ca.certificate.fingerprint()), in, out, ca.certificate.subject_text()});
        }
        line(fmt::format("{} not in every file:", counted(answer_.partial.size(), "CA")));
        table.print(io_.out, io_.color.out);
        io_.out << '\n';
    }

    void together() {
        for (std::size_t i = 0; i < question_.files.size(); ++i)
            line(fmt::format("{}: {}", question_.files[i].path, passes(*answer_.files[i].device)));
        line(fmt::format("all files together: {}", passes(*answer_.together)));
        const bool own = std::ranges::all_of(
            answer_.files, [](const check::FileAnswer& file) { return file.device->good(); });
        if (answer_.together->good() && !own)
            line(
                "the listener takes the certificate by the union of the bundles; the profiles of "
                "the files where it does not pass answer 401");
    }

    void verdict() {
        const std::vector<check::Finding> all = answer_.findings();
        std::string text = fmt::format("{}, {}, {}, {}",
                                       counted(certificates_in(question_), "certificate"),
                                       number(all, Severity::Error),
                                       number(all, Severity::Warning),
                                       number(all, Severity::Notice));
        if (const check::DeviceVerdict* device = decisive(answer_))
            text += fmt::format(
                "; {} {}", question_.device->leaf.certificate.subject_text(), passes(*device));
        line(fmt::format("verdict: {}: {}", answer_.good() ? "good" : "bad", text));
    }

    static std::string number(const std::vector<check::Finding>& all, Severity severity) {
        return counted(static_cast<std::size_t>(count(all, severity)), check::name(severity));
    }

    Io& io_;
    const check::BundleQuestion& question_;
    const check::BundleAnswer& answer_;
};

// --- JSON ------------------------------------------------------------------------------------

Json line_or_null(std::size_t line) {
    return line == 0 ? Json(nullptr) : Json(line);
}

Json to_json(const x509::BundleEntry& entry, TimePoint now) {
    const x509::Certificate& certificate = entry.certificate;
    return {{"line", line_or_null(entry.line)},
            {"subject", certificate.subject_text()},
            {"issuer", certificate.issuer_text()},
            {"serial", certificate.serial_hex()},
            {"not_before", to_rfc3339(certificate.not_before())},
            {"not_after", to_rfc3339(certificate.not_after())},
            {"days_left", days_left(certificate, now)},
            {"key", x509::key_facts(certificate).text},
            {"sha256", to_hex(certificate.fingerprint())}};
}

std::string_view trust_name(x509::Trust trust) {
    switch (trust) {
        case x509::Trust::Good:
            return "good";
        case x509::Trust::Untrusted:
            return "untrusted";
        case x509::Trust::NotValidNow:
            return "not_valid_now";
        case x509::Trust::Revoked:
            return "revoked";
        case x509::Trust::Denied:
            return "denied";
        case x509::Trust::NoCurrentCrl:
            return "no_current_crl";
        case x509::Trust::Unfit:
            break;
    }
    return "unfit";
}

Json to_json(const check::ChainLink& link) {
    Json checks = Json::array();
    for (const check::LinkCheck& check : link.checks)
        checks.push_back({{"name", check.name}, {"good", check.good}, {"text", check.text}});
    return {{"subject", link.certificate.certificate.subject_text()},
            {"issuer", link.certificate.certificate.issuer_text()},
            {"sha256", to_hex(link.certificate.certificate.fingerprint())},
            {"path", link.certificate.source},
            {"line", line_or_null(link.certificate.line)},
            {"anchor", link.anchor},
            {"checks", checks}};
}

Json to_json(const check::DeviceVerdict& device) {
    Json chain = Json::array();
    for (const check::ChainLink& link : device.links)
        chain.push_back(to_json(link));
    return {{"passes", device.good()},
            {"trust", trust_name(device.verdict.trust)},
            {"reason", device.verdict.reason},
            {"subject", device.verdict.subject},
            {"chain", chain}};
}

Json to_json(const check::Finding& finding) {
    return {{"id", finding.id},
            {"severity", check::name(finding.severity)},
            {"path", finding.where.source},
            {"line", line_or_null(finding.where.line)},
            {"subject", finding.where.subject},
            {"message", finding.message},
            {"cite", finding.cite},
            {"hint", finding.hint}};
}

Json to_json(const check::PartialCa& ca, const check::BundleQuestion& question) {
    Json in = Json::array(), missing = Json::array();
    for (std::size_t i = 0; i < question.files.size(); ++i)
        if (ca.has[i])
            in.push_back({{"path", question.files[i].path}, {"line", line_or_null(ca.lines[i])}});
        else
            missing.push_back(question.files[i].path);
    return {{"sha256", to_hex(ca.certificate.fingerprint())},
            {"subject", ca.certificate.subject_text()},
            {"in", in},
            {"not_in", missing}};
}

Json file_json(const check::BundleFile& file, const check::FileAnswer& answer, TimePoint now) {
    Json certificates = Json::array();
    for (const x509::BundleEntry& entry : file.reading.entries)
        certificates.push_back(to_json(entry, now));
    Json out{{"path", file.path}, {"certificates", certificates}};
    if (answer.device)
        out["client"] = to_json(*answer.device);
    return out;
}

}  // namespace

void print_bundle_text(Io& io,
                       const check::BundleQuestion& question,
                       const check::BundleAnswer& answer) {
    Text(io, question, answer).print();
}

void print_bundle_json(Io& io,
                       const check::BundleQuestion& question,
                       const check::BundleAnswer& answer) {
    Json document{{"schema", "certctl-scep/bundle-check/1"},
                  {"good", answer.good()},
                  {"files", Json::array()}};
    for (std::size_t i = 0; i < question.files.size(); ++i)
        document["files"].push_back(file_json(question.files[i], answer.files[i], question.now));
    if (answer.together)
        document["client_by_all_files"] = to_json(*answer.together);
    document["not_in_every_file"] = Json::array();
    for (const check::PartialCa& ca : answer.partial)
        document["not_in_every_file"].push_back(to_json(ca, question));
    document["findings"] = Json::array();
    for (const check::Finding& finding : answer.findings())
        document["findings"].push_back(to_json(finding));
    io.out << document.dump(2, ' ', true, Json::error_handler_t::replace) << '\n';
}

}  // namespace scep::cli
