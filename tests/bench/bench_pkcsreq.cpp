// CPU microseconds per PKCSReq for codec, decision and issuance in process, with an RSA-2048 RA and
// an RSA-2048 CA, beside three RSA-2048 private-key operations of the same run. Quote the ratio.
#include <cstdio>

#include "bench/measure.hpp"
#include "serve/endpoint/fixture.hpp"

using namespace scep;
using namespace scep::test;

namespace {

constexpr int kRounds = 60;
constexpr int kPerRound = 20;

std::vector<Buffer> make_messages(const TestProfile& profile) {
    std::vector<Buffer> out;
    out.reserve(kPerRound);
    for (int i = 0; i < kPerRound; ++i)
        out.push_back(make_message(
            {.subject = "CN=device-" + std::to_string(i), .transaction_id = std::to_string(i)},
            profile.ra.certificate));
    return out;
}

template <class Body>
double per_call(const Body& body) {
    const double start = bench::cpu_microseconds(CLOCK_PROCESS_CPUTIME_ID);
    for (int i = 0; i < kPerRound; ++i)
        body(i);
    return (bench::cpu_microseconds(CLOCK_PROCESS_CPUTIME_ID) - start) / kPerRound;
}

}  // namespace

int main() {
    const TestProfile profile = make_profile({.ca_key = rsa_key()});
    const std::vector<Buffer> messages = make_messages(profile);
    bench::ThreePrivateOperations yardstick(profile.ra.key);
    std::vector<double> requests;
    std::vector<double> limits;
    std::vector<double> ratios;
    int failures = 0;
    for (int round = 0; round < kRounds; ++round) {
        limits.push_back(per_call([&](int) { yardstick.run(); }));
        requests.push_back(per_call([&](int i) {
            failures += post(profile, messages[static_cast<std::size_t>(i)]).decision != "success";
        }));
        ratios.push_back(requests.back() / limits.back());
    }
    std::printf("PKCSReq in process      %8.1f us CPU (median of %d rounds of %d)\n",
                bench::median(requests),
                kRounds,
                kPerRound);
    std::printf("3 RSA-2048 private ops  %8.1f us CPU\n", bench::median(limits));
    std::printf("ratio                   %8.3f (aim: at most 1.3)\n", bench::median(ratios));
    std::printf("failures                %8d\n", failures);
    return failures == 0 ? 0 : 1;
}
