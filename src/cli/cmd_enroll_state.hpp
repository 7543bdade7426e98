// What a run of enroll leaves in its directory until the CA has decided, so that another one can go
// on: state.json. Neither key nor challenge is in it; they are in files of their own.
#pragma once

#include "cli/cmd_enroll.hpp"

namespace scep::cli {

enum class StatePhase : std::uint8_t {
    Asked,    // no reply yet
    Pending,  // the CA has not decided
    Placing   // it has issued, and the files are on their way into their places
};

struct EnrollState {
    std::string url{};
    std::string transaction_id{};
    MessageType type = MessageType::PkcsReq;  // or RenewalReq
    StatePhase phase = StatePhase::Asked;
    TimePoint started{}, asked{};
    std::size_t polls = 0;
    x509::Certificate ca{};                  // the anchor that was authenticated
    x509::Certificate recipient{};           // what the request was encrypted to
    bool key_waits = false;                  // for SUCCESS, beside another key
    x509::Certificate issued{};              // in Placing
    std::vector<x509::Certificate> chain{};  // likewise: from the issuer upwards
    EnrollOptions options{};  // those of the message, of TLS and of files; no secrets
};

// 0600, in the place of an older one. Io.
Status save_state(const EnrollState& state, const std::filesystem::path& path);

// The text of that file.
std::string state_text(const EnrollState& state);

// Config when it is no such file, with the place; Usage with what to do when there is none.
Result<EnrollState> load_state(const std::filesystem::path& directory);

}  // namespace scep::cli
