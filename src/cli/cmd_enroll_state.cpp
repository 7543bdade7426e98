#include "cli/cmd_enroll_state.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/base/encoding.hpp"

namespace scep::cli {

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr std::string_view kSchema = "certctl-scep/enroll-state/1";
constexpr unsigned kPrivate = 0600;

struct PhaseWord {
    StatePhase phase;
    std::string_view word;
};

constexpr PhaseWord kPhases[] = {{StatePhase::Asked, "asked"},
                                 {StatePhase::Pending, "pending"},
                                 {StatePhase::Placing, "placing"}};

// The options of the message and of TLS: what the next run says the same way.
struct SavedOption {
    const char* name;
    std::string EnrollOptions::*value;
};

constexpr SavedOption kSaved[] = {{"digest", &EnrollOptions::digest},
                                  {"cipher", &EnrollOptions::cipher},
                                  {"key_transport", &EnrollOptions::key_transport},
                                  {"recipient", &EnrollOptions::recipient},
                                  {"http", &EnrollOptions::http},
                                  {"timeout", &EnrollOptions::timeout},
                                  {"tls_ca", &EnrollOptions::tls_ca},
                                  {"tls_client_cert", &EnrollOptions::tls_client_cert},
                                  {"tls_client_key", &EnrollOptions::tls_client_key},
                                  {"key_file", &EnrollOptions::key_file},
                                  {"out_form", &EnrollOptions::out_form},
                                  {"p12_pass_file", &EnrollOptions::p12_pass_file},
                                  {"p12_pass_env", &EnrollOptions::p12_pass_env}};

// --- writing -----------------------------------------------------------------------------------

Json certificate_json(const x509::Certificate& certificate) {
    return {{"subject", certificate.subject_text()},
            {"sha256", to_hex(certificate.fingerprint())},
            {"der", to_base64(certificate.der())}};  // PEM follows the state
}

Json chain_json(const std::vector<x509::Certificate>& chain) {
    Json out = Json::array();
    for (const x509::Certificate& certificate : chain)
        out.push_back(certificate_json(certificate));
    return out;
}

Json options_json(const EnrollOptions& options) {
    Json out;
    for (const SavedOption& option : kSaved)
        out[option.name] = options.*option.value;
    out["ra_fingerprints"] = options.ra_fingerprints;
    out["insecure"] = options.insecure;
    out["force"] = options.force;
    return out;
}

// --- reading: every member of the right type, or one error --------------------------------------

class Members {
  public:
    Members(const Json& object, const fs::path& path) : object_(object), path_(path) {}

    std::string text(const char* name) {
        const auto at = object_.find(name);
        if (at != object_.end() && at->is_string())
            return at->get<std::string>();
        miss(name);
        return {};
    }

    bool flag(const char* name) {
        const auto at = object_.find(name);
        if (at != object_.end() && at->is_boolean())
            return at->get<bool>();
        miss(name);
        return false;
    }

    std::vector<std::string> texts(const char* name) {
        std::vector<std::string> out;
        for (const Json& text : array(name))
            if (text.is_string())
                out.push_back(text.get<std::string>());
            else
                miss(name);
        return out;
    }

    std::size_t number(const char* name) {
        const auto at = object_.find(name);
        if (at != object_.end() && at->is_number_unsigned())
            return at->get<std::size_t>();
        miss(name);
        return 0;
    }

    const Json& array(const char* name) {
        static const Json kNone = Json::array();
        const auto at = object_.find(name);
        if (at != object_.end() && at->is_array())
            return *at;
        miss(name);
        return kNone;
    }

    const Json& object(const char* name) {
        static const Json kNone = Json::object();
        const auto at = object_.find(name);
        if (at != object_.end() && at->is_object())
            return *at;
        miss(name);
        return kNone;
    }

    template <class T>
    T converted(const char* name, Result<T> value) {
        if (value)
            return *std::move(value);
        miss(name);
        return {};
    }

    void miss(const char* name) {
        if (missed_.empty())
            missed_ = name;
    }

    Status finish() const {
        if (missed_.empty())
            return {};
        return fail({.code = Errc::Config,
                     .what = "missing or malformed",
                     .where = {.source = path_.string(), .field = missed_}});
    }

  private:
    const Json& object_;
    const fs::path& path_;
    std::string missed_{};
};

Result<x509::Certificate> read_certificate(const Json& object, const fs::path& path) {
    Members members(object, path);
    const std::optional<Buffer> der = from_base64(members.text("der"));
    if (!der)
        members.miss("der");
    SCEP_CHECK(members.finish());
    return x509::Certificate::parse(*der, path.string());
}

Result<std::vector<x509::Certificate>> read_chain(const Json& array, const fs::path& path) {
    std::vector<x509::Certificate> out;
    for (const Json& object : array) {
        SCEP_TRY(certificate, read_certificate(object, path));
        out.push_back(std::move(certificate));
    }
    return out;
}

Result<EnrollOptions> read_options(const Json& object, const fs::path& path) {
    EnrollOptions out;
    Members members(object, path);
    for (const SavedOption& saved : kSaved)
        out.*saved.value = members.text(saved.name);
    out.ra_fingerprints = members.texts("ra_fingerprints");
    out.insecure = members.flag("insecure");
    out.force = members.flag("force");
    SCEP_CHECK(members.finish());
    return out;
}

// --- the file ----------------------------------------------------------------------------------

constexpr std::string_view kDocumentBegins = "{\n";
constexpr std::string_view kDocumentEnds = "\n}\n";
constexpr std::string_view kPemBegins = "-----BEGIN ";
constexpr std::string_view kPemEnds = "-----END ";
constexpr std::string_view kRequestEnds = "-----END CERTIFICATE REQUEST-----";

// Where the last document begins: with a brace that has a line of its own.
std::size_t last_document(std::string_view text) {
    const std::size_t at = text.rfind("\n" + std::string(kDocumentBegins));
    return at == std::string_view::npos ? 0 : at + 1;
}

// What was written last and whole.
std::optional<Json> find_document(std::string_view text) {
    while (!text.empty()) {
        const std::size_t begins = last_document(text);
        const std::size_t ends = text.find(kDocumentEnds, begins);
        if (ends != std::string_view::npos) {
            Json document = Json::parse(text.substr(begins, ends + 2 - begins), nullptr, false);
            if (document.is_object() && document.value("schema", Json()) == kSchema)
                return document;
        }
        text = text.substr(0, begins);
    }
    return std::nullopt;
}

// Without the states before and behind it.
std::string_view pem_in(std::string_view text) {
    text.remove_prefix(std::min(text.find(kPemBegins), text.size()));
    if (const std::size_t document = last_document(text); document != 0)
        text = text.substr(0, document);
    const std::size_t last = text.rfind(kPemEnds);
    if (last == std::string_view::npos)
        return {};
    return text.substr(0, text.find('\n', last));
}

// A pipe would be waited for.
bool is_file(const fs::path& path) {
    std::error_code ignored;
    return fs::is_regular_file(path, ignored);
}

Error no_request(const fs::path& path) {
    return {.code = Errc::Config,
            .what = "holds no certification request any more",
            .where = {.source = path.string()}};
}

std::optional<Json> peek(const fs::path& path) {
    if (!is_file(path))
        return std::nullopt;
    const auto text = files::load(path, limits::kMaxFile);
    return text ? find_document(as_text(*text)) : std::nullopt;
}

Error no_state(const fs::path& path) {
    return {.code = Errc::Usage,
            .what = "nothing to go on with: no run is unfinished there",
            .where = {.source = path.string()},
            .hint = "--out-dir names the directory of the run that was interrupted or is pending"};
}

Result<Json> load_json(const fs::path& path) {
    if (!is_file(path))
        return fail(no_state(path));
    SCEP_TRY(text, files::load_secret(path, {}, limits::kMaxFile));
    if (std::optional<Json> document = find_document(as_text(text)))
        return *std::move(document);
    if (as_text(text).starts_with(kPemBegins))  // the CA has refused it
        return fail(no_state(path));
    return fail({.code = Errc::Config,
                 .what = fmt::format("is no state of enroll, want \"schema\": \"{}\"", kSchema),
                 .where = {.source = path.string()}});
}

std::string state_text(const EnrollState& state) {
    const auto* phase = std::ranges::find(kPhases, state.phase, &PhaseWord::phase);
    Json out{{"schema", kSchema},
             {"url", state.url},
             {"transaction_id", state.transaction_id},
             {"message_type", static_cast<std::uint32_t>(state.type)},
             {"status", phase->word},
             {"started", to_rfc3339(state.started)},
             {"asked", to_rfc3339(state.asked)},
             {"polls", state.polls},
             {"ca", certificate_json(state.ca)},
             {"recipient", certificate_json(state.recipient)},
             {"key_waits", state.key_waits},
             {"options", options_json(state.options)}};
    if (state.phase == StatePhase::Placing) {
        out["issued"] = certificate_json(state.issued);
        out["chain"] = chain_json(state.chain);
    }
    std::string text = out.dump(2, ' ', true, Json::error_handler_t::replace) + "\n";
    // What somebody else named shall not look like PEM.
    for (std::size_t at = text.find("-----"); at != std::string::npos; at = text.find("-----", at))
        text.replace(at, 1, "\\u002d");
    return text;
}

}  // namespace

SecretBytes transaction_text(const EnrollState& state, Bytes pem) {
    SecretBytes out = to_secret(state_text(state));
    out.insert(out.end(), pem.begin(), pem.end());
    return out;
}

Status save_state(const EnrollState& state, const fs::path& path) {
    if (!is_file(path))
        return fail(no_request(path));
    SCEP_TRY(text, files::load_secret(path, {}, limits::kMaxFile));
    const std::string_view pem = pem_in(as_text(text));
    if (pem.empty())
        return fail(no_request(path));
    SecretBytes all = transaction_text(state, as_bytes(pem));
    all.push_back('\n');
    return files::write_atomic(path, all, kPrivate, files::Overwrite::Replace);
}

Status add_state(const EnrollState& state, const fs::path& path, files::FileSet& set) {
    return set.append(path, as_bytes("\n" + state_text(state)));
}

bool has_state(const fs::path& path) {
    return peek(path).has_value();
}

bool is_placing(const fs::path& path) {
    const std::optional<Json> document = peek(path);
    return document && document->value("status", Json()) ==
                           std::ranges::find(kPhases, StatePhase::Placing, &PhaseWord::phase)->word;
}

Status end_state(const fs::path& path) {
    if (!is_file(path))
        return fail(no_request(path));
    SCEP_TRY(text, files::load_secret(path, {}, limits::kMaxFile));
    const std::string_view pem = pem_in(as_text(text));
    const std::size_t ends = pem.find(kRequestEnds);
    if (ends == std::string_view::npos)
        return fail(no_request(path));
    SecretBytes request = to_secret(as_bytes(pem.substr(0, ends + kRequestEnds.size())));
    request.push_back('\n');
    return files::write_atomic(path, request, kPrivate, files::Overwrite::Replace);
}

Result<EnrollState> load_state(const fs::path& path) {
    SCEP_TRY(document, load_json(path));
    Members members(document, path);
    EnrollState out{.url = members.text("url"), .transaction_id = members.text("transaction_id")};
    if (out.transaction_id.empty() || out.transaction_id.size() > limits::kMaxTransactionId)
        members.miss("transaction_id");
    const std::string status = members.text("status");
    out.type = static_cast<MessageType>(members.number("message_type"));
    if (out.type != MessageType::PkcsReq && out.type != MessageType::RenewalReq)
        members.miss("message_type");
    const auto* phase = std::ranges::find(kPhases, status, &PhaseWord::word);
    if (phase == std::end(kPhases))
        members.miss("status");
    else
        out.phase = phase->phase;
    if (out.phase == StatePhase::Placing) {
        out.issued = members.converted("issued", read_certificate(members.object("issued"), path));
        out.chain = members.converted("chain", read_chain(members.array("chain"), path));
    }
    out.started = members.converted("started", parse_rfc3339(members.text("started")));
    out.asked = members.converted("asked", parse_rfc3339(members.text("asked")));
    out.polls = members.number("polls");
    out.ca = members.converted("ca", read_certificate(members.object("ca"), path));
    out.recipient =
        members.converted("recipient", read_certificate(members.object("recipient"), path));
    out.key_waits = members.flag("key_waits");
    out.options = members.converted("options", read_options(members.object("options"), path));
    SCEP_CHECK(members.finish());
    return out;
}

}  // namespace scep::cli
