/* mill-message-list.h: the thread: a column of messages that scrolls.
 *
 * Only messages in view and around it have widgets, whatever the number of messages, and they are made
 * a few milliseconds at a time between frames, those in view first. Heights of the others are
 * estimates; when one turns out otherwise the thread moves its own coordinates, not what is in view.
 * At its end the thread stays there while an answer grows.
 *
 * Place it in a GtkScrolledWindow.
 */
#pragma once

#include <gtk/gtk.h>

#include "mill-chat-session.h"

G_BEGIN_DECLS

#define MILL_TYPE_MESSAGE_LIST (mill_message_list_get_type ())
G_DECLARE_FINAL_TYPE (MillMessageList, mill_message_list, MILL, MESSAGE_LIST, GtkWidget)

/* Signals: "edit" (MillMessage), "again" (MillMessage). Property: "at-end" (notify). */
GtkWidget *mill_message_list_new (void);

/* Shows the messages of the session's conversation (or nothing, for NULL), from its end. */
void mill_message_list_set_session (MillMessageList *self, MillChatSession *session);

/* Brings a message into view; `pulse` shows which one it is. */
void mill_message_list_scroll_to (MillMessageList *self, guint position, gboolean pulse);
void mill_message_list_scroll_to_end (MillMessageList *self);

/* Whether the end is in view (or there is nothing to scroll). */
gboolean mill_message_list_get_at_end (MillMessageList *self);

/* Moves the keyboard focus by messages: −1 the one before, 1 the one behind. From elsewhere it starts
 * at the last one in view. FALSE where there is none that way. */
gboolean mill_message_list_move_focus (MillMessageList *self, int step);

G_END_DECLS
