/* mill-stall-watch.h: reports turns of the main loop that took too long.
 *
 * A turn is what the main context does between two waits. Counted is the thread's own processor time,
 * so that a busy machine raises no alarm; what GSK takes to draw is told apart. Meant for debug
 * builds: the report is a g_message, so that fatal warnings stay usable.
 *
 * Thread-safety: main thread.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Processor time that one turn may take, in milliseconds. */
#define MILL_STALL_LIMIT_MS 16.0

/* Watches the default main context from now on. */
void mill_stall_watch_start (void);

/* Tells drawing apart for the surfaces of `window`, which must be realized. */
void mill_stall_watch_add_window (GtkWindow *window);

/* Longest turn so far without drawing, in milliseconds of processor time, and how many went over the
 * limit. */
double mill_stall_watch_get_longest (void);
guint  mill_stall_watch_get_count (void);

G_END_DECLS
