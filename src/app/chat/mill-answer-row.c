/* mill-answer-row.c: what the model answered. */

#include "mill-answer-row.h"

#include "app/mill-widget-util.h"
#include "mill-markdown-view.h"

#include <adwaita.h>
#include <glib/gi18n.h>

struct _MillAnswerRow {
  MillMessageRow    parent_instance;

  GtkToggleButton  *thought_button;
  GtkLabel         *thought_label;
  GtkRevealer      *thought_revealer;
  MillMarkdownView *thought_view;
  GtkWidget        *waiting_box;
  GtkLabel         *waiting_label;
  MillMarkdownView *view;
  GtkWidget        *error_box;
  GtkLabel         *error_label;
  GtkWidget        *again_button;
  GtkWidget        *new_button;
  GtkWidget        *continue_button;
  GtkWidget        *meta_box;
  GtkWidget        *alternatives_box;
  GtkLabel         *alternatives_label;
  GtkLabel         *meta_label;

  gboolean          text_changed;    /* since it was last given to the view */
  gboolean          thought_changed;
};

G_DEFINE_FINAL_TYPE (MillAnswerRow, mill_answer_row, MILL_TYPE_MESSAGE_ROW)

static MillMessage *
get_message (MillAnswerRow *self)
{
  return mill_message_row_get_message (MILL_MESSAGE_ROW (self));
}

static gboolean
is_growing (MillMessage *message)
{
  return mill_message_get_state (message) == MILL_MESSAGE_STREAMING;
}

static gboolean
is_thinking (MillMessage *message)
{
  return is_growing (message) && mill_message_get_text_length (message) == 0
         && *mill_message_get_reasoning (message) != '\0';
}

static void
show_thought_button (MillAnswerRow *self)
{
  MillMessage *message = get_message (self);
  gboolean has_thought = *mill_message_get_reasoning (message) != '\0';
  MillMessageUsage usage = { 0 };
  g_autofree char *text = NULL;
  int seconds;

  gtk_widget_set_visible (GTK_WIDGET (self->thought_button), has_thought);
  gtk_widget_set_visible (GTK_WIDGET (self->thought_revealer), has_thought);
  if (!has_thought)
    return;
  mill_message_get_usage (message, &usage);
  seconds = (int) (usage.reasoning_seconds + 0.5);
  if (is_thinking (message))
    text = g_strdup (_("Thinking…"));
  else if (seconds <= 0)
    text = g_strdup (_("Thoughts"));
  else if (seconds < 60)
    text = g_strdup_printf (_("Thought for %d s"), seconds);
  else
    text = g_strdup_printf (_("Thought for %d min %d s"), seconds / 60, seconds % 60);
  if (!g_str_equal (gtk_label_get_label (self->thought_label), text))
    gtk_label_set_label (self->thought_label, text);
}

static void
show_waiting (MillAnswerRow *self)
{
  MillMessage *message = get_message (self);
  gboolean waiting = is_growing (message) && mill_message_get_text_length (message) == 0 && !is_thinking (message);
  double progress = mill_chat_session_get_progress (mill_message_row_get_session (MILL_MESSAGE_ROW (self)));
  g_autofree char *text = NULL;

  gtk_widget_set_visible (self->waiting_box, waiting);
  if (!waiting)
    return;
  if (progress > 0 && progress < 1)
    text = g_strdup_printf (_("Reading… %d %%"), (int) (progress * 100));
  else
    text = g_strdup (progress > 0 ? _("Beginning to answer…") : _("Getting ready…"));
  gtk_label_set_label (self->waiting_label, text);
}

static void
show_error (MillAnswerRow *self)
{
  MillChatSession *session = mill_message_row_get_session (MILL_MESSAGE_ROW (self));
  MillMessage *message = get_message (self);
  const char *error = mill_message_get_error_text (message);
  gboolean full = mill_chat_session_get_context_full (session)
                  && mill_chat_session_get_last_answer (session) == message;

  gtk_widget_set_visible (self->error_box, error != NULL);
  gtk_widget_set_visible (self->again_button, !full);
  gtk_widget_set_visible (self->new_button, full);
  gtk_widget_set_visible (self->continue_button, full);
  if (error != NULL)
    gtk_label_set_label (self->error_label, error);
}

static char *
describe_cost (MillMessage *message)
{
  MillMessageUsage usage = { 0 };
  g_autofree char *tokens = NULL;

  mill_message_get_usage (message, &usage);
  if (usage.completion_tokens == 0)
    return NULL;
  tokens = g_strdup_printf (ngettext ("%'u token", "%'u tokens", usage.completion_tokens), usage.completion_tokens);
  if (usage.prompt_seconds + usage.generation_seconds <= 0)
    return g_steal_pointer (&tokens);
  /* Translators: “412 tokens in 10.8 s” */
  return g_strdup_printf (_("%s in %.1f s"), tokens, usage.prompt_seconds + usage.generation_seconds);
}

static const char *
describe_ending (MillMessageState state)
{
  switch (state)
    {
    case MILL_MESSAGE_STOPPED:
      return _("Stopped");
    case MILL_MESSAGE_CUT:
      return _("Longest answer reached");
    case MILL_MESSAGE_COMPLETE:
    case MILL_MESSAGE_STREAMING:
    case MILL_MESSAGE_FAILED:
    default:
      return NULL;
    }
}

static void
show_meta (MillAnswerRow *self)
{
  MillMessage *message = get_message (self);
  MillMessageState state = mill_message_get_state (message);
  g_autofree char *cost = describe_cost (message);
  const char *ending = describe_ending (state);
  g_autofree char *text = NULL;

  gtk_widget_set_visible (self->meta_box, state != MILL_MESSAGE_STREAMING && state != MILL_MESSAGE_FAILED);
  if (ending != NULL && cost != NULL)
    text = g_strdup_printf ("%s · %s", ending, cost);
  else
    text = g_strdup (ending != NULL ? ending : cost != NULL ? cost : "");
  gtk_label_set_label (self->meta_label, text);
  mill_message_row_show_alternatives (MILL_MESSAGE_ROW (self), self->alternatives_box, self->alternatives_label);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "message.again",
                                 !mill_chat_session_get_busy (mill_message_row_get_session (MILL_MESSAGE_ROW (self))));
}

static gboolean
fill_view (MillMarkdownView *view, const char *text, gboolean complete, gboolean *changed, gint64 deadline)
{
  if (*changed)
    mill_markdown_view_set_text (view, text, complete);
  *changed = FALSE;
  return mill_markdown_view_fill (view, deadline);
}

static gboolean
mill_answer_row_fill (MillMessageRow *row, gint64 deadline)
{
  MillAnswerRow *self = MILL_ANSWER_ROW (row);
  MillMessage *message = get_message (self);
  gboolean has_text = mill_message_get_text_length (message) > 0;

  show_thought_button (self);
  show_waiting (self);
  show_error (self);
  show_meta (self);
  gtk_widget_set_visible (GTK_WIDGET (self->view), has_text);
  if (has_text
      && !fill_view (self->view, mill_message_get_text (message), !is_growing (message), &self->text_changed, deadline))
    return FALSE;
  /* Thoughts that nobody looks at cost nothing. */
  if (gtk_revealer_get_reveal_child (self->thought_revealer)
      && !fill_view (self->thought_view, mill_message_get_reasoning (message), !is_thinking (message),
                     &self->thought_changed, deadline))
    return FALSE;
  return TRUE;
}

static void
thought_toggled (MillAnswerRow *self)
{
  gtk_revealer_set_reveal_child (self->thought_revealer, gtk_toggle_button_get_active (self->thought_button));
  mill_message_row_queue_fill (MILL_MESSAGE_ROW (self));
}

static void
thought_folded (MillAnswerRow *self)
{
  gtk_accessible_update_state (GTK_ACCESSIBLE (self->thought_button), GTK_ACCESSIBLE_STATE_EXPANDED,
                               gtk_revealer_get_reveal_child (self->thought_revealer), -1);
}

void
mill_answer_row_toggle_thought (MillAnswerRow *self)
{
  g_return_if_fail (MILL_IS_ANSWER_ROW (self));
  if (gtk_widget_get_visible (GTK_WIDGET (self->thought_button)))
    gtk_toggle_button_set_active (self->thought_button, !gtk_toggle_button_get_active (self->thought_button));
}

static void
text_changed (MillAnswerRow *self)
{
  self->text_changed = TRUE;
  mill_message_row_queue_fill (MILL_MESSAGE_ROW (self));
}

static void
reasoning_changed (MillAnswerRow *self)
{
  self->thought_changed = TRUE;
  mill_message_row_queue_fill (MILL_MESSAGE_ROW (self));
}

/* The ending changes how text is shown: the mark goes, and link definitions count. */
static void
state_changed (MillAnswerRow *self)
{
  self->text_changed = TRUE;
  self->thought_changed = TRUE;
  mill_message_row_queue_fill (MILL_MESSAGE_ROW (self));
}

static void
progress_changed (MillAnswerRow *self)
{
  if (is_growing (get_message (self)))
    mill_message_row_queue_fill (MILL_MESSAGE_ROW (self));
}

static gboolean
space_pressed (GtkWidget *widget, GVariant *arguments, gpointer data)
{
  mill_answer_row_toggle_thought (MILL_ANSWER_ROW (widget));
  return TRUE;
}

static void
mill_answer_row_constructed (GObject *object)
{
  MillAnswerRow *self = MILL_ANSWER_ROW (object);
  MillMessage *message = get_message (self);
  MillChatSession *session = mill_message_row_get_session (MILL_MESSAGE_ROW (self));

  G_OBJECT_CLASS (mill_answer_row_parent_class)->constructed (object);
  self->text_changed = self->thought_changed = TRUE;
  g_signal_connect_object (message, "notify::text", G_CALLBACK (text_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (message, "notify::reasoning", G_CALLBACK (reasoning_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (message, "notify::state", G_CALLBACK (state_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (message, "notify::usage", G_CALLBACK (mill_message_row_queue_fill), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "notify::busy", G_CALLBACK (mill_message_row_queue_fill), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "notify::context-full", G_CALLBACK (mill_message_row_queue_fill), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "notify::progress", G_CALLBACK (progress_changed), self, G_CONNECT_SWAPPED);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Answer"), -1);
}

static void
mill_answer_row_dispose (GObject *object)
{
  gtk_widget_dispose_template (GTK_WIDGET (object), MILL_TYPE_ANSWER_ROW);
  G_OBJECT_CLASS (mill_answer_row_parent_class)->dispose (object);
}

static void
mill_answer_row_class_init (MillAnswerRowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->constructed = mill_answer_row_constructed;
  object_class->dispose = mill_answer_row_dispose;
  MILL_MESSAGE_ROW_CLASS (klass)->fill = mill_answer_row_fill;

  g_type_ensure (MILL_TYPE_MARKDOWN_VIEW);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/millrace/Millrace/chat/mill-answer-row.ui");
  gtk_widget_class_bind_template_child (widget_class, MillAnswerRow, thought_button);
  gtk_widget_class_bind_template_child (widget_class, MillAnswerRow, thought_label);
  gtk_widget_class_bind_template_child (widget_class, MillAnswerRow, thought_revealer);
  gtk_widget_class_bind_template_child (widget_class, MillAnswerRow, thought_view);
  gtk_widget_class_bind_template_child (widget_class, MillAnswerRow, waiting_box);
  gtk_widget_class_bind_template_child (widget_class, MillAnswerRow, waiting_label);
  gtk_widget_class_bind_template_child (widget_class, MillAnswerRow, view);
  gtk_widget_class_bind_template_child (widget_class, MillAnswerRow, error_box);
  gtk_widget_class_bind_template_child (widget_class, MillAnswerRow, error_label);
  gtk_widget_class_bind_template_child (widget_class, MillAnswerRow, again_button);
  gtk_widget_class_bind_template_child (widget_class, MillAnswerRow, new_button);
  gtk_widget_class_bind_template_child (widget_class, MillAnswerRow, continue_button);
  gtk_widget_class_bind_template_child (widget_class, MillAnswerRow, meta_box);
  gtk_widget_class_bind_template_child (widget_class, MillAnswerRow, alternatives_box);
  gtk_widget_class_bind_template_child (widget_class, MillAnswerRow, alternatives_label);
  gtk_widget_class_bind_template_child (widget_class, MillAnswerRow, meta_label);
  gtk_widget_class_bind_template_callback (widget_class, thought_toggled);
  gtk_widget_class_bind_template_callback (widget_class, thought_folded);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_space, 0, space_pressed, NULL);
}

static void
mill_answer_row_init (MillAnswerRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
