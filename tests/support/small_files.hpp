// A disk that takes no more, for a while.
#pragma once

#include <signal.h>
#include <sys/resource.h>

namespace scep::test {

// Files of this process end at `size` bytes, as on a disk that is full.
class SmallFiles {
  public:
    explicit SmallFiles(::rlim_t size) {
        static_cast<void>(::signal(SIGXFSZ, SIG_IGN));
        ::getrlimit(RLIMIT_FSIZE, &saved_);
        const ::rlimit small{.rlim_cur = size, .rlim_max = saved_.rlim_max};
        ::setrlimit(RLIMIT_FSIZE, &small);
    }

    SmallFiles(const SmallFiles&) = delete;
    SmallFiles& operator=(const SmallFiles&) = delete;

    ~SmallFiles() { ::setrlimit(RLIMIT_FSIZE, &saved_); }

  private:
    ::rlimit saved_{};
};

}  // namespace scep::test
