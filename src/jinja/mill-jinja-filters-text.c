/* Filters of text. Input that is no string is taken for its text. */
#include <string.h>

#include "mill-jinja-arithmetic.h"
#include "mill-jinja-filters.h"
#include "mill-jinja-format.h"
#include "mill-jinja-iter.h"
#include "mill-jinja-repr.h"
#include "mill-jinja-strings.h"

#define FILTER(name) static JinjaValue *name (JinjaRender *render, JinjaValue *input, const JinjaArgs *args)

static const JinjaString *
get_text (JinjaRender *render, JinjaValue *input)
{
  JinjaValue *text = jinja_to_string (render, input);
  return text != NULL ? jinja_as_string (text) : NULL;
}

static JinjaValue *
change_case (JinjaRender *render, JinjaValue *input, const JinjaArgs *args, JinjaCase how)
{
  const JinjaString *text = jinja_args_none (render, args) ? get_text (render, input) : NULL;
  return text != NULL ? jinja_string_case (render, text, how) : NULL;
}

FILTER (filter_upper) { return change_case (render, input, args, JINJA_CASE_UPPER); }
FILTER (filter_lower) { return change_case (render, input, args, JINJA_CASE_LOWER); }
FILTER (filter_capitalize) { return change_case (render, input, args, JINJA_CASE_CAPITALIZE); }

/* Words begin after white space, a hyphen or an opening bracket, unlike in str.title. */
static gboolean
separates_words (gunichar c)
{
  return jinja_is_space (c) || (c < 0x80 && c != 0 && strchr ("-({[<", (int) c) != NULL);
}

FILTER (filter_title)
{
  const JinjaString *text = jinja_args_none (render, args) ? get_text (render, input) : NULL;
  if (text == NULL || !jinja_reserve_times (render, text->n_bytes, 4) || !jinja_step_chars (render, text->n_bytes))
    return NULL;
  g_autoptr (GString) out = g_string_sized_new (text->n_bytes);
  gsize size;
  for (gsize at = 0; at < text->n_bytes;)
    {
      gsize end = at;
      gboolean separators = separates_words (jinja_utf8_get (text->text + at, &size));
      while (end < text->n_bytes && separates_words (jinja_utf8_get (text->text + end, &size)) == separators)
        end += size;
      jinja_utf8_get (text->text + at, &size);
      jinja_append_case (out, text->text + at, size, JINJA_CASE_UPPER);
      jinja_append_case (out, text->text + at + size, end - at - size, JINJA_CASE_LOWER);
      at = end;
    }
  return jinja_take_string (render, out, FALSE);
}

FILTER (filter_trim)
{
  JinjaValue *chars;
  const char *unused;
  gsize n_bytes;
  if (!jinja_args_bind (render, args, "chars", 0, &chars) || !jinja_arg_string (render, chars, NULL, &unused, &n_bytes))
    return NULL;
  const JinjaString *text = get_text (render, input);
  if (text == NULL)
    return NULL;
  return jinja_string_strip (render, text, chars != NULL && chars->kind == JINJA_STRING ? jinja_as_string (chars) : NULL,
                             JINJA_BOTH);
}

FILTER (filter_center)
{
  JinjaValue *arg;
  gint64 width;
  if (!jinja_args_bind (render, args, "width", 0, &arg) || !jinja_arg_int (render, arg, 80, &width))
    return NULL;
  const JinjaString *text = get_text (render, input);
  return text != NULL ? jinja_string_pad (render, text, width, NULL, JINJA_BOTH) : NULL;
}

FILTER (filter_string)
{
  return jinja_args_none (render, args) ? jinja_to_string (render, input) : NULL;
}

/* The same text, plain: outside of autoescape filters look at str (value), which markup loses. */
static JinjaValue *
get_plain (JinjaRender *render, JinjaValue *value)
{
  JinjaValue *text = jinja_to_string (render, value);
  if (text == NULL || !jinja_is_markup (text))
    return text;
  return jinja_new_string (render, jinja_as_string (text)->text, jinja_as_string (text)->n_bytes);
}

FILTER (filter_replace)
{
  JinjaValue *values[3];
  gint64 count;
  if (!jinja_args_bind (render, args, "old new count", 2, values))
    return NULL;
  if (values[2] != NULL && values[2]->kind == JINJA_NONE)
    values[2] = NULL;
  if (!jinja_arg_int (render, values[2], -1, &count))
    return NULL;
  gboolean escape = render->autoescape && (jinja_is_markup (values[0]) || (jinja_is_markup (values[1]) && !jinja_is_markup (input)));
  JinjaValue *text = !render->autoescape ? get_plain (render, input)
                     : escape            ? jinja_to_html (render, input)
                                         : jinja_to_string (render, input);
  JinjaValue *old = jinja_to_string (render, values[0]);
  JinjaValue *new = jinja_to_string (render, values[1]);
  if (text == NULL || old == NULL || new == NULL)
    return NULL;
  return jinja_string_replace (render, jinja_as_string (text), jinja_as_string (old), new, count);
}

FILTER (filter_format)
{
  JinjaValue *text = jinja_to_string (render, input);
  if (text == NULL)
    return NULL;
  if (jinja_args_n (args) > 0 && jinja_args_n_named (args) > 0)
    return jinja_fail (render, "format takes arguments by position or by name, not both");
  JinjaValue *values = jinja_args_n_named (args) > 0 ? &args->named->base
                       : args->positional != NULL    ? &args->positional->base
                                                     : &jinja_new_tuple (render, 0)->base;
  return jinja_format_percent (render, text, values);
}

/* What the lines but the first begin with. */
static gboolean
get_indent (JinjaRender *render, JinjaValue *width, JinjaValue **indent)
{
  gint64 n;
  if (width != NULL && width->kind == JINJA_STRING)
    {
      *indent = width;
      return TRUE;
    }
  if (!jinja_arg_int (render, width, 4, &n))
    return FALSE;
  JinjaValue *space = jinja_new_literal (render, " ");
  *indent = jinja_repeat_string (render, jinja_as_string (space), jinja_new_int (render, n));
  return *indent != NULL;
}

FILTER (filter_indent)
{
  JinjaValue *values[3], *indent;
  if (!jinja_args_bind (render, args, "width first blank", 0, values) || !get_indent (render, values[0], &indent))
    return NULL;
  if (input->kind != JINJA_STRING)
    return input->kind == JINJA_UNDEFINED ? jinja_fail_undefined (render, input)
                                          : jinja_fail (render, "indent asks for a string, not for “%s”", jinja_type_name (input));
  gboolean markup = jinja_is_markup (input), blank = jinja_arg_bool (values[2], FALSE);
  JinjaList *lines = jinja_string_lines (render, jinja_as_string (input), FALSE);
  if (lines == NULL)
    return NULL;
  const JinjaString *text = jinja_as_string (input), *prefix = jinja_as_string (indent);
  gsize size;
  /* A line end at the end leaves an empty line after it. */
  if (text->n_bytes == 0 || jinja_is_line_end (jinja_utf8_get_before (text->text + text->n_bytes, &size)))
    jinja_list_push (lines, jinja_empty_string ());
  if (!jinja_reserve_times (render, lines->n, prefix->n_bytes + 1))
    return NULL;
  g_autoptr (GString) out = g_string_new (NULL);
  for (gsize i = 0; i < lines->n; i++)
    {
      const JinjaString *line = jinja_as_string (lines->items[i]);
      if (i > 0)
        g_string_append_c (out, '\n');
      if (i > 0 ? blank || line->n_bytes > 0 : jinja_arg_bool (values[1], FALSE))
        g_string_append_len (out, prefix->text, (gssize) prefix->n_bytes);
      g_string_append_len (out, line->text, (gssize) line->n_bytes);
    }
  return jinja_take_string (render, out, markup);
}

/* Text and ending, where the ending comes to a markup text escaped. */
static JinjaValue *
append_ending (JinjaRender *render, JinjaValue *text, JinjaValue *ending)
{
  gboolean markup = jinja_is_markup (text);
  g_autoptr (GString) out = g_string_new (NULL);
  if (!jinja_append_str (render, out, text)
      || !(markup ? jinja_append_html (render, out, ending) : jinja_append_str (render, out, ending)))
    return NULL;
  return jinja_take_string (render, out, markup);
}

FILTER (filter_truncate)
{
  JinjaValue *values[4];
  gint64 length, leeway;
  const char *end;
  gsize end_bytes, input_length;
  if (!jinja_args_bind (render, args, "length killwords end leeway", 0, values)
      || !jinja_arg_int (render, values[0], 255, &length) || !jinja_arg_string (render, values[2], "...", &end, &end_bytes)
      || !jinja_arg_int (render, values[3] != NULL && values[3]->kind == JINJA_NONE ? NULL : values[3], 5, &leeway)
      || !jinja_length (render, input, &input_length))
    return NULL;
  gint64 end_length = (gint64) jinja_utf8_count (end, end_bytes);
  if (length < end_length)
    return jinja_fail (render, "truncate’s length is less than that of its ending");
  if (leeway < 0)
    return jinja_fail (render, "truncate’s leeway is negative");
  if ((gint64) input_length - leeway <= length)
    return input;
  if (input->kind != JINJA_STRING)
    return jinja_fail (render, "truncate asks for a string, not for “%s”", jinja_type_name (input));
  const JinjaString *text = jinja_as_string (input);
  gsize cut = jinja_utf8_offset (text->text, text->n_bytes, (gsize) (length - end_length));
  if (!jinja_arg_bool (values[1], FALSE))
    {
      const char *space = memrchr (text->text, ' ', cut);
      if (space != NULL)
        cut = (gsize) (space - text->text);
    }
  JinjaValue *kept = jinja_substring (render, text, 0, cut);
  JinjaValue *ending = jinja_new_string (render, end, end_bytes);
  return kept != NULL && ending != NULL ? append_ending (render, kept, values[2] != NULL ? values[2] : ending) : NULL;
}

FILTER (filter_wordcount)
{
  const JinjaString *text = jinja_args_none (render, args) ? get_text (render, input) : NULL;
  gint64 n = 0;
  gboolean in_word = FALSE;
  gsize size;
  if (text == NULL || !jinja_step_chars (render, text->n_bytes))
    return NULL;
  for (gsize at = 0; at < text->n_bytes; at += size)
    {
      gboolean is_word = jinja_is_word (jinja_utf8_get (text->text + at, &size));
      n += is_word && !in_word;
      in_word = is_word;
    }
  return jinja_new_int (render, n);
}

const JinjaFilterDef jinja_text_filters[] = {
  { "capitalize", filter_capitalize }, { "center", filter_center },   { "format", filter_format },
  { "indent", filter_indent },         { "lower", filter_lower },     { "replace", filter_replace },
  { "string", filter_string },         { "title", filter_title },     { "trim", filter_trim },
  { "truncate", filter_truncate },     { "upper", filter_upper },     { "wordcount", filter_wordcount },
  { NULL, NULL },
};
