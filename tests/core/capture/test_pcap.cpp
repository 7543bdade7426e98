// Packet captures: one that tcpdump made of Debian's scepclient and scepserver
// (fixtures/make_pcap.sh), and such as networks, captures and attackers make.
#include <fmt/format.h>

#include "core/capture/pcap_file.hpp"
#include "core/capture/pcap_library.hpp"
#include "core/capture/support.hpp"

using namespace scep;
using namespace scep::test;
using capture::Captured;
using capture::Content;
using capture::Direction;

namespace {

const std::string kMessage = message_fixture("lab-sscep-pkcsreq-aes128-sha256");
const std::string kReply = message_fixture("lab-micromdm-certrep-success-for-sscep-pkcsreq");

std::string request_text() {
    return fmt::format(
        "POST /scep?operation=PKIOperation HTTP/1.1\r\nHost: ca\r\nContent-Length: "
        "{}\r\n\r\n{}",
        kMessage.size(),
        kMessage);
}

std::string reply_text() {
    return fmt::format(
        "HTTP/1.1 200 OK\r\nContent-Type: application/x-pki-message\r\n"
        "Content-Length: {}\r\n\r\n{}",
        kReply.size(),
        kReply);
}

// The stream from its octet `begin` on; the sequence numbers start near their end, to go round.
Segment part(bool from_client, const std::string& stream, std::size_t begin, std::size_t size) {
    return {.from_client = from_client,
            .sequence = static_cast<std::uint32_t>(0xfffffc01U + begin),
            .payload = stream.substr(begin, size)};
}

PcapFile handshake(PcapFile file = PcapFile()) {
    file.add({.sequence = 0xfffffc00U, .flags = kSyn});
    file.add({.from_client = false, .sequence = 0xfffffc00U, .flags = kSynAck});
    return file;
}

void check_exchange(const std::vector<Captured>& found) {
    REQUIRE(found.size() == 2);
    CHECK(as_text(found[0].bytes) == kMessage);
    CHECK(as_text(found[1].bytes) == kReply);
    CHECK(found[0].direction == Direction::Request);
    CHECK(found[1].direction == Direction::Reply);
    CHECK(found[0].operation == OperationKind::PkiOperation);
    CHECK(found[1].operation == OperationKind::PkiOperation);
    CHECK(found[0].exchange == found[1].exchange);
    CHECK(found[0].exchange != 0);
}

}  // namespace

TEST_SUITE("core/capture pcap") {
    TEST_CASE("an enrolment as tcpdump saw it, in both formats") {
        const std::string file = fixture("enrolment.pcap");
        for (const std::string& input : {file, as_pcapng(file)}) {
            const auto found = recognised(input);
            REQUIRE(found.size() == 6);
            CHECK(found[0].operation == OperationKind::GetCaCert);
            CHECK(found[0].content == Content::None);
            CHECK(found[1].content == Content::Asn1);
            CHECK(found[2].operation == OperationKind::GetCaCaps);
            CHECK(found[3].content == Content::Capabilities);
            CHECK(found[4].operation == OperationKind::PkiOperation);
            CHECK(found[4].content == Content::Asn1);
            CHECK(found[5].content == Content::Asn1);
            CHECK(found[5].content_type == "application/x-pki-message");
            for (std::size_t i = 0; i < 6; i += 2) {
                CHECK(found[i].exchange == i / 2 + 1);
                CHECK(found[i + 1].exchange == i / 2 + 1);
                CHECK(found[i].direction == Direction::Request);
                CHECK(found[i + 1].status == 200);
                CHECK(ids_of(found[i]) == "");
                CHECK(ids_of(found[i + 1]) == "");
                CHECK(found[i].time);
            }
            CHECK(found[4].place.starts_with("127.0.0.1:"));
            CHECK(found[4].place.ends_with(" > 127.0.0.1:8080"));
        }
        CHECK(forms_of(recognised(file)[4]) == "pcap, HTTP POST, DER");
        CHECK(forms_of(recognised(as_pcapng(file))[5]) == "pcapng, HTTP reply, DER");
    }

    TEST_CASE("every link layer") {
        struct Row {
            std::string_view name;
            int link;
            std::string before;  // IP
            bool v6 = false;
        };

        const std::string mac(12, '\x02');
        const Row rows[]{
            {"Ethernet", 1, mac + std::string("\x08\x00", 2)},
            {"IPv6", 1, mac + "\x86\xdd", true},
            {"two VLAN tags", 1, mac + std::string("\x88\xa8\x00\x05\x81\x00\x00\x06\x08\x00", 10)},
            {"Linux cooked", 113, std::string(14, '\0') + std::string("\x08\x00", 2)},
            {"Linux cooked 2", 276, std::string("\x08\x00", 2) + std::string(18, '\0')},
            {"Linux cooked 2, IPv6", 276, "\x86\xdd" + std::string(18, '\0'), true},
            {"BSD loopback", 0, std::string("\x02\x00\x00\x00", 4)},
            {"OpenBSD loopback", 108, std::string("\x00\x00\x00\x18", 4), true},
            {"raw IP", 101, ""},
            {"raw IPv4", 228, ""},
            {"raw IPv6", 229, "", true}};
        for (const Row& row : rows) {
            CAPTURE(row.name);
            PcapFile file(row.link);
            for (const auto& [from_client, text] :
                 {std::pair{true, request_text()}, std::pair{false, reply_text()}})
                for (std::size_t at = 0; at < text.size(); at += 1000) {
                    const Segment segment = part(from_client, text, at, 1000);
                    file.packet(row.before + (row.v6 ? ipv6(segment) : ipv4(segment)));
                }
            const auto found = recognised(file.text());
            check_exchange(found);
            CHECK(found[0].place == (row.v6 ? "[2001:db8::7]:40112 > [2001:db8::1]:80"
                                            : "192.0.2.7:40112 > 192.0.2.1:80"));
            CHECK(ids_of(found[0]) == "");
            CHECK(to_rfc3339(found[0].time.value()) == "2026-11-29T08:57:11Z");
        }
    }

    TEST_CASE("segments out of order, doubled, overlapping and in conflict") {
        const std::string request = request_text();
        const std::string reply = reply_text();
        PcapFile file = handshake();
        file.add(part(true, request, 0, 900))
            .add(part(true, request, 1800, 5000))
            .add(part(true, request, 900, 900));
        file.add(part(false, reply, 0, 1000))
            .add(part(false, reply, 0, 1000))
            .add(part(false, reply, 500, 1500))
            .add(part(false, reply, 2000, 5000));
        const auto found = recognised(file.text());
        check_exchange(found);
        CHECK(ids_of(found[0]) == "segment-out-of-order");
        CHECK(ids_of(found[1]) == "segment-retransmitted");

        Segment other = part(true, request, 900, 900);
        other.payload[10] = static_cast<char>(other.payload[10] + 1);
        PcapFile twice = handshake();
        twice.add(part(true, request, 0, 5000)).add(other);
        CHECK(ids_of(only(twice.text())) == "segment-conflict!");
        CHECK(as_text(only(twice.text()).bytes) == kMessage);
    }

    TEST_CASE("a lost segment leaves a hole of its size, and damage") {
        const std::string request = request_text();
        PcapFile file = handshake();
        file.add(part(true, request, 0, 1000)).add(part(true, request, 1700, 5000));
        const auto captured = only(file.text());
        REQUIRE(remark_of(captured, "segment-lost"));
        CHECK(remark_of(captured, "segment-lost")->text ==
              "700 of its octets, in 1 places, are not in the capture: zeros stand for them");
        CHECK(remark_of(captured, "segment-lost")->damage);
        REQUIRE(captured.bytes.size() == kMessage.size());
        CHECK(captured.bytes.back() == static_cast<std::uint8_t>(kMessage.back()));

        PcapFile end = handshake();
        end.add(part(true, request, 0, 2000));
        CHECK(ids_of(only(end.text())) == "body-cut!");
    }

    TEST_CASE("packets of which the capture kept the beginning alone") {
        const std::string request = request_text();
        PcapFile file(1, 600);
        for (std::size_t at = 0; at < request.size(); at += 1000)
            file.add(part(true, request, at, 1000));
        const auto captured = only(file.text());
        CHECK(ids_of(captured) == "packet-cut!");
        CHECK(captured.bytes.size() == kMessage.size());
    }

    TEST_CASE("a large gap is no message full of zeros: what follows is read anew") {
        const std::string request = request_text();
        PcapFile file = handshake();
        file.add(part(true, request, 0, 2000));
        file.add({.sequence = 0xfffffc01U + 900'000U, .payload = request});
        const auto found = recognised(file.text());
        REQUIRE(found.size() == 2);
        CHECK(ids_of(found[0]) == "body-cut!");
        CHECK(as_text(found[1].bytes) == kMessage);
        CHECK(ids_of(found[1]) == "segment-lost");
    }

    TEST_CASE("a capture that begins in the midst, ports that are used again, keep-alive") {
        const std::string tail = "rest of an older reply\r\n" + request_text();
        CHECK(as_text(only(PcapFile().add(part(true, tail, 0, 9000)).text()).bytes) == kMessage);

        PcapFile file;
        for (int i = 0; i < 2; ++i) {
            const auto isn = static_cast<std::uint32_t>(1000 + i * 77);
            file.add({.sequence = isn, .flags = kSyn});
            file.add({.from_client = false, .sequence = isn, .flags = kSynAck});
            file.add({.sequence = isn + 1, .payload = request_text() + request_text()});
            file.add({.from_client = false,
                      .sequence = isn + 1,
                      .payload = "HTTP/1.1 100 Continue\r\n\r\n" + reply_text() + reply_text()});
        }
        const auto found = recognised(file.text());
        REQUIRE(found.size() == 8);
        for (std::size_t i = 0; i < 8; i += 2)
            check_exchange({found[i], found[i + 1]});
        CHECK(found[7].exchange == 4);
    }

    TEST_CASE("TLS cannot be read, and says where it was") {
        const std::string hello("\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00", 10);
        PcapFile file;
        file.add({.sequence = 1, .flags = kSyn, .server_port = 443});
        file.add({.sequence = 2, .payload = hello, .server_port = 443});
        CHECK(refused(file.text()).what == "TLS to 192.0.2.1:443: cannot be read without its keys");
        CHECK(refused(file.text()).hint.starts_with("capture the plain side"));
        // Begun before the capture.
        CHECK(refused(PcapFile()
                          .add({.sequence = 9,
                                .payload = std::string("\x17\x03\x03\x00\x01x", 6),
                                .server_port = 443})
                          .text())
                  .what == "TLS to 192.0.2.1:443: cannot be read without its keys");
        file.add({.sequence = 1, .payload = request_text()});
        const auto captured = only(file.text());
        CHECK(remark_of(captured, "tls"));
    }

    TEST_CASE("captures that are cut or empty, of other things and of other links") {
        const std::string file = fixture("enrolment.pcap");
        const auto found = recognised(file.substr(0, file.size() / 2));
        REQUIRE_FALSE(found.empty());
        CHECK(remark_of(found[0], "capture-cut")->damage);
        CHECK(refused(file.substr(0, 24)).what ==
              "nothing of SCEP is recognised: it looks like a packet capture");
        CHECK(
            refused(file.substr(0, 10)).what.starts_with("a packet capture that cannot be read: "));
        CHECK(refused(PcapFile(105).packet("802.11").text()).what ==
              "a packet capture of a link layer that is not read (DLT 105)");
        CHECK(refused(PcapFile().add({.sequence = 5, .payload = "SSH-2.0-x\r\n"}).text())
                  .what.find("1 TCP connections without HTTP") != std::string::npos);
    }

    TEST_CASE("without libpcap the error names the package") {
        const auto library = capture::PcapLibrary::open("libpcap.so.of-another-world");
        REQUIRE_FALSE(library);
        CHECK(library.error().code == Errc::Io);
        CHECK(library.error().what ==
              "a packet capture is read by libpcap, and libpcap.so.of-another-world is not here");
        CHECK(library.error().hint == "install it: apt-get install libpcap0.8");
        CHECK_FALSE(capture::PcapLibrary::open("libc.so.6"));
    }
}
