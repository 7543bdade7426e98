#include "serve/loop/signals.hpp"

#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "serve/loop/system_error.hpp"

namespace scep::loop {

Signals::~Signals() {
    if (fd_ < 0)
        return;
    loop_.remove(fd_);
    ::close(fd_);
}

Status Signals::add(int signal_number, std::function<void()> action) {
    sigset_t set;
    sigemptyset(&set);
    for (const auto& [number, known] : actions_)
        sigaddset(&set, number);
    if (sigaddset(&set, signal_number) != 0)
        return fail(system_error("cannot watch a signal"));
    if (pthread_sigmask(SIG_BLOCK, &set, nullptr) != 0)
        return fail(Errc::Io, "cannot block a signal");
    const int fd = ::signalfd(fd_, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    if (fd < 0)
        return fail(system_error("signalfd"));
    actions_[signal_number] = std::move(action);
    if (fd_ >= 0)
        return {};
    fd_ = fd;
    return loop_.add(fd_, Want::Read, *this);
}

// Copies the action: it may replace itself.
void Signals::on_ready() noexcept {
    signalfd_siginfo info{};
    while (::read(fd_, &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
        const auto found = actions_.find(static_cast<int>(info.ssi_signo));
        if (found == actions_.end())
            continue;
        const auto action = found->second;
        action();
    }
}

}  // namespace scep::loop
