/* mill-cli-engine.h: what the commands that run a model share. */
#pragma once

#include "engine/mill-engine.h"

G_BEGIN_DECLS

/* Opens the model of a command: `kv` is "f16", "f32" or NULL. On failure says so on stderr, gives NULL and
 * sets *status to what to return. */
MillEngine *mill_cli_open_engine (const char *command, const char *path, const char *kv, int chunk, int context, int *status);

/* Token ids of a JSON file. */
GArray *mill_cli_read_ids (const char *path, GError **error);

typedef struct {
  MillEngineUsage usage;
  GArray         *tokens; /* guint32: what was generated */
  GError         *error;
} MillCliAnswer;

/* Called with each piece of tokens; may be NULL. */
typedef void (*MillCliTokens) (const guint32 *tokens, gsize n, gpointer user_data);

/* Runs a request to its end in a main loop of its own; an interrupt cancels it. */
void mill_cli_generate_wait (MillEngine *engine, const MillEngineRequest *request, MillCliTokens on_tokens, gpointer user_data,
                             MillCliAnswer *answer);
void mill_cli_answer_clear (MillCliAnswer *answer);

G_END_DECLS
