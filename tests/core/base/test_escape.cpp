#include <doctest/doctest.h>

#include "core/base/escape.hpp"

using scep::escape_controls;
using scep::escape_text;
using scep::shorten;

TEST_SUITE("core/base escape") {
    TEST_CASE("plain text of any language passes") {
        for (const std::string_view text :
             {"", "CN=gerät-7, O=Größe", "日本語", "emoji \U0001F511", "quotes \" ' < > &"}) {
            CHECK(escape_text(text) == text);
        }
    }

    TEST_CASE("S23 control characters and newlines are shown, not sent") {
        CHECK(escape_text("a\r\nb") == "a\\x0d\\x0ab");
        CHECK(escape_text("\x1b[31m") == "\\x1b[31m");
        CHECK(escape_text("\x7f\t\b") == "\\x7f\\x09\\x08");
        CHECK(escape_text(std::string_view("a\0b", 3)) == "a\\x00b");
        CHECK(escape_text("\u0085\u009b") == "\\u{0085}\\u{009b}");  // C1: newline, CSI
        CHECK(escape_text("\u2028\u2029") == "\\u{2028}\\u{2029}");
    }

    TEST_CASE("S23 bidirectional and invisible characters are shown") {
        for (const auto& [text, shown] :
             {std::pair{"\u202e", "\\u{202e}"},  // right-to-left override
              std::pair{"\u202a", "\\u{202a}"},  // left-to-right embedding
              std::pair{"\u2066", "\\u{2066}"},  // isolates
              std::pair{"\u2069", "\\u{2069}"},
              std::pair{"\u200e", "\\u{200e}"},  // marks
              std::pair{"\u061c", "\\u{061c}"},
              std::pair{"\u200b", "\\u{200b}"},        // zero width space
              std::pair{"\ufeff", "\\u{feff}"},        // byte order mark
              std::pair{"\u00ad", "\\u{00ad}"},        // soft hyphen
              std::pair{"\U000e0041", "\\u{e0041}"}})  // tag letter
            CHECK(escape_text(text) == shown);
    }

    TEST_CASE("octets that are not UTF-8 are shown one by one") {
        CHECK(escape_text("\xff") == "\\xff");
        CHECK(escape_text("a\xc3") == "a\\xc3");  // cut short
        CHECK(escape_text("\xc3(") == "\\xc3(");
        CHECK(escape_text("\xc0\xaf") == "\\xc0\\xaf");                    // overlong
        CHECK(escape_text("\xe0\x80\x8a") == "\\xe0\\x80\\x8a");           // overlong newline
        CHECK(escape_text("\xed\xa0\x80") == "\\xed\\xa0\\x80");           // surrogate
        CHECK(escape_text("\xf4\x90\x80\x80") == "\\xf4\\x90\\x80\\x80");  // above U+10FFFF
        CHECK(escape_text("\xf0\x80\x80\x8a") == "\\xf0\\x80\\x80\\x8a");
    }

    TEST_CASE("an escape in the text can be told from ours") {
        CHECK(escape_text("\\x0a") == "\\\\x0a");
        CHECK(escape_text("\\") == "\\\\");
    }

    TEST_CASE("text that has escapes already keeps them single") {
        CHECK(escape_controls("CN=a\\, b") == "CN=a\\, b");
        CHECK(escape_controls("a\nb\xff\u202e") == "a\\x0ab\\xff\\u{202e}");
    }

    TEST_CASE("a word of a shell stays one") {
        CHECK(scep::shell_word("/etc/x/ra.key") == "/etc/x/ra.key");
        CHECK(scep::shell_word("a b") == "'a b'");
        CHECK(scep::shell_word("a'b; rm") == "'a'\\''b; rm'");
        CHECK(scep::shell_word("") == "''");
        CHECK(scep::shell_file("<stdin>") == "FILE");
        CHECK(scep::shell_file("a b") == "'a b'");
    }

    TEST_CASE("a long text is cut at a character and says how long it was") {
        CHECK(shorten("", 4) == "");
        CHECK(shorten("abcd", 4) == "abcd");
        CHECK(shorten("abcde", 4) == "abcd... (5 octets)");
        CHECK(shorten("abc\u00e9", 4) == "abc... (5 octets)");
        CHECK(shorten("\U0001f600abc", 3) == "... (7 octets)");
        CHECK(shorten("\x80\x80\x80\x80\x80\x80", 5) == "\x80\x80... (6 octets)");
    }
}
