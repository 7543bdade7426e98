#include "core/scep/pki_message.hpp"
