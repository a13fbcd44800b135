/* mill-installation.h: where the program's own files are, installed or in a build folder.
 *
 * A program started from its build folder (src/app/millrace there) finds its settings schema and its
 * translations beside it, so that nothing need be installed or exported to try it.
 *
 * Thread-safety: main thread.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Binds the translations. Call once, before anything is translated. */
void mill_installation_init_translations (void);

/* The program's settings (transfer full), kept in a file of its own where the desktop offers no place
 * that lasts. */
GSettings *mill_installation_open_settings (void);

/* The folder for conversations and the like, below the user's data folder; made when missing. */
char *mill_installation_get_data_dir (void);

/* The folder for what helps the next start, below the user's state folder; made when missing. */
char *mill_installation_get_state_dir (void);

G_END_DECLS
