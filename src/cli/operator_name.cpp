#include "cli/operator_name.hpp"

#include <pwd.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <optional>

#include <fmt/format.h>

namespace scep::cli {

namespace {

constexpr std::size_t kEntryOctets = 4096;  // of a line of the user database

std::string user_text(uid_t uid) {
    passwd entry{};
    passwd* found = nullptr;
    std::array<char, kEntryOctets> buffer{};
    if (::getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr)
        return fmt::format("uid {}", uid);
    return fmt::format("{} (uid {})", found->pw_name, uid);
}

// Whose login began this session: the kernel keeps it across sudo and su, and no variable of the
// environment changes it. nullopt where nobody logged in.
std::optional<uid_t> login_uid() {
    constexpr auto kUnset = static_cast<uid_t>(-1);
    std::ifstream file("/proc/self/loginuid");
    uid_t uid = kUnset;
    return file >> uid && uid != kUnset ? std::optional(uid) : std::nullopt;
}

}  // namespace

std::string operator_name() {
    const uid_t uid = ::getuid();
    const std::optional<uid_t> login = login_uid();
    return login && *login != uid ? fmt::format("{}, login {}", user_text(uid), user_text(*login))
                                  : user_text(uid);
}

}  // namespace scep::cli
