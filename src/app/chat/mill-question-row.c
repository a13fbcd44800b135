/* mill-question-row.c: what the person asked: a bubble at the end side. */

#include "mill-question-row.h"

#include "app/mill-widget-util.h"

#include <glib/gi18n.h>

/* A longer text (a pasted document) is shown in part until asked for: laying it out takes long. */
#define MAX_CHARS 2400
#define MAX_LINES 30

struct _MillQuestionRow {
  MillMessageRow   parent_instance;

  GtkLabel        *label;
  GtkToggleButton *more_button;
  GtkWidget       *alternatives_box;
  GtkLabel        *alternatives_label;
};

G_DEFINE_FINAL_TYPE (MillQuestionRow, mill_question_row, MILL_TYPE_MESSAGE_ROW)

/* Where the part shown at first ends, or the end of the text. */
static const char *
find_cut (const char *text)
{
  const char *p = text;
  guint chars = 0, lines = 0;

  while (*p != '\0' && chars < MAX_CHARS && lines < MAX_LINES)
    {
      if (*p == '\n')
        lines++;
      chars++;
      p = g_utf8_next_char (p);
    }
  return p;
}

static void
show_text (MillQuestionRow *self)
{
  const char *text = mill_message_get_text (mill_message_row_get_message (MILL_MESSAGE_ROW (self)));
  const char *cut = find_cut (text);
  gboolean is_long = *cut != '\0';

  gtk_widget_set_visible (GTK_WIDGET (self->more_button), is_long);
  if (is_long && !gtk_toggle_button_get_active (self->more_button))
    {
      g_autofree char *start = g_strndup (text, (gsize) (cut - text));
      g_autofree char *shown = g_strconcat (g_strchomp (start), "…", NULL);

      gtk_label_set_text (self->label, shown);
    }
  else
    {
      gtk_label_set_text (self->label, text);
    }
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, _("You"),
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, gtk_label_get_text (self->label), -1);
}

static void
more_toggled (MillQuestionRow *self)
{
  gtk_button_set_label (GTK_BUTTON (self->more_button),
                        gtk_toggle_button_get_active (self->more_button) ? _("Show Less") : _("Show All"));
  show_text (self);
}

static gboolean
mill_question_row_fill (MillMessageRow *row, gint64 deadline)
{
  MillQuestionRow *self = MILL_QUESTION_ROW (row);

  show_text (self);
  mill_message_row_show_alternatives (row, self->alternatives_box, self->alternatives_label);
  gtk_widget_action_set_enabled (GTK_WIDGET (row), "message.edit",
                                 !mill_chat_session_get_busy (mill_message_row_get_session (row)));
  return TRUE;
}

static void
mill_question_row_constructed (GObject *object)
{
  MillMessageRow *row = MILL_MESSAGE_ROW (object);

  G_OBJECT_CLASS (mill_question_row_parent_class)->constructed (object);
  g_signal_connect_object (mill_message_row_get_session (row), "notify::busy",
                           G_CALLBACK (mill_message_row_queue_fill), row, G_CONNECT_SWAPPED);
}

static void
mill_question_row_dispose (GObject *object)
{
  gtk_widget_dispose_template (GTK_WIDGET (object), MILL_TYPE_QUESTION_ROW);
  G_OBJECT_CLASS (mill_question_row_parent_class)->dispose (object);
}

static void
mill_question_row_class_init (MillQuestionRowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->constructed = mill_question_row_constructed;
  object_class->dispose = mill_question_row_dispose;
  MILL_MESSAGE_ROW_CLASS (klass)->fill = mill_question_row_fill;

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/millrace/Millrace/chat/mill-question-row.ui");
  gtk_widget_class_bind_template_child (widget_class, MillQuestionRow, label);
  gtk_widget_class_bind_template_child (widget_class, MillQuestionRow, more_button);
  gtk_widget_class_bind_template_child (widget_class, MillQuestionRow, alternatives_box);
  gtk_widget_class_bind_template_child (widget_class, MillQuestionRow, alternatives_label);
  gtk_widget_class_bind_template_callback (widget_class, more_toggled);
}

static void
mill_question_row_init (MillQuestionRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  mill_text_label_prepare (self->label);
}
