#include "core/cms/signed_data.hpp"
