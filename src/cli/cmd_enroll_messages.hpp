// enroll --save-messages: what goes over the wire, in files that decode-pkimessage takes.
#pragma once

#include <filesystem>
#include <string>

#include "core/http/client.hpp"

namespace scep::cli {

// Hands requests on to another transport and keeps them with their replies, 0600, under names that
// pair: 01-GetCACaps.request and .reply, 03-PKIOperation.request.der and .reply.der. Numbers go on
// behind those that are in the directory.
class SavingTransport final : public http::Transport {
  public:
    SavingTransport(http::Transport& inner, std::filesystem::path directory);

    // Io when the request cannot be kept: then it is not sent. A reply is given on in any case.
    Result<http::ClientReply> exchange(const http::ClientRequest& request) override;

    // The first reply that could not be kept.
    const Status& saved() const noexcept { return saved_; }

    // The command that shows the last PKIOperation; empty: there was none.
    std::string decode_command() const;

  private:
    Status keep(const std::filesystem::path& path, Bytes content);

    http::Transport& inner_;
    std::filesystem::path directory_;
    unsigned last_ = 0;
    std::filesystem::path request_{}, reply_{};  // of the last PKIOperation
    Status saved_{};
};

}  // namespace scep::cli
