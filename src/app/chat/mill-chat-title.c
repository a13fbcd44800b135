/* mill-chat-title.c: names made out of what was asked. */

#include "mill-chat-title.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* In characters; a file name of that many is within what file systems take, in any script. */
#define MAX_CHARS 60

char *
mill_chat_title_from_question (const char *question)
{
  g_auto (GStrv) lines = g_strsplit (question, "\n", -1);
  const char *line = "";
  g_autofree char *start = NULL;
  char *space;

  for (guint i = 0; lines[i] != NULL && *line == '\0'; i++)
    line = g_strstrip (lines[i]);
  if (g_utf8_strlen (line, -1) <= MAX_CHARS)
    return g_strdup (line);
  start = g_utf8_substring (line, 0, MAX_CHARS - 1);
  space = strrchr (start, ' ');
  /* A script without spaces, or one very long word, is cut where it stands. */
  if (space != NULL && g_utf8_strlen (start, space - start) > MAX_CHARS / 2)
    *space = '\0';
  return g_strconcat (start, "…", NULL);
}

char *
mill_chat_title_to_file_name (const char *title)
{
  glong length = g_utf8_strlen (title, -1);
  g_autofree char *start = g_utf8_substring (title, 0, MIN (length, MAX_CHARS));
  g_autoptr (GString) name = g_string_new (NULL);
  const char *stem;

  for (const char *p = start; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      /* Names that a stick or a share of another system takes too. */
      if (c < 128 && strchr ("/\\:*?\"<>|", (int) c) != NULL)
        g_string_append_c (name, ' ');
      else if (!g_unichar_iscntrl (c))
        g_string_append_unichar (name, c);
    }
  stem = g_strstrip (name->str);
  /* A dot in front would hide the file. */
  while (*stem == '.' || *stem == ' ')
    stem++;
  return g_strconcat (*stem != '\0' ? stem : _("Chat"), ".md", NULL);
}
