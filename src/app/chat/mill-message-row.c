/* mill-message-row.c: what a question and an answer have in common. */

#include "mill-message-row.h"

#include "app/mill-widget-util.h"
#include "mill-answer-row.h"
#include "mill-question-row.h"

#include <glib/gi18n.h>

/* As long as the animation in style.css. */
#define PULSE_MS 1600

typedef struct {
  MillChatSession *session;
  MillMessage     *message;
  guint            pulse_timeout;
} MillMessageRowPrivate;

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (MillMessageRow, mill_message_row, GTK_TYPE_WIDGET)

enum { PROP_0, PROP_SESSION, PROP_MESSAGE, N_PROPS };
enum { NEEDS_FILL, EDIT, AGAIN, N_SIGNALS };

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

MillMessageRow *
mill_message_row_new (MillChatSession *session, MillMessage *message)
{
  gboolean answer = mill_message_get_role (message) == MILL_MESSAGE_ROLE_ASSISTANT;

  return g_object_new (answer ? MILL_TYPE_ANSWER_ROW : MILL_TYPE_QUESTION_ROW, "session", session, "message", message,
                       NULL);
}

MillChatSession *
mill_message_row_get_session (MillMessageRow *self)
{
  MillMessageRowPrivate *priv = mill_message_row_get_instance_private (self);

  return priv->session;
}

MillMessage *
mill_message_row_get_message (MillMessageRow *self)
{
  MillMessageRowPrivate *priv = mill_message_row_get_instance_private (self);

  return priv->message;
}

gboolean
mill_message_row_fill (MillMessageRow *self, gint64 deadline)
{
  return MILL_MESSAGE_ROW_GET_CLASS (self)->fill (self, deadline);
}

void
mill_message_row_queue_fill (MillMessageRow *self)
{
  g_signal_emit (self, signals[NEEDS_FILL], 0);
}

void
mill_message_row_copy (MillMessageRow *self)
{
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)),
                          mill_message_get_text (mill_message_row_get_message (self)));
  mill_toast (GTK_WIDGET (self), _("Copied"));
}

static gboolean
end_pulse (gpointer data)
{
  MillMessageRow *self = data;
  MillMessageRowPrivate *priv = mill_message_row_get_instance_private (self);

  priv->pulse_timeout = 0;
  gtk_widget_remove_css_class (GTK_WIDGET (self), "found");
  return G_SOURCE_REMOVE;
}

void
mill_message_row_pulse (MillMessageRow *self)
{
  MillMessageRowPrivate *priv = mill_message_row_get_instance_private (self);

  g_clear_handle_id (&priv->pulse_timeout, g_source_remove);
  gtk_widget_remove_css_class (GTK_WIDGET (self), "found");
  gtk_widget_add_css_class (GTK_WIDGET (self), "found");
  priv->pulse_timeout = g_timeout_add (PULSE_MS, end_pulse, self);
}

static void
select_alternative (MillMessageRow *self, int step)
{
  MillMessageRowPrivate *priv = mill_message_row_get_instance_private (self);
  MillConversation *conversation = mill_chat_session_get_conversation (priv->session);
  guint index = 0;
  guint n_alternatives = mill_conversation_get_n_alternatives (conversation, priv->message, &index);

  if (mill_chat_session_get_busy (priv->session) || (step < 0 && index == 0)
      || (step > 0 && index + 1 >= n_alternatives))
    return;
  /* This row goes with its message. */
  mill_conversation_select_alternative (conversation, priv->message, step < 0 ? index - 1 : index + 1);
}

void
mill_message_row_show_alternatives (MillMessageRow *self, GtkWidget *box, GtkLabel *label)
{
  MillMessageRowPrivate *priv = mill_message_row_get_instance_private (self);
  MillConversation *conversation = mill_chat_session_get_conversation (priv->session);
  guint index = 0;
  guint n_alternatives = mill_conversation_get_n_alternatives (conversation, priv->message, &index);
  gboolean busy = mill_chat_session_get_busy (priv->session);

  gtk_widget_set_visible (box, n_alternatives > 1);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "message.previous-alternative", !busy && index > 0);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "message.next-alternative", !busy && index + 1 < n_alternatives);
  if (n_alternatives > 1)
    {
      /* Translators: which one of several answers (or wordings of a question) is shown: “2 of 3” */
      g_autofree char *text = g_strdup_printf (_("%u of %u"), index + 1, n_alternatives);

      gtk_label_set_label (label, text);
    }
}

static void
action_previous (GtkWidget *widget, const char *name, GVariant *parameter)
{
  select_alternative (MILL_MESSAGE_ROW (widget), -1);
}

static void
action_next (GtkWidget *widget, const char *name, GVariant *parameter)
{
  select_alternative (MILL_MESSAGE_ROW (widget), 1);
}

static void
action_copy (GtkWidget *widget, const char *name, GVariant *parameter)
{
  mill_message_row_copy (MILL_MESSAGE_ROW (widget));
}

static void
action_edit (GtkWidget *widget, const char *name, GVariant *parameter)
{
  g_signal_emit (widget, signals[EDIT], 0);
}

static void
action_again (GtkWidget *widget, const char *name, GVariant *parameter)
{
  g_signal_emit (widget, signals[AGAIN], 0);
}

static void
mill_message_row_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  MillMessageRowPrivate *priv = mill_message_row_get_instance_private (MILL_MESSAGE_ROW (object));

  switch (id)
    {
    case PROP_SESSION:
      priv->session = g_value_dup_object (value);
      break;
    case PROP_MESSAGE:
      priv->message = g_value_dup_object (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
      break;
    }
}

static void
mill_message_row_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  MillMessageRowPrivate *priv = mill_message_row_get_instance_private (MILL_MESSAGE_ROW (object));

  switch (id)
    {
    case PROP_SESSION:
      g_value_set_object (value, priv->session);
      break;
    case PROP_MESSAGE:
      g_value_set_object (value, priv->message);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
      break;
    }
}

static void
mill_message_row_dispose (GObject *object)
{
  MillMessageRowPrivate *priv = mill_message_row_get_instance_private (MILL_MESSAGE_ROW (object));

  g_clear_handle_id (&priv->pulse_timeout, g_source_remove);
  G_OBJECT_CLASS (mill_message_row_parent_class)->dispose (object);
}

static void
mill_message_row_finalize (GObject *object)
{
  MillMessageRowPrivate *priv = mill_message_row_get_instance_private (MILL_MESSAGE_ROW (object));

  g_clear_object (&priv->message);
  g_clear_object (&priv->session);
  G_OBJECT_CLASS (mill_message_row_parent_class)->finalize (object);
}

static guint
add_signal (const char *name)
{
  return g_signal_new (name, MILL_TYPE_MESSAGE_ROW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
mill_message_row_class_init (MillMessageRowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  GParamFlags flags = G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS;

  object_class->set_property = mill_message_row_set_property;
  object_class->get_property = mill_message_row_get_property;
  object_class->dispose = mill_message_row_dispose;
  object_class->finalize = mill_message_row_finalize;

  properties[PROP_SESSION] = g_param_spec_object ("session", NULL, NULL, MILL_TYPE_CHAT_SESSION, flags);
  properties[PROP_MESSAGE] = g_param_spec_object ("message", NULL, NULL, MILL_TYPE_MESSAGE, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  signals[NEEDS_FILL] = add_signal ("needs-fill");
  signals[EDIT] = add_signal ("edit");
  signals[AGAIN] = add_signal ("again");

  gtk_widget_class_install_action (widget_class, "message.copy", NULL, action_copy);
  gtk_widget_class_install_action (widget_class, "message.edit", NULL, action_edit);
  gtk_widget_class_install_action (widget_class, "message.again", NULL, action_again);
  gtk_widget_class_install_action (widget_class, "message.previous-alternative", NULL, action_previous);
  gtk_widget_class_install_action (widget_class, "message.next-alternative", NULL, action_next);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BOX_LAYOUT);
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_ARTICLE);
  gtk_widget_class_set_css_name (widget_class, "message");
}

static void
mill_message_row_init (MillMessageRow *self)
{
  GtkLayoutManager *layout = gtk_widget_get_layout_manager (GTK_WIDGET (self));

  gtk_orientable_set_orientation (GTK_ORIENTABLE (layout), GTK_ORIENTATION_VERTICAL);
  gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);
  gtk_widget_add_css_class (GTK_WIDGET (self), "message");
}
