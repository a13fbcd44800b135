/* mill-renderer-guard.c: a window appears even where drawing with the graphics card fails. */

#include "mill-renderer-guard.h"

#include "mill-installation.h"

#include <glib/gstdio.h>
#include <unistd.h>

/* A start by this program carries the variable: what it chose was not the person's choice. */
#define FELL_BACK_VARIABLE "MILLRACE_RENDERER_FELL_BACK"
/* How long a main loop may stand still before the first frame, in seconds. */
#define HANG_SECONDS 12
/* Frames after which drawing is taken to work. */
#define GOOD_FRAMES 3

static struct {
  char   **argv;
  char    *mark;       /* path of the file that says: a start has not drawn yet */
  gboolean fell_back;
  guint    frames;
  gulong   frame_handler;
  int      heartbeats; /* of the main loop; atomic */
  int      finished;   /* atomic: drawing works, or the window is gone */
} guard;

static void
restart_by_software (void)
{
  g_setenv ("GSK_RENDERER", "cairo", TRUE);
  g_setenv (FELL_BACK_VARIABLE, "1", TRUE);
  execv ("/proc/self/exe", guard.argv);
}

/* Runs in its own thread, since a hanging driver holds the main one. A main loop that turns without
 * drawing (a hidden window) is fine. */
static gpointer
watch_for_hang (gpointer data)
{
  int last = -1;
  guint still = 0;

  while (!g_atomic_int_get (&guard.finished) && still < HANG_SECONDS)
    {
      int beats;

      g_usleep (G_USEC_PER_SEC);
      beats = g_atomic_int_get (&guard.heartbeats);
      still = beats == last ? still + 1 : 0;
      last = beats;
    }
  if (!g_atomic_int_get (&guard.finished))
    restart_by_software ();
  return NULL;
}

static gboolean
beat (gpointer data)
{
  g_atomic_int_inc (&guard.heartbeats);
  return g_atomic_int_get (&guard.finished) ? G_SOURCE_REMOVE : G_SOURCE_CONTINUE;
}

static void
finish (void)
{
  g_atomic_int_set (&guard.finished, 1);
  if (guard.mark != NULL)
    g_unlink (guard.mark);
}

static void
frame_drawn (GdkFrameClock *clock)
{
  if (++guard.frames < GOOD_FRAMES)
    return;
  g_clear_signal_handler (&guard.frame_handler, clock);
  finish ();
}

static void
window_realized (GtkWidget *window)
{
  if (guard.frame_handler == 0)
    guard.frame_handler = g_signal_connect (gtk_widget_get_frame_clock (window), "after-paint",
                                            G_CALLBACK (frame_drawn), NULL);
}

void
mill_renderer_guard_prepare (char **argv)
{
  g_autofree char *dir = NULL;

  guard.argv = argv;
  guard.fell_back = g_getenv (FELL_BACK_VARIABLE) != NULL;
  g_unsetenv (FELL_BACK_VARIABLE);
  if (g_getenv ("GSK_RENDERER") != NULL)
    {
      guard.finished = 1;
      return;
    }
  dir = mill_installation_get_state_dir ();
  guard.mark = g_build_filename (dir, "has-not-drawn", NULL);
  if (g_file_test (guard.mark, G_FILE_TEST_EXISTS))
    {
      g_setenv ("GSK_RENDERER", "cairo", TRUE);
      guard.fell_back = TRUE;
      /* The start after this one tries the graphics card again: a driver may have been mended. */
      finish ();
    }
}

void
mill_renderer_guard_watch (GtkWindow *window)
{
  static gboolean started;

  if (started || g_atomic_int_get (&guard.finished))
    return;
  started = TRUE;
  g_file_set_contents (guard.mark, "", 0, NULL);
  g_signal_connect_after (window, "realize", G_CALLBACK (window_realized), NULL);
  /* Closed, or ended in order, before it ever was in view: nothing went wrong. */
  g_signal_connect (window, "unrealize", G_CALLBACK (finish), NULL);
  g_timeout_add_seconds (1, beat, NULL);
  g_thread_unref (g_thread_new ("renderer guard", watch_for_hang, NULL));
}

MillRendererState
mill_renderer_guard_get_state (GtkWindow *window)
{
  GskRenderer *renderer = gtk_native_get_renderer (GTK_NATIVE (window));

  if (guard.fell_back)
    return MILL_RENDERER_FELL_BACK;
  if (renderer != NULL && g_str_equal (G_OBJECT_TYPE_NAME (renderer), "GskCairoRenderer")
      && g_getenv ("GSK_RENDERER") == NULL)
    return MILL_RENDERER_UNAVAILABLE;
  return MILL_RENDERER_AS_USUAL;
}
