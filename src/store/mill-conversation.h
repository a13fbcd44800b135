/* mill-conversation.h: a conversation, as the window shows it and as it is kept.
 *
 * A GListModel of MillMessage: the branch that is shown, oldest first. It is empty until loaded (a
 * new conversation is loaded from the start). All changes are made in memory at once, queued to the
 * store's thread in order, and none waits. When the disk fails, memory still holds everything and the
 * store tries again (see mill-store.h).
 *
 * Thread-safety: main thread.
 */
#pragma once

#include <gio/gio.h>

#include "mill-message.h"

G_BEGIN_DECLS

typedef struct _MillStore MillStore;

#define MILL_TYPE_CONVERSATION (mill_conversation_get_type ())
G_DECLARE_FINAL_TYPE (MillConversation, mill_conversation, MILL, CONVERSATION, GObject)

/* Properties with notify: "title" (string, never NULL; "" while there is none), "updated" (int64),
 * "loaded" (boolean), "deleted" (boolean), "n-messages" (uint: of the branch shown). */

/* A new conversation. It is on disk and in the store's list from its first message, title or draft on,
 * so one that was only looked at leaves nothing behind. */
MillConversation *mill_conversation_new (MillStore *store);

gint64      mill_conversation_get_id (MillConversation *self);
gint64      mill_conversation_get_created (MillConversation *self); /* µs since 1970, UTC */
gint64      mill_conversation_get_updated (MillConversation *self); /* of the last message added or ended */
const char *mill_conversation_get_title (MillConversation *self);
void        mill_conversation_set_title (MillConversation *self, const char *title);

/* The file or name of the model that it is held with; NULL: none chosen. */
const char *mill_conversation_get_model (MillConversation *self);
void        mill_conversation_set_model (MillConversation *self, const char *model);
/* What the model is told before everything else; NULL or "": the user's default. */
const char *mill_conversation_get_system_prompt (MillConversation *self);
void        mill_conversation_set_system_prompt (MillConversation *self, const char *prompt);
/* What stands in the composer and was not sent; "" where nothing does. Saved at most a second later. */
const char *mill_conversation_get_draft (MillConversation *self);
void        mill_conversation_set_draft (MillConversation *self, const char *draft);

/* Reads the messages. Ends at once where they are read already; several calls share one reading.
 * Errors: MILL_STORE_ERROR, G_IO_ERROR_CANCELLED. */
gboolean mill_conversation_get_loaded (MillConversation *self);
void     mill_conversation_load_async (MillConversation *self, GCancellable *cancellable,
                                       GAsyncReadyCallback callback, gpointer user_data);
gboolean mill_conversation_load_finish (MillConversation *self, GAsyncResult *result, GError **error);

/* Adds a complete message at the end of the branch that is shown. The conversation has to be loaded;
 * the message is owned by it (so for all functions here that give one). */
MillMessage *mill_conversation_add_message (MillConversation *self, MillMessageRole role, const char *text);

/* Adds an answer that is to grow (MILL_MESSAGE_STREAMING) at the end of the branch that is shown.
 * `model` is the name of who answers, or NULL where that is not known yet. */
MillMessage *mill_conversation_begin_answer (MillConversation *self, const char *model);

/* Another answer in place of `answer`, a message of the branch shown: a sibling of it that is to
 * grow. The branch then ends with it; the earlier answer and what followed it stay, as an alternative. */
MillMessage *mill_conversation_begin_alternative (MillConversation *self, MillMessage *answer, const char *model);

/* The question `message` written anew: a sibling with this text, at which the branch shown ends. */
MillMessage *mill_conversation_edit_message (MillConversation *self, MillMessage *message, const char *text);

/* How many alternatives there are in the place of `message` (1: only itself), and which one it is. */
guint mill_conversation_get_n_alternatives (MillConversation *self, MillMessage *message, guint *index);
/* Shows alternative `index` in its place, with what followed it when it was last added to. */
void mill_conversation_select_alternative (MillConversation *self, MillMessage *message, guint index);
/* Shows a branch that holds this message, such as one found by a search; FALSE where there is none.
 * `position`, where wanted, is its place in the list. */
gboolean mill_conversation_show_message (MillConversation *self, gint64 message_id, guint *position);

/* The message of this branch at a place (not a new reference); NULL past the end. */
MillMessage *mill_conversation_get_message (MillConversation *self, guint position);
guint        mill_conversation_get_n_messages (MillConversation *self);

/* Takes the conversation out of the store's list and out of searches; undelete brings it back, whole.
 * What stays deleted is erased from the disk when the store is next opened, or by purge (for when
 * undo is no longer offered). */
void     mill_conversation_delete (MillConversation *self);
void     mill_conversation_undelete (MillConversation *self);
void     mill_conversation_purge (MillConversation *self);
gboolean mill_conversation_get_deleted (MillConversation *self);

/* The branch that is shown as Markdown: the title as a heading, a heading for each speaker, texts as
 * they are, reasoning folded in <details>. The conversation has to be loaded. */
char *mill_conversation_to_markdown (MillConversation *self);

G_END_DECLS
