#include "serve/net/front.hpp"
