/* mill-conversation-list.h: all conversations of a store, newest first.
 *
 * A GListModel of MillConversation, sorted by when they were last updated, without the deleted ones.
 * It follows every change by itself. There is one object for a conversation, so that what a list
 * shows and what a chat changes are the same. Made by the store (mill_store_get_conversations).
 *
 * Thread-safety: main thread.
 */
#pragma once

#include "mill-conversation.h"

G_BEGIN_DECLS

#define MILL_TYPE_CONVERSATION_LIST (mill_conversation_list_get_type ())
G_DECLARE_FINAL_TYPE (MillConversationList, mill_conversation_list, MILL, CONVERSATION_LIST, GObject)

/* The conversation of this id (not a new reference), or NULL where it is not in the list. */
MillConversation *mill_conversation_list_find (MillConversationList *self, gint64 id, guint *position);

G_END_DECLS
