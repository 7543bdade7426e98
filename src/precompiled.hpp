// What nearly every file includes, parsed once (see meson.build beside it). A file still includes
// what it uses.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <tl/expected.hpp>
