#include "serve/endpoint/endpoint.hpp"
