// HTTP as it is saved, and the pairing of requests and replies.
#include "core/capture/http_file.hpp"
#include "fuzz/target.hpp"

using namespace scep;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    capture::Collection out("fuzz");
    static_cast<void>(capture::add_http(out, out.blank(), as_text(Bytes(data, size))));
    static_cast<void>(std::move(out).finish("fuzz"));
    return 0;
}
