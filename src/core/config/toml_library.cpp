// toml++'s functions that are no templates, from its headers: see meson.build. Its parser has
// assertions that hostile input breaks, with no harm but where they are hints to the optimiser.
#undef NDEBUG
#define TOML_ASSERT(condition) static_assert(true)
#define TOML_IMPLEMENTATION

#include <toml++/toml.h>
