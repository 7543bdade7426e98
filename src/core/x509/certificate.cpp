#include "core/x509/certificate.hpp"
