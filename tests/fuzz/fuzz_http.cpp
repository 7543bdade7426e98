// HTTP requests in pieces, and the SCEP operations that their targets and bodies spell.
#include "core/http/message.hpp"
#include "core/scep/capabilities.hpp"
#include "core/scep/operation.hpp"
#include "fuzz/target.hpp"

using namespace scep;

namespace {

constexpr std::size_t kMaxBody = 4096;
constexpr std::size_t kMaxRequests = 8;  // of one input, pipelined

// The first octet says how large the pieces are.
void read_requests(Bytes input, std::size_t piece) {
    http::RequestParser parser(kMaxBody);
    std::size_t requests = 0;
    while (!input.empty() && requests < kMaxRequests) {
        const Bytes part = input.first(std::min(piece, input.size()));
        const std::size_t used = parser.put(part);
        const http::Progress progress = parser.progress();
        if (progress == http::Progress::Refused)
            return;
        if (progress == http::Progress::Complete) {
            const http::Request request = parser.take();
            static_cast<void>(
                parse_operation(request.method == "POST", request.query, request.body));
            ++requests;
        } else if (used == 0) {
            return;
        }
        input = input.subspan(used);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0)
        return 0;
    const Bytes input = Bytes(data, size).subspan(1);
    read_requests(input, data[0] + std::size_t{1});
    static_cast<void>(parse_capabilities(input));
    static_cast<void>(parse_operation(false, as_text(input), {}));
    return 0;
}
