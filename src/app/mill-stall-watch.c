/* mill-stall-watch.c: reports turns of the main loop that took too long.
 *
 * GLib has no hook around a dispatch, but it waits through a poll function that may be replaced: what
 * the thread does between one wait's end and the next one's start is one turn.
 */

#include "mill-stall-watch.h"

#include <time.h>

static struct {
  GPollFunc wait;          /* what the context waited with before */
  double    turn_start;    /* processor time, ms; below 0 before the first wait */
  gint64    turn_wall;     /* monotonic time, µs */
  double    phase_start;   /* of the frame, ms */
  double    paint_start;   /* processor time, ms, at which this turn began to draw; below 0: it did not */
  double    drawing;       /* ms of this turn */
  double    layout;
  double    update;
  double    longest;
  guint     count;
} watch;

static double
thread_cpu_ms (void)
{
  struct timespec now;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &now);
  return (double) now.tv_sec * 1e3 + (double) now.tv_nsec * 1e-6;
}

static void
end_turn (void)
{
  double cpu = thread_cpu_ms () - watch.turn_start;
  double own = cpu - watch.drawing;

  watch.longest = MAX (watch.longest, own);
  if (own <= MILL_STALL_LIMIT_MS)
    return;
  watch.count++;
  g_message ("The main loop was busy for %.1f ms (wall %.1f ms; in it frame callbacks %.1f ms, layout %.1f ms; "
             "drawing, not counted, %.1f ms)",
             own, (double) (g_get_monotonic_time () - watch.turn_wall) * 1e-3, watch.update, watch.layout,
             watch.drawing);
}

static gint
watching_wait (GPollFD *fds, guint n_fds, gint timeout)
{
  gint result;

  if (watch.turn_start >= 0)
    end_turn ();
  result = watch.wait (fds, n_fds, timeout);
  watch.turn_start = thread_cpu_ms ();
  watch.turn_wall = g_get_monotonic_time ();
  watch.drawing = watch.layout = watch.update = 0;
  return result;
}

void
mill_stall_watch_start (void)
{
  g_return_if_fail (watch.wait == NULL);
  watch.turn_start = -1;
  watch.paint_start = -1;
  watch.wait = g_main_context_get_poll_func (NULL);
  g_main_context_set_poll_func (NULL, watching_wait);
}

/* The phases of a frame come in this order, each only where it was asked for; drawing is what lies
 * between the last of the others and the end. */
static void
frame_begins (void)
{
  watch.phase_start = watch.paint_start = thread_cpu_ms ();
}

static void
update_ends (void)
{
  watch.paint_start = thread_cpu_ms ();
  watch.update += watch.paint_start - watch.phase_start;
  watch.phase_start = watch.paint_start;
}

static void
layout_ends (void)
{
  watch.paint_start = thread_cpu_ms ();
  watch.layout += watch.paint_start - watch.phase_start;
  watch.phase_start = watch.paint_start;
}

static void
paint_ends (void)
{
  if (watch.paint_start < 0)
    return;
  watch.drawing += thread_cpu_ms () - watch.paint_start;
  watch.paint_start = -1;
}

void
mill_stall_watch_add_window (GtkWindow *window)
{
  GdkFrameClock *clock = gtk_widget_get_frame_clock (GTK_WIDGET (window));

  g_return_if_fail (clock != NULL);
  g_signal_connect (clock, "before-paint", G_CALLBACK (frame_begins), NULL);
  g_signal_connect_after (clock, "update", G_CALLBACK (update_ends), NULL);
  g_signal_connect_after (clock, "layout", G_CALLBACK (layout_ends), NULL);
  g_signal_connect (clock, "after-paint", G_CALLBACK (paint_ends), NULL);
}

double
mill_stall_watch_get_longest (void)
{
  return watch.longest;
}

guint
mill_stall_watch_get_count (void)
{
  return watch.count;
}
