// All examinations of a run, for people and for programs.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/inspect/examination.hpp"

namespace scep::inspect {

struct Presentation {
    bool tree = true;
    std::optional<std::size_t> depth{};  // of the tree; nullopt: all of it
    bool hex = false;                    // octets of the tree's values too
    bool show_secrets = false;
    std::size_t width = 0;  // columns; 0: lines are not folded
    // Colours a word: a severity, an outcome.
    std::function<std::string(std::string_view)> paint = [](std::string_view word) {
        return std::string(word);
    };
};

// Values in the trees of one report; what comes behind has none, which is said. Those of some 400
// real messages.
inline constexpr std::size_t kMaxReportNodes = 128U << 10U;

// Takes the report piece by piece, as it is made: as a whole it may be many times the capture.
using Sink = std::function<void(std::string_view)>;

// How many messages and findings there were.
struct Tally {
    std::size_t messages = 0, errors = 0, warnings = 0, notices = 0;

    void add(const Examination& examination);
};

// Writes what it is given, one message after the other, and at last what there was.
class ReportWriter {
  public:
    virtual ~ReportWriter() = default;
    virtual void add(std::size_t index, const Examination& examination) = 0;
    virtual void finish(std::span<const Error> errors) = 0;

  protected:
    ReportWriter() = default;
    ReportWriter(const ReportWriter&) = delete;
    ReportWriter& operator=(const ReportWriter&) = delete;
};

// Of `messages` messages; the presentation and the sink are borrowed.
std::unique_ptr<ReportWriter> text_writer(std::size_t messages,
                                          const Presentation& how,
                                          const Sink& sink);
std::unique_ptr<ReportWriter> json_writer(const Presentation& how, const Sink& sink);

// What peers wrote is escaped (SECURITY rule S23).
std::string report_text(std::span<const Examination> examinations, const Presentation& how);

// Schema "certctl-scep/decode-pkimessage/1", as the manual describes it. `errors` are of files in
// which nothing was recognised.
std::string report_json(std::span<const Examination> examinations,
                        std::span<const Error> errors,
                        const Presentation& how);

// The table of rules in the same schema.
std::string rules_json();

// "2 messages: 1 error, 0 warnings, 3 notices"
std::string summary(const Tally& tally);

// What the message is: "pkiMessage, PKCSReq (19)".
std::string title(const Examination& examination);

}  // namespace scep::inspect
