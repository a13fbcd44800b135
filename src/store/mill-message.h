/* mill-message.h: one message of a conversation, kept on disk as it changes.
 *
 * Messages of a conversation form a tree: an answer given again, or a question written anew, is a
 * sibling of the first one, and nothing is lost. A MillConversation lists the branch that is shown.
 * Messages are made by their conversation (mill-conversation.h). Every change here is in memory at
 * once and on disk soon after: text that grows at most a second later, everything else at once.
 *
 * Thread-safety: main thread.
 */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/* In the order and with the values of MillChatRole. */
typedef enum {
  MILL_MESSAGE_ROLE_SYSTEM,
  MILL_MESSAGE_ROLE_USER,
  MILL_MESSAGE_ROLE_ASSISTANT,
  MILL_MESSAGE_ROLE_TOOL,
} MillMessageRole;

#define MILL_TYPE_MESSAGE_ROLE (mill_message_role_get_type ())
GType mill_message_role_get_type (void);

typedef enum {
  MILL_MESSAGE_COMPLETE,
  MILL_MESSAGE_STREAMING, /* more of it is to come; after a crash it is found as STOPPED */
  MILL_MESSAGE_STOPPED,   /* ended by the person, or with the program */
  MILL_MESSAGE_CUT,       /* ended because the longest answer or the context was reached */
  MILL_MESSAGE_FAILED,    /* ended by an error, whose text the message keeps */
} MillMessageState;

#define MILL_TYPE_MESSAGE_STATE (mill_message_state_get_type ())
GType mill_message_state_get_type (void);

/* What an answer cost. Counts are tokens, times seconds; 0 where not known. */
typedef struct {
  guint  prompt_tokens;
  guint  completion_tokens; /* reasoning included */
  guint  context_length;
  double prompt_seconds;
  double generation_seconds;
  double reasoning_seconds; /* from the first word of the reasoning to its last */
} MillMessageUsage;

#define MILL_TYPE_MESSAGE (mill_message_get_type ())
G_DECLARE_FINAL_TYPE (MillMessage, mill_message, MILL, MESSAGE, GObject)

/* Properties, all read-only and with notify: "text", "reasoning" (strings, never NULL), "state",
 * "error-text" (string or NULL), "usage" (boolean without meaning: the numbers changed). */

/* Unique among all messages of a store, growing with time, and known at once. */
gint64           mill_message_get_id (MillMessage *self);
gint64           mill_message_get_parent_id (MillMessage *self); /* the message before it; 0: none */
MillMessageRole  mill_message_get_role (MillMessage *self);
const char      *mill_message_get_text (MillMessage *self);      /* UTF-8 */
gsize            mill_message_get_text_length (MillMessage *self); /* bytes */
const char      *mill_message_get_reasoning (MillMessage *self); /* "" where there is none */
MillMessageState mill_message_get_state (MillMessage *self);
const char      *mill_message_get_error_text (MillMessage *self); /* NULL unless FAILED */
const char      *mill_message_get_model (MillMessage *self);      /* the name of who answered; NULL for others */
gint64           mill_message_get_created (MillMessage *self);    /* µs since 1970, UTC */
void             mill_message_get_usage (MillMessage *self, MillMessageUsage *usage);

/* A message that grows: both append what arrived (UTF-8) and may be called as often as tokens come.
 * The state has to be STREAMING. */
void mill_message_append_text (MillMessage *self, const char *text);
void mill_message_append_reasoning (MillMessage *self, const char *text);

/* Ends a message that grows. `state` is not STREAMING; `error_text` is for FAILED, else NULL. */
void mill_message_finish (MillMessage *self, MillMessageState state, const char *error_text);

/* Begins a message that ended anew, in its place: without text, reasoning, error and usage. What it
 * held is lost, so this is for answers that failed before their first word; else see
 * mill_conversation_begin_alternative. */
void mill_message_restart (MillMessage *self);

void mill_message_set_usage (MillMessage *self, const MillMessageUsage *usage);
void mill_message_set_model (MillMessage *self, const char *model);

G_END_DECLS
