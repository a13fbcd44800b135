/* mill-day.h: which heading a moment belongs under, in a list by days.
 *
 * Thread-safety: any thread.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A number that is the same for all moments under one heading and smaller for later ones: days from
 * the moment's date to today's for the first two, then last week, the rest of the month before, then
 * by month. Times are seconds since the epoch; `zone` is where the person is. */
gint mill_day_get_section (gint64 then, gint64 now, GTimeZone *zone);

/* The heading: "Today", "Yesterday", "Last Week", "Last Month", "March", "March 2025". */
char *mill_day_get_heading (gint64 then, gint64 now, GTimeZone *zone);

/* Seconds from `now` to the next midnight, when headings change. */
guint mill_day_get_seconds_to_midnight (gint64 now, GTimeZone *zone);

G_END_DECLS
