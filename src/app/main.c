/* main.c: starts the window's program. */

#include "mill-application.h"
#include "mill-installation.h"
#include "mill-renderer-guard.h"
#include "models/mill-device-list.h"

#include <glib/gi18n.h>

int
main (int argc, char **argv)
{
  g_autoptr (MillApplication) application = NULL;

  mill_device_prepare_environment ();
  mill_installation_init_translations ();
  g_set_application_name ("Millrace");
  mill_renderer_guard_prepare (argv);
  application = mill_application_new ();
  return g_application_run (G_APPLICATION (application), argc, argv);
}
