/* mill-window.h: the main window: chats at the side, one of them in the middle. */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define MILL_TYPE_WINDOW (mill_window_get_type ())
G_DECLARE_FINAL_TYPE (MillWindow, mill_window, MILL, WINDOW, AdwApplicationWindow)

/* Size, model and last chat come from `settings` and are kept there. */
MillWindow *mill_window_new (GtkApplication *application, GSettings *settings);

/* Opens a model file that the person named. */
void mill_window_open_model (MillWindow *self, const char *path);

G_END_DECLS
