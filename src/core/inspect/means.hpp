// What the operator gave to look into messages with.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/clock.hpp"
#include "core/base/secret.hpp"
#include "core/capture/capture.hpp"
#include "core/crypto/keys.hpp"
#include "core/x509/certificate.hpp"

namespace scep::inspect {

// OpenSSL's algorithms. MD5, DES and RC2 are loaded, in a context of their own, when the first
// message wants them: most have none, and the loading takes longer than a message.
class Libraries {
  public:
    const crypto::Library& standard() const noexcept { return crypto::Library::standard(); }

    // The standard one when there is no legacy provider on this machine; then `missing()` says so.
    const crypto::Library& legacy();

    const std::optional<Error>& missing() const noexcept { return missing_; }

  private:
    std::unique_ptr<crypto::Library> legacy_{};
    std::optional<Error> missing_{};
};

struct OwnKey {
    std::shared_ptr<crypto::PrivateKey> key{};
    std::vector<x509::Certificate>
        certificates{};    // of this key; the recipients that they name come first
    std::string source{};  // the file
};

// What a server would do with a message.
struct ServerAnswer {
    bool refused = false;
    std::string text{};    // "FAILURE badRequest (2)", "SUCCESS", "HTTP 400"
    std::string reason{};  // why, in the operator's words; not escaped, no secrets
};

struct Means {
    std::vector<OwnKey> keys{};
    std::vector<x509::Certificate> certificates{};  // that messages without their own may name
    std::optional<SecretBytes> challenge{};         // opens password recipients
    std::vector<x509::Certificate> anchors{};       // of --trust; empty: chains are not checked
    std::vector<x509::Certificate> ca{};  // the server's GetCACert reply; empty: not known
    std::string ca_source{};
    std::optional<TimePoint> at{};  // for dates; nullopt: the message's own
    TimePoint now{};
    bool show_secrets = false;
    // Of --config; empty: not asked. nullopt: this server decides on another way.
    std::function<std::optional<ServerAnswer>(const capture::Captured& message)> ask_server{};
    Libraries* libraries = nullptr;  // never null
};

// Gives each certificate to the key it belongs to; the rest stay in `means.certificates`.
void pair_keys(Means& means);

}  // namespace scep::inspect
