// What a message says, as the lines of its summary. Used inside this room only.
#pragma once

#include <vector>

#include "core/inspect/reading.hpp"

namespace scep::inspect {

// Collects the lines; an empty value is left out.
class Summary {
  public:
    void add(std::string_view key, std::string_view label, std::string value) {
        if (!value.empty())
            facts_.push_back({key, label, std::move(value)});
    }

    std::vector<Fact> take() && { return std::move(facts_); }

  private:
    std::vector<Fact> facts_{};
};

std::vector<Fact> summarise(const Reading& reading, const Means& means);

// summary_envelope.cpp, summary_request.cpp, summary_certificates.cpp: one layer each.
void summarise_envelope(const Reading& reading, const Means& means, Summary& out);
void summarise_request(const Reading& reading, const Means& means, Summary& out);
void summarise_certificates(const Reading& reading, Summary& out);
void summarise_capabilities(const Reading& reading, Summary& out);

// "CN=cam-1, serial 0A, issued by CN=ca"
std::string certificate_text(const x509::Certificate& certificate);
std::string key_text(const x509::Certificate& certificate);

}  // namespace scep::inspect
