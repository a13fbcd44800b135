/* mill-day.c: which heading a moment belongs under, in a list by days. */

#include "mill-day.h"

#include <glib/gi18n-lib.h>

#define LAST_WEEK 2
#define LAST_MONTH 3
#define FIRST_MONTH 4

static GDateTime *
get_moment (gint64 seconds, GTimeZone *zone)
{
  g_autoptr (GDateTime) utc = g_date_time_new_from_unix_utc (seconds);

  /* A time that no calendar has (a damaged database) counts as long ago. */
  if (utc == NULL)
    utc = g_date_time_new_from_unix_utc (0);
  return g_date_time_to_timezone (utc, zone);
}

/* Days since a fixed one, so that a day of 23 hours counts as one too. */
static guint32
get_day (GDateTime *moment)
{
  int year, month, day;
  GDate date;

  g_date_time_get_ymd (moment, &year, &month, &day);
  g_date_clear (&date, 1);
  g_date_set_dmy (&date, (GDateDay) day, (GDateMonth) month, (GDateYear) year);
  return g_date_get_julian (&date);
}

gint
mill_day_get_section (gint64 then, gint64 now, GTimeZone *zone)
{
  g_autoptr (GDateTime) moment = get_moment (then, zone);
  g_autoptr (GDateTime) today = get_moment (now, zone);
  gint days = (gint) get_day (today) - (gint) get_day (moment);
  gint months;

  /* A clock that was set back makes moments of tomorrow. */
  if (days <= 0)
    return 0;
  if (days == 1)
    return 1;
  if (days <= 7)
    return LAST_WEEK;
  if (days <= 30)
    return LAST_MONTH;
  months = (g_date_time_get_year (today) - g_date_time_get_year (moment)) * 12 + g_date_time_get_month (today)
           - g_date_time_get_month (moment);
  return FIRST_MONTH + months;
}

char *
mill_day_get_heading (gint64 then, gint64 now, GTimeZone *zone)
{
  g_autoptr (GDateTime) moment = get_moment (then, zone);
  g_autoptr (GDateTime) today = get_moment (now, zone);

  switch (mill_day_get_section (then, now, zone))
    {
    case 0:
      return g_strdup (_("Today"));
    case 1:
      return g_strdup (_("Yesterday"));
    case LAST_WEEK:
      return g_strdup (_("Last Week"));
    case LAST_MONTH:
      return g_strdup (_("Last Month"));
    default:
      /* Translators: a month of this year, and one of another, as strftime writes them. */
      return g_date_time_format (moment, g_date_time_get_year (moment) == g_date_time_get_year (today) ? _("%OB")
                                                                                                       : _("%OB %Y"));
    }
}

guint
mill_day_get_seconds_to_midnight (gint64 now, GTimeZone *zone)
{
  g_autoptr (GDateTime) today = get_moment (now, zone);
  g_autoptr (GDateTime) tomorrow = g_date_time_add_days (today, 1);
  g_autoptr (GDateTime) midnight = g_date_time_new (zone, g_date_time_get_year (tomorrow),
                                                    g_date_time_get_month (tomorrow),
                                                    g_date_time_get_day_of_month (tomorrow), 0, 0, 0);

  return (guint) MAX (g_date_time_to_unix (midnight) - now, 1);
}
