/* mill-model-name.h: what to call a model file. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A name for people: the file's, without its type and quantisation and with spaces for dashes
 * (“SmolLM2-135M-Instruct.Q4_1.gguf” is “SmolLM2 135M Instruct”), since what training scripts leave in
 * general.name is often for their authors alone; but general.name (may be NULL) where the file's name
 * tells nothing (“model.gguf”, a checksum). */
char *mill_model_name (const char *path, const char *general_name);

G_END_DECLS
