#include "core/http/message.hpp"
