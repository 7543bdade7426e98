// Anything at all, as an operator hands it over.
#include "core/capture/capture.hpp"
#include "fuzz/target.hpp"

using namespace scep;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static_cast<void>(capture::recognise(Bytes(data, size), "fuzz"));
    return 0;
}
