#include "mill-jinja-strings.h"

#include <string.h>

#include "mill-jinja-entities.h"
#include "mill-jinja-repr.h"

static JinjaValue *
make (JinjaRender *render, const JinjaString *like, const char *text, gsize n_bytes)
{
  return jinja_is_markup (&like->base) ? jinja_new_markup (render, text, n_bytes)
                                       : jinja_new_string (render, text, n_bytes);
}

JinjaValue *
jinja_substring (JinjaRender *render, const JinjaString *string, gsize from, gsize to)
{
  if (from == 0 && to == string->n_bytes)
    return (JinjaValue *) &string->base;
  return make (render, string, string->text + from, to > from ? to - from : 0);
}

JinjaValue *
jinja_string_case (JinjaRender *render, const JinjaString *string, JinjaCase how)
{
  /* No character grows to more than three of at most four bytes. */
  if (!jinja_reserve_times (render, string->n_bytes, 4) || !jinja_step_chars (render, string->n_bytes))
    return NULL;
  g_autoptr (GString) out = g_string_sized_new (string->n_bytes);
  jinja_append_case (out, string->text, string->n_bytes, how);
  return jinja_take_string (render, out, jinja_is_markup (&string->base));
}

/* Whether the character at `at` is one of `chars`. */
static gboolean
is_one_of (const char *at, gsize size, const JinjaString *chars)
{
  if (chars == NULL)
    return jinja_is_space (jinja_utf8_get (at, &size));
  return memmem (chars->text, chars->n_bytes, at, size) != NULL;
}

JinjaValue *
jinja_string_strip (JinjaRender *render, const JinjaString *string, const JinjaString *chars, int sides)
{
  gsize from = 0, to = string->n_bytes, size;
  guint64 cost = 1 + (chars != NULL ? chars->n_bytes / 64 : 0);
  while ((sides & JINJA_LEFT) && from < to)
    {
      size = g_utf8_skip[(guint8) string->text[from]];
      if (!is_one_of (string->text + from, size, chars) || !jinja_step (render, cost))
        break;
      from += size;
    }
  while ((sides & JINJA_RIGHT) && from < to)
    {
      jinja_utf8_get_before (string->text + to, &size);
      if (!is_one_of (string->text + to - size, size, chars) || !jinja_step (render, cost))
        break;
      to -= size;
    }
  return render->error == NULL ? jinja_substring (render, string, from, to) : NULL;
}

static gsize
count_occurrences (const JinjaString *string, const JinjaString *part, gsize max)
{
  if (part->n_bytes == 0)
    return MIN (string->n_chars + 1, max);
  gsize n = 0;
  const char *at = string->text, *end = at + string->n_bytes;
  while (n < max && (at = memmem (at, (gsize) (end - at), part->text, part->n_bytes)) != NULL)
    {
      at += part->n_bytes;
      n++;
    }
  return n;
}

JinjaValue *
jinja_string_replace (JinjaRender *render, const JinjaString *string, const JinjaString *old, JinjaValue *new_value,
                      gint64 count)
{
  if (jinja_is_markup (&string->base) && (new_value = jinja_to_html (render, new_value)) == NULL)
    return NULL;
  const JinjaString *new = jinja_as_string (new_value);
  gsize n = count_occurrences (string, old, count < 0 ? G_MAXSIZE : (gsize) count), growth;
  if (!jinja_step_bytes (render, string->n_bytes))
    return NULL;
  if (n == 0)
    return (JinjaValue *) &string->base;
  if (__builtin_mul_overflow (n, new->n_bytes, &growth) || growth > G_MAXSIZE / 2)
    growth = G_MAXSIZE / 2;
  if (!jinja_reserve (render, string->n_bytes + growth) || !jinja_step (render, n / 4))
    return NULL;
  g_autoptr (GString) out = g_string_sized_new (string->n_bytes + growth);
  const char *at = string->text, *end = at + string->n_bytes;
  for (gsize i = 0; i < n; i++)
    {
      /* An empty part is found before each character. */
      const char *found = old->n_bytes > 0 ? memmem (at, (gsize) (end - at), old->text, old->n_bytes)
                          : i == 0         ? at
                                           : at + g_utf8_skip[(guint8) *at];
      g_string_append_len (out, at, found - at);
      g_string_append_len (out, new->text, (gssize) new->n_bytes);
      at = found + old->n_bytes;
    }
  g_string_append_len (out, at, end - at);
  return jinja_take_string (render, out, jinja_is_markup (&string->base));
}

/* Splitting --------------------------------------------------------------------------------------- */

static gboolean
push_part (JinjaRender *render, JinjaList *list, const JinjaString *string, gsize from, gsize to)
{
  JinjaValue *part = make (render, string, string->text + from, to - from);
  if (part == NULL || !jinja_step (render, 1))
    return FALSE;
  jinja_list_push (list, part);
  return TRUE;
}

static gboolean
split_at (JinjaRender *render, JinjaList *list, const JinjaString *string, const JinjaString *separator, gint64 max)
{
  gsize at = 0;
  for (; max != 0; max--)
    {
      const char *found = memmem (string->text + at, string->n_bytes - at, separator->text, separator->n_bytes);
      if (found == NULL)
        break;
      if (!push_part (render, list, string, at, (gsize) (found - string->text)))
        return FALSE;
      at = (gsize) (found - string->text) + separator->n_bytes;
    }
  return push_part (render, list, string, at, string->n_bytes);
}

/* The last occurrence that ends at or before `to`; no step back goes over the same text twice. */
static gssize
find_last (const JinjaString *string, const JinjaString *part, gsize to)
{
  for (gsize at = to; at >= part->n_bytes; at--)
    if (memcmp (string->text + at - part->n_bytes, part->text, part->n_bytes) == 0)
      return (gssize) (at - part->n_bytes);
  return -1;
}

static gboolean
split_at_right (JinjaRender *render, JinjaList *list, const JinjaString *string, const JinjaString *separator, gint64 max)
{
  gsize to = string->n_bytes;
  if (!jinja_step (render, (guint64) string->n_bytes / 64 * (1 + separator->n_bytes / 64)))
    return FALSE;
  for (; max != 0; max--)
    {
      gssize found = find_last (string, separator, to);
      if (found < 0)
        break;
      if (!push_part (render, list, string, (gsize) found + separator->n_bytes, to))
        return FALSE;
      to = (gsize) found;
    }
  return push_part (render, list, string, 0, to);
}

static gboolean
split_words (JinjaRender *render, JinjaList *list, const JinjaString *string, gint64 max)
{
  const char *at = string->text;
  gsize left = string->n_bytes, size;
  for (jinja_utf8_lstrip (&at, &left); left > 0; jinja_utf8_lstrip (&at, &left), max--)
    {
      gsize length = 0;
      if (max == 0)
        return push_part (render, list, string, (gsize) (at - string->text), string->n_bytes);
      while (length < left && !jinja_is_space (jinja_utf8_get (at + length, &size)))
        length += size;
      if (!push_part (render, list, string, (gsize) (at - string->text), (gsize) (at - string->text) + length))
        return FALSE;
      at += length;
      left -= length;
    }
  return TRUE;
}

static gboolean
split_words_right (JinjaRender *render, JinjaList *list, const JinjaString *string, gint64 max)
{
  const char *text = string->text;
  gsize left = string->n_bytes, size;
  for (jinja_utf8_rstrip (&text, &left); left > 0; jinja_utf8_rstrip (&text, &left), max--)
    {
      gsize start = left;
      if (max == 0)
        return push_part (render, list, string, 0, left);
      while (start > 0 && !jinja_is_space (jinja_utf8_get_before (text + start, &size)))
        start -= size;
      if (!push_part (render, list, string, start, left))
        return FALSE;
      left = start;
    }
  return TRUE;
}

static void
reverse (JinjaList *list)
{
  for (gsize i = 0; i < list->n / 2; i++)
    {
      JinjaValue *item = list->items[i];
      list->items[i] = list->items[list->n - 1 - i];
      list->items[list->n - 1 - i] = item;
    }
}

JinjaList *
jinja_string_split (JinjaRender *render, const JinjaString *string, const JinjaString *separator, gint64 max,
                    gboolean from_right)
{
  JinjaList *list = jinja_new_list (render, 0);
  gboolean fine;
  if (separator != NULL && separator->n_bytes == 0)
    return jinja_fail (render, "a text cannot be split at an empty separator");
  if (!jinja_step_bytes (render, string->n_bytes))
    return NULL;
  if (separator != NULL)
    fine = from_right ? split_at_right (render, list, string, separator, max)
                      : split_at (render, list, string, separator, max);
  else
    fine = from_right ? split_words_right (render, list, string, max) : split_words (render, list, string, max);
  if (from_right)
    reverse (list);
  return fine ? list : NULL;
}

JinjaList *
jinja_string_lines (JinjaRender *render, const JinjaString *string, gboolean keep_ends)
{
  JinjaList *list = jinja_new_list (render, 0);
  gsize from = 0, size;
  if (!jinja_step_chars (render, string->n_bytes))
    return NULL;
  for (gsize at = 0; at < string->n_bytes;)
    {
      gunichar c = jinja_utf8_get (string->text + at, &size);
      gsize end = at;
      at += size;
      if (!jinja_is_line_end (c))
        continue;
      if (c == '\r' && at < string->n_bytes && string->text[at] == '\n')
        at++;
      if (!push_part (render, list, string, from, keep_ends ? at : end))
        return NULL;
      from = at;
    }
  if (from < string->n_bytes && !push_part (render, list, string, from, string->n_bytes))
    return NULL;
  return list;
}

JinjaValue *
jinja_string_pad (JinjaRender *render, const JinjaString *string, gint64 width, const JinjaString *fill, int sides)
{
  if (fill != NULL && fill->n_chars != 1)
    return jinja_fail (render, "a text is filled with one character");
  if (width <= (gint64) string->n_chars)
    return (JinjaValue *) &string->base;
  gsize padding = (gsize) width - string->n_chars, size = fill != NULL ? fill->n_bytes : 1;
  if (!jinja_reserve_times (render, padding, size))
    return NULL;
  /* Where it cannot be even, CPython's center puts more on the left of an odd width. */
  gsize before = sides == JINJA_RIGHT ? 0 : sides == JINJA_LEFT ? padding : padding / 2 + (padding & (gsize) width & 1);
  g_autoptr (GString) out = g_string_sized_new (string->n_bytes + padding * size);
  for (gsize i = 0; i <= padding; i++)
    {
      if (i == before)
        g_string_append_len (out, string->text, (gssize) string->n_bytes);
      if (i < padding)
        g_string_append_len (out, fill != NULL ? fill->text : " ", (gssize) size);
    }
  return jinja_take_string (render, out, jinja_is_markup (&string->base));
}

JinjaValue *
jinja_string_join (JinjaRender *render, const JinjaString *separator, JinjaList *items)
{
  gboolean markup = jinja_is_markup (&separator->base);
  g_autoptr (GString) out = g_string_new (NULL);
  for (gsize i = 0; i < items->n; i++)
    {
      JinjaValue *item = items->items[i];
      if (item->kind != JINJA_STRING && !markup)
        return jinja_fail (render, "join asks for strings, item %" G_GSIZE_FORMAT " is of type “%s”", i,
                           jinja_type_name (item));
      if (i > 0)
        g_string_append_len (out, separator->text, (gssize) separator->n_bytes);
      if (!(markup ? jinja_append_html (render, out, item) : jinja_append_str (render, out, item)))
        return NULL;
    }
  return jinja_take_string (render, out, markup);
}

/* HTML -------------------------------------------------------------------------------------------- */

/* Appends what is left of a text once everything between `open` and `close` is gone; an opening that is
 * not closed stays. */
static void
append_without (GString *out, const char *text, gsize n_bytes, const char *open, const char *close)
{
  const char *at = text, *end = text + n_bytes, *start, *stop;
  while ((start = memmem (at, (gsize) (end - at), open, strlen (open))) != NULL
         && (stop = memmem (start, (gsize) (end - start), close, strlen (close))) != NULL)
    {
      g_string_append_len (out, at, start - at);
      at = stop + strlen (close);
    }
  g_string_append_len (out, at, end - at);
}

static void
append_unescaped (GString *out, const char *text, gsize n_bytes)
{
  gunichar c;
  for (gsize at = 0; at < n_bytes;)
    {
      gsize length = text[at] == '&' ? jinja_match_entity (text + at + 1, n_bytes - at - 1, &c) : 0;
      if (length > 0)
        g_string_append_unichar (out, c);
      else
        g_string_append_c (out, text[at]);
      at += length + 1;
    }
}

JinjaValue *
jinja_unescape_html (JinjaRender *render, const JinjaString *string)
{
  if (!jinja_reserve (render, string->n_bytes) || !jinja_step_chars (render, string->n_bytes))
    return NULL;
  g_autoptr (GString) out = g_string_new (NULL);
  append_unescaped (out, string->text, string->n_bytes);
  return jinja_take_string (render, out, FALSE);
}

JinjaValue *
jinja_strip_tags (JinjaRender *render, const JinjaString *string)
{
  if (!jinja_reserve_times (render, string->n_bytes, 3) || !jinja_step_chars (render, string->n_bytes))
    return NULL;
  g_autoptr (GString) no_comments = g_string_new (NULL);
  g_autoptr (GString) no_tags = g_string_new (NULL);
  g_autoptr (GString) collapsed = g_string_new (NULL);
  append_without (no_comments, string->text, string->n_bytes, "<!--", "-->");
  append_without (no_tags, no_comments->str, no_comments->len, "<", ">");
  gsize size;
  gboolean space = FALSE;
  for (const char *at = no_tags->str; at < no_tags->str + no_tags->len; at += size)
    {
      gboolean is_space = jinja_is_space (jinja_utf8_get (at, &size));
      if (!is_space && space && collapsed->len > 0)
        g_string_append_c (collapsed, ' ');
      if (!is_space)
        g_string_append_len (collapsed, at, (gssize) size);
      space = is_space;
    }
  g_string_truncate (no_tags, 0);
  append_unescaped (no_tags, collapsed->str, collapsed->len);
  return jinja_take_string (render, no_tags, FALSE);
}
