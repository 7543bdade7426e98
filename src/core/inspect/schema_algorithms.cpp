// AlgorithmIdentifiers and their parameters, and keys: RFC 3279, 3370, 3565, 4055, 5480, 5753,
// 8018, 3211.
#include <algorithm>
#include <array>

#include "core/inspect/notes.hpp"
#include "core/inspect/schema.hpp"

namespace scep::inspect {

namespace {

// RFC 8018 appendix A.2; the salt's other choice is not in use
constexpr std::array kPbkdf2Members{
    Member{.field = "salt", .type = &kOctets},
    Member{.field = "iterationCount", .type = &kInteger},
    Member{.field = "keyLength", .type = &kInteger, .optional = true},
    Member{.field = "prf", .type = &kAlgorithmIdentifier, .optional = true}};
constexpr Type kPbkdf2 = sequence("PBKDF2-params", kPbkdf2Members);

// RFC 4055 section 4.1
constexpr std::array kOaepMembers{Member{.field = "hashFunc",
                                         .type = &kAlgorithmIdentifier,
                                         .tag = 0,
                                         .wrapped = true,
                                         .optional = true},
                                  Member{.field = "maskGenFunc",
                                         .type = &kAlgorithmIdentifier,
                                         .tag = 1,
                                         .wrapped = true,
                                         .optional = true},
                                  Member{.field = "pSourceFunc",
                                         .type = &kAlgorithmIdentifier,
                                         .tag = 2,
                                         .wrapped = true,
                                         .optional = true}};
constexpr Type kOaep = sequence("RSAES-OAEP-params", kOaepMembers);

// RFC 4055 section 3.1
constexpr std::array kPssMembers{
    Member{.field = "hashAlgorithm",
           .type = &kAlgorithmIdentifier,
           .tag = 0,
           .wrapped = true,
           .optional = true},
    Member{.field = "maskGenAlgorithm",
           .type = &kAlgorithmIdentifier,
           .tag = 1,
           .wrapped = true,
           .optional = true},
    Member{.field = "saltLength", .type = &kInteger, .tag = 2, .wrapped = true, .optional = true},
    Member{
        .field = "trailerField", .type = &kInteger, .tag = 3, .wrapped = true, .optional = true}};
constexpr Type kPss = sequence("RSASSA-PSS-params", kPssMembers);

// RFC 3370 section 5.2
constexpr std::array kRc2Members{Member{.field = "rc2ParameterVersion", .type = &kInteger},
                                 Member{.field = "iv", .type = &kOctets}};
constexpr Type kRc2 = sequence("RC2CBCParameter", kRc2Members);

// RFC 3279 section 2.3.1
constexpr Type kModulus{
    .name = "INTEGER", .form = Form::Value, .tag = asn1::kInteger, .note = note_modulus};
constexpr std::array kRsaMembers{Member{.field = "modulus", .type = &kModulus},
                                 Member{.field = "publicExponent", .type = &kInteger}};
constexpr Type kRsaPublicKey = sequence("RSAPublicKey", kRsaMembers);

struct Parameters {
    asn1::Oid algorithm;
    const Type* type;
};

constexpr std::array kParameters{Parameters{oid::kPbkdf2, &kPbkdf2},
                                 Parameters{oid::kRsaesOaep, &kOaep},
                                 Parameters{oid::kRsassaPss, &kPss},
                                 Parameters{oid::kMgf1, &kAlgorithmIdentifier},
                                 Parameters{oid::kPwriKek, &kAlgorithmIdentifier},
                                 Parameters{oid::kStdDhSha1Kdf, &kAlgorithmIdentifier},
                                 Parameters{oid::kStdDhSha224Kdf, &kAlgorithmIdentifier},
                                 Parameters{oid::kStdDhSha256Kdf, &kAlgorithmIdentifier},
                                 Parameters{oid::kStdDhSha384Kdf, &kAlgorithmIdentifier},
                                 Parameters{oid::kStdDhSha512Kdf, &kAlgorithmIdentifier},
                                 Parameters{oid::kCofactorDhSha1Kdf, &kAlgorithmIdentifier},
                                 Parameters{oid::kCofactorDhSha224Kdf, &kAlgorithmIdentifier},
                                 Parameters{oid::kCofactorDhSha256Kdf, &kAlgorithmIdentifier},
                                 Parameters{oid::kCofactorDhSha384Kdf, &kAlgorithmIdentifier},
                                 Parameters{oid::kCofactorDhSha512Kdf, &kAlgorithmIdentifier},
                                 Parameters{oid::kRc2Cbc, &kRc2},
                                 Parameters{oid::kPSpecified, &kOctets},
                                 Parameters{oid::kDesCbc, &kOctets},
                                 Parameters{oid::kDesEde3Cbc, &kOctets},
                                 Parameters{oid::kAes128Cbc, &kOctets},
                                 Parameters{oid::kAes192Cbc, &kOctets},
                                 Parameters{oid::kAes256Cbc, &kOctets},
                                 Parameters{oid::kEcPublicKey, &kOid}};

const Type* parameters_of(const asn1::Oid& algorithm) {
    const auto found = std::ranges::find(kParameters, algorithm, &Parameters::algorithm);
    return found == kParameters.end() ? nullptr : found->type;
}

const Type* key_of(const asn1::Oid& algorithm) {
    return algorithm == oid::kRsaEncryption ? &kRsaPublicKey : nullptr;
}

constexpr std::array kAlgorithmMembers{
    Member{.field = "algorithm", .type = &kOid},
    Member{.field = "parameters", .type = &kAny, .optional = true, .select = parameters_of}};

constexpr Type kKeyBits{.name = "BIT STRING", .form = Form::Holder, .tag = asn1::kBitString};
constexpr std::array kKeyInfoMembers{
    Member{.field = "algorithm", .type = &kAlgorithmIdentifier},
    Member{.field = "subjectPublicKey", .type = &kKeyBits, .select = key_of}};

}  // namespace

constinit const Type kAlgorithmIdentifier{.name = "AlgorithmIdentifier",
                                          .form = Form::Sequence,
                                          .tag = asn1::kSequence,
                                          .members = kAlgorithmMembers,
                                          .note = note_algorithm,
                                          .trait = Trait::Algorithm};

constinit const Type kSubjectPublicKeyInfo{.name = "SubjectPublicKeyInfo",
                                           .form = Form::Sequence,
                                           .tag = asn1::kSequence,
                                           .members = kKeyInfoMembers,
                                           .note = note_public_key};

}  // namespace scep::inspect
