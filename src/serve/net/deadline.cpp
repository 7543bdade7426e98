#include "serve/net/deadline.hpp"

namespace scep::net {

void Deadline::set(std::chrono::seconds from_now) {
    due_ = loop_.now() + from_now;
    if (!timer_ || due_ < armed_)
        arm();
}

void Deadline::arm() {
    armed_ = due_;
    timer_ = loop_.at(armed_, [this] { on_timer(); });
}

void Deadline::on_timer() {
    timer_.reset();
    if (due_ == kNever)
        return;
    if (due_ > loop_.now())
        return arm();
    due_ = kNever;
    expired_();
}

}  // namespace scep::net
