/* mill-scripted-model.h: a chat model for tests, that says what the test wrote for it.
 *
 * Answers are scripts: steps that come one after the other, each after a pause. An answer takes the
 * next script; without one it repeats the last question.
 *
 * Thread-safety: belongs to the thread that made it; runs in the main context of the caller.
 */
#pragma once

#include "models/mill-chat-model.h"

G_BEGIN_DECLS

#define MILL_TYPE_SCRIPTED_MODEL (mill_scripted_model_get_type ())
G_DECLARE_FINAL_TYPE (MillScriptedModel, mill_scripted_model, MILL, SCRIPTED_MODEL, GObject)

MillScriptedModel *mill_scripted_model_new (const char *name, guint context_length);

/* Begins the script of one more answer; the steps that follow are its own. */
void mill_scripted_model_begin (MillScriptedModel *self);
/* Progress of the prompt: `done` of `total` tokens. */
void mill_scripted_model_add_progress (MillScriptedModel *self, guint pause_ms, guint done, guint total);
void mill_scripted_model_add_reasoning (MillScriptedModel *self, guint pause_ms, const char *text);
void mill_scripted_model_add_text (MillScriptedModel *self, guint pause_ms, const char *text);
/* `text` one word at a time. */
void mill_scripted_model_add_words (MillScriptedModel *self, guint pause_ms, const char *text);
/* The answer ends with this error (copied). */
void mill_scripted_model_add_error (MillScriptedModel *self, guint pause_ms, const GError *error);
/* The answer does not end until it is cancelled. */
void mill_scripted_model_add_hang (MillScriptedModel *self);
/* How the answer ends where nothing else is said: MILL_CHAT_FINISH_STOP by default. */
void mill_scripted_model_set_finish (MillScriptedModel *self, MillChatFinish finish);

/* What it was asked: how many times, and the messages (MillChatMessage) and options of the last time. */
guint                  mill_scripted_model_get_n_asked (MillScriptedModel *self);
GPtrArray             *mill_scripted_model_get_messages (MillScriptedModel *self);
const MillChatOptions *mill_scripted_model_get_options (MillScriptedModel *self);

G_END_DECLS
