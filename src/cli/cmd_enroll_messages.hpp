// enroll --save-messages: what goes over the wire, in files that decode-pkimessage takes.
#pragma once

#include <filesystem>
#include <string>

#include "core/http/client.hpp"

namespace scep::cli {

// Hands requests on to another transport and keeps them with their replies, 0600, under names that
// pair: 01-GetCACaps.request and .reply, 03-PKIOperation.request.der and .reply.der. Numbers go on
// behind those that are in the directory. What cannot be kept is sent all the same.
class SavingTransport final : public http::Transport {
  public:
    SavingTransport(http::Transport& inner, std::filesystem::path directory);

    Result<http::ClientReply> exchange(const http::ClientRequest& request) override;

    // The first message that could not be kept.
    const Status& saved() const noexcept { return saved_; }

    // The command that shows the last PKIOperation; empty: there was none.
    std::string decode_command() const;

  private:
    Status keep(const std::filesystem::path& path, Bytes content);
    // What the names of this pair begin with.
    Result<std::string> keep_request(std::string_view name, std::string_view end, Bytes content);
    void remember(const Status& kept);

    http::Transport& inner_;
    std::filesystem::path directory_;
    unsigned last_ = 0;
    std::filesystem::path request_{}, reply_{};  // of the last PKIOperation
    Status saved_{};
};

}  // namespace scep::cli
