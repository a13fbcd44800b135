/* mill-message-row.h: one message in the thread: what a question and an answer have in common.
 *
 * A row shows its message step by step: `fill` brings it up to date within a time limit, and the row asks
 * for that (the signal "needs-fill") whenever its message changed. So a list of rows decides when work is
 * done, and text that grows many times between two frames is shown once.
 *
 * Signals for the list: "needs-fill", "edit" (the question shall be written anew), "again" (the answer
 * shall be).
 */
#pragma once

#include <gtk/gtk.h>

#include "mill-chat-session.h"

G_BEGIN_DECLS

#define MILL_TYPE_MESSAGE_ROW (mill_message_row_get_type ())
G_DECLARE_DERIVABLE_TYPE (MillMessageRow, mill_message_row, MILL, MESSAGE_ROW, GtkWidget)

struct _MillMessageRowClass {
  GtkWidgetClass parent_class;

  /* Brings the widgets up to date with the message until done (TRUE) or the deadline (monotonic, µs). */
  gboolean (*fill) (MillMessageRow *self, gint64 deadline);
};

/* A row of the right kind for a message of the session's conversation. */
MillMessageRow *mill_message_row_new (MillChatSession *session, MillMessage *message);

MillChatSession *mill_message_row_get_session (MillMessageRow *self);
MillMessage     *mill_message_row_get_message (MillMessageRow *self);

gboolean  mill_message_row_fill (MillMessageRow *self, gint64 deadline);
void      mill_message_row_queue_fill (MillMessageRow *self);

/* Copies the message's text (an answer's Markdown as it was written). */
void mill_message_row_copy (MillMessageRow *self);

/* Keeps the buttons that switch between this message and its alternatives up to date. */
void mill_message_row_show_alternatives (MillMessageRow *self, GtkWidget *box, GtkLabel *label);

/* Shows for a moment that this is what was looked for. */
void mill_message_row_pulse (MillMessageRow *self);

G_END_DECLS
