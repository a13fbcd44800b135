/* JSON → values, as Python's json.loads reads it (RFC 8259, and NaN, Infinity, -Infinity). */
#include <math.h>
#include <string.h>

#include "mill-jinja-number.h"
#include "mill-jinja-text.h"
#include "mill-jinja-value.h"

typedef struct {
  const char *start, *at, *end;
  guint       depth;
  GString    *text; /* of the string being read */
  GError    **error;
} Parser;

static JinjaValue *parse_value (Parser *self);

G_GNUC_PRINTF (3, 4)
static gpointer
fail (Parser *self, const char *at, const char *format, ...)
{
  va_list args;
  guint line = 1;
  const char *line_start = self->start;
  for (const char *c = self->start; c < at; c++)
    if (*c == '\n')
      {
        line++;
        line_start = c + 1;
      }
  va_start (args, format);
  g_autofree char *why = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (self->error, MILL_JINJA_ERROR, MILL_JINJA_ERROR_JSON, "line %u, column %" G_GSIZE_FORMAT ": %s", line,
               jinja_utf8_count (line_start, (gsize) (at - line_start)) + 1, why);
  return NULL;
}

static void
skip_space (Parser *self)
{
  while (self->at < self->end && (*self->at == ' ' || *self->at == '\t' || *self->at == '\n' || *self->at == '\r'))
    self->at++;
}

static gboolean
skip_char (Parser *self, char c)
{
  skip_space (self);
  if (self->at < self->end && *self->at == c)
    {
      self->at++;
      return TRUE;
    }
  return FALSE;
}

static gboolean
skip_word (Parser *self, const char *word)
{
  gsize length = strlen (word);
  if ((gsize) (self->end - self->at) < length || memcmp (self->at, word, length) != 0)
    return FALSE;
  self->at += length;
  return TRUE;
}

static gboolean
read_hex (Parser *self, guint *unit)
{
  *unit = 0;
  if (self->end - self->at < 4)
    return FALSE;
  for (int i = 0; i < 4; i++, self->at++)
    {
      if (!g_ascii_isxdigit (*self->at))
        return FALSE;
      *unit = *unit << 4 | (guint) g_ascii_xdigit_value (*self->at);
    }
  return TRUE;
}

/* After "\u". Half a surrogate pair, which no UTF-8 can hold, becomes U+FFFD. */
static gboolean
read_unicode_escape (Parser *self)
{
  guint unit, low;
  if (!read_hex (self, &unit))
    return FALSE;
  if (unit >= 0xd800 && unit < 0xdc00 && self->end - self->at >= 2 && self->at[0] == '\\' && self->at[1] == 'u')
    {
      const char *back = self->at;
      self->at += 2;
      if (!read_hex (self, &low))
        return FALSE;
      if (low >= 0xdc00 && low < 0xe000)
        unit = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
      else
        self->at = back;
    }
  g_string_append_unichar (self->text, unit >= 0xd800 && unit < 0xe000 ? 0xfffd : unit);
  return TRUE;
}

static gboolean
read_escape (Parser *self)
{
  static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
  if (self->at == self->end)
    return FALSE;
  char c = *self->at++;
  if (c == 'u')
    return read_unicode_escape (self);
  const char *found = c != '\0' ? strchr (names, c) : NULL;
  if (found == NULL)
    return FALSE;
  g_string_append_c (self->text, values[found - names]);
  return TRUE;
}

/* After the opening quote. */
static JinjaValue *
parse_string (Parser *self)
{
  const char *start = self->at;
  g_string_truncate (self->text, 0);
  while (self->at < self->end && *self->at != '"')
    {
      const char *run = self->at;
      while (self->at < self->end && *self->at != '"' && *self->at != '\\' && (guint8) *self->at >= 0x20)
        self->at++;
      g_string_append_len (self->text, run, self->at - run);
      if (self->at == self->end || *self->at == '"')
        break;
      run = self->at;
      if (*self->at++ != '\\')
        return fail (self, run, "a control character in a string must be escaped");
      if (!read_escape (self))
        return fail (self, run, "not an escape that JSON knows");
    }
  if (self->at == self->end)
    return fail (self, start - 1, "this string does not end");
  self->at++;
  return jinja_string (NULL, self->text->str, self->text->len);
}

static JinjaValue *
parse_number (Parser *self)
{
  const char *start = self->at;
  gboolean is_float = FALSE;
  if (*self->at == '-')
    self->at++;
  const char *digits = self->at;
  while (self->at < self->end && g_ascii_isdigit (*self->at))
    self->at++;
  gsize n_digits = (gsize) (self->at - digits);
  if (n_digits == 0 || (n_digits > 1 && *digits == '0'))
    return fail (self, start, "not a number");
  if (self->at + 1 < self->end && *self->at == '.' && g_ascii_isdigit (self->at[1]))
    {
      is_float = TRUE;
      for (self->at++; self->at < self->end && g_ascii_isdigit (*self->at); self->at++)
        ;
    }
  if (self->at < self->end && (*self->at == 'e' || *self->at == 'E'))
    {
      const char *exponent = self->at + 1;
      if (exponent < self->end && (*exponent == '-' || *exponent == '+'))
        exponent++;
      if (exponent < self->end && g_ascii_isdigit (*exponent))
        {
          is_float = TRUE;
          for (self->at = exponent; self->at < self->end && g_ascii_isdigit (*self->at); self->at++)
            ;
        }
    }
  if (!is_float)
    {
      JinjaValue *value = jinja_parse_int (NULL, start, (gsize) (self->at - start), 10);
      return value != NULL ? value : fail (self, start, "an integer of more than %d digits", JINJA_MAX_DIGITS);
    }
  g_autofree char *text = g_strndup (start, (gsize) (self->at - start));
  return jinja_float (NULL, g_ascii_strtod (text, NULL));
}

static JinjaValue *
parse_list (Parser *self)
{
  g_autoptr (MillJinjaValue) list = mill_jinja_list_new ();
  if (skip_char (self, ']'))
    return g_steal_pointer (&list);
  do
    {
      JinjaValue *item = parse_value (self);
      if (item == NULL)
        return NULL;
      mill_jinja_list_add (list, item);
    }
  while (skip_char (self, ','));
  if (!skip_char (self, ']'))
    return fail (self, self->at, "expected “,” or “]”");
  return g_steal_pointer (&list);
}

static JinjaValue *
parse_map (Parser *self)
{
  g_autoptr (MillJinjaValue) map = mill_jinja_map_new ();
  if (skip_char (self, '}'))
    return g_steal_pointer (&map);
  do
    {
      if (!skip_char (self, '"'))
        return fail (self, self->at, "expected a key in double quotes");
      g_autoptr (MillJinjaValue) key = parse_string (self);
      if (key == NULL)
        return NULL;
      if (!skip_char (self, ':'))
        return fail (self, self->at, "expected “:”");
      JinjaValue *value = parse_value (self);
      if (value == NULL)
        return NULL;
      jinja_map_set_value (map, g_steal_pointer (&key), value);
    }
  while (skip_char (self, ','));
  if (!skip_char (self, '}'))
    return fail (self, self->at, "expected “,” or “}”");
  return g_steal_pointer (&map);
}

static JinjaValue *
parse_container (Parser *self, JinjaValue *(*parse) (Parser *))
{
  if (self->depth == MILL_JINJA_MAX_NESTING)
    return fail (self, self->at, "nested deeper than %d levels", MILL_JINJA_MAX_NESTING);
  self->depth++;
  JinjaValue *value = parse (self);
  self->depth--;
  return value;
}

static JinjaValue *
parse_value (Parser *self)
{
  skip_space (self);
  if (self->at == self->end)
    return fail (self, self->at, "the text ends where a value is due");
  if (skip_char (self, '{'))
    return parse_container (self, parse_map);
  if (skip_char (self, '['))
    return parse_container (self, parse_list);
  if (skip_char (self, '"'))
    return parse_string (self);
  if (skip_word (self, "true"))
    return jinja_bool (TRUE);
  if (skip_word (self, "false"))
    return jinja_bool (FALSE);
  if (skip_word (self, "null"))
    return JINJA_NONE_VALUE;
  if (skip_word (self, "NaN"))
    return jinja_float (NULL, NAN);
  if (skip_word (self, "Infinity"))
    return jinja_float (NULL, INFINITY);
  if (skip_word (self, "-Infinity"))
    return jinja_float (NULL, -INFINITY);
  if (*self->at == '-' || g_ascii_isdigit (*self->at))
    return parse_number (self);
  return fail (self, self->at, "not a JSON value");
}

MillJinjaValue *
mill_jinja_value_new_from_json (const char *text, gssize length, GError **error)
{
  gsize size = length < 0 ? strlen (text) : (gsize) length;
  Parser self = { .start = text, .at = text, .end = text + size, .error = error };
  if (size > MILL_JINJA_MAX_JSON)
    {
      g_set_error (error, MILL_JINJA_ERROR, MILL_JINJA_ERROR_JSON, "larger than %d MiB", MILL_JINJA_MAX_JSON >> 20);
      return NULL;
    }
  gsize valid = jinja_utf8_valid_prefix (text, size);
  if (valid < size)
    return fail (&self, text + valid, "not UTF-8");
  if (size >= 3 && memcmp (text, "\357\273\277", 3) == 0)
    self.at += 3; /* a byte order mark */

  g_autoptr (GString) buffer = g_string_new (NULL);
  self.text = buffer;
  g_autoptr (MillJinjaValue) value = parse_value (&self);
  if (value == NULL)
    return NULL;
  skip_space (&self);
  if (self.at < self.end)
    return fail (&self, self.at, "something follows the value");
  return g_steal_pointer (&value);
}
