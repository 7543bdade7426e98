// A capture of any kind, from the octets to the report: as decode-pkimessage does, without keys.
#include "core/inspect/report.hpp"
#include "fuzz/target.hpp"

using namespace scep;

namespace {

inspect::Means means() {
    static inspect::Libraries libraries;
    return {.libraries = &libraries};
}

void explain(const std::vector<capture::Captured>& messages) {
    static const inspect::Means without_keys = means();
    const std::vector<inspect::Examination> seen = inspect::examine(messages, without_keys);
    static_cast<void>(inspect::report_text(seen, {.hex = true, .width = 80}));
    static_cast<void>(inspect::report_json(seen, {}, {.hex = true}));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const Bytes input(data, size);
    if (const auto found = capture::recognise(input, "fuzz"))
        explain(*found);
    explain({{.source = "fuzz", .bytes = to_buffer(input)}});
    return 0;
}
