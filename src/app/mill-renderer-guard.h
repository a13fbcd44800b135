/* mill-renderer-guard.h: a window appears even where drawing with the graphics card fails.
 *
 * GTK itself takes another renderer where one cannot be set up. This covers what it cannot see: a
 * driver that crashes or hangs before the first frame. A start leaves a mark until its first frame is
 * drawn; a start that finds the mark of an earlier one draws by software, and a start whose main loop
 * hangs before its first frame is started again that way.
 *
 * Thread-safety: main thread.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

typedef enum {
  MILL_RENDERER_AS_USUAL,
  MILL_RENDERER_FELL_BACK,   /* the last start drew nothing, so this one draws by software */
  MILL_RENDERER_UNAVAILABLE, /* GTK found no graphics card that it can draw with */
} MillRendererState;

/* Chooses the renderer. Call before GTK is initialised; `argv` is what the program is started again
 * with where that takes place. Does nothing where GSK_RENDERER is set by the person. */
void mill_renderer_guard_prepare (char **argv);

/* Watches the first frames of `window`. Call before it is realized: that is where drivers fail. */
void mill_renderer_guard_watch (GtkWindow *window);

/* How windows are drawn; known once one is realized. */
MillRendererState mill_renderer_guard_get_state (GtkWindow *window);

G_END_DECLS
