// One rule about a message as data, and what its function sees and says. Used inside this room
// only.
#pragma once

#include <span>

#include "core/inspect/reading.hpp"

namespace scep::inspect {

struct Case {
    const Reading& reading;
    const Reading* request = nullptr;  // what it is the reply to; null: not known
    const Means& means;
    TimePoint at;  // for dates
    Outcome request_signature = Outcome::NotChecked;
};

struct Rule;

// Collects findings in the name of one rule, which gives id, severity and citation.
class Reporter {
  public:
    Reporter(const Rule& rule, std::vector<check::Finding>& findings) noexcept
        : rule_(&rule), findings_(&findings) {}

    // `hint` where one fits better than the rule's.
    check::Finding& add(std::string message, Where where = {}, std::string hint = {});

  private:
    const Rule* rule_;
    std::vector<check::Finding>* findings_;
};

struct Rule {
    std::string_view id;
    check::Severity severity;
    std::string_view cite;
    std::string_view summary;  // what is right, as a sentence without its full stop
    void (*check)(const Case&, Reporter&);
    std::string_view hint;
};

std::span<const Rule> rules() noexcept;

// Every rule over the message, in the order of the table.
std::vector<check::Finding> run_rules(const Case& c);

// Where on the wire something stands.
inline Where at_offset(std::size_t offset, std::string_view field = {}) {
    return {.offset = offset, .field = std::string(field)};
}

inline Where about(const x509::Certificate& certificate) {
    return {.subject = certificate.subject_text()};
}

// rules_capture.cpp
void check_capture(const Case& c, Reporter& out);
void check_capture_note(const Case& c, Reporter& out);
void check_form_decoded(const Case& c, Reporter& out);
void check_body_cut(const Case& c, Reporter& out);
void check_charset(const Case& c, Reporter& out);
void check_content_type(const Case& c, Reporter& out);
void check_http_status(const Case& c, Reporter& out);
void check_reply_body(const Case& c, Reporter& out);

// rules_structure.cpp
void check_structure(const Case& c, Reporter& out);
void check_left_over(const Case& c, Reporter& out);
void check_signer_count(const Case& c, Reporter& out);
void check_signed_attributes(const Case& c, Reporter& out);
void check_encoding(const Case& c, Reporter& out);
void check_attribute_order(const Case& c, Reporter& out);
void check_private_key(const Case& c, Reporter& out);

// rules_attributes.cpp
void check_attribute_missing(const Case& c, Reporter& out);
void check_attribute_repeated(const Case& c, Reporter& out);
void check_attribute_malformed(const Case& c, Reporter& out);
void check_message_type(const Case& c, Reporter& out);
void check_nonce_length(const Case& c, Reporter& out);
void check_sender_nonce_of_reply(const Case& c, Reporter& out);
void check_content_type_attribute(const Case& c, Reporter& out);
void check_transaction_string(const Case& c, Reporter& out);
void check_outer_challenge(const Case& c, Reporter& out);
void check_signing_time(const Case& c, Reporter& out);

// rules_algorithms.cpp
void check_forbidden_digest(const Case& c, Reporter& out);
void check_old_digest(const Case& c, Reporter& out);
void check_forbidden_cipher(const Case& c, Reporter& out);
void check_old_cipher(const Case& c, Reporter& out);
void check_oaep_parameters(const Case& c, Reporter& out);
void check_weak_key(const Case& c, Reporter& out);
void check_derivation(const Case& c, Reporter& out);
void check_unknown_algorithm(const Case& c, Reporter& out);

// rules_signer.cpp
void check_signature(const Case& c, Reporter& out);
void check_message_digest(const Case& c, Reporter& out);
void check_signer_certificate(const Case& c, Reporter& out);
void check_signer_dates(const Case& c, Reporter& out);
void check_signer_usage(const Case& c, Reporter& out);
void check_signer_encipherment(const Case& c, Reporter& out);
void check_signer_key(const Case& c, Reporter& out);
void check_signer_subject(const Case& c, Reporter& out);
void check_signer_serial(const Case& c, Reporter& out);
void check_signer_aki(const Case& c, Reporter& out);
void check_renewal_signer(const Case& c, Reporter& out);
void check_chain(const Case& c, Reporter& out);

// rules_envelope.cpp
void check_envelope_missing(const Case& c, Reporter& out);
void check_envelope_unwanted(const Case& c, Reporter& out);
void check_recipient(const Case& c, Reporter& out);
void check_recipient_usage(const Case& c, Reporter& out);
void check_wrong_key(const Case& c, Reporter& out);
void check_content(const Case& c, Reporter& out);

// rules_request.cpp
void check_request(const Case& c, Reporter& out);
void check_request_signature(const Case& c, Reporter& out);
void check_request_left_over(const Case& c, Reporter& out);
void check_bare_request(const Case& c, Reporter& out);
void check_challenge_missing(const Case& c, Reporter& out);
void check_challenge_string(const Case& c, Reporter& out);
void check_challenge_nested(const Case& c, Reporter& out);
void check_challenge_in_subject(const Case& c, Reporter& out);
void check_challenge_in_renewal(const Case& c, Reporter& out);
void check_identity(const Case& c, Reporter& out);
void check_authority_request(const Case& c, Reporter& out);

// rules_reply.cpp
void check_status(const Case& c, Reporter& out);
void check_fail_info(const Case& c, Reporter& out);
void check_refused(const Case& c, Reporter& out);
void check_ndes(const Case& c, Reporter& out);
void check_issued(const Case& c, Reporter& out);
void check_leaf(const Case& c, Reporter& out);
void check_reply_nonce(const Case& c, Reporter& out);
void check_reply_transaction(const Case& c, Reporter& out);

// rules_server.cpp
void check_server_answer(const Case& c, Reporter& out);
void check_caps_form(const Case& c, Reporter& out);
void check_caps_keyword(const Case& c, Reporter& out);
void check_caps_missing(const Case& c, Reporter& out);
void check_caps_old(const Case& c, Reporter& out);
void check_ca_readable(const Case& c, Reporter& out);
void check_ca_recipient(const Case& c, Reporter& out);
void check_ca_dates(const Case& c, Reporter& out);
void check_next_ca(const Case& c, Reporter& out);
void check_next_ca_content(const Case& c, Reporter& out);

}  // namespace scep::inspect
