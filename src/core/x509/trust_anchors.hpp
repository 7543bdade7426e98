// Trust anchors in OpenSSL's hands: to read them takes longer than to verify a chain.
#pragma once

#include <memory>
#include <span>

#include "core/x509/certificate.hpp"

struct x509_store_st;

namespace scep::x509 {

class TrustAnchors {
  public:
    // Crypto when OpenSSL cannot read one.
    static Result<TrustAnchors> make(std::span<const Certificate> anchors);

    // verify_chain() to one of them.
    Status verify(const Certificate& leaf,
                  std::span<const Certificate> intermediates,
                  TimePoint now) const;

  private:
    TrustAnchors(std::span<const Certificate> anchors, std::shared_ptr<x509_store_st> store)
        : anchors_(anchors.begin(), anchors.end()), store_(std::move(store)) {}

    std::vector<Certificate> anchors_;
    std::shared_ptr<x509_store_st> store_;
};

}  // namespace scep::x509
