// What the tests of captures share.
#pragma once

#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

#include <doctest/doctest.h>

#include "core/base/encoding.hpp"
#include "core/capture/capture.hpp"

namespace scep::test {

inline std::string fixture_text(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in)
        throw std::runtime_error(path);  // also before doctest runs: files are constants
    return {std::istreambuf_iterator<char>(in), {}};
}

// Of this room, and a message of the scep room's captures.
inline std::string fixture(const std::string& name) {
    return fixture_text(std::string(CAPTURE_FIXTURES) + "/" + name);
}

inline std::string message_fixture(const std::string& name) {
    return fixture_text(std::string(SCEP_FIXTURES) + "/" + name + ".der");
}

inline std::vector<capture::Captured> recognised(std::string_view input) {
    auto found = capture::recognise(as_bytes(input), "capture");
    REQUIRE_MESSAGE(found, found.error().what);
    return std::move(*found);
}

inline capture::Captured only(std::string_view input) {
    auto found = recognised(input);
    REQUIRE(found.size() == 1);
    return std::move(found.front());
}

inline Error refused(std::string_view input) {
    auto found = capture::recognise(as_bytes(input), "capture");
    REQUIRE_FALSE(found);
    return std::move(found).error();
}

inline const capture::Remark* remark_of(const capture::Captured& captured, std::string_view id) {
    for (const capture::Remark& remark : captured.remarks)
        if (remark.id == id)
            return &remark;
    return nullptr;
}

inline std::string forms_of(const capture::Captured& captured) {
    std::string out;
    for (const std::string& form : captured.forms)
        out += (out.empty() ? "" : ", ") + form;
    return out;
}

inline std::string ids_of(const capture::Captured& captured) {
    std::string out;
    for (const capture::Remark& remark : captured.remarks)
        out += (out.empty() ? "" : ", ") + remark.id + (remark.damage ? "!" : "");
    return out;
}

}  // namespace scep::test
