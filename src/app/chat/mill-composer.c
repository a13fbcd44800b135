/* mill-composer.c: where a question is written. */

#include "mill-composer.h"

#include <glib/gi18n.h>
#include <string.h>

struct _MillComposer {
  GtkWidget      parent_instance;

  GtkWidget     *editing_box;
  GtkTextView   *view;
  GtkTextBuffer *buffer;
  GtkWidget     *placeholder;
  GtkMenuButton *model_button;
  GtkLabel      *model_label;
  GtkWidget     *send_button;
  GtkWidget     *stop_button;
  GtkLabel      *status_label;

  char          *preedit;  /* what the input method is composing */
  gboolean       running;
  gboolean       enter_sends;
};

G_DEFINE_FINAL_TYPE (MillComposer, mill_composer, GTK_TYPE_WIDGET)

enum { PROP_0, PROP_RUNNING, PROP_ENTER_SENDS, N_PROPS };
enum { CHANGED, SUBMIT, STOP, EDIT_LAST, EDIT_CANCELLED, N_SIGNALS };

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

char *
mill_composer_get_text (MillComposer *self)
{
  GtkTextIter start, end;

  g_return_val_if_fail (MILL_IS_COMPOSER (self), NULL);
  gtk_text_buffer_get_bounds (self->buffer, &start, &end);
  return gtk_text_buffer_get_text (self->buffer, &start, &end, FALSE);
}

static gboolean
has_words (MillComposer *self)
{
  g_autofree char *text = mill_composer_get_text (self);

  return *g_strstrip (text) != '\0';
}

static void
update_buttons (MillComposer *self)
{
  gtk_widget_set_visible (self->send_button, !self->running);
  gtk_widget_set_visible (self->stop_button, self->running);
  gtk_widget_set_sensitive (self->send_button, has_words (self));
}

static void
update_placeholder (MillComposer *self)
{
  gboolean empty = gtk_text_buffer_get_char_count (self->buffer) == 0 && (self->preedit == NULL || *self->preedit == '\0');

  gtk_widget_set_visible (self->placeholder, empty);
}

static void
buffer_changed (MillComposer *self)
{
  update_buttons (self);
  update_placeholder (self);
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
preedit_changed (MillComposer *self, const char *preedit)
{
  g_set_str (&self->preedit, preedit);
  update_placeholder (self);
}

static void
submit (MillComposer *self)
{
  g_autofree char *text = mill_composer_get_text (self);

  if (self->running || *g_strstrip (text) == '\0')
    return;
  mill_composer_set_editing (self, FALSE);
  gtk_text_buffer_set_text (self->buffer, "", -1);
  g_signal_emit (self, signals[SUBMIT], 0, text);
}

static void
send_clicked (MillComposer *self)
{
  submit (self);
  gtk_widget_grab_focus (GTK_WIDGET (self->view));
}

static void
stop_clicked (MillComposer *self)
{
  g_signal_emit (self, signals[STOP], 0);
  gtk_widget_grab_focus (GTK_WIDGET (self->view));
}

static void
cancel_clicked (MillComposer *self)
{
  mill_composer_set_editing (self, FALSE);
  gtk_text_buffer_set_text (self->buffer, "", -1);
  gtk_widget_grab_focus (GTK_WIDGET (self->view));
  g_signal_emit (self, signals[EDIT_CANCELLED], 0);
}

static void
break_line (MillComposer *self)
{
  gtk_text_buffer_delete_selection (self->buffer, TRUE, TRUE);
  gtk_text_buffer_insert_interactive_at_cursor (self->buffer, "\n", 1, TRUE);
  gtk_text_view_scroll_mark_onscreen (self->view, gtk_text_buffer_get_insert (self->buffer));
}

static gboolean
enter_pressed (MillComposer *self, GdkModifierType modifiers)
{
  gboolean plain = modifiers == 0;
  gboolean sends = self->enter_sends ? plain || modifiers == GDK_CONTROL_MASK : modifiers == GDK_CONTROL_MASK;

  if (sends)
    submit (self);
  else if (plain || modifiers == GDK_SHIFT_MASK)
    break_line (self);
  else
    return GDK_EVENT_PROPAGATE;
  return GDK_EVENT_STOP;
}

static gboolean
escape_pressed (MillComposer *self)
{
  if (self->running)
    g_signal_emit (self, signals[STOP], 0);
  else if (mill_composer_get_editing (self))
    cancel_clicked (self);
  else
    return GDK_EVENT_PROPAGATE;
  return GDK_EVENT_STOP;
}

static gboolean
up_pressed (MillComposer *self)
{
  if (gtk_text_buffer_get_char_count (self->buffer) > 0 || self->running)
    return GDK_EVENT_PROPAGATE;
  g_signal_emit (self, signals[EDIT_LAST], 0);
  return GDK_EVENT_STOP;
}

/* Before the text view sees a key. The keys that mean something here go to the input method first, as
 * the text view would do: an Enter that ends a composition is the input method's. */
static gboolean
key_pressed (GtkEventControllerKey *controller, guint keyval, guint keycode, GdkModifierType state, MillComposer *self)
{
  GdkModifierType modifiers = state & gtk_accelerator_get_default_mod_mask ();
  GdkEvent *event = gtk_event_controller_get_current_event (GTK_EVENT_CONTROLLER (controller));
  gboolean enter = keyval == GDK_KEY_Return || keyval == GDK_KEY_KP_Enter || keyval == GDK_KEY_ISO_Enter;
  gboolean up = (keyval == GDK_KEY_Up || keyval == GDK_KEY_KP_Up) && modifiers == 0;
  gboolean escape = keyval == GDK_KEY_Escape && modifiers == 0;

  if (!enter && !up && !escape)
    return GDK_EVENT_PROPAGATE;
  if (gtk_text_view_im_context_filter_keypress (self->view, event))
    return GDK_EVENT_STOP;
  /* An input method that leaves Enter to the program while its text is still open: not sent either. */
  if (self->preedit != NULL && *self->preedit != '\0')
    return GDK_EVENT_PROPAGATE;
  if (enter)
    return enter_pressed (self, modifiers);
  return up ? up_pressed (self) : escape_pressed (self);
}

void
mill_composer_set_text (MillComposer *self, const char *text)
{
  GtkTextIter end;

  g_return_if_fail (MILL_IS_COMPOSER (self));
  gtk_text_buffer_set_text (self->buffer, text, -1);
  gtk_text_buffer_get_end_iter (self->buffer, &end);
  gtk_text_buffer_place_cursor (self->buffer, &end);
}

void
mill_composer_set_editing (MillComposer *self, gboolean editing)
{
  g_return_if_fail (MILL_IS_COMPOSER (self));
  gtk_widget_set_visible (self->editing_box, editing);
}

gboolean
mill_composer_get_editing (MillComposer *self)
{
  return gtk_widget_get_visible (self->editing_box);
}

void
mill_composer_set_running (MillComposer *self, gboolean running)
{
  GtkRoot *root;
  gboolean had_focus;

  g_return_if_fail (MILL_IS_COMPOSER (self));
  if (self->running == running)
    return;
  root = gtk_widget_get_root (GTK_WIDGET (self));
  had_focus = root != NULL
              && (gtk_root_get_focus (root) == self->send_button || gtk_root_get_focus (root) == self->stop_button);
  self->running = running;
  update_buttons (self);
  /* The button that had the focus is gone. */
  if (had_focus)
    gtk_widget_grab_focus (GTK_WIDGET (self->view));
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_RUNNING]);
}

void
mill_composer_set_enter_sends (MillComposer *self, gboolean enter_sends)
{
  g_return_if_fail (MILL_IS_COMPOSER (self));
  gtk_widget_set_tooltip_text (self->send_button, enter_sends ? _("Send (Enter)") : _("Send (Ctrl+Enter)"));
  gtk_widget_set_tooltip_text (self->stop_button, _("Stop (Esc)"));
  if (self->enter_sends == enter_sends)
    return;
  self->enter_sends = enter_sends;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ENTER_SENDS]);
}

void
mill_composer_set_model_name (MillComposer *self, const char *name)
{
  g_autofree char *label = NULL;

  g_return_if_fail (MILL_IS_COMPOSER (self));
  gtk_label_set_label (self->model_label, name);
  /* Translators: what a screen reader says for the button with the model's name. */
  label = g_strdup_printf (_("Model: %s"), name);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->model_button), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
}

void
mill_composer_set_model_menu (MillComposer *self, GMenuModel *menu)
{
  g_return_if_fail (MILL_IS_COMPOSER (self));
  gtk_menu_button_set_menu_model (self->model_button, menu);
}

void
mill_composer_open_model_menu (MillComposer *self)
{
  g_return_if_fail (MILL_IS_COMPOSER (self));
  gtk_menu_button_popup (self->model_button);
}

void
mill_composer_set_status (MillComposer *self, const char *status)
{
  g_return_if_fail (MILL_IS_COMPOSER (self));
  gtk_label_set_label (self->status_label, status);
}

static gboolean
mill_composer_grab_focus (GtkWidget *widget)
{
  return gtk_widget_grab_focus (GTK_WIDGET (MILL_COMPOSER (widget)->view));
}

static void
mill_composer_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  switch (id)
    {
    case PROP_RUNNING:
      mill_composer_set_running (MILL_COMPOSER (object), g_value_get_boolean (value));
      break;
    case PROP_ENTER_SENDS:
      mill_composer_set_enter_sends (MILL_COMPOSER (object), g_value_get_boolean (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
      break;
    }
}

static void
mill_composer_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  switch (id)
    {
    case PROP_RUNNING:
      g_value_set_boolean (value, MILL_COMPOSER (object)->running);
      break;
    case PROP_ENTER_SENDS:
      g_value_set_boolean (value, MILL_COMPOSER (object)->enter_sends);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
      break;
    }
}

static void
mill_composer_dispose (GObject *object)
{
  gtk_widget_dispose_template (GTK_WIDGET (object), MILL_TYPE_COMPOSER);
  G_OBJECT_CLASS (mill_composer_parent_class)->dispose (object);
}

static void
mill_composer_finalize (GObject *object)
{
  g_free (MILL_COMPOSER (object)->preedit);
  G_OBJECT_CLASS (mill_composer_parent_class)->finalize (object);
}

static guint
add_signal (const char *name, guint n_params)
{
  return g_signal_new (name, MILL_TYPE_COMPOSER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, n_params,
                       G_TYPE_STRING);
}

static void
mill_composer_class_init (MillComposerClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  GParamFlags flags = G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  object_class->set_property = mill_composer_set_property;
  object_class->get_property = mill_composer_get_property;
  object_class->dispose = mill_composer_dispose;
  object_class->finalize = mill_composer_finalize;
  widget_class->grab_focus = mill_composer_grab_focus;

  properties[PROP_RUNNING] = g_param_spec_boolean ("running", NULL, NULL, FALSE, flags);
  properties[PROP_ENTER_SENDS] = g_param_spec_boolean ("enter-sends", NULL, NULL, TRUE, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  signals[CHANGED] = add_signal ("changed", 0);
  signals[SUBMIT] = add_signal ("submit", 1);
  signals[STOP] = add_signal ("stop", 0);
  signals[EDIT_LAST] = add_signal ("edit-last", 0);
  signals[EDIT_CANCELLED] = add_signal ("edit-cancelled", 0);

  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/millrace/Millrace/chat/mill-composer.ui");
  gtk_widget_class_bind_template_child (widget_class, MillComposer, editing_box);
  gtk_widget_class_bind_template_child (widget_class, MillComposer, view);
  gtk_widget_class_bind_template_child (widget_class, MillComposer, buffer);
  gtk_widget_class_bind_template_child (widget_class, MillComposer, placeholder);
  gtk_widget_class_bind_template_child (widget_class, MillComposer, model_button);
  gtk_widget_class_bind_template_child (widget_class, MillComposer, model_label);
  gtk_widget_class_bind_template_child (widget_class, MillComposer, send_button);
  gtk_widget_class_bind_template_child (widget_class, MillComposer, stop_button);
  gtk_widget_class_bind_template_child (widget_class, MillComposer, status_label);
  gtk_widget_class_bind_template_callback (widget_class, buffer_changed);
  gtk_widget_class_bind_template_callback (widget_class, send_clicked);
  gtk_widget_class_bind_template_callback (widget_class, stop_clicked);
  gtk_widget_class_bind_template_callback (widget_class, cancel_clicked);
}

static void
mill_composer_init (MillComposer *self)
{
  GtkEventController *keys = gtk_event_controller_key_new ();

  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_event_controller_set_propagation_phase (keys, GTK_PHASE_CAPTURE);
  g_signal_connect (keys, "key-pressed", G_CALLBACK (key_pressed), self);
  gtk_widget_add_controller (GTK_WIDGET (self->view), keys);
  g_signal_connect_object (self->view, "preedit-changed", G_CALLBACK (preedit_changed), self, G_CONNECT_SWAPPED);
  mill_composer_set_enter_sends (self, TRUE);
  update_buttons (self);
}
