// What has been found of one capture so far, kept within the limits of captures.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/capture/capture.hpp"

namespace scep::capture {

class Collection {
  public:
    explicit Collection(std::string_view source) : source_(source) {}

    // To be filled and added.
    Captured blank() const { return {.source = source_}; }

    // Takes one message. What is beyond the limits is cut or counted, which a remark says.
    void add(Captured captured);

    // Nothing more is taken: readers need not go on, and say that they did not.
    bool full() const noexcept;

    void stop() noexcept { stopped_ = true; }

    std::size_t new_exchange() noexcept { return ++exchanges_; }

    // About the capture as a whole: goes to its first message.
    void note(Remark remark) { notes_.push_back(std::move(remark)); }

    // Recognised, but nothing to decode: "a private key", "TLS to 192.0.2.1:443", with the way out.
    // The error when there is nothing else; else a remark of this id.
    void refuse(std::string_view id, std::string what, std::string_view hint);

    // Something that has nothing to do with SCEP, in words for its number: "lines without SCEP".
    void skip(std::string_view what, std::size_t times = 1);

    bool empty() const noexcept { return found_.empty(); }

    bool refused() const noexcept { return !refusals_.empty(); }

    // Everything that was added; when that is nothing, the first refusal, or an error that says
    // what the capture looks like.
    Result<std::vector<Captured>> finish(std::string_view looks_like) &&;

  private:
    struct Refusal {
        Remark remark{};
        std::string_view hint{};
        std::size_t times = 1;
    };

    Error nothing(std::string_view looks_like) const;
    void unnumber_lone();

    std::string source_;
    std::vector<Captured> found_{};
    std::vector<Remark> notes_{};
    std::vector<Refusal> refusals_{};
    std::map<std::string, std::size_t, std::less<>> skipped_{};
    std::size_t octets_ = 0;
    std::size_t exchanges_ = 0;
    bool stopped_ = false;
};

}  // namespace scep::capture
