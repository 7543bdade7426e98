// JUnit as Ant's schema has it: a suite for each endpoint, a case for each rule. Only errors are
// failures; warnings and notices of a case are in the suite's system-out.
#include <pugixml.hpp>
#include <sstream>

#include <fmt/format.h>

#include "core/base/escape.hpp"
#include "core/check/report.hpp"
#include "core/check/rule.hpp"

namespace scep::check {

namespace {

std::string text_of(const Finding& finding) {
    const std::string hint = finding.hint.empty() ? "" : "\nhint: " + escape_controls(finding.hint);
    return escape_controls(to_text(finding)) + hint + '\n';
}

struct Texts {
    std::string errors{}, others{};
};

Texts texts_of(const Report& report, const Check& check) {
    Texts out;
    for (const Finding& finding : report.findings)
        if (finding.id == check.rule && finding.profile == check.profile)
            (finding.severity == Severity::Error ? out.errors : out.others) += text_of(finding);
    return out;
}

class Suite {
  public:
    Suite(pugi::xml_node suites, const Report& report, const std::string& endpoint, int id)
        : report_(report), endpoint_(endpoint), node_(suites.append_child("testsuite")) {
        const std::string time = to_rfc3339(report.time);
        set("name", endpoint_text(endpoint));
        set("timestamp", time.substr(0, time.size() - 1));  // the schema wants no zone
        set("hostname", "localhost");
        set("package", "certctl-scep.preflight");
        node_.append_attribute("id") = id;
        pugi::xml_node property = node_.append_child("properties").append_child("property");
        property.append_attribute("name") = "target";
        property.append_attribute("value") = escape_controls(report.target).c_str();
    }

    void fill() {
        for (const Check& check : report_.checks)
            if (check.profile == endpoint_)
                add(check);
        node_.append_attribute("tests") = tests_;
        node_.append_attribute("failures") = failures_;
        node_.append_attribute("errors") = 0;
        node_.append_attribute("skipped") = skipped_;
        set("time", "0");
        node_.append_child("system-out").text() = out_.c_str();
        node_.append_child("system-err").text() = "";
    }

  private:
    void set(const char* attribute, const std::string& value) {
        node_.append_attribute(attribute) = value.c_str();
    }

    void add(const Check& check) {
        pugi::xml_node test = node_.append_child("testcase");
        test.append_attribute("name") = std::string(check.rule).c_str();
        test.append_attribute("classname") = ("certctl-scep." + endpoint_text(endpoint_)).c_str();
        test.append_attribute("time") = "0";
        ++tests_;
        const Texts texts = texts_of(report_, check);
        out_ += texts.others;
        if (!texts.errors.empty())
            fail(test, texts.errors);
        else if (check.verdict == Verdict::NotApplicable)
            skip(test);
    }

    void fail(pugi::xml_node test, const std::string& errors) {
        pugi::xml_node failure = test.append_child("failure");
        failure.append_attribute("message") = errors.substr(0, errors.find('\n')).c_str();
        failure.append_attribute("type") = "error";
        failure.text() = errors.c_str();
        ++failures_;
    }

    void skip(pugi::xml_node test) {
        test.append_child("skipped").append_attribute("message") = "not applicable";
        ++skipped_;
    }

    const Report& report_;
    const std::string& endpoint_;
    pugi::xml_node node_;
    std::string out_{};
    int tests_ = 0, failures_ = 0, skipped_ = 0;
};

}  // namespace

std::string report_junit(const Report& report) {
    pugi::xml_document document;
    pugi::xml_node declaration = document.append_child(pugi::node_declaration);
    declaration.append_attribute("version") = "1.0";
    declaration.append_attribute("encoding") = "UTF-8";
    pugi::xml_node suites = document.append_child("testsuites");
    int id = 0;
    for (const std::string& endpoint : endpoints(report))
        Suite(suites, report, endpoint, id++).fill();
    std::ostringstream out;
    document.save(out, "  ");
    return out.str();
}

}  // namespace scep::check
