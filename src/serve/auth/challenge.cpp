#include "serve/auth/challenge.hpp"
