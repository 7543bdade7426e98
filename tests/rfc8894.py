#!/usr/bin/env python3
"""Writes tests/rfc8894.md: for each requirement of RFC 8894 the tests that show it.

The requirements are numbered, in our own words, in the table below. A test says which it shows: a doctest case by the
beginning of its name, "RFC8894 line 58: ..." or "RFC8894 lines 38, 82: ...", a script by a comment line
"# RFC8894 line 86: ...".

rfc8894.py          writes the file
rfc8894.py --check  writes nothing; exit 1 when the file is stale, a line has no test, or a test names a line
                    that there is not
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = ROOT / "tests/rfc8894.md"

# Number, whom it binds ("s" the server, "c" the client, "b" both), section, what.
LINES = [
    (1, "c", "2.1.1", "knows the CA's name or address beforehand"),
    (2, "c", "2.1.1", "has what the CA wants to know it by"),
    (3, "c", "2.1.1", "has what it knows the CA by"),
    (4, "s", "2.1.2", "refuses any request that its policy is against"),
    (5, "s", "2.1.2", "key usage of the CA: digitalSignature, keyEncipherment where it decrypts"),
    (6, "c", "2.2", "has the CA's certificates before it enrols"),
    (7, "s", "2.2", "GetCACert: the one certificate, or all of them certs-only"),
    (8, "c", "2.2", "CA certificate out of band, or GetCACert by fingerprint"),
    (9, "b", "2.2", "the fingerprint is SHA-256 over the certificate"),
    (10, "c", "2.2", "authenticates the CA certificate it was given"),
    (11, "c", "2.2", "verifies intermediates before it uses them"),
    (12, "c", "2.3", "signs itself a certificate when it has none"),
    (13, "c", "2.3", "whose key usage is digitalSignature and keyEncipherment"),
    (14, "c", "2.3", "with the CSR's subject and key, in a PKCSReq"),
    (15, "c", "2.3", "renews by the certificate that it has, in a RenewalReq"),
    (16, "b", "2.3", "a certificate of another CA: policy says whether it renews"),
    (17, "s", "2.3, 2.9", "takes a device's self-signed certificate as signer"),
    (18, "c", "2.3", "signs with the key of the certificate it chose"),
    (19, "c", "2.3", "sends that certificate along"),
    (20, "s", "2.3", "encrypts the reply to the certificate that signed"),
    (21, "s", "2.4", "one-time challenges"),
    (22, "c", "2.4", "sends the challenge"),
    (23, "c", "2.4", "leaves it out when it renews"),
    (24, "s", "2.4", "may want the challenge on a renewal as well"),
    (25, "s", "2.4", "a self-signed certificate authenticates nobody"),
    (26, "s", "2.4", "what is not authorised is refused, or waits for an operator"),
    (27, "c", "2.5", "a new key for a renewal"),
    (28, "c", "2.5", "a renewal is signed by the certificate it renews"),
    (29, "c", "2.5", "polls on PENDING"),
    (30, "s", "2.5", "polls get PENDING until there is one SUCCESS or FAILURE"),
    (31, "c", "2.5.1", "begins anew after FAILURE, silence or its limits"),
    (32, "c", "2.6", "GetCert names issuer and serial number"),
    (33, "b", "2.7", "CRLs by distribution point before GetCRL"),
    (34, "s", "2.7", "a GetCRL reply holds the CRL alone"),
    (35, "b", "2.8", "no message revokes"),
    (36, "b", "2.9", "GetCACaps, GetCACert, PKCSReq"),
    (37, "b", "2.9", "binary messages by POST"),
    (38, "b", "2.9", "AES128-CBC and SHA-256"),
    (39, "b", "2.9", "GET, 3DES-CBC and SHA-1 are optional"),
    (40, "b", "2.9", "no single DES, no MD5"),
    (41, "b", "3", "no envelope without messageData"),
    (42, "b", "3.1", "encrypted first, then signed"),
    (43, "b", "3.1", "KeyTransRecipientInfo for a key that can encrypt"),
    (44, "b", "3.1", "else PasswordRecipientInfo under the challenge"),
    (45, "b", "3.1", "and never unencrypted"),
    (46, "b", "3.2", "outer SignedData with eContentType data"),
    (47, "b", "3.2", "the envelope is what the messageType wants"),
    (48, "b", "3.2", "SignerInfo with authenticated attributes"),
    (49, "b", "3.2.1", "transactionID, messageType, senderNonce in every message"),
    (50, "s", "3.2.1", "pkiStatus, failInfo and recipientNonce in a CertRep"),
    (51, "b", "3.2.1", "string types, sizes and object identifiers of the attributes"),
    (52, "c", "3.2.1.1", "a transactionID of its own, the same for the whole transaction"),
    (53, "b", "3.2.1.2", "a messageType that is defined"),
    (54, "s", "3.2.1.3", "a pkiStatus that is defined"),
    (55, "s", "3.2.1.4", "a failInfo that is defined"),
    (56, "c", "3.2.1.4", "reads failInfoText for people only"),
    (57, "b", "3.2.1.5", "a fresh senderNonce in each message"),
    (58, "s", "3.2.1.5", "which comes back as recipientNonce"),
    (59, "c", "3.2.1.5", "and is checked"),
    (60, "b", "3.2.2", "encrypted content of type data, as the messageType wants"),
    (61, "b", "3.3", "messageType says the type"),
    (62, "c", "3.3.1", "a CSR with subject, key and challenge"),
    (63, "b", "3.3.1 to 3.3.4", "all attributes on each type"),
    (64, "s", "3.3.2.1", "the issued certificate in a SUCCESS, as the leaf"),
    (65, "s", "3.3.2.1", "the certificate asked for in that of a GetCert"),
    (66, "s", "3.3.2.1", "the CRL, among crls, in that of a GetCRL"),
    (67, "s", "3.3.2.2", "failInfo and no envelope in a FAILURE"),
    (68, "s", "3.3.2.3", "no envelope in a PENDING"),
    (69, "s", "3.3.2", "nonces are not chained over polls"),
    (70, "c", "3.3.3", "a CertPoll holds IssuerAndSubject"),
    (71, "s", "3.3.3", "polls are found by transactionID, not by that"),
    (72, "c", "3.3.4", "GetCert and GetCRL hold IssuerAndSerialNumber"),
    (73, "b", "3.3.4", "HTTP or LDAP before GetCert and GetCRL"),
    (74, "b", "3.4", "certs-only has no content"),
    (75, "s", "3.5", "answers GetCACaps"),
    (76, "b", "3.5.1", "asked for by GET"),
    (77, "b", "3.5.2", "a keyword a line, as text"),
    (78, "b", "3.5.2", "with keywords of one's own, which others pass over"),
    (79, "b", "3.5.2", "letter case as registered, read in any"),
    (80, "c", "3.5.2", "reads CRLF and LF"),
    (81, "c", "3.5.2", "takes SHA-256 and AES128-CBC where offered"),
    (82, "b", "3.5.2", "stays with AES128-CBC and SHA-256"),
    (83, "s", "3.5.2", "nothing to offer: an empty message"),
    (84, "c", "3.5.2", "reads an empty message or an error as nothing"),
    (85, "c", "3.5.2", "copes with old IIS servers"),
    (86, "s", "3.5.2", "as text/plain"),
    (87, "c", "4.1", "asks at /cgi-bin/pkiclient.exe when nothing else is said"),
    (88, "s", "4.1", "does not mind the path"),
    (89, "c", "4.1", "POST where there is POST"),
    (90, "c", "4.1", "learns that from the capabilities"),
    (91, "c", "4.1", "base64, percent-escaped, by GET"),
    (92, "c", "4.2", "GetCACert without a body"),
    (93, "s", "4.2.1.1", "one certificate: DER, application/x-x509-ca-cert"),
    (94, "s", "4.2.1.2", "several: certs-only, application/x-x509-ca-ra-cert"),
    (95, "b", "4.3", "PKIOperation, whose value a POST need not have"),
    (96, "b", "4.3", "application/x-pki-message"),
    (97, "s", "4.3.1", "so are SUCCESS, FAILURE and PENDING"),
    (98, "c", "4.4", "polls until an answer, or a limit"),
    (99, "c", "4.4", "with the transactionID of the request"),
    (100, "s", "4.4", "a poll without a request is refused"),
    (101, "c", "4.4", "one request at a time"),
    (102, "b", "4.5", "GetCert: SUCCESS or FAILURE"),
    (103, "b", "4.6", "GetCRL: the most recent CRL"),
    (104, "c", "4.7", "GetNextCACert without a body"),
    (105, "s", "4.7.1", "the next CA, certs-only, signed by the current one"),
    (106, "c", "4.7.1", "which is verified first"),
    (107, "s", "5.1", "a request enveloped for the next CA is the next CA's"),
    (108, "c", "5.2", "a new PKCSReq after an interruption"),
    (109, "s", "5.2", "a poll again after the issue; a name again"),
    (110, "b", "6", "registered capability keywords"),
    (111, "s", "7.1", "private keys are protected, and long enough"),
    (112, "s", "7.2", "an RA's key signs messages, not the CA's"),
    (113, "s", "7.3", "challenges that cannot be guessed"),
    (114, "s", "7.3", "used once, and for a limited time"),
    (115, "s", "7.3", "kept as a digest"),
    (116, "b", "7.4", "nobody confirms a reply"),
    (117, "c", "7.5", "a missing SCEPStandard is no reason to go lower"),
    (118, "s", "7.6", "a renewal proves possession of its key"),
    (119, "c", "7.7", "no real name in a transient certificate"),
    (120, "b", "7.8", "GetCert and GetCRL are not needed"),
    (121, "b", "7.9", "SHA-1, where it must be"),
    (122, "b", "7.10", "HTTP beneath; TLS replaces nothing"),
]

# Lines with no behaviour that could be tested, and why.
UNTESTED = {
    119: "the signer's certificate has the CSR's subject, as line 14 wants it; whoever must not show it has no use for SCEP by HTTP",
}

HEAD = """# RFC 8894, line by line

Written by `tests/rfc8894.py` from the names of the tests; its table has the requirements in our own words.
"""

TAG = re.compile(r"RFC8894 lines? (\d+(?:, \d+)*)(?:: (.*))?$", re.S)
CASE = re.compile(r'TEST_CASE\(\s*((?:"(?:[^"\\]|\\.)*"\s*)+)\)')


def tags_of_cases(text):
    for case in CASE.finditer(text):
        yield "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', case[1]))


def tags_of_script(text):
    return (line[2:] for line in text.splitlines() if line.startswith("# RFC8894"))


def tests_by_line():
    """Line number to the tests that name it, and what is wrong with their tags."""
    found, wrong = {}, []
    files = sorted((ROOT / "tests").rglob("*.cpp")) + sorted((ROOT / "tests/e2e").glob("*.sh"))
    for path in files:
        text = path.read_text()
        where = path.relative_to(ROOT).as_posix()
        tags = 0
        for name in (tags_of_cases if path.suffix == ".cpp" else tags_of_script)(text):
            tag = TAG.match(name)
            if not tag:
                continue
            tags += 1
            for number in map(int, tag[1].split(", ")):
                found.setdefault(number, []).append((where, tag[2] or "the whole script"))
        if text.count("RFC8894") != tags:
            wrong.append(f"{where}: {text.count('RFC8894')} tags, of which {tags} can be read")
    known = {number for number, *_ in LINES}
    for number in sorted(found.keys() - known):
        wrong.append(f"{found[number][0][0]}: names line {number}, which there is not")
    return found, wrong


def row(number, section, what, tests):
    cell = "<br>".join(f"`{where}`: {name}".replace("|", "\\|") for where, name in tests)
    return f"| {number} | {section} | {what} | {cell} |"


def table(rows):
    return ["", "| line | section | what | tests |", "| --- | --- | --- | --- |", *rows]


def page(found):
    served = [(n, section, what, found[n]) for n, actor, section, what in LINES if actor != "c" and n in found]
    asked = [(n, section, what, found[n]) for n, actor, section, what in LINES if actor == "c" and n in found]
    out = [HEAD, "## The server"] + table(row(*entry) for entry in served)
    if asked:
        out += ["", "## The client"] + table(row(*entry) for entry in asked)
    if UNTESTED:
        out += ["", "Nothing to test:", ""] + [f"- {n}: {why}" for n, why in sorted(UNTESTED.items())]
    return "\n".join(out) + "\n"


def main():
    found, wrong = tests_by_line()
    for number, actor, _, what in LINES:
        if number not in found and number not in UNTESTED:
            wrong.append(f"line {number} has no test: {what}")
        if number in found and number in UNTESTED:
            wrong.append(f"line {number} has a test, and a reason why it has none")
    text = page(found)
    if sys.argv[1:] == ["--check"]:
        if not PAGE.exists() or PAGE.read_text() != text:
            wrong.append("tests/rfc8894.md is stale: run tests/rfc8894.py")
    elif sys.argv[1:]:
        sys.exit(__doc__)
    else:
        PAGE.write_text(text)
    for line in wrong:
        print(line, file=sys.stderr)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
