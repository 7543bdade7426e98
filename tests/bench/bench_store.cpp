// Issuances per second that become durable: certificate and audit row, with and without the row of
// their transaction, one and 16 to a commit. Both kinds go to databases of their own on the same
// disk, in turns: quote the ratio.
//   bench_store [DIRECTORY]
#include <chrono>
#include <cstdio>
#include <filesystem>

#include <fmt/format.h>

#include "bench/measure.hpp"
#include "core/base/encoding.hpp"
#include "core/crypto/system_random.hpp"
#include "serve/store/store.hpp"

using namespace scep;
using namespace scep::store;

namespace {

constexpr int kRounds = 15;
constexpr int kPerRound = 320;
constexpr TimePoint kNow{Seconds{1'790'000'000}};
constexpr std::size_t kCertificateOctets = 900;

Effects enrolment(Random& random, bool with_transaction) {
    Issuance issuance{.profile = "corp",
                      .issuer_id = "iss-local",
                      .serial = to_hex_upper(random.bytes(16)),
                      .subject = "CN=device-0001,O=Example",
                      .subject_alt_names = "dns:device-0001.example",
                      .not_before = kNow,
                      .not_after = kNow + Seconds{86400},
                      .issued_at = kNow,
                      .transaction_id = to_hex(random.bytes(20)),
                      .certificate = random.bytes(kCertificateOctets)};
    random.fill(issuance.signer_spki_sha256);
    random.fill(issuance.fingerprint);
    Effects out{.events = {{.time = kNow,
                            .profile = "corp",
                            .action = "scep_pkcsreq",
                            .outcome = "success",
                            .reason = "challenge accepted",
                            .reference = "0123456789ab",
                            .transaction_id = issuance.transaction_id,
                            .subject = issuance.subject,
                            .subject_alt_names = issuance.subject_alt_names,
                            .serial = issuance.serial,
                            .signer = issuance.subject,
                            .client_address = "192.0.2.1"}}};
    if (with_transaction)
        out.transactions = {
            {.key = {.profile = "corp",
                     .signer_spki_sha256 = issuance.signer_spki_sha256,
                     .transaction_id = to_buffer(as_bytes(issuance.transaction_id))},
             .request_sha256 = issuance.fingerprint,
             .recorded_at = kNow,
             .issuer_id = issuance.issuer_id,
             .serial = issuance.serial}};
    out.issuances = {std::move(issuance)};
    return out;
}

// Issuances per second of one round; negative when one was not written.
double round_of(Store& store, Random& random, int per_commit, bool with_transaction) {
    std::vector<std::vector<Effects>> turns(static_cast<std::size_t>(kPerRound / per_commit));
    for (std::vector<Effects>& turn : turns)
        for (int i = 0; i < per_commit; ++i)
            turn.push_back(enrolment(random, with_transaction));
    const auto start = std::chrono::steady_clock::now();
    for (const std::vector<Effects>& turn : turns) {
        const Result<WriteResult> written = store.write(turn);
        if (!written || *written != WriteResult::Done)
            return -1;
    }
    return kPerRound /
           std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// Whether all was written.
bool measure(const std::filesystem::path& directory, int per_commit) {
    crypto::SystemRandom random;
    const auto without =
        Store::open(directory / fmt::format("without-{}.db", per_commit), SecretBytes(32, 7));
    const auto with =
        Store::open(directory / fmt::format("with-{}.db", per_commit), SecretBytes(32, 7));
    if (!without || !with)
        return false;
    std::vector<double> rates_without;
    std::vector<double> rates_with;
    std::vector<double> ratios;
    for (int round = 0; round < kRounds; ++round) {
        rates_without.push_back(round_of(**without, random, per_commit, false));
        rates_with.push_back(round_of(**with, random, per_commit, true));
        if (rates_without.back() < 0 || rates_with.back() < 0)
            return false;
        ratios.push_back(rates_with.back() / rates_without.back());
    }
    std::printf("%2d per commit: %8.0f/s without transactions, %8.0f/s with, ratio %.3f\n",
                per_commit,
                bench::median(rates_without),
                bench::median(rates_with),
                bench::median(ratios));
    return true;
}

}  // namespace

int main(int argc, char** argv) {
    std::string name =
        (std::filesystem::path(argc > 1 ? argv[1] : "/tmp") / "bench.XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr)
        return 1;
    const bool good = measure(name, 1) && measure(name, 16);
    std::error_code ignored;
    std::filesystem::remove_all(name, ignored);
    return good ? 0 : 1;
}
