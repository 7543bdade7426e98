// Every limit of the program, with its unit and its reason (SECURITY rule S07). One file, so that
// an operator's question "how large may it be" has one place to look.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace scep::limits {

// --- ASN.1 -----------------------------------------------------------------------------------
inline constexpr std::size_t kMaxDepth = 32;           // nested values; real messages reach 14
inline constexpr std::size_t kMaxOidOctets = 31;       // encoded; the longest in use has 13
inline constexpr std::size_t kMaxStringOctets = 4096;  // one ASN.1 string
inline constexpr std::size_t kMaxSegments = 4096;      // pieces of one constructed string

// --- messages --------------------------------------------------------------------------------
inline constexpr std::size_t kMaxCertificates = 32;  // in one SignedData
inline constexpr std::size_t kMaxCrls = 8;           // in one SignedData
inline constexpr std::size_t kMaxDigestAlgorithms = 8;
inline constexpr std::size_t kMaxSignerInfos = 8;      // read to be refused: one is right
inline constexpr std::size_t kMaxAttributes = 64;      // in one SET OF Attribute
inline constexpr std::size_t kMaxRecipients = 16;      // RecipientInfos of one EnvelopedData
inline constexpr std::size_t kMaxNonce = 64;           // octets; RFC 8894 says 16, clients send 8
inline constexpr std::size_t kMaxTransactionId = 255;  // octets
inline constexpr std::size_t kMaxCapabilities = 64;    // unknown keywords kept of one GetCACaps
inline constexpr std::size_t kMaxCapability = 64;      // octets of one; the longest has 15
// Octets of signed attributes that are put into DER when the signature over the received ones is
// wrong: anybody can make us try. Real ones are below 2 KiB.
inline constexpr std::size_t kMaxCanonicalOctets = 64U << 10U;

// --- certificates and requests ---------------------------------------------------------------
inline constexpr std::size_t kMaxNameComponents = 32;  // RDNs and their attributes in one Name
// Encoded Name that is normalised to compare it, once for each certificate of a message; a longer
// one must match octet by octet. Real ones are below 1 KiB.
inline constexpr std::size_t kMaxNameOctets = 16U << 10U;
inline constexpr std::size_t kMaxExtensions = 64;
inline constexpr std::size_t kMaxGeneralNames = 64;  // in one GeneralNames
inline constexpr std::size_t kMaxEkus = 64;          // in one extKeyUsage; real ones reach 10
inline constexpr std::size_t kMaxSerialOctets = 64;  // clients' own serials exceed the RFC's 20
inline constexpr std::size_t kMaxChallengeOctets = 1024;
inline constexpr std::size_t kMaxChain = 8;  // certificates above a leaf
inline constexpr std::chrono::minutes kClockLag{
    5};  // notBefore lies so far back: device clocks lag

// --- keys (SECURITY rule S05) ----------------------------------------------------------------
inline constexpr unsigned kMinRsaBits = 2048;
inline constexpr unsigned kMinRsaBitsLegacy = 1024;  // only where a profile opens it
inline constexpr unsigned kMinRsaBitsDecode = 512;   // to verify and report old captures
inline constexpr unsigned kMaxRsaBits = 8192;
inline constexpr std::uint64_t kMinRsaExponent = 65537;
inline constexpr std::uint64_t kMaxRsaExponent = 0xffffffffU;
inline constexpr std::uint32_t kMaxPssSalt = kMaxRsaBits / 8;  // octets; openssl fills the key

// --- passwords (SECURITY rule S06) -----------------------------------------------------------
// One derivation of that many takes 30 to 60 ms, and a server's loop stands still meanwhile.
inline constexpr std::uint32_t kMaxPbkdf2Iterations = 100'000;
inline constexpr std::size_t kMaxPbkdf2Salt = 64;  // octets
// What this program writes. A challenge that a server takes for this has 128 bits, so that the
// count stands between nobody and it: the lower end of what is customary.
inline constexpr std::uint32_t kPbkdf2Iterations = 10'000;
inline constexpr std::size_t kPbkdf2Salt = 16;  // octets

// --- HTTP ------------------------------------------------------------------------------------
inline constexpr std::size_t kMaxHttpHead = 64U << 10U;  // octets; GET messages live in the head
inline constexpr std::size_t kMaxHttpHeaders = 100;
inline constexpr std::size_t kMaxChunkLine = 4096;  // octets of a chunk header or trailer
inline constexpr std::size_t kFreeFraming = 64U
                                            << 10U;  // octets of chunk framing beyond the body's
inline constexpr std::size_t kMaxHttpReply = 4U << 20U;  // octets, read by the client
// Octets of a reply that the client holds unparsed: a whole head, chunk header or set of trailers
// is parsed at once, and behind it may lie what one read of 64 KiB brought.
inline constexpr std::size_t kMaxHttpUnparsed = kMaxHttpHead + (64U << 10U);

// --- serve: connections and time -------------------------------------------------------------
inline constexpr std::size_t kMaxConnections = 4096;
inline constexpr std::size_t kMaxRequestsPerConnection = 1000;
inline constexpr std::size_t kReadPerTurn = 64U
                                            << 10U;   // octets of one connection, then the others
inline constexpr unsigned kMaxKeyUpdates = 32;        // of one connection; no client sends any
inline constexpr std::size_t kFreeHeld = 64U << 10U;  // octets of a request that are always kept
inline constexpr std::size_t kMaxHeld = 64U << 20U;   // of all requests that are larger than that
inline constexpr std::size_t kMaxLogValue = 1024;     // octets of one value in a log line
inline constexpr std::chrono::seconds kHandshakeDeadline{10};
inline constexpr std::chrono::seconds kHeadDeadline{10};      // from the first octet of a request
inline constexpr std::chrono::seconds kBodyDeadline{30};      // from the end of the head
inline constexpr std::chrono::seconds kReplyDeadline{30};     // to take the reply
inline constexpr std::chrono::seconds kIdleDeadline{60};      // between requests
inline constexpr std::chrono::seconds kDrainDeadline{10};     // after SIGTERM
inline constexpr std::chrono::seconds kLingerDeadline{2};     // to read what a refused client sends
inline constexpr std::chrono::seconds kAcceptPause{1};        // when descriptors have run out
inline constexpr std::chrono::seconds kStoreBusyDeadline{5};  // then 503 (SECURITY rule S26)

// --- serve: who may enrol --------------------------------------------------------------------
inline constexpr std::size_t kMaxClientChain = 16U << 10U;   // octets of what a TLS client shows
inline constexpr std::size_t kMaxForwardedCertificates = 8;  // in one header of a proxy
inline constexpr std::size_t kMaxRateClients = 1U << 16U;    // addresses that are remembered
inline constexpr std::int64_t kRefusalRows = 60;             // audit rows of one address at once,
inline constexpr std::chrono::seconds kRefusalRowEvery{2};   // then one in so many seconds
inline constexpr std::int64_t kAllRefusalRows = 600;         // likewise of all addresses
inline constexpr std::chrono::seconds kAllRefusalRowsEvery{1};
inline constexpr std::int64_t kChallengeFailures = 50;  // of one profile on the raw-CSR path,
inline constexpr std::chrono::seconds kChallengeFailureEvery{10};  // then one in so many seconds
// PBKDF2 iterations that strangers may cost (SECURITY rule S06), in thousands, half a millisecond
// each: of one client address at once, then one in that time; likewise of one profile, a tenth of
// the loop, which several profiles share. A request of this program costs twenty, half for the
// reply.
inline constexpr std::int64_t kDerivation = 1000;
inline constexpr std::int64_t kDerivationsOfAddress = 200;
inline constexpr std::chrono::milliseconds kDerivationOfAddressEvery{20};
inline constexpr std::int64_t kDerivationsOfProfile = 1000;
inline constexpr std::chrono::milliseconds kDerivationOfProfileEvery{4};
inline constexpr std::int64_t kMaxPending = 1000;          // requests of one profile that wait for
inline constexpr std::int64_t kMaxPendingOfClient = 100;   // an operator, and of one client address
inline constexpr std::int64_t kElsewhere = 10;             // refused clients in a row whose right
inline constexpr std::chrono::seconds kElsewhereEvery{1};  // gate is looked for, then one in that
inline constexpr std::chrono::seconds kRefusalSummary{60};  // between the rows that count the rest
inline constexpr std::uintmax_t kMinFreeDisk = 16U << 20U;  // octets beside the database, then 503

inline constexpr std::chrono::hours kToleratedEvery{24};   // a line for each name in the log
inline constexpr std::chrono::seconds kApprovalsEvery{1};  // look whether admin approved something
inline constexpr std::size_t kApprovedAtOnce = 100;        // requests that are issued in one turn
inline constexpr std::chrono::hours kCrlLifetime{24 * 7};  // nextUpdate; renewed half way

// --- serve: the state database ---------------------------------------------------------------
inline constexpr int kWalCheckpointPages = 1000;  // 4 KiB each, then a turn also checkpoints
inline constexpr int kWalKeptOctets = 16 << 20;   // a WAL that grew beyond is cut after use
inline constexpr std::chrono::milliseconds kAdminBusyTimeout{2000};  // admin waits for a lock
inline constexpr std::size_t kMaxAuditValue = 1024;  // octets of one value in an audit row
inline constexpr std::chrono::hours kPendingKept{24 *
                                                 30};  // a request that ended, after it expired,
inline constexpr std::int64_t kMaxEndedPending = 100'000;  // and the newest of that many alone
inline constexpr std::int64_t kPendingPruned = 2;          // at most, for each new one

// --- files -----------------------------------------------------------------------------------
inline constexpr std::size_t kMaxFile = 16U << 20U;  // octets; keys, certificates, bundles, TOML
inline constexpr std::size_t kMaxSecretFile = 4096;  // octets; a challenge, an audit key
inline constexpr std::size_t kAuditKeyOctets = 32;   // exactly: HMAC-SHA-256

// --- captures ---------------------------------------------------------------------------------
// Together these keep what a capture costs below 64 MiB beyond its own size.
inline constexpr std::size_t kMaxCapturedOctets = 8U << 20U;  // one message; real ones have 3 KiB
inline constexpr std::size_t kMaxCapturedTotal = 20U << 20U;  // all messages of one capture
inline constexpr std::size_t kMaxCaptures = 10'000;           // messages of one capture
inline constexpr std::size_t kMaxCapturedText = 64U << 10U;   // octets kept of a body for people
inline constexpr std::size_t kMaxCapturedTarget = 2048;       // octets kept of a request's target
inline constexpr std::size_t kMaxStreamTotal = 12U << 20U;    // TCP payload held of one capture
inline constexpr std::size_t kMaxLostOctets = 64U << 10U;     // one gap that zeros stand for
inline constexpr std::size_t kMaxLinkHeaders = 8;  // VLAN tags, or IPv6 extensions, of a packet

// --- configuration ---------------------------------------------------------------------------
inline constexpr std::int64_t kMaxRate = 1000000;       // rps and burst of the rate limit
inline constexpr std::int64_t kMinBodySize = 4096;      // octets; the smallest PKCSReq fits
inline constexpr std::int64_t kMaxBodySize = 64 << 20;  // octets; max_body_size at most

}  // namespace scep::limits
