#include "mill-jinja-format.h"

#include <string.h>

#include "mill-jinja-access.h"
#include "mill-jinja-args.h"
#include "mill-jinja-arithmetic.h"
#include "mill-jinja-compare.h"
#include "mill-jinja-repr.h"
#include "mill-jinja-text.h"

/* "%" --------------------------------------------------------------------------------------------- */

typedef struct {
  JinjaRender *render;
  const char  *at, *end;
  GString     *out;
  gboolean     markup;
  JinjaList   *tuple;  /* arguments, or NULL: `single` is the only one */
  JinjaValue  *single;
  gsize        used;   /* arguments taken */
} Percent;

static JinjaValue *
take_argument (Percent *self)
{
  if (self->tuple != NULL && self->used < self->tuple->n)
    return self->tuple->items[self->used++];
  if (self->tuple == NULL && self->used++ == 0)
    return self->single;
  return jinja_fail (self->render, "“%%” has fewer values than its text asks for");
}

/* "(name)" after the percent sign. */
static JinjaValue *
take_named (Percent *self)
{
  const char *start = ++self->at;
  guint depth = 1;
  for (; self->at < self->end && depth > 0; self->at++)
    depth += (*self->at == '(') - (*self->at == ')');
  if (depth > 0)
    return jinja_fail (self->render, "a name in “%%(name)” does not end");
  if (self->tuple != NULL || self->single->kind != JINJA_DICT)
    return jinja_fail (self->render, "“%%(name)” asks for a dict");
  JinjaValue *key = jinja_new_string (self->render, start, (gsize) (self->at - 1 - start)), *value;
  if (key == NULL || !jinja_dict_get (self->render, &jinja_as_dict (self->single)->table, key, &value))
    return NULL;
  return value != NULL ? value : jinja_fail (self->render, "the dict has no key “%.60s”", jinja_as_string (key)->text);
}

/* A width or a precision: digits, or * for an argument. */
static gboolean
take_size (Percent *self, gssize *size)
{
  gint64 value = 0;
  if (self->at < self->end && *self->at == '*')
    {
      self->at++;
      JinjaValue *arg = take_argument (self);
      if (arg == NULL || !jinja_arg_int (self->render, arg, 0, &value))
        return FALSE;
    }
  else
    for (; self->at < self->end && g_ascii_isdigit (*self->at); self->at++)
      value = MIN (value * 10 + (*self->at - '0'), G_MAXINT64 / 64);
  *size = CLAMP (value, -(G_MAXINT64 / 64), G_MAXINT64 / 64);
  return TRUE;
}

static gboolean
take_flags (Percent *self, JinjaSpec *spec)
{
  gssize width;
  for (; self->at < self->end && *self->at != '\0' && strchr ("-+ #0", *self->at) != NULL; self->at++)
    switch (*self->at)
      {
      case '-': spec->align = '<'; break;
      case '+': spec->sign = '+'; break;
      case ' ': spec->sign = spec->sign == '+' ? '+' : ' '; break;
      case '#': spec->alternate = TRUE; break;
      default: spec->zero = TRUE; break;
      }
  if (!take_size (self, &width))
    return FALSE;
  if (width < 0)
    spec->align = '<';
  spec->width = (gsize) ABS (width);
  if (self->at < self->end && *self->at == '.')
    {
      self->at++;
      if (!take_size (self, &spec->precision))
        return FALSE;
      spec->precision = MAX (spec->precision, 0);
    }
  while (self->at < self->end && (*self->at == 'l' || *self->at == 'h' || *self->at == 'L'))
    self->at++;
  return TRUE;
}

/* What ascii () makes of a repr. */
static void
make_ascii (GString *text)
{
  g_autoptr (GString) ascii = g_string_new (NULL);
  gsize size;
  for (const char *at = text->str; at < text->str + text->len; at += size)
    {
      gunichar c = jinja_utf8_get (at, &size);
      if (c < 0x80)
        g_string_append_c (ascii, (char) c);
      else
        g_string_append_printf (ascii, c <= 0xff ? "\\x%02x" : c <= 0xffff ? "\\u%04x" : "\\U%08x", c);
    }
  g_string_assign (text, ascii->str);
}

static gboolean
format_as_text (Percent *self, JinjaValue *value, JinjaSpec *spec, char conversion)
{
  g_autoptr (GString) text = g_string_new (NULL);
  gboolean fine = conversion == 's' ? jinja_append_str (self->render, text, value)
                                    : jinja_append_repr (self->render, text, value);
  if (conversion == 'a')
    make_ascii (text);
  if (fine && self->markup && !(conversion == 's' && jinja_is_markup (value)))
    {
      g_autoptr (GString) escaped = g_string_new (NULL);
      jinja_append_escaped (escaped, text->str, text->len);
      g_string_truncate (text, 0);
      g_string_append_len (text, escaped->str, (gssize) escaped->len);
    }
  spec->align = spec->align != 0 ? spec->align : '>';
  spec->zero = FALSE;
  return fine && jinja_format_text (self->render, self->out, text->str, text->len, spec);
}

static gboolean
format_as_integer (Percent *self, JinjaValue *value, JinjaSpec *spec, char conversion)
{
  if (!jinja_is_number (value) || (value->kind == JINJA_FLOAT && strchr ("oxX", conversion) != NULL))
    return jinja_fail (self->render, "“%%%c” asks for a number, not for “%s”", conversion, jinja_type_name (value)) != NULL;
  value = jinja_truncate (self->render, value);
  if (value == NULL)
    return FALSE;
  gssize digits = spec->precision;
  spec->precision = -1;
  spec->type = conversion == 'i' || conversion == 'u' ? 'd' : conversion;
  if (digits <= 0)
    return jinja_format_integer (self->render, self->out, value, spec);

  /* A precision is the least number of digits. */
  JinjaSpec inner = { .width = (gsize) digits, .zero = TRUE, .precision = -1, .type = spec->type };
  g_autoptr (GString) number = g_string_new (NULL);
  gboolean negative = jinja_big_sign (value) < 0;
  value = jinja_abs (self->render, value);
  if (!jinja_format_integer (self->render, number, value, &inner))
    return FALSE;
  if (spec->alternate && spec->type != 'd')
    g_string_prepend (number, spec->type == 'x' ? "0x" : spec->type == 'X' ? "0X" : "0o");
  if (negative || spec->sign != 0)
    g_string_prepend_c (number, negative ? '-' : spec->sign);
  spec->precision = -1;
  spec->zero = FALSE;
  spec->align = spec->align != 0 ? spec->align : '>';
  return jinja_format_text (self->render, self->out, number->str, number->len, spec);
}

static gboolean
format_as_float (Percent *self, JinjaValue *value, JinjaSpec *spec, char conversion)
{
  if (!jinja_is_number (value))
    return jinja_fail (self->render, "“%%%c” asks for a number, not for “%s”", conversion, jinja_type_name (value)) != NULL;
  spec->type = conversion;
  return value->kind == JINJA_FLOAT ? jinja_format_float (self->render, self->out, jinja_as_float (value), spec)
                                    : jinja_format_integer (self->render, self->out, value, spec);
}

static gboolean
format_as_char (Percent *self, JinjaValue *value, JinjaSpec *spec)
{
  spec->precision = -1;
  spec->zero = FALSE;
  spec->align = spec->align != 0 ? spec->align : '>';
  if (value->kind == JINJA_STRING && jinja_as_string (value)->n_chars == 1)
    return format_as_text (self, value, spec, 's');
  if (!jinja_is_integer (value))
    return jinja_fail (self->render, "“%%c” asks for a number or one character") != NULL;
  spec->type = 'c';
  return jinja_format_integer (self->render, self->out, value, spec);
}

/* After a percent sign. */
static gboolean
format_one (Percent *self)
{
  JinjaSpec spec = { .precision = -1 };
  JinjaValue *value = NULL;
  if (self->at < self->end && *self->at == '%')
    {
      self->at++;
      g_string_append_c (self->out, '%');
      return TRUE;
    }
  if (self->at < self->end && *self->at == '(' && (value = take_named (self)) == NULL)
    return FALSE;
  if (!take_flags (self, &spec))
    return FALSE;
  if (self->at == self->end)
    return jinja_fail (self->render, "a format with “%%” is cut short") != NULL;
  char conversion = *self->at++;
  if (conversion == '%')
    {
      g_string_append_c (self->out, '%');
      return TRUE;
    }
  if (value == NULL && (value = take_argument (self)) == NULL)
    return FALSE;
  switch (conversion)
    {
    case 's': case 'r': case 'a': return format_as_text (self, value, &spec, conversion);
    case 'd': case 'i': case 'u': case 'o': case 'x': case 'X': return format_as_integer (self, value, &spec, conversion);
    case 'e': case 'E': case 'f': case 'F': case 'g': case 'G': return format_as_float (self, value, &spec, conversion);
    case 'c': return format_as_char (self, value, &spec);
    default: return jinja_fail (self->render, "“%%” knows no such conversion") != NULL;
    }
}

JinjaValue *
jinja_format_percent (JinjaRender *render, JinjaValue *text, JinjaValue *value)
{
  const JinjaString *string = jinja_as_string (text);
  g_autoptr (GString) out = g_string_new (NULL);
  Percent self = { .render = render, .at = string->text, .end = string->text + string->n_bytes, .out = out,
                   .markup = jinja_is_markup (text), .single = value,
                   .tuple = value->kind == JINJA_TUPLE ? jinja_as_list (value) : NULL };
  while (self.at < self.end)
    {
      const char *percent = memchr (self.at, '%', (gsize) (self.end - self.at));
      gsize run = (gsize) ((percent != NULL ? percent : self.end) - self.at);
      g_string_append_len (out, self.at, (gssize) run);
      self.at += run + (percent != NULL);
      if (!jinja_step (render, 1) || (percent != NULL && !format_one (&self)))
        return NULL;
    }
  gboolean container = value->kind == JINJA_DICT || value->kind == JINJA_LIST || value->kind == JINJA_RANGE
                       || value->kind == JINJA_UNDEFINED; /* whatever has items to ask for */
  if (self.tuple != NULL ? self.used < self.tuple->n : self.used == 0 && !container)
    return jinja_fail (render, "“%%” has more values than its text asks for");
  return jinja_take_string (render, out, self.markup);
}

/* format ------------------------------------------------------------------------------------------ */

typedef struct {
  JinjaRender     *render;
  const JinjaArgs *args;
  JinjaValue      *map;
  gboolean         markup;
  gint64           next; /* automatic number; -1 once numbers are given */
} Braces;

static gboolean format_fields (Braces *self, GString *out, const char *at, const char *end, guint depth);

static JinjaValue *
get_numbered (Braces *self, gint64 number)
{
  JinjaValue *value = jinja_args_get (self->args, (gsize) number);
  return value != NULL ? value : jinja_fail (self->render, "format has no argument number %d", (int) MIN (number, 99999));
}

/* The argument that a field begins with: a number, a name or nothing. */
static JinjaValue *
get_first (Braces *self, const char *name, gsize length)
{
  if (strspn (name, "0123456789") >= length)
    {
      if (self->map != NULL)
        return jinja_fail (self->render, "format_map takes names");
      if ((length == 0) != (self->next >= 0) && !(length > 0 && self->next == 0))
        return jinja_fail (self->render, "format cannot mix numbered and automatic fields");
      if (length == 0)
        return get_numbered (self, self->next++);
      self->next = -1;
      return get_numbered (self, (gint64) MIN (g_ascii_strtoull (name, NULL, 10), G_MAXINT32));
    }
  g_autofree char *key = g_strndup (name, length);
  if (self->map == NULL)
    {
      JinjaValue *value = jinja_args_get_named (self->args, key);
      return value != NULL ? value : jinja_fail (self->render, "format has no argument “%.60s”", key);
    }
  JinjaValue *value, *string = jinja_new_string (self->render, name, length);
  if (string == NULL || !jinja_dict_get (self->render, &jinja_as_dict (self->map)->table, string, &value))
    return NULL;
  return value != NULL ? value : jinja_fail (self->render, "the dict has no key “%.60s”", key);
}

/* The value of a field's name: first.attribute[item]… */
static JinjaValue *
get_field (Braces *self, const char *at, const char *end)
{
  gsize length = 0;
  while (at + length < end && at[length] != '.' && at[length] != '[')
    length++;
  JinjaValue *value = get_first (self, at, length);
  for (at += length; value != NULL && at < end;)
    {
      gboolean attribute = *at == '.';
      const char *start = ++at;
      while (at < end && (attribute ? *at != '.' && *at != '[' : *at != ']'))
        at++;
      length = (gsize) (at - start);
      if (length == 0 || (!attribute && at == end))
        return jinja_fail (self->render, "a field of format has an empty or unfinished name");
      if (!attribute && ++at < end && *at != '.' && *at != '[')
        return jinja_fail (self->render, "only “.” or “[” may follow “]” in a field of format");
      JinjaValue *key = jinja_new_string (self->render, start, length);
      if (key == NULL)
        return NULL;
      if (attribute)
        value = jinja_get_attribute (self->render, value, jinja_as_string (key));
      else
        {
          JinjaValue *number = strspn (start, "0123456789") >= length
                                 ? jinja_parse_int (&self->render->heap, start, length, 10) : NULL;
          value = jinja_get_item (self->render, value, number != NULL ? number : key);
        }
    }
  return value;
}

static gboolean
format_field (Braces *self, GString *out, JinjaValue *value, char conversion, const char *text, gsize n_bytes)
{
  JinjaSpec spec;
  g_autoptr (GString) piece = g_string_new (NULL);
  if (conversion == 'r' || conversion == 'a')
    {
      if (!jinja_append_repr (self->render, piece, value))
        return FALSE;
      if (conversion == 'a')
        make_ascii (piece);
      value = jinja_take_string (self->render, piece, FALSE);
      g_string_truncate (piece, 0);
    }
  else if (conversion == 's')
    value = jinja_to_string (self->render, value);
  if (value == NULL || !jinja_spec_parse (self->render, &spec, text, n_bytes))
    return FALSE;
  if (self->markup && jinja_is_markup (value) && n_bytes > 0)
    return jinja_fail (self->render, "markup takes no format") != NULL;
  if (!jinja_format_value (self->render, piece, value, &spec) || !jinja_reserve (self->render, out->len + piece->len))
    return FALSE;
  if (self->markup && !jinja_is_markup (value))
    jinja_append_escaped (out, piece->str, piece->len);
  else
    g_string_append_len (out, piece->str, (gssize) piece->len);
  return TRUE;
}

/* What stands between braces. */
static gboolean
format_replacement (Braces *self, GString *out, const char *at, const char *end, guint depth)
{
  const char *name_end = at;
  guint brackets = 0;
  for (; name_end < end && (brackets > 0 || (*name_end != ':' && *name_end != '!')); name_end++)
    brackets = *name_end == '[' ? 1 : *name_end == ']' ? 0 : brackets;
  JinjaValue *value = get_field (self, at, name_end);
  char conversion = 0;
  if (value == NULL)
    return FALSE;
  if (name_end < end && *name_end == '!')
    {
      conversion = name_end + 1 < end ? name_end[1] : 0;
      name_end += 2;
      if ((conversion != 'r' && conversion != 's' && conversion != 'a') || (name_end < end && *name_end != ':'))
        return jinja_fail (self->render, "format knows the conversions !r, !s and !a") != NULL;
    }
  const char *spec = MIN (name_end + 1, end);
  if (memchr (spec, '{', (gsize) (end - spec)) == NULL)
    return format_field (self, out, value, conversion, spec, (gsize) (end - spec));
  if (depth > 1)
    return jinja_fail (self->render, "fields of format are nested too deeply") != NULL;
  g_autoptr (GString) inner = g_string_new (NULL);
  gboolean markup = self->markup;
  self->markup = FALSE;
  gboolean fine = format_fields (self, inner, spec, end, depth + 1);
  self->markup = markup;
  return fine && format_field (self, out, value, conversion, inner->str, inner->len);
}

static gboolean
format_fields (Braces *self, GString *out, const char *at, const char *end, guint depth)
{
  while (at < end)
    {
      if (!jinja_step (self->render, 1))
        return FALSE;
      if ((*at == '{' || *at == '}') && at + 1 < end && at[1] == *at && depth == 1)
        {
          g_string_append_c (out, *at);
          at += 2;
          continue;
        }
      if (*at == '}')
        return jinja_fail (self->render, "a single “}” in the text of format") != NULL;
      if (*at != '{')
        {
          g_string_append_c (out, *at++);
          continue;
        }
      const char *start = ++at;
      for (guint open = 1; at < end; at++)
        {
          open += (*at == '{') - (*at == '}');
          if (open == 0)
            break;
        }
      if (at == end)
        return jinja_fail (self->render, "a “{” in the text of format is not closed") != NULL;
      if (!format_replacement (self, out, start, at++, depth))
        return FALSE;
    }
  return TRUE;
}

JinjaValue *
jinja_format_braces (JinjaRender *render, JinjaValue *text, const JinjaArgs *args, JinjaValue *map)
{
  const JinjaString *string = jinja_as_string (text);
  g_autoptr (GString) out = g_string_new (NULL);
  Braces self = { .render = render, .args = args, .map = map, .markup = jinja_is_markup (text) };
  if (!format_fields (&self, out, string->text, string->text + string->n_bytes, 1))
    return NULL;
  return jinja_take_string (render, out, self.markup);
}
