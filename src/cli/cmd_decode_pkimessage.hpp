// decode-pkimessage in parts: what it reads, what it looks with, what a server would say.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cli/app.hpp"
#include "cli/challenge_option.hpp"
#include "core/inspect/examination.hpp"

namespace scep::cli {

struct DecodeOptions {  // as typed
    std::vector<std::string> files{}, replies{};
    std::vector<std::string> keys{}, certs{}, trust{};
    std::string passin{};
    ChallengeOptions challenge{};
    std::string ca{}, url{}, tls_ca{};
    std::string config{}, profile{};
    std::string at{};
    std::string format = "text";
    std::optional<std::size_t> depth{};
    std::string extract{}, out{};
    bool hex = false, diff = false, show_secrets = false, list_rules = false;
    bool der = false, force = false;  // of what is taken out

    bool json() const noexcept { return format == "json"; }

    bool with_config() const noexcept { return !config.empty() || !profile.empty(); }
};

// Everything in the files, with exchange numbers of the whole run; `errors` has one for each file
// that could not be read or in which nothing was recognised.
struct DecodeInput {
    std::vector<capture::Captured> messages{};
    std::vector<Error> errors{};
};

DecodeInput read_captures(const DecodeOptions& options);

// Keys, certificates, challenge and trust anchors; fetches GetCACert for --url. `libraries` must
// outlive the result. Usage, Config, Io, Network.
Result<inspect::Means> load_means(const DecodeOptions& options,
                                  inspect::Libraries& libraries,
                                  Io& io);

// By the endpoint's own decision over the configuration, and over its state database where there is
// one, which is only read. Config, Io, Store.
using AskServer = decltype(inspect::Means::ask_server);
Result<AskServer> make_server(const DecodeOptions& options, Io& io);

// Usage for a layer that there is not.
Status check_layer(const DecodeOptions& options);

// Writes the layer of the one message that has it, to --out or standard output.
Exit extract_layer(const DecodeOptions& options,
                   const std::vector<inspect::Examination>& examinations,
                   Io& io);

// What two messages differ in; 1 where they do in more than any two must.
Exit print_differences(const DecodeOptions& options,
                       const std::vector<inspect::Examination>& examinations,
                       Io& io);

}  // namespace scep::cli
