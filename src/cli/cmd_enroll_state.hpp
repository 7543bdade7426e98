// What a run of enroll leaves in its directory until the CA has decided, so that another one can go
// on: request.pem. It begins with the state as a JSON document; the request, which may hold the
// challenge, and its signer follow in PEM, before which any text may stand (RFC 7468 section 2).
// One file, since each that is made and removed costs a thousandth of a second and an order to
// keep.
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

// The first content of the file. The PEM is made of secrets.
SecretBytes transaction_text(const EnrollState& state, Bytes pem);

// Instead of the state that the file has. Io; Config when it has no request any more.
Status save_state(const EnrollState& state, const std::filesystem::path& path);

// Behind all that is in the file, for `set` to have it on the disk before it places anything: lost
// with a torn write is only what was added. Io.
Status add_state(const EnrollState& state, const std::filesystem::path& path, files::FileSet& set);

// The latest state. Config when the file is none of those, with the place; Usage with what to do
// when there is none.
Result<EnrollState> load_state(const std::filesystem::path& path);

// Whether a run is unfinished there, and in Placing; whatever the mode of the file.
bool has_state(const std::filesystem::path& path);
bool is_placing(const std::filesystem::path& path);

// Nothing is to go on with: state and signer go, the request stays. Io, Config: all stays as it is.
Status end_state(const std::filesystem::path& path);

}  // namespace scep::cli
