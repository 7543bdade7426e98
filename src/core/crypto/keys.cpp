#include "core/crypto/keys.hpp"
