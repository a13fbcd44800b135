/* mill-local-request.h: one answer of a local model, from messages to deltas.
 *
 * Thread-safety: belongs to the thread that made it; the prompt is made in another one.
 */
#pragma once

#include "engine/mill-engine.h"
#include "mill-chat-model.h"
#include "mill-chat-prompt.h"

G_BEGIN_DECLS

/* An opened file, shared by a model and its requests. */
typedef struct {
  int             ref_count;
  MillEngine     *engine;
  MillChatPrompt *prompt;
  gboolean        closed; /* the last to let go does not wait for the device: another thread does */
} MillLocalEngine;

MillLocalEngine *mill_local_engine_new (MillEngine *engine, MillChatPrompt *prompt); /* takes both */
MillLocalEngine *mill_local_engine_ref (MillLocalEngine *self);
void             mill_local_engine_unref (MillLocalEngine *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MillLocalEngine, mill_local_engine_unref)

typedef struct _MillLocalRequest MillLocalRequest;

/* `task` is what returns in the end (a boolean); taken. `messages` are copied. */
MillLocalRequest *mill_local_request_new (GTask *task, GPtrArray *messages, const MillChatOptions *options,
                                          MillChatDeltaFunc delta, gpointer delta_data);

/* Ends it with `error` (taken) before it began. */
void mill_local_request_fail (MillLocalRequest *self, GError *error);

/* Makes the prompt and has `engine` answer it; frees itself at the end. */
void mill_local_request_start (MillLocalRequest *self, MillLocalEngine *engine);

/* What a request that has returned through `task` cost. */
void mill_local_request_get_usage (GTask *task, MillChatUsage *usage);

G_END_DECLS
