/* The methods of strings. */
#include <string.h>

#include "mill-jinja-access.h"
#include "mill-jinja-args.h"
#include "mill-jinja-format.h"
#include "mill-jinja-iter.h"
#include "mill-jinja-repr.h"
#include "mill-jinja-strings.h"

#define METHOD(name) static JinjaValue *name (JinjaRender *render, JinjaValue *self, const JinjaArgs *args)

/* Case -------------------------------------------------------------------------------------------- */

static JinjaValue *
change_case (JinjaRender *render, JinjaValue *self, const JinjaArgs *args, JinjaCase how)
{
  return jinja_args_none (render, args) ? jinja_string_case (render, jinja_as_string (self), how) : NULL;
}

METHOD (string_upper) { return change_case (render, self, args, JINJA_CASE_UPPER); }
METHOD (string_lower) { return change_case (render, self, args, JINJA_CASE_LOWER); }
METHOD (string_casefold) { return change_case (render, self, args, JINJA_CASE_FOLD); }
METHOD (string_swapcase) { return change_case (render, self, args, JINJA_CASE_SWAP); }
METHOD (string_capitalize) { return change_case (render, self, args, JINJA_CASE_CAPITALIZE); }
METHOD (string_title) { return change_case (render, self, args, JINJA_CASE_TITLE); }

/* Classes of characters --------------------------------------------------------------------------- */

static gboolean
is_alnum (gunichar c)
{
  return jinja_is_alpha (c) || jinja_is_numeric (c) || jinja_is_digit (c);
}

static gboolean
is_ascii (gunichar c)
{
  return c < 0x80;
}

/* Whether all characters are of a class, and there are any unless `empty` will do. */
static JinjaValue *
all_are (JinjaRender *render, JinjaValue *self, const JinjaArgs *args, gboolean (*is) (gunichar), gboolean empty)
{
  const JinjaString *string = jinja_as_string (self);
  gsize size;
  if (!jinja_args_none (render, args) || !jinja_step_chars (render, string->n_bytes))
    return NULL;
  for (gsize at = 0; at < string->n_bytes; at += size)
    if (!is (jinja_utf8_get (string->text + at, &size)))
      return jinja_bool (FALSE);
  return jinja_bool (string->n_bytes > 0 || empty);
}

METHOD (string_isalpha) { return all_are (render, self, args, jinja_is_alpha, FALSE); }
METHOD (string_isalnum) { return all_are (render, self, args, is_alnum, FALSE); }
METHOD (string_isascii) { return all_are (render, self, args, is_ascii, TRUE); }
METHOD (string_isdecimal) { return all_are (render, self, args, jinja_is_decimal, FALSE); }
METHOD (string_isdigit) { return all_are (render, self, args, jinja_is_digit, FALSE); }
METHOD (string_isnumeric) { return all_are (render, self, args, jinja_is_numeric, FALSE); }
METHOD (string_isspace) { return all_are (render, self, args, jinja_is_space, FALSE); }
METHOD (string_isprintable) { return all_are (render, self, args, jinja_is_printable, TRUE); }

METHOD (string_isidentifier)
{
  gsize size;
  const JinjaString *string = jinja_as_string (self);
  if (string->n_bytes == 0 || !jinja_is_identifier_start (jinja_utf8_get (string->text, &size)))
    return jinja_bool (FALSE);
  return all_are (render, self, args, jinja_is_identifier, FALSE);
}

gboolean
jinja_string_has_case (const JinjaString *string, gboolean upper_case)
{
  gboolean found = FALSE;
  gsize size;
  for (gsize at = 0; at < string->n_bytes; at += size)
    {
      gunichar c = jinja_utf8_get (string->text + at, &size);
      if (jinja_is_title (c) || (upper_case ? jinja_is_lower (c) : jinja_is_upper (c)))
        return FALSE;
      found = found || jinja_is_cased (c);
    }
  return found;
}

METHOD (string_isupper)
{
  return jinja_args_none (render, args) ? jinja_bool (jinja_string_has_case (jinja_as_string (self), TRUE)) : NULL;
}

METHOD (string_islower)
{
  return jinja_args_none (render, args) ? jinja_bool (jinja_string_has_case (jinja_as_string (self), FALSE)) : NULL;
}

/* Capitals begin words and stand nowhere else. */
METHOD (string_istitle)
{
  const JinjaString *string = jinja_as_string (self);
  gboolean found = FALSE, in_word = FALSE;
  gsize size;
  if (!jinja_args_none (render, args))
    return NULL;
  for (gsize at = 0; at < string->n_bytes; at += size)
    {
      gunichar c = jinja_utf8_get (string->text + at, &size);
      gboolean capital = jinja_is_upper (c) || jinja_is_title (c);
      if (capital ? in_word : jinja_is_lower (c) && !in_word)
        return jinja_bool (FALSE);
      in_word = jinja_is_cased (c);
      found = found || in_word;
    }
  return jinja_bool (found);
}

/* Stripping, padding ------------------------------------------------------------------------------ */

static JinjaValue *
strip_sides (JinjaRender *render, JinjaValue *self, const JinjaArgs *args, int sides)
{
  JinjaValue *chars;
  if (!jinja_args_bind (render, args, "chars /", 0, &chars))
    return NULL;
  if (chars == NULL || chars->kind == JINJA_NONE)
    return jinja_string_strip (render, jinja_as_string (self), NULL, sides);
  if (chars->kind != JINJA_STRING)
    return jinja_fail (render, "%s asks for a string or none, not for “%s”", args->callee, jinja_type_name (chars));
  return jinja_string_strip (render, jinja_as_string (self), jinja_as_string (chars), sides);
}

METHOD (string_strip) { return strip_sides (render, self, args, JINJA_BOTH); }
METHOD (string_lstrip) { return strip_sides (render, self, args, JINJA_LEFT); }
METHOD (string_rstrip) { return strip_sides (render, self, args, JINJA_RIGHT); }

static JinjaValue *
pad_sides (JinjaRender *render, JinjaValue *self, const JinjaArgs *args, int sides)
{
  JinjaValue *values[2];
  gint64 width;
  if (!jinja_args_bind (render, args, "width fillchar /", 1, values) || !jinja_arg_int (render, values[0], 0, &width))
    return NULL;
  if (values[1] != NULL && values[1]->kind != JINJA_STRING)
    return jinja_fail (render, "%s fills with a string, not with “%s”", args->callee, jinja_type_name (values[1]));
  return jinja_string_pad (render, jinja_as_string (self), width,
                           values[1] != NULL ? jinja_as_string (values[1]) : NULL, sides);
}

METHOD (string_center) { return pad_sides (render, self, args, JINJA_BOTH); }
METHOD (string_ljust) { return pad_sides (render, self, args, JINJA_RIGHT); }
METHOD (string_rjust) { return pad_sides (render, self, args, JINJA_LEFT); }

METHOD (string_zfill)
{
  const JinjaString *string = jinja_as_string (self);
  JinjaValue *arg;
  gint64 width;
  if (!jinja_args_bind (render, args, "width /", 1, &arg) || !jinja_arg_int (render, arg, 0, &width))
    return NULL;
  if (width <= (gint64) string->n_chars)
    return self;
  gsize padding = (gsize) width - string->n_chars, sign = string->text[0] == '+' || string->text[0] == '-';
  if (!jinja_reserve (render, padding))
    return NULL;
  g_autoptr (GString) out = g_string_sized_new (string->n_bytes + padding);
  g_string_append_len (out, string->text, (gssize) sign);
  g_string_set_size (out, sign + padding);
  memset (out->str + sign, '0', padding);
  g_string_append_len (out, string->text + sign, (gssize) (string->n_bytes - sign));
  return jinja_take_string (render, out, jinja_is_markup (self));
}

METHOD (string_expandtabs)
{
  const JinjaString *string = jinja_as_string (self);
  JinjaValue *arg;
  gint64 size;
  if (!jinja_args_bind (render, args, "tabsize", 0, &arg) || !jinja_arg_int (render, arg, 8, &size))
    return NULL;
  g_autoptr (GString) out = g_string_new (NULL);
  gint64 column = 0;
  for (gsize i = 0; i < string->n_bytes; i++)
    {
      char c = string->text[i];
      if (c == '\t')
        {
          gsize n = size > 0 ? (gsize) (size - column % size) : 0;
          if (!jinja_reserve (render, out->len + n))
            return NULL;
          g_string_append_printf (out, "%*s", (int) MIN (n, G_MAXINT32), "");
          column = 0;
          continue;
        }
      g_string_append_c (out, c);
      column = c == '\n' || c == '\r' ? 0 : column + ((c & 0xc0) != 0x80);
    }
  return jinja_take_string (render, out, jinja_is_markup (self));
}

/* Searching --------------------------------------------------------------------------------------- */

/* The part of a string that `start` and `end` (code points, from -n to n) leave; FALSE where start is
 * beyond the end. */
static gboolean
get_window (JinjaRender *render, const JinjaString *string, JinjaValue *start, JinjaValue *end, gsize *from, gsize *to,
            gboolean *beyond)
{
  gint64 first, last, n = (gint64) string->n_chars;
  if (!jinja_arg_int (render, start != NULL && start->kind == JINJA_NONE ? NULL : start, 0, &first)
      || !jinja_arg_int (render, end != NULL && end->kind == JINJA_NONE ? NULL : end, n, &last))
    return FALSE;
  *beyond = first > n;
  first = jinja_clamp_index (first, string->n_chars);
  last = jinja_clamp_index (last, string->n_chars);
  *beyond = *beyond || first > last;
  *from = jinja_utf8_offset (string->text, string->n_bytes, (gsize) first);
  *to = MAX (*from, jinja_utf8_offset (string->text, string->n_bytes, (gsize) last));
  return jinja_step_bytes (render, string->n_bytes);
}

/* The byte at which `part` is found between `from` and `to`, or -1. */
static gssize
find_part (const JinjaString *string, const JinjaString *part, gsize from, gsize to, gboolean last)
{
  if (!last || to - from < part->n_bytes)
    {
      const char *found = memmem (string->text + from, to - from, part->text, part->n_bytes);
      return found != NULL ? found - string->text : -1;
    }
  for (gsize at = to - part->n_bytes + 1; at-- > from;)
    if (memcmp (string->text + at, part->text, part->n_bytes) == 0)
      return (gssize) at;
  return -1;
}

static JinjaValue *
find_index (JinjaRender *render, JinjaValue *self, const JinjaArgs *args, gboolean last, gboolean must)
{
  const JinjaString *string = jinja_as_string (self);
  JinjaValue *values[3];
  gsize from, to;
  gboolean beyond;
  if (!jinja_args_bind (render, args, "sub start end /", 1, values)
      || !get_window (render, string, values[1], values[2], &from, &to, &beyond))
    return NULL;
  if (values[0]->kind != JINJA_STRING)
    return jinja_fail (render, "%s asks for a string, not for “%s”", args->callee, jinja_type_name (values[0]));
  gssize found = beyond ? -1 : find_part (string, jinja_as_string (values[0]), from, to, last);
  if (found < 0 && must)
    return jinja_fail (render, "%s did not find the text", args->callee);
  return jinja_new_int (render, found < 0 ? -1 : (gint64) jinja_utf8_count (string->text, (gsize) found));
}

METHOD (string_find) { return find_index (render, self, args, FALSE, FALSE); }
METHOD (string_rfind) { return find_index (render, self, args, TRUE, FALSE); }
METHOD (string_index) { return find_index (render, self, args, FALSE, TRUE); }
METHOD (string_rindex) { return find_index (render, self, args, TRUE, TRUE); }

METHOD (string_count)
{
  const JinjaString *string = jinja_as_string (self), *part;
  JinjaValue *values[3];
  gsize from, to, n = 0;
  gboolean beyond;
  if (!jinja_args_bind (render, args, "sub start end /", 1, values)
      || !get_window (render, string, values[1], values[2], &from, &to, &beyond))
    return NULL;
  if (values[0]->kind != JINJA_STRING)
    return jinja_fail (render, "count asks for a string, not for “%s”", jinja_type_name (values[0]));
  part = jinja_as_string (values[0]);
  if (beyond)
    return jinja_new_int (render, 0);
  if (part->n_bytes == 0)
    return jinja_new_int (render, (gint64) jinja_utf8_count (string->text + from, to - from) + 1);
  for (gssize at; (at = find_part (string, part, from, to, FALSE)) >= 0; from = (gsize) at + part->n_bytes)
    n++;
  return jinja_new_int (render, (gint64) n);
}

/* Whether a string has the affix at that end of its window. */
static gboolean
has_affix (const JinjaString *string, const JinjaString *affix, gsize from, gsize to, gboolean at_end)
{
  if (affix->n_bytes > to - from)
    return FALSE;
  return memcmp (string->text + (at_end ? to - affix->n_bytes : from), affix->text, affix->n_bytes) == 0;
}

static JinjaValue *
test_affix (JinjaRender *render, JinjaValue *self, const JinjaArgs *args, gboolean at_end)
{
  const JinjaString *string = jinja_as_string (self);
  JinjaValue *values[3];
  gsize from, to;
  gboolean beyond, found = FALSE;
  if (!jinja_args_bind (render, args, "prefix start end /", 1, values)
      || !get_window (render, string, values[1], values[2], &from, &to, &beyond))
    return NULL;
  JinjaValue *one[] = { values[0] }, **affixes = one;
  gsize n = 1;
  if (values[0]->kind == JINJA_TUPLE)
    {
      affixes = jinja_as_list (values[0])->items;
      n = jinja_as_list (values[0])->n;
    }
  for (gsize i = 0; i < n; i++)
    {
      if (affixes[i]->kind == JINJA_UNDEFINED)
        return jinja_fail_undefined (render, affixes[i]);
      if (affixes[i]->kind != JINJA_STRING)
        return jinja_fail (render, "%s asks for a string or a tuple of strings, not for “%s”", args->callee,
                           jinja_type_name (affixes[i]));
      found = found || (!beyond && has_affix (string, jinja_as_string (affixes[i]), from, to, at_end));
    }
  return jinja_bool (found);
}

METHOD (string_startswith) { return test_affix (render, self, args, FALSE); }
METHOD (string_endswith) { return test_affix (render, self, args, TRUE); }

static JinjaValue *
remove_affix (JinjaRender *render, JinjaValue *self, const JinjaArgs *args, gboolean at_end)
{
  const JinjaString *string = jinja_as_string (self);
  JinjaValue *affix;
  const char *text;
  gsize n_bytes;
  if (!jinja_args_bind (render, args, "affix /", 1, &affix) || !jinja_arg_string (render, affix, "", &text, &n_bytes))
    return NULL;
  if (!has_affix (string, jinja_as_string (affix), 0, string->n_bytes, at_end))
    return self;
  return jinja_substring (render, string, at_end ? 0 : n_bytes, at_end ? string->n_bytes - n_bytes : string->n_bytes);
}

METHOD (string_removeprefix) { return remove_affix (render, self, args, FALSE); }
METHOD (string_removesuffix) { return remove_affix (render, self, args, TRUE); }

/* Taking apart, putting together ------------------------------------------------------------------ */

static JinjaValue *
partition_at (JinjaRender *render, JinjaValue *self, const JinjaArgs *args, gboolean last)
{
  const JinjaString *string = jinja_as_string (self);
  JinjaValue *separator;
  const char *text;
  gsize n_bytes;
  if (!jinja_args_bind (render, args, "sep /", 1, &separator) || !jinja_arg_string (render, separator, "", &text, &n_bytes)
      || !jinja_step_bytes (render, string->n_bytes))
    return NULL;
  if (n_bytes == 0)
    return jinja_fail (render, "a text cannot be split at an empty separator");
  gssize found = find_part (string, jinja_as_string (separator), 0, string->n_bytes, last);
  gsize cuts[4] = { 0, string->n_bytes, string->n_bytes, string->n_bytes };
  if (found < 0 && last)
    cuts[1] = cuts[2] = 0;
  else if (found >= 0)
    {
      cuts[1] = (gsize) found;
      cuts[2] = (gsize) found + n_bytes;
    }
  JinjaList *parts = jinja_new_tuple (render, 3);
  for (int i = 0; i < 3; i++)
    {
      JinjaValue *part = jinja_substring (render, string, cuts[i], cuts[i + 1]);
      if (part == NULL)
        return NULL;
      jinja_list_push (parts, part);
    }
  return &parts->base;
}

METHOD (string_partition) { return partition_at (render, self, args, FALSE); }
METHOD (string_rpartition) { return partition_at (render, self, args, TRUE); }

static JinjaValue *
split_parts (JinjaRender *render, JinjaValue *self, const JinjaArgs *args, gboolean from_right)
{
  JinjaValue *values[2];
  gint64 max;
  if (!jinja_args_bind (render, args, "sep maxsplit", 0, values) || !jinja_arg_int (render, values[1], -1, &max))
    return NULL;
  JinjaValue *separator = values[0];
  if (separator != NULL && separator->kind == JINJA_NONE)
    separator = NULL;
  if (separator != NULL && separator->kind == JINJA_UNDEFINED)
    return jinja_fail_undefined (render, separator);
  if (separator != NULL && separator->kind != JINJA_STRING)
    return jinja_fail (render, "%s asks for a string or none, not for “%s”", args->callee, jinja_type_name (separator));
  JinjaList *parts = jinja_string_split (render, jinja_as_string (self),
                                         separator != NULL ? jinja_as_string (separator) : NULL, max, from_right);
  return parts != NULL ? &parts->base : NULL;
}

METHOD (string_split) { return split_parts (render, self, args, FALSE); }
METHOD (string_rsplit) { return split_parts (render, self, args, TRUE); }

METHOD (string_splitlines)
{
  JinjaValue *keep;
  if (!jinja_args_bind (render, args, "keepends", 0, &keep))
    return NULL;
  JinjaList *lines = jinja_string_lines (render, jinja_as_string (self), jinja_arg_bool (keep, FALSE));
  return lines != NULL ? &lines->base : NULL;
}

METHOD (string_replace)
{
  JinjaValue *values[3];
  const char *text;
  gsize n_bytes;
  gint64 max;
  if (!jinja_args_bind (render, args, "old new count /", 2, values) || !jinja_arg_int (render, values[2], -1, &max)
      || !jinja_arg_string (render, values[0], "", &text, &n_bytes)
      || !jinja_arg_string (render, values[1], "", &text, &n_bytes))
    return NULL;
  return jinja_string_replace (render, jinja_as_string (self), jinja_as_string (values[0]), values[1], max);
}

METHOD (string_join)
{
  JinjaValue *items;
  if (!jinja_args_bind (render, args, "iterable /", 1, &items))
    return NULL;
  JinjaList *list = jinja_to_list (render, items);
  return list != NULL ? jinja_string_join (render, jinja_as_string (self), list) : NULL;
}

METHOD (string_format)
{
  return jinja_format_braces (render, self, args, NULL);
}

METHOD (string_format_map)
{
  JinjaValue *map;
  if (!jinja_args_bind (render, args, "mapping /", 1, &map))
    return NULL;
  if (map->kind != JINJA_DICT)
    return jinja_fail (render, "format_map asks for a dict, not for “%s”", jinja_type_name (map));
  return jinja_format_braces (render, self, args, map);
}

METHOD (string_striptags)
{
  return jinja_args_none (render, args) ? jinja_strip_tags (render, jinja_as_string (self)) : NULL;
}

METHOD (string_unescape)
{
  return jinja_args_none (render, args) ? jinja_unescape_html (render, jinja_as_string (self)) : NULL;
}

static const JinjaMethodDef methods[] = {
  { "capitalize", string_capitalize, FALSE }, { "casefold", string_casefold, FALSE },
  { "center", string_center, FALSE }, { "count", string_count, FALSE }, { "endswith", string_endswith, FALSE },
  { "expandtabs", string_expandtabs, FALSE }, { "find", string_find, FALSE }, { "format", string_format, FALSE },
  { "format_map", string_format_map, FALSE }, { "index", string_index, FALSE },
  { "isalnum", string_isalnum, FALSE }, { "isalpha", string_isalpha, FALSE }, { "isascii", string_isascii, FALSE },
  { "isdecimal", string_isdecimal, FALSE }, { "isdigit", string_isdigit, FALSE },
  { "isidentifier", string_isidentifier, FALSE }, { "islower", string_islower, FALSE },
  { "isnumeric", string_isnumeric, FALSE }, { "isprintable", string_isprintable, FALSE },
  { "isspace", string_isspace, FALSE }, { "istitle", string_istitle, FALSE }, { "isupper", string_isupper, FALSE },
  { "join", string_join, FALSE }, { "ljust", string_ljust, FALSE }, { "lower", string_lower, FALSE },
  { "lstrip", string_lstrip, FALSE }, { "partition", string_partition, FALSE },
  { "removeprefix", string_removeprefix, FALSE }, { "removesuffix", string_removesuffix, FALSE },
  { "replace", string_replace, FALSE }, { "rfind", string_rfind, FALSE }, { "rindex", string_rindex, FALSE },
  { "rjust", string_rjust, FALSE }, { "rpartition", string_rpartition, FALSE }, { "rsplit", string_rsplit, FALSE },
  { "rstrip", string_rstrip, FALSE }, { "split", string_split, FALSE }, { "splitlines", string_splitlines, FALSE },
  { "startswith", string_startswith, FALSE }, { "strip", string_strip, FALSE },
  { "swapcase", string_swapcase, FALSE }, { "title", string_title, FALSE }, { "upper", string_upper, FALSE },
  { "zfill", string_zfill, FALSE },
};

static const JinjaMethodDef markup_methods[] = {
  { "striptags", string_striptags, FALSE }, { "unescape", string_unescape, FALSE },
};

const JinjaMethodDef *
jinja_find_string_method (const char *name, gboolean markup)
{
  for (gsize i = 0; i < G_N_ELEMENTS (methods); i++)
    if (strcmp (methods[i].name, name) == 0)
      return &methods[i];
  for (gsize i = 0; markup && i < G_N_ELEMENTS (markup_methods); i++)
    if (strcmp (markup_methods[i].name, name) == 0)
      return &markup_methods[i];
  return NULL;
}
