/* mill-engine.h: a model file opened on a device, answering requests.
 *
 * One engine owns one model on one device and one thread that does all the work: requests enter a
 * queue with a priority, each step batches whatever is ready, tokens come back to the main context
 * that a request was submitted from.
 *
 * Thread-safety: every function may be called from any thread, except where it says otherwise.
 */
#pragma once

#include <gio/gio.h>

#include "mill-error.h"
#include "mill-sampler.h"
#include "mill-tokenizer.h"

G_BEGIN_DECLS

typedef enum { MILL_KV_F16, MILL_KV_F32 } MillKvType;

/* How a model is opened. Initialise with MILL_ENGINE_OPTIONS_DEFAULT. */
typedef struct {
  guint       context_length; /* tokens the KV cache holds; 0: the model's own, at most 4,096 */
  MillKvType  kv_type;
  guint       chunk;          /* most prompt tokens in one step; 0: what suits the device */
  const char *device;         /* index, UUID or part of the name; NULL: MILLRACE_DEVICE or the best */
} MillEngineOptions;

#define MILL_ENGINE_OPTIONS_DEFAULT ((MillEngineOptions) { 0 })

typedef struct _MillEngine MillEngine;

/* Opens the GGUF file at `path`: reads it, chooses a device, checks that the model fits, uploads.
 * Takes up to seconds: not for a main thread. */
MillEngine *mill_engine_open (const char *path, const MillEngineOptions *options, GCancellable *cancellable,
                              GError **error);
MillEngine *mill_engine_ref (MillEngine *self);
void        mill_engine_unref (MillEngine *self); /* the last one ends the thread and frees the device */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MillEngine, mill_engine_unref)

/* Facts about what was opened; they stay valid as long as the engine. */
const MillTokenizer *mill_engine_get_tokenizer (MillEngine *self);
const char          *mill_engine_get_model_name (MillEngine *self);    /* general.name, else the file's name */
const char          *mill_engine_get_architecture (MillEngine *self);  /* "llama", "qwen2" */
const char          *mill_engine_get_chat_template (MillEngine *self); /* the file's own Jinja source, or NULL */
const char          *mill_engine_get_device_name (MillEngine *self);
guint                mill_engine_get_context_length (MillEngine *self);
guint                mill_engine_get_n_vocab (MillEngine *self);        /* logits of a position */

typedef enum {
  MILL_ENGINE_FINISH_STOP,   /* an end token was sampled (not delivered), or the sink asked to stop */
  MILL_ENGINE_FINISH_LENGTH, /* max_tokens were generated, or the context is full */
} MillEngineFinish;

/* Counts are tokens, times seconds. */
typedef struct {
  guint            prompt_tokens;
  guint            cached_tokens; /* of the prompt, found in the KV cache */
  guint            completion_tokens;
  double           prompt_seconds;
  double           generation_seconds;
  MillEngineFinish finish;
} MillEngineUsage;

/* Called in the submitter's main context: while the prompt is processed (`n_tokens` 0, usage shows
 * how far cached_tokens + processed is in prompt_tokens through `prompt_done`), then for the tokens
 * generated since the last call. Returning FALSE ends the request with MILL_ENGINE_FINISH_STOP. */
typedef gboolean (*MillEngineSink) (const guint32 *tokens, gsize n_tokens, guint prompt_done,
                                    const MillEngineUsage *usage, gpointer user_data);

/* What to generate. Initialise with { 0 } and fill in. */
typedef struct {
  const guint32    *tokens;     /* the whole prompt, special tokens included; copied */
  gsize             n_tokens;
  guint             max_tokens; /* 0: as many as the context holds */
  gboolean          ignore_eos; /* go on after end tokens */
  MillSamplerParams sampling;
  int               priority;   /* higher first */
} MillEngineRequest;

/* Queues a request; deltas go to `sink`, the end to `callback`, both in the thread-default main
 * context of the caller. A conversation's earlier tokens are found again in the KV cache by
 * themselves. Cancelling gives G_IO_ERROR_CANCELLED within a step. */
void     mill_engine_generate_async (MillEngine *self, const MillEngineRequest *request, MillEngineSink sink,
                                     gpointer sink_data, GCancellable *cancellable, GAsyncReadyCallback callback,
                                     gpointer user_data);
gboolean mill_engine_generate_finish (MillEngine *self, GAsyncResult *result, MillEngineUsage *usage,
                                      GError **error);

/* Logits of every token of a prompt, for checks: `logits` receives n_tokens × n_vocab floats, row by
 * row in the prompt's order. Waits for the engine's thread. */
gboolean mill_engine_logits (MillEngine *self, const guint32 *tokens, gsize n_tokens, float *logits, GError **error);

G_END_DECLS
