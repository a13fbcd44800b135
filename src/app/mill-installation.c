/* mill-installation.c: where the program's own files are. */

#define G_SETTINGS_ENABLE_BACKEND
#include "mill-installation.h"

#include "config.h"

#include <gio/gsettingsbackend.h>
#include <glib/gi18n.h>
#include <libintl.h>
#include <locale.h>

/* The build folder that this program was started from, or NULL where it is installed. */
static char *
find_build_dir (void)
{
  g_autofree char *program = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *dir = NULL, *build = NULL, *marker = NULL;

  if (program == NULL)
    return NULL;
  dir = g_path_get_dirname (program);
  build = g_build_filename (dir, "..", "..", NULL);
  marker = g_build_filename (build, "data", "gschemas.compiled", NULL);
  return g_file_test (marker, G_FILE_TEST_EXISTS) ? g_canonicalize_filename (build, NULL) : NULL;
}

void
mill_installation_init_translations (void)
{
  g_autofree char *build = find_build_dir ();
  g_autofree char *locale_dir = build != NULL ? g_build_filename (build, "po", NULL) : g_strdup (MILL_LOCALE_DIR);

  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, locale_dir);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);
}

static GSettingsSchema *
find_schema (void)
{
  GSettingsSchemaSource *installed = g_settings_schema_source_get_default ();
  g_autoptr (GSettingsSchemaSource) built = NULL;
  g_autofree char *build = find_build_dir ();
  g_autofree char *dir = NULL;
  g_autoptr (GError) error = NULL;

  /* A program in its build folder wants the schema that was built with it, not an older installed one. */
  if (build == NULL)
    return installed != NULL ? g_settings_schema_source_lookup (installed, MILL_APP_ID, TRUE) : NULL;
  dir = g_build_filename (build, "data", NULL);
  built = g_settings_schema_source_new_from_directory (dir, installed, FALSE, &error);
  if (built == NULL)
    g_error ("The settings of Millrace cannot be read from %s: %s", dir, error->message);
  return g_settings_schema_source_lookup (built, MILL_APP_ID, FALSE);
}

GSettings *
mill_installation_open_settings (void)
{
  g_autoptr (GSettingsSchema) schema = find_schema ();
  g_autoptr (GSettingsBackend) backend = g_settings_backend_get_default ();

  if (schema == NULL)
    g_error ("The settings schema %s is not installed", MILL_APP_ID);
  /* Without dconf GLib keeps settings in memory, and they would be gone at the next start. */
  if (g_str_equal (G_OBJECT_TYPE_NAME (backend), "GMemorySettingsBackend")
      && g_strcmp0 (g_getenv ("GSETTINGS_BACKEND"), "memory") != 0)
    {
      g_autofree char *file = g_build_filename (g_get_user_config_dir (), "millrace", "settings.ini", NULL);

      g_object_unref (backend);
      backend = g_keyfile_settings_backend_new (file, "/io/github/millrace/Millrace/", "Millrace");
    }
  return g_settings_new_full (schema, backend, NULL);
}

static char *
make_dir (const char *base)
{
  char *dir = g_build_filename (base, "millrace", NULL);

  if (g_mkdir_with_parents (dir, 0700) != 0)
    g_message ("The folder %s could not be made", dir);
  return dir;
}

char *
mill_installation_get_data_dir (void)
{
  return make_dir (g_get_user_data_dir ());
}

char *
mill_installation_get_state_dir (void)
{
  return make_dir (g_get_user_state_dir ());
}
