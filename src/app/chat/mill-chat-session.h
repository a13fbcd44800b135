/* mill-chat-session.h: a conversation under way: what is asked, and what is answered.
 *
 * No GTK here. A session belongs to one conversation; its messages live in the conversation, which the
 * store keeps. An answer goes on being written when nobody looks: the session stays alive until it has
 * ended.
 *
 * Thread-safety: main thread; nothing here waits.
 */
#pragma once

#include "models/mill-chat-model.h"
#include "store/mill-conversation.h"

G_BEGIN_DECLS

#define MILL_TYPE_CHAT_SESSION (mill_chat_session_get_type ())
G_DECLARE_FINAL_TYPE (MillChatSession, mill_chat_session, MILL, CHAT_SESSION, GObject)

/* Properties, read-only and with notify: "busy" (an answer is being written or waited for),
 * "loading" (the messages are being read), "progress" (of reading the prompt, 0 to 1; 0 while nothing is known),
 * "usage" (boolean without meaning: the numbers below changed), "context-full" (the last answer failed
 * because the conversation outgrew the context), "first-sent" (see below), "load-error" (string or
 * NULL: why the messages could not be read). */
MillChatSession *mill_chat_session_new (MillConversation *conversation);

MillConversation *mill_chat_session_get_conversation (MillChatSession *self);
gboolean          mill_chat_session_get_busy (MillChatSession *self);
gboolean          mill_chat_session_get_loading (MillChatSession *self);
const char       *mill_chat_session_get_load_error (MillChatSession *self);
double            mill_chat_session_get_progress (MillChatSession *self);
gboolean          mill_chat_session_get_context_full (MillChatSession *self);

/* Reads the messages, where they are not there yet. */
void mill_chat_session_load (MillChatSession *self);

/* Who answers; NULL while none is ready: a question then waits for one. */
void mill_chat_session_set_model (MillChatSession *self, MillChatModel *model);

/* No model will come: a question that waits for one fails with `error` (copied). */
void mill_chat_session_fail_waiting (MillChatSession *self, const GError *error);

/* How the next answers are sampled, and what the model is told where the conversation has no
 * instructions of its own (or NULL). */
void mill_chat_session_set_options (MillChatSession *self, const MillChatOptions *options);
void mill_chat_session_set_instructions (MillChatSession *self, const char *instructions);

/* Asks. Ignored while busy or loading, or where `text` has no words. */
void mill_chat_session_send (MillChatSession *self, const char *text);
void mill_chat_session_stop (MillChatSession *self);

/* Answers the question before `answer` again. The earlier answer stays as an alternative, unless it
 * failed before its first word. */
void mill_chat_session_ask_again (MillChatSession *self, MillMessage *answer);

/* Goes on from `question` as it is now written; what it was stays as an alternative. */
void mill_chat_session_edit (MillChatSession *self, MillMessage *question, const char *text);

/* After "context-full": asks again, leaving out as many of the oldest messages as it takes. */
void mill_chat_session_continue_without_oldest (MillChatSession *self);

/* The place of the first message that the model is given: those before it are left out because the
 * conversation outgrew the context. 0: none is. */
guint mill_chat_session_get_first_sent (MillChatSession *self);

/* Tokens in the context after the last answer, tokens it holds in all, and tokens a second of the last
 * answer; 0 where not known. */
guint  mill_chat_session_get_context_used (MillChatSession *self);
guint  mill_chat_session_get_context_length (MillChatSession *self);
double mill_chat_session_get_speed (MillChatSession *self);

/* The last of the branch that is shown, or NULL. */
MillMessage *mill_chat_session_get_last_answer (MillChatSession *self);
MillMessage *mill_chat_session_get_last_question (MillChatSession *self);

G_END_DECLS
