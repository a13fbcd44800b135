#include "mill-error.h"

G_DEFINE_QUARK (mill-engine-error-quark, mill_engine_error)
