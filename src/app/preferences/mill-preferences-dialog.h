/* mill-preferences-dialog.h: how models answer, where they run, how the keyboard sends. */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define MILL_TYPE_PREFERENCES_DIALOG (mill_preferences_dialog_get_type ())
G_DECLARE_FINAL_TYPE (MillPreferencesDialog, mill_preferences_dialog, MILL, PREFERENCES_DIALOG, AdwPreferencesDialog)

/* Every change is kept at once, in `settings`. */
MillPreferencesDialog *mill_preferences_dialog_new (GSettings *settings);

G_END_DECLS
