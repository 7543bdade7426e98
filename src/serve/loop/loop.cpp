#include "serve/loop/loop.hpp"
