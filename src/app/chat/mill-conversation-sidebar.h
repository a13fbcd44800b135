/* mill-conversation-sidebar.h: the chats by day, and what a search found in them.
 *
 * Signals: "open" (gint64 conversation, gint64 message or 0), "search" (string; empty when the search
 * ended), "item-rename", "item-export", "item-delete" (each a MillConversation).
 */
#pragma once

#include <gtk/gtk.h>

#include "store/mill-store.h"

G_BEGIN_DECLS

#define MILL_TYPE_CONVERSATION_SIDEBAR (mill_conversation_sidebar_get_type ())
G_DECLARE_FINAL_TYPE (MillConversationSidebar, mill_conversation_sidebar, MILL, CONVERSATION_SIDEBAR, GtkWidget)

/* Shows the conversations of `chats`. */
void mill_conversation_sidebar_set_chats (MillConversationSidebar *self, MillConversationList *chats);

/* Marks the chat that is shown; 0 is none (a new one). */
void mill_conversation_sidebar_set_current (MillConversationSidebar *self, gint64 conversation_id);

/* What was found for the text that "search" told (MillSearchHits). */
void mill_conversation_sidebar_set_hits (MillConversationSidebar *self, GListModel *hits);

void mill_conversation_sidebar_begin_search (MillConversationSidebar *self);

/* For the first keyboard focus of this part of the window. */
void mill_conversation_sidebar_focus_list (MillConversationSidebar *self);

G_END_DECLS
