/* mill-application.h: the program: its window, its settings, its dialogs.
 *
 * Main thread only.
 */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define MILL_TYPE_APPLICATION (mill_application_get_type ())
G_DECLARE_FINAL_TYPE (MillApplication, mill_application, MILL, APPLICATION, AdwApplication)

MillApplication *mill_application_new (void);

G_END_DECLS
