/* mill-request.h: one request on its way through the engine, and its delivery to who asked.
 *
 * Thread-safety: made in the caller's thread, then worked on by the engine's; delivery crosses back by itself.
 */
#pragma once

#include "mill-engine.h"
#include "mill-kv.h"

G_BEGIN_DECLS

typedef struct _MillRequest MillRequest;

struct _MillRequest {
  GTask          *task; /* owns the cancellable and the caller's main context */
  MillEngineSink  sink;
  gpointer        sink_data;
  GArray         *tokens; /* guint32: the prompt, then what was generated */
  guint           n_prompt;
  guint           max_tokens; /* resolved: at least 1 */
  gboolean        ignore_eos;
  int             priority;
  guint64         serial; /* order of arrival */
  MillSampler    *sampler;

  /* The engine thread's. */
  MillSequence   *sequence; /* NULL while it waits */
  guint           n_accepted; /* tokens that the sampler has been told of */
  gint64          admitted;   /* monotonic µs */
  gint64          first_token;
  gboolean        replayed;   /* after a lost device, once */
  MillEngineUsage usage;

  /* Both threads'. */
  int             stopped; /* atomic: the sink gave FALSE */
  GMutex          mutex;   /* for what follows */
  GArray         *pending; /* guint32: not yet delivered */
  guint           prompt_done;
  MillEngineUsage pending_usage;
  gboolean        scheduled;
};

MillRequest *mill_request_new (const MillEngineRequest *what, guint n_vocab, guint context, MillEngineSink sink,
                               gpointer sink_data, GTask *task);
void         mill_request_free (MillRequest *self);

/* Queues what is new for the sink: `token`, or MILL_TOKEN_NONE for progress alone. */
void mill_request_deliver (MillRequest *self, guint32 token);

/* Ends it, after all deliveries; takes the request. `error` is taken, NULL is success. */
void mill_request_finish (MillRequest *self, GError *error);

G_END_DECLS
