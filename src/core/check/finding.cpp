#include "core/check/finding.hpp"
