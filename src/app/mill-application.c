/* mill-application.c: the program: its window, its settings, its dialogs. */

#include "mill-application.h"

#include "config.h"
#include "mill-installation.h"
#include "mill-renderer-guard.h"
#include "mill-stall-watch.h"
#include "mill-window.h"
#include "preferences/mill-preferences-dialog.h"

#include <glib/gi18n.h>
#include <gtksourceview/gtksource.h>

struct _MillApplication {
  AdwApplication parent_instance;

  GSettings     *settings;
};

G_DEFINE_FINAL_TYPE (MillApplication, mill_application, ADW_TYPE_APPLICATION)

static MillWindow *
ensure_window (MillApplication *self)
{
  GtkWindow *window = gtk_application_get_active_window (GTK_APPLICATION (self));

  if (window == NULL)
    {
      window = GTK_WINDOW (mill_window_new (GTK_APPLICATION (self), self->settings));
      mill_renderer_guard_watch (window);
    }
  return MILL_WINDOW (window);
}

static void
mill_application_activate (GApplication *application)
{
  gtk_window_present (GTK_WINDOW (ensure_window (MILL_APPLICATION (application))));
}

static void
mill_application_open (GApplication *application, GFile **files, int n_files, const char *hint)
{
  MillWindow *window = ensure_window (MILL_APPLICATION (application));
  g_autofree char *path = g_file_get_path (files[0]);

  gtk_window_present (GTK_WINDOW (window));
  if (path != NULL)
    mill_window_open_model (window, path);
}

static void
show_preferences (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  MillApplication *self = data;
  MillWindow *window = ensure_window (self);

  adw_dialog_present (ADW_DIALOG (mill_preferences_dialog_new (self->settings)), GTK_WIDGET (window));
}

static void
show_shortcuts (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  MillWindow *window = ensure_window (data);
  g_autoptr (GtkBuilder) builder
    = gtk_builder_new_from_resource ("/io/github/millrace/Millrace/mill-shortcuts.ui");
  GtkWindow *shortcuts = GTK_WINDOW (gtk_builder_get_object (builder, "shortcuts"));

  gtk_window_set_transient_for (shortcuts, GTK_WINDOW (window));
  gtk_window_present (shortcuts);
}

static char *
describe_for_troubleshooting (MillWindow *window)
{
  GskRenderer *renderer = gtk_native_get_renderer (GTK_NATIVE (window));
  GString *text = g_string_new (NULL);

  g_string_append_printf (text, "Millrace %s\n", MILL_VERSION);
  g_string_append_printf (text, "GTK %u.%u.%u, libadwaita %u.%u.%u\n", gtk_get_major_version (),
                          gtk_get_minor_version (), gtk_get_micro_version (), adw_get_major_version (),
                          adw_get_minor_version (), adw_get_micro_version ());
  g_string_append_printf (text, "Drawn by %s\n", renderer != NULL ? G_OBJECT_TYPE_NAME (renderer) : "nothing");
  if (mill_renderer_guard_get_state (GTK_WINDOW (window)) == MILL_RENDERER_FELL_BACK)
    g_string_append (text, "The last start drew nothing, so this one draws by software\n");
  g_string_append_printf (text, "Longest turn of the main loop: %.1f ms\n", mill_stall_watch_get_longest ());
  return g_string_free (text, FALSE);
}

static void
show_about (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  MillWindow *window = ensure_window (data);
  g_autofree char *info = describe_for_troubleshooting (window);
  AdwAboutDialog *about = ADW_ABOUT_DIALOG (adw_about_dialog_new ());

  adw_about_dialog_set_application_name (about, "Millrace");
  adw_about_dialog_set_application_icon (about, MILL_APP_ID);
  adw_about_dialog_set_version (about, MILL_VERSION);
  adw_about_dialog_set_developer_name (about, _("The Millrace project"));
  adw_about_dialog_set_comments (about, _("Language models on your own computer, through its own graphics card."));
  adw_about_dialog_set_license_type (about, GTK_LICENSE_GPL_3_0);
  adw_about_dialog_set_debug_info (about, info);
  adw_about_dialog_set_debug_info_filename (about, "millrace.txt");
  adw_about_dialog_set_translator_credits (about, _("translator-credits"));
  adw_dialog_present (ADW_DIALOG (about), GTK_WIDGET (window));
}

static void
quit (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  GtkWindow *window = gtk_application_get_active_window (data);

  /* By way of the window, which keeps its size and its place first. */
  if (window != NULL)
    gtk_window_close (window);
  else
    g_application_quit (data);
}

static void
set_accels (GtkApplication *app)
{
  static const struct {
    const char *action;
    const char *accels[3];
  } accels[] = {
    { "app.quit", { "<Control>q" } },
    { "app.preferences", { "<Control>comma" } },
    { "app.shortcuts", { "<Control>question" } },
    { "win.new-chat", { "<Control>n" } },
    { "win.search", { "<Control>f" } },
    { "win.rename-chat", { "F2" } },
    { "win.export-chat", { "<Control><Shift>e" } },
    { "win.copy-last-answer", { "<Control><Shift>c" } },
    { "win.choose-model", { "<Control>m" } },
    { "win.open-model", { "<Control>o" } },
    { "win.toggle-sidebar", { "F9" } },
    { "win.next-region", { "F6" } },
    { "win.previous-message", { "<Alt>Up" } },
    { "win.next-message", { "<Alt>Down" } },
    { "win.back", { "<Alt>Left" } },
    { "win.stop", { "<Control>period" } },
    { "window.close", { "<Control>w" } },
  };

  for (guint i = 0; i < G_N_ELEMENTS (accels); i++)
    gtk_application_set_accels_for_action (app, accels[i].action, accels[i].accels);
}

static void
mill_application_startup (GApplication *application)
{
  static const GActionEntry entries[] = {
    { .name = "preferences", .activate = show_preferences },
    { .name = "shortcuts", .activate = show_shortcuts },
    { .name = "about", .activate = show_about },
    { .name = "quit", .activate = quit },
  };
  MillApplication *self = MILL_APPLICATION (application);

  G_APPLICATION_CLASS (mill_application_parent_class)->startup (application);
  gtk_source_init ();
  gtk_window_set_default_icon_name (MILL_APP_ID);
  self->settings = mill_installation_open_settings ();
  g_action_map_add_action_entries (G_ACTION_MAP (self), entries, G_N_ELEMENTS (entries), self);
  set_accels (GTK_APPLICATION (self));
#ifdef MILL_WATCH_STALLS
  mill_stall_watch_start ();
#endif
}

static void
mill_application_shutdown (GApplication *application)
{
  MillApplication *self = MILL_APPLICATION (application);

  g_clear_object (&self->settings);
  G_APPLICATION_CLASS (mill_application_parent_class)->shutdown (application);
}

static void
mill_application_class_init (MillApplicationClass *klass)
{
  GApplicationClass *application_class = G_APPLICATION_CLASS (klass);

  application_class->startup = mill_application_startup;
  application_class->shutdown = mill_application_shutdown;
  application_class->activate = mill_application_activate;
  application_class->open = mill_application_open;
}

static void
mill_application_init (MillApplication *self)
{
}

MillApplication *
mill_application_new (void)
{
  return g_object_new (MILL_TYPE_APPLICATION, "application-id", MILL_APP_ID, "flags", G_APPLICATION_HANDLES_OPEN,
                       "resource-base-path", "/io/github/millrace/Millrace", NULL);
}
