/* mill-preferences-dialog.c: how models answer, where they run, how the keyboard sends. */

#include "mill-preferences-dialog.h"

#include "models/mill-device-list.h"

#include <glib/gi18n.h>

struct _MillPreferencesDialog {
  AdwPreferencesDialog parent_instance;

  GtkTextBuffer *instructions_buffer;
  AdwSpinRow    *temperature_row;
  AdwSpinRow    *top_p_row;
  AdwSpinRow    *top_k_row;
  AdwSpinRow    *min_p_row;
  AdwSpinRow    *repetition_row;
  AdwSpinRow    *longest_row;
  AdwComboRow   *device_row;
  AdwComboRow   *context_row;
  AdwSwitchRow  *enter_row;

  GSettings     *settings;
  GCancellable  *cancellable;
  GPtrArray     *device_ids;  /* what each choice stands for; the first is "" */
};

G_DEFINE_FINAL_TYPE (MillPreferencesDialog, mill_preferences_dialog, ADW_TYPE_PREFERENCES_DIALOG)

/* Tokens; 0 is the model's own, which the engine bounds. */
static const guint context_choices[] = { 0, 2048, 4096, 8192, 16384, 32768, 65536, 131072 };

static void
reset_activated (MillPreferencesDialog *self)
{
  static const char *const keys[] = { "temperature", "top-p", "top-k", "min-p", "repetition-penalty", "max-tokens" };

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    g_settings_reset (self->settings, keys[i]);
}

static void
device_chosen (MillPreferencesDialog *self)
{
  guint selected = adw_combo_row_get_selected (self->device_row);

  if (self->device_ids != NULL && selected < self->device_ids->len)
    g_settings_set_string (self->settings, "device", self->device_ids->pdata[selected]);
}

static void
add_device (GtkStringList *names, GPtrArray *ids, const char *name, const char *id)
{
  gtk_string_list_append (names, name);
  g_ptr_array_add (ids, g_strdup (id));
}

static void
show_devices (MillPreferencesDialog *self, GPtrArray *devices)
{
  g_autoptr (GtkStringList) names = gtk_string_list_new (NULL);
  g_autofree char *chosen = g_settings_get_string (self->settings, "device");
  GPtrArray *ids = g_ptr_array_new_with_free_func (g_free);
  guint selected = 0;

  add_device (names, ids, _("The Best One"), "");
  for (guint i = 0; devices != NULL && i < devices->len; i++)
    {
      const MillDevice *device = devices->pdata[i];

      if (!device->usable)
        continue;
      add_device (names, ids, device->name, device->id);
    }
  for (guint i = 0; i < ids->len; i++)
    {
      if (g_str_equal (ids->pdata[i], chosen))
        selected = i;
    }
  /* A device that is not there now (an external one) stays chosen. */
  if (selected == 0 && *chosen != '\0')
    {
      g_autofree char *absent = g_strdup_printf (_("%s (not found)"), chosen);

      add_device (names, ids, absent, chosen);
      selected = ids->len - 1;
    }
  adw_combo_row_set_model (self->device_row, G_LIST_MODEL (names));
  adw_combo_row_set_selected (self->device_row, selected);
  self->device_ids = ids;
}

static void
devices_listed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (MillPreferencesDialog) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) devices = mill_device_list_finish (result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (error != NULL)
    adw_action_row_set_subtitle (ADW_ACTION_ROW (self->device_row), error->message);
  show_devices (self, devices);
}

static void
context_chosen (MillPreferencesDialog *self)
{
  guint selected = adw_combo_row_get_selected (self->context_row);

  if (selected < G_N_ELEMENTS (context_choices))
    g_settings_set_uint (self->settings, "context-length", context_choices[selected]);
}

static void
show_context_choices (MillPreferencesDialog *self)
{
  g_autoptr (GtkStringList) names = gtk_string_list_new (NULL);
  guint chosen = g_settings_get_uint (self->settings, "context-length");
  guint selected = 0;

  for (guint i = 0; i < G_N_ELEMENTS (context_choices); i++)
    {
      g_autofree char *name
        = i == 0 ? g_strdup (_("The Model’s Own, at Most 4,096 Tokens"))
                 : g_strdup_printf (ngettext ("%'u Token", "%'u Tokens", context_choices[i]), context_choices[i]);

      gtk_string_list_append (names, name);
      if (context_choices[i] == chosen)
        selected = i;
    }
  adw_combo_row_set_model (self->context_row, G_LIST_MODEL (names));
  adw_combo_row_set_selected (self->context_row, selected);
}

static gboolean
uint_to_double (GValue *value, GVariant *variant, gpointer data)
{
  g_value_set_double (value, g_variant_get_uint32 (variant));
  return TRUE;
}

static GVariant *
double_to_uint (const GValue *value, const GVariantType *type, gpointer data)
{
  return g_variant_new_uint32 ((guint32) (g_value_get_double (value) + 0.5));
}

static void
bind_settings (MillPreferencesDialog *self)
{
  GSettings *settings = self->settings;

  g_settings_bind (settings, "instructions", self->instructions_buffer, "text", G_SETTINGS_BIND_DEFAULT);
  g_settings_bind (settings, "temperature", self->temperature_row, "value", G_SETTINGS_BIND_DEFAULT);
  g_settings_bind (settings, "top-p", self->top_p_row, "value", G_SETTINGS_BIND_DEFAULT);
  g_settings_bind (settings, "min-p", self->min_p_row, "value", G_SETTINGS_BIND_DEFAULT);
  g_settings_bind (settings, "repetition-penalty", self->repetition_row, "value", G_SETTINGS_BIND_DEFAULT);
  g_settings_bind_with_mapping (settings, "top-k", self->top_k_row, "value", G_SETTINGS_BIND_DEFAULT, uint_to_double,
                                double_to_uint, NULL, NULL);
  g_settings_bind_with_mapping (settings, "max-tokens", self->longest_row, "value", G_SETTINGS_BIND_DEFAULT,
                                uint_to_double, double_to_uint, NULL, NULL);
  g_settings_bind (settings, "enter-sends", self->enter_row, "active", G_SETTINGS_BIND_DEFAULT);
}

static void
mill_preferences_dialog_dispose (GObject *object)
{
  MillPreferencesDialog *self = MILL_PREFERENCES_DIALOG (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->settings);
  g_clear_pointer (&self->device_ids, g_ptr_array_unref);
  gtk_widget_dispose_template (GTK_WIDGET (self), MILL_TYPE_PREFERENCES_DIALOG);
  G_OBJECT_CLASS (mill_preferences_dialog_parent_class)->dispose (object);
}

static void
mill_preferences_dialog_class_init (MillPreferencesDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = mill_preferences_dialog_dispose;

  gtk_widget_class_set_template_from_resource (
      widget_class, "/io/github/millrace/Millrace/preferences/mill-preferences-dialog.ui");
  gtk_widget_class_bind_template_child (widget_class, MillPreferencesDialog, instructions_buffer);
  gtk_widget_class_bind_template_child (widget_class, MillPreferencesDialog, temperature_row);
  gtk_widget_class_bind_template_child (widget_class, MillPreferencesDialog, top_p_row);
  gtk_widget_class_bind_template_child (widget_class, MillPreferencesDialog, top_k_row);
  gtk_widget_class_bind_template_child (widget_class, MillPreferencesDialog, min_p_row);
  gtk_widget_class_bind_template_child (widget_class, MillPreferencesDialog, repetition_row);
  gtk_widget_class_bind_template_child (widget_class, MillPreferencesDialog, longest_row);
  gtk_widget_class_bind_template_child (widget_class, MillPreferencesDialog, device_row);
  gtk_widget_class_bind_template_child (widget_class, MillPreferencesDialog, context_row);
  gtk_widget_class_bind_template_child (widget_class, MillPreferencesDialog, enter_row);
  gtk_widget_class_bind_template_callback (widget_class, reset_activated);
}

static void
mill_preferences_dialog_init (MillPreferencesDialog *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->cancellable = g_cancellable_new ();
}

MillPreferencesDialog *
mill_preferences_dialog_new (GSettings *settings)
{
  MillPreferencesDialog *self = g_object_new (MILL_TYPE_PREFERENCES_DIALOG, NULL);

  self->settings = g_object_ref (settings);
  bind_settings (self);
  show_context_choices (self);
  g_signal_connect_object (self->context_row, "notify::selected", G_CALLBACK (context_chosen), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->device_row, "notify::selected", G_CALLBACK (device_chosen), self, G_CONNECT_SWAPPED);
  mill_device_list_async (self->cancellable, devices_listed, g_object_ref (self));
  return self;
}
