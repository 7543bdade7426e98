// What nearly every test includes, parsed once (see meson.build beside the tests).
#include <doctest/doctest.h>

#include "precompiled.hpp"
