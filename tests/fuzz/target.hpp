// One fuzz target: reads any bytes at all, and must neither crash nor leak. Run by libFuzzer in
// tests/long/fuzz.sh, and over its corpus by replay.cpp in every run of the tests.
#pragma once

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
