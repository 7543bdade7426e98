#include "core/files/files.hpp"
