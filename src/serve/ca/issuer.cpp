#include "serve/ca/issuer.hpp"
