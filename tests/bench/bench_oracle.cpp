// CPU microseconds of endpoint::answer() for requests that are damaged behind the envelope, in
// turns: what is refused may not tell by its time how far it came (SECURITY rules S01, S02).
// Only rows of one kind of recipient are to be compared, which is in clear anyhow.
//   bench_oracle [ROUNDS]
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <random>

#include "bench/measure.hpp"
#include "serve/endpoint/damaged_envelopes.hpp"

using namespace scep;
using namespace scep::test;

namespace {

constexpr int kRounds = 400;
constexpr int kWarmUp = 5;

struct Timing {
    DamagedEnvelope row{};
    std::vector<double> microseconds{};
};

struct Quartiles {
    double lower = 0, median = 0, upper = 0;
};

Quartiles quartiles(std::vector<double> values) {
    std::ranges::sort(values);
    return {values.at(values.size() / 4),
            values.at(values.size() / 2),
            values.at(values.size() * 3 / 4)};
}

double time_of(const TestProfile& profile, const Buffer& message, std::string_view wanted) {
    static auth::RateLimit::Instant instant{};  // no budget is what is measured
    instant += std::chrono::minutes(1);
    SeededRandom random(1);
    const double start = bench::cpu_microseconds(CLOCK_THREAD_CPUTIME_ID);
    const endpoint::Outcome outcome =
        post(profile, message, kNow, empty_view(), random, "192.0.2.7", instant);
    const double used = bench::cpu_microseconds(CLOCK_THREAD_CPUTIME_ID) - start;
    if (outcome.decision != wanted) {
        std::cerr << "answered with " << outcome.decision << ": " << outcome.detail << '\n';
        std::exit(1);
    }
    return used;
}

// Every row once a round, in an order of its own each time: what ran before leaves its caches.
void measure(const TestProfile& profile, std::vector<Timing>& timings, int rounds) {
    std::mt19937 order(1);
    std::vector<Timing*> turn;
    turn.reserve(timings.size());
    for (Timing& timing : timings)
        turn.push_back(&timing);
    for (int round = -kWarmUp; round < rounds; ++round) {
        std::shuffle(turn.begin(), turn.end(), order);
        for (Timing* timing : turn) {
            const double used = time_of(profile, timing->row.message, "failure");
            if (round >= 0)
                timing->microseconds.push_back(used);
        }
    }
}

void print(const char* kind, const std::vector<Timing>& timings, double good) {
    std::printf("%s  (a good one: %.1f us)\n", kind, good);
    std::vector<double> medians;
    std::vector<double> spreads;
    for (const Timing& timing : timings) {
        const Quartiles q = quartiles(timing.microseconds);
        medians.push_back(q.median);
        spreads.push_back(q.upper - q.lower);
        std::printf("  %-34s %9.1f us  [%.1f, %.1f]\n",
                    timing.row.name.c_str(),
                    q.median,
                    q.lower,
                    q.upper);
    }
    const auto [low, high] = std::ranges::minmax(medians);
    std::printf(
        "  largest difference of medians      %9.1f us, %.2f of the spread between quartiles, %.2f "
        "%%\n",
        high - low,
        (high - low) / bench::median(spreads),
        100 * (high - low) / low);
}

void run(const Key& ra_key, const char* kind, Recipient recipient, int rounds) {
    const TestProfile profile = profile_for_damage(ra_key);
    const DamagedEnvelopes damaged(profile);
    for (const auto& [name, which] :
         {std::pair{kind, recipient}, std::pair{"password", Recipient::Password}}) {
        std::vector<Timing> timings;
        for (const DamagedEnvelope& row : damaged.rows())
            if (row.recipient == which)
                timings.push_back({.row = row});
        measure(profile, timings, rounds);
        std::vector<double> good;
        good.reserve(50);
        const Buffer message = damaged.good(which);
        for (int i = 0; i < 50; ++i)
            good.push_back(time_of(profile, message, "success"));
        print(name, timings, bench::median(good));
    }
}

}  // namespace

int main(int argc, char** argv) {
    try {
        const int rounds = argc > 1 ? std::atoi(argv[1]) : kRounds;
        run(rsa_key(), "key transport, RSA-2048", Recipient::Transport, rounds);
        run(ec_key(), "key agreement, P-256", Recipient::Agreement, rounds);
        return 0;
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}
