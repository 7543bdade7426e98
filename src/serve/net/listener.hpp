// The listening socket.
#pragma once

#include "core/files/descriptor.hpp"
#include "serve/loop/loop.hpp"
#include "serve/net/front.hpp"

namespace scep::net {

class Listener final : public loop::Handler {
  public:
    class Owner {
      public:
        Owner() = default;
        Owner(const Owner&) = delete;
        Owner& operator=(const Owner&) = delete;
        virtual ~Owner() = default;

        virtual void on_accept(files::Descriptor socket, const Peer& peer) = 0;
        // Descriptors have run out: closes one that is worth less than a new client, or says false.
        virtual bool make_room() = 0;
    };

    // Binds and listens: SO_REUSEADDR, non-blocking, close-on-exec; a host of "::" takes IPv4 too.
    // Raises the soft limit of descriptors towards what kMaxConnections needs. Io with where.source
    // "127.0.0.1:8443".
    static Result<std::unique_ptr<Listener>> open(loop::Loop& loop,
                                                  const std::string& host,
                                                  std::uint16_t port,
                                                  Owner& owner);
    Listener(loop::Loop& loop, files::Descriptor socket, std::uint16_t port, Owner& owner) noexcept;
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;
    ~Listener() override;

    std::uint16_t port() const noexcept { return port_; }

    // The port is free when this returns.
    void close() noexcept;

    void on_ready() noexcept override;

  private:
    void pause();

    loop::Loop& loop_;
    files::Descriptor socket_;
    std::uint16_t port_;
    Owner& owner_;
    std::unique_ptr<loop::Timer> paused_{};
};

}  // namespace scep::net
