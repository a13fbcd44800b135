/* mill-chat-view.c: one chat: its messages, and where the next question is written. */

#include "mill-chat-view.h"

#include "mill-composer.h"
#include "mill-message-list.h"
#include "mill-suggestion-card.h"

#include <adwaita.h>
#include <glib/gi18n.h>

struct _MillChatView {
  GtkWidget        parent_instance;

  AdwWindowTitle  *window_title;
  AdwBanner       *banner;
  GtkStack        *stack;
  AdwStatusPage   *load_error_page;
  GtkFlowBox      *suggestions;
  MillMessageList *list;
  MillComposer    *composer;

  MillChatSession *session;
  GSignalGroup    *session_signals;
  GSignalGroup    *conversation_signals;
  MillMessage     *edited;         /* the question in the composer, while it is written anew */
  gint64           wanted_message; /* to be shown once it is loaded; 0: none */
  char            *banner_action;
};

G_DEFINE_FINAL_TYPE (MillChatView, mill_chat_view, GTK_TYPE_WIDGET)

static MillConversation *
get_conversation (MillChatView *self)
{
  return mill_chat_session_get_conversation (self->session);
}

/* --- Showing --- */

static void
show_status (MillChatView *self)
{
  guint used = mill_chat_session_get_context_used (self->session);
  guint length = mill_chat_session_get_context_length (self->session);
  double speed = mill_chat_session_get_speed (self->session);
  g_autoptr (GString) status = g_string_new (NULL);

  if (length > 0)
    g_string_append_printf (status, _("Context %'u of %'u"), used, length);
  if (speed > 0)
    {
      if (status->len > 0)
        g_string_append (status, " · ");
      if (speed < 10)
        g_string_append_printf (status, _("%.1f tok/s"), speed);
      else
        /* Translators: tokens per second */
        g_string_append_printf (status, _("%.0f tok/s"), speed);
    }
  mill_composer_set_status (self->composer, status->str);
}

static void
show_page (MillChatView *self)
{
  const char *page = "thread";

  if (mill_chat_session_get_loading (self->session))
    page = "loading";
  else if (mill_chat_session_get_load_error (self->session) != NULL)
    page = "load-error";
  else if (mill_conversation_get_n_messages (get_conversation (self)) == 0)
    page = "empty";
  gtk_stack_set_visible_child_name (self->stack, page);
}

static void
show_title (MillChatView *self)
{
  const char *title = mill_conversation_get_title (get_conversation (self));

  adw_window_title_set_title (self->window_title, *title != '\0' ? title : _("New Chat"));
}

/* Once an answer has ended, screen readers hear it. */
static void
announce_answer (MillChatView *self)
{
  MillMessage *answer = mill_chat_session_get_last_answer (self->session);
  const char *error;

  if (answer == NULL)
    return;
  error = mill_message_get_error_text (answer);
  gtk_accessible_announce (GTK_ACCESSIBLE (self->list), error != NULL ? error : mill_message_get_text (answer),
                           GTK_ACCESSIBLE_ANNOUNCEMENT_PRIORITY_MEDIUM);
}

static void
busy_changed (MillChatView *self)
{
  gboolean busy = mill_chat_session_get_busy (self->session);

  mill_composer_set_running (self->composer, busy);
  if (!busy)
    announce_answer (self);
}

static void
find_wanted (MillChatView *self)
{
  guint position;

  if (self->wanted_message != 0
      && mill_conversation_show_message (get_conversation (self), self->wanted_message, &position))
    mill_message_list_scroll_to (self->list, position, TRUE);
  self->wanted_message = 0;
}

static void
loading_changed (MillChatView *self)
{
  const char *error = mill_chat_session_get_load_error (self->session);

  show_page (self);
  if (error != NULL)
    adw_status_page_set_description (self->load_error_page, error);
  if (mill_chat_session_get_loading (self->session) || error != NULL)
    return;
  mill_message_list_scroll_to_end (self->list);
  find_wanted (self);
}

/* --- Writing --- */

static void
leave_editing (MillChatView *self)
{
  g_clear_object (&self->edited);
  mill_composer_set_editing (self->composer, FALSE);
}

static void
messages_changed (MillChatView *self)
{
  show_page (self);
}

static void
draft_changed (MillChatView *self)
{
  g_autofree char *text = NULL;

  if (self->session == NULL || self->edited != NULL)
    return;
  text = mill_composer_get_text (self->composer);
  mill_conversation_set_draft (get_conversation (self), text);
}

static void
composer_submitted (MillChatView *self, const char *text)
{
  g_autoptr (MillMessage) edited = g_steal_pointer (&self->edited);

  mill_message_list_scroll_to_end (self->list);
  if (edited != NULL)
    mill_chat_session_edit (self->session, edited, text);
  else
    mill_chat_session_send (self->session, text);
}

static void
composer_stopped (MillChatView *self)
{
  mill_chat_session_stop (self->session);
}

static void
composer_edit_cancelled (MillChatView *self)
{
  leave_editing (self);
}

static void
message_edited (MillChatView *self, MillMessage *message)
{
  if (mill_chat_session_get_busy (self->session))
    return;
  g_set_object (&self->edited, message);
  mill_composer_set_text (self->composer, mill_message_get_text (message));
  mill_composer_set_editing (self->composer, TRUE);
  gtk_widget_grab_focus (GTK_WIDGET (self->composer));
}

static void
message_again (MillChatView *self, MillMessage *message)
{
  mill_message_list_scroll_to_end (self->list);
  mill_chat_session_ask_again (self->session, message);
}

static void
composer_edits_last (MillChatView *self)
{
  MillMessage *question = mill_chat_session_get_last_question (self->session);

  if (question != NULL)
    message_edited (self, question);
}

static void
go_down_clicked (MillChatView *self)
{
  mill_message_list_scroll_to_end (self->list);
}

static void
load_again_clicked (MillChatView *self)
{
  mill_chat_session_load (self->session);
}

/* --- For the window --- */

static void
banner_clicked (MillChatView *self)
{
  if (self->banner_action != NULL)
    gtk_widget_activate_action (GTK_WIDGET (self), self->banner_action, NULL);
}

void
mill_chat_view_set_problem (MillChatView *self, const char *text, const char *button, const char *action)
{
  g_return_if_fail (MILL_IS_CHAT_VIEW (self));
  g_set_str (&self->banner_action, action);
  if (text != NULL)
    {
      adw_banner_set_title (self->banner, text);
      adw_banner_set_button_label (self->banner, button);
    }
  adw_banner_set_revealed (self->banner, text != NULL);
}

GtkWidget *
mill_chat_view_get_composer (MillChatView *self)
{
  return GTK_WIDGET (self->composer);
}

void
mill_chat_view_show_message (MillChatView *self, gint64 message_id)
{
  g_return_if_fail (MILL_IS_CHAT_VIEW (self));
  self->wanted_message = message_id;
  if (!mill_chat_session_get_loading (self->session))
    find_wanted (self);
}

gboolean
mill_chat_view_move_focus (MillChatView *self, int step)
{
  return mill_message_list_move_focus (self->list, step);
}

void
mill_chat_view_set_session (MillChatView *self, MillChatSession *session)
{
  g_return_if_fail (MILL_IS_CHAT_VIEW (self));
  g_return_if_fail (MILL_IS_CHAT_SESSION (session));
  if (self->session == session)
    return;
  leave_editing (self);
  self->wanted_message = 0;
  /* The composer's text belongs to the session before until the draft of this one replaces it. */
  g_set_object (&self->session, NULL);
  mill_composer_set_text (self->composer, mill_conversation_get_draft (mill_chat_session_get_conversation (session)));
  self->session = g_object_ref (session);
  g_signal_group_set_target (self->session_signals, session);
  g_signal_group_set_target (self->conversation_signals, get_conversation (self));
  mill_message_list_set_session (self->list, session);
  mill_composer_set_running (self->composer, mill_chat_session_get_busy (session));
  show_title (self);
  show_status (self);
  loading_changed (self);
}

/* --- Object --- */

static void
add_suggestions (MillChatView *self)
{
  const struct {
    const char *icon_name, *hue, *title, *question;
  } cards[] = {
    { "mill-answer-symbolic", "purple", _("Explain Something"), _("Why is the sky blue, for a child of eight?") },
    { "view-list-bullet-symbolic", "blue", _("Make a Plan"), _("Plan a weekend in the mountains without a car.") },
    { "document-edit-symbolic", "teal", _("Write a Letter"), _("Write a letter that asks my landlord to mend the boiler.") },
    { "mill-code-symbolic", "green", _("Write Some Code"), _("Write a Python script that renames photos by the date they were taken.") },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cards); i++)
    {
      GtkWidget *card = mill_suggestion_card_new (cards[i].icon_name, cards[i].hue, cards[i].title, cards[i].question);

      gtk_flow_box_append (self->suggestions, card);
      /* The card is what takes the focus, not the cell around it. */
      gtk_widget_set_focusable (gtk_widget_get_parent (card), FALSE);
    }
}

static void
set_up_signals (MillChatView *self)
{
  self->session_signals = g_signal_group_new (MILL_TYPE_CHAT_SESSION);
  g_signal_group_connect_swapped (self->session_signals, "notify::usage", G_CALLBACK (show_status), self);
  g_signal_group_connect_swapped (self->session_signals, "notify::busy", G_CALLBACK (busy_changed), self);
  g_signal_group_connect_swapped (self->session_signals, "notify::loading", G_CALLBACK (loading_changed), self);
  self->conversation_signals = g_signal_group_new (MILL_TYPE_CONVERSATION);
  g_signal_group_connect_swapped (self->conversation_signals, "notify::title", G_CALLBACK (show_title), self);
  g_signal_group_connect_swapped (self->conversation_signals, "items-changed", G_CALLBACK (messages_changed), self);
}

static gboolean
mill_chat_view_grab_focus (GtkWidget *widget)
{
  return gtk_widget_grab_focus (GTK_WIDGET (MILL_CHAT_VIEW (widget)->composer));
}

static void
mill_chat_view_dispose (GObject *object)
{
  MillChatView *self = MILL_CHAT_VIEW (object);

  g_clear_object (&self->session_signals);
  g_clear_object (&self->conversation_signals);
  gtk_widget_dispose_template (GTK_WIDGET (self), MILL_TYPE_CHAT_VIEW);
  g_clear_object (&self->edited);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (mill_chat_view_parent_class)->dispose (object);
}

static void
mill_chat_view_finalize (GObject *object)
{
  g_free (MILL_CHAT_VIEW (object)->banner_action);
  G_OBJECT_CLASS (mill_chat_view_parent_class)->finalize (object);
}

static void
mill_chat_view_class_init (MillChatViewClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = mill_chat_view_dispose;
  object_class->finalize = mill_chat_view_finalize;
  widget_class->grab_focus = mill_chat_view_grab_focus;

  g_type_ensure (MILL_TYPE_COMPOSER);
  g_type_ensure (MILL_TYPE_MESSAGE_LIST);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/millrace/Millrace/chat/mill-chat-view.ui");
  gtk_widget_class_bind_template_child (widget_class, MillChatView, window_title);
  gtk_widget_class_bind_template_child (widget_class, MillChatView, banner);
  gtk_widget_class_bind_template_child (widget_class, MillChatView, stack);
  gtk_widget_class_bind_template_child (widget_class, MillChatView, load_error_page);
  gtk_widget_class_bind_template_child (widget_class, MillChatView, suggestions);
  gtk_widget_class_bind_template_child (widget_class, MillChatView, list);
  gtk_widget_class_bind_template_child (widget_class, MillChatView, composer);
  gtk_widget_class_bind_template_callback (widget_class, draft_changed);
  gtk_widget_class_bind_template_callback (widget_class, composer_submitted);
  gtk_widget_class_bind_template_callback (widget_class, composer_stopped);
  gtk_widget_class_bind_template_callback (widget_class, composer_edits_last);
  gtk_widget_class_bind_template_callback (widget_class, composer_edit_cancelled);
  gtk_widget_class_bind_template_callback (widget_class, message_edited);
  gtk_widget_class_bind_template_callback (widget_class, message_again);
  gtk_widget_class_bind_template_callback (widget_class, go_down_clicked);
  gtk_widget_class_bind_template_callback (widget_class, load_again_clicked);
  gtk_widget_class_bind_template_callback (widget_class, banner_clicked);
}

static void
mill_chat_view_init (MillChatView *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  set_up_signals (self);
  add_suggestions (self);
}
