#include "serve/store/store.hpp"
