/* mill-error.h: what can go wrong in the engine. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define MILL_ENGINE_ERROR (mill_engine_error_quark ())
GQuark mill_engine_error_quark (void);

typedef enum {
  MILL_ENGINE_ERROR_FILE,          /* the model file is damaged or disagrees with itself */
  MILL_ENGINE_ERROR_UNSUPPORTED,   /* an architecture, type or tokenizer that is not known here */
  MILL_ENGINE_ERROR_NO_DEVICE,     /* no usable Vulkan device */
  MILL_ENGINE_ERROR_MEMORY,        /* the device has not enough memory */
  MILL_ENGINE_ERROR_DEVICE_LOST,
  MILL_ENGINE_ERROR_CONTEXT_FULL,  /* prompt longer than the context: nothing was cut */
  MILL_ENGINE_ERROR_INVALID,       /* a token id outside the vocabulary, an empty prompt */
} MillEngineError;

G_END_DECLS
