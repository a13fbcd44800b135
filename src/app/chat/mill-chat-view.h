/* mill-chat-view.h: one chat: its messages, and where the next question is written. */
#pragma once

#include <gtk/gtk.h>

#include "mill-chat-session.h"

G_BEGIN_DECLS

#define MILL_TYPE_CHAT_VIEW (mill_chat_view_get_type ())
G_DECLARE_FINAL_TYPE (MillChatView, mill_chat_view, MILL, CHAT_VIEW, GtkWidget)

/* Shows a session in place of the one before, whose unsent text it keeps as a draft. */
void mill_chat_view_set_session (MillChatView *self, MillChatSession *session);

/* The composer, for the window to set up. */
GtkWidget *mill_chat_view_get_composer (MillChatView *self);

/* Brings the message with this id into view, as soon as it is loaded. */
void mill_chat_view_show_message (MillChatView *self, gint64 message_id);

/* A problem that stays until it is solved: `text` with a button for the action, or NULL for none. */
void mill_chat_view_set_problem (MillChatView *self, const char *text, const char *button, const char *action);

/* Moves the focus among the messages (see MillMessageList). */
gboolean mill_chat_view_move_focus (MillChatView *self, int step);

G_END_DECLS
