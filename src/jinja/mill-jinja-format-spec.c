/* The format specification language of Python's format (), and the layout of numbers and texts that
 * "%" shares with it. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mill-jinja-arithmetic.h"
#include "mill-jinja-format.h"
#include "mill-jinja-repr.h"
#include "mill-jinja-text.h"

/* Digits after the point that are worth computing. */
#define MAX_PRECISION 100000

static gboolean
is_align (gunichar c)
{
  return c == '<' || c == '>' || c == '^' || c == '=';
}

static gboolean
parse_size (const char **at, const char *end, gsize *size)
{
  if (*at == end || !g_ascii_isdigit (**at))
    return FALSE;
  for (*size = 0; *at < end && g_ascii_isdigit (**at); (*at)++)
    *size = MIN (*size * 10 + (gsize) (**at - '0'), G_MAXSIZE / 32);
  return TRUE;
}

gboolean
jinja_spec_parse (JinjaRender *render, JinjaSpec *spec, const char *text, gsize n_bytes)
{
  const char *at = text, *end = text + n_bytes;
  gsize size;
  *spec = (JinjaSpec) { .precision = -1 };
  if (at < end)
    {
      gunichar first = jinja_utf8_get (at, &size);
      if (at + size < end && is_align ((guchar) at[size]))
        {
          spec->fill = first;
          spec->align = at[size];
          at += size + 1;
        }
      else if (is_align (first))
        spec->align = *at++;
    }
  if (at < end && (*at == '+' || *at == '-' || *at == ' '))
    spec->sign = *at++;
  if (at < end && *at == '#')
    {
      spec->alternate = TRUE;
      at++;
    }
  if (at < end && *at == '0')
    {
      spec->zero = TRUE;
      if (spec->fill == 0)
        spec->fill = '0';
      at++;
    }
  parse_size (&at, end, &spec->width);
  if (at < end && (*at == ',' || *at == '_'))
    spec->grouping = *at++;
  if (at < end && *at == '.')
    {
      at++;
      if (!parse_size (&at, end, &size))
        return jinja_fail (render, "a format's precision is missing") != NULL;
      spec->precision = (gssize) size;
    }
  if (at < end && g_ascii_isprint (*at))
    spec->type = *at++;
  if (at < end)
    return jinja_fail (render, "“%.*s” is no format", (int) MIN (n_bytes, 60), text) != NULL;
  return TRUE;
}

static void
append_fill (GString *out, gunichar fill, gsize n)
{
  for (gsize i = 0; i < n; i++)
    if (fill < 0x80)
      g_string_append_c (out, (char) fill);
    else
      g_string_append_unichar (out, fill);
}

/* Appends `head` and `body` padded to the width; '=' puts the padding between them. */
static gboolean
append_padded (JinjaRender *render, GString *out, const char *head, const char *body, gsize n_bytes,
               const JinjaSpec *spec, char align)
{
  gsize used = strlen (head) + jinja_utf8_count (body, n_bytes);
  gsize padding = spec->width > used ? spec->width - used : 0;
  gunichar fill = spec->fill != 0 ? spec->fill : spec->zero && align == '=' ? '0' : ' ';
  if (!jinja_reserve_times (render, padding, 4) || !jinja_reserve (render, out->len))
    return FALSE;
  gsize before = align == '>' ? padding : align == '^' ? padding / 2 : 0;
  gsize between = align == '=' ? padding : 0;
  append_fill (out, fill, before);
  g_string_append (out, head);
  append_fill (out, fill, between);
  g_string_append_len (out, body, (gssize) n_bytes);
  append_fill (out, fill, padding - before - between);
  return TRUE;
}

gboolean
jinja_format_text (JinjaRender *render, GString *out, const char *text, gsize n_bytes, const JinjaSpec *spec)
{
  if (spec->precision >= 0)
    n_bytes = jinja_utf8_offset (text, n_bytes, (gsize) spec->precision);
  return append_padded (render, out, "", text, n_bytes, spec, spec->align != 0 ? spec->align : '<');
}

/* Puts separators between groups of digits, from the right; with zeros in front as far as `width` asks. */
static char *
group_digits (const char *digits, gsize n_whole, char separator, guint size, gsize width)
{
  GString *out = g_string_new (NULL);
  gsize rest = strlen (digits) - n_whole, n = n_whole;
  while (n + (n - 1) / size + rest < width)
    n++;
  for (gsize i = 0; i < n; i++)
    {
      if (i > 0 && (n - i) % size == 0)
        g_string_append_c (out, separator);
      g_string_append_c (out, i < n - n_whole ? '0' : digits[i - (n - n_whole)]);
    }
  g_string_append (out, digits + n_whole);
  return g_string_free (out, FALSE);
}

/* A number given as digits with `n_whole` of them before the point. */
static gboolean
append_number (JinjaRender *render, GString *out, gboolean negative, const char *prefix, const char *digits,
               gsize n_whole, guint group, const JinjaSpec *spec)
{
  char head[8];
  char sign = negative ? '-' : spec->sign == '+' || spec->sign == ' ' ? spec->sign : '\0';
  g_snprintf (head, sizeof head, "%.*s%s", sign != '\0', &sign, prefix);
  if (spec->grouping == 0 || n_whole == 0)
    return append_padded (render, out, head, digits, strlen (digits), spec,
                          spec->align != 0 ? spec->align : spec->zero ? '=' : '>');
  gboolean zeros = spec->zero && (spec->align == 0 || spec->align == '=') && (spec->fill == 0 || spec->fill == '0');
  gsize used = strlen (head), width = zeros && spec->width > used ? spec->width - used : 0;
  if (!jinja_reserve_times (render, MAX (width, strlen (digits)), 2))
    return FALSE;
  g_autofree char *grouped = group_digits (digits, n_whole, spec->grouping, group, width);
  return append_padded (render, out, head, grouped, strlen (grouped), spec,
                        spec->align != 0 ? spec->align : zeros ? '=' : '>');
}

static gboolean
fail_type (JinjaRender *render, char type, const char *what)
{
  return jinja_fail (render, "format “%c” does not work on %s", type, what) != NULL;
}

static gboolean
format_char (JinjaRender *render, GString *out, JinjaValue *integer, const JinjaSpec *spec)
{
  if (integer->kind == JINJA_BIGINT || jinja_big_sign (integer) < 0 || jinja_big_bits (integer) > 21)
    return jinja_fail (render, "this is not a character's number") != NULL;
  gunichar c = integer->kind == JINJA_BOOL ? (gunichar) jinja_as_bool (integer) : (gunichar) jinja_as_int (integer);
  char text[8];
  if (c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
    return jinja_fail (render, "this is not a character's number") != NULL;
  gsize n_bytes = (gsize) g_unichar_to_utf8 (c, text);
  return append_padded (render, out, "", text, n_bytes, spec, spec->align != 0 ? spec->align : '<');
}

gboolean
jinja_format_integer (JinjaRender *render, GString *out, JinjaValue *integer, const JinjaSpec *spec)
{
  static const struct { char type; guint base; const char *prefix; } bases[] = {
    { 0, 10, "" }, { 'd', 10, "" }, { 'n', 10, "" }, { 'x', 16, "0x" }, { 'X', 16, "0X" }, { 'o', 8, "0o" }, { 'b', 2, "0b" },
  };
  if (spec->type == 'c')
    return format_char (render, out, integer, spec);
  for (gsize i = 0; i < G_N_ELEMENTS (bases); i++)
    {
      if (bases[i].type != spec->type)
        continue;
      if (spec->precision >= 0)
        return jinja_fail (render, "a precision does not work on integers") != NULL;
      g_autofree char *digits = jinja_big_format (integer, bases[i].base);
      if (bases[i].base == 10 && strlen (digits) > JINJA_MAX_DIGITS)
        return jinja_fail (render, "an integer of more than %d digits is not written", JINJA_MAX_DIGITS) != NULL;
      if (spec->type == 'X')
        for (char *at = digits; *at != '\0'; at++)
          *at = g_ascii_toupper (*at);
      return append_number (render, out, jinja_big_sign (integer) < 0, spec->alternate ? bases[i].prefix : "", digits,
                            strlen (digits), bases[i].base == 10 ? 3 : 4, spec);
    }
  double value = jinja_number_to_double (integer);
  if (isinf (value))
    return jinja_fail (render, "an integer is too large for a float") != NULL;
  if (spec->type == 0 || strchr ("eEfFgG%", spec->type) == NULL)
    return fail_type (render, spec->type, "integers");
  return jinja_format_float (render, out, value, spec);
}

/* Without a type: as repr, or to that many digits, but then with a digit after the point or with an
 * exponent. */
static char *
format_general (double value, gssize precision)
{
  if (precision < 0)
    {
      char *text = g_malloc (JINJA_FLOAT_SIZE);
      jinja_float_repr (value, text);
      return text;
    }
  int digits = (int) MAX (precision, 1);
  g_autofree char *scientific = jinja_float_format (value, 'e', digits - 1, FALSE);
  int exponent = atoi (strchr (scientific, 'e') + 1);
  gboolean fixed = exponent >= -4 && exponent + 1 <= digits - 1;
  g_autofree char *text = fixed ? jinja_float_format (value, 'f', digits - 1 - exponent, FALSE)
                                : g_strdup (scientific);
  char *tail = strchr (text, 'e');
  g_autofree char *suffix = g_strdup (tail != NULL ? tail : "");
  gsize n = tail != NULL ? (gsize) (tail - text) : strlen (text);
  if (memchr (text, '.', n) != NULL)
    while (text[n - 1] == '0' && (text[n - 2] != '.' || !fixed))
      n--;
  if (text[n - 1] == '.')
    n--;
  return g_strdup_printf ("%.*s%s", (int) n, text, suffix);
}

gboolean
jinja_format_float (JinjaRender *render, GString *out, double value, const JinjaSpec *spec)
{
  char type = spec->type == 'n' ? 'g' : spec->type;
  if (type != 0 && strchr ("eEfFgG%", type) == NULL)
    return fail_type (render, type, "floats");
  if (spec->precision > MAX_PRECISION)
    return jinja_fail_limit (render, "a precision is too large") != NULL;
  gboolean negative = signbit (value) && !isnan (value);
  double size = fabs (value) * (type == '%' ? 100 : 1);
  int precision = spec->precision < 0 ? 6 : (int) spec->precision;
  g_autofree char *text = NULL;
  if (!isfinite (size))
    text = g_strdup (g_ascii_isupper (type) ? (isnan (size) ? "NAN" : "INF") : isnan (size) ? "nan" : "inf");
  else if (type == 0)
    text = format_general (size, spec->precision);
  else
    text = jinja_float_format (size, type == '%' ? 'f' : type, type == 'g' || type == 'G' ? MAX (precision, 1) : precision,
                               spec->alternate);
  g_autofree char *full = type == '%' ? g_strconcat (text, "%", NULL) : g_steal_pointer (&text);
  return append_number (render, out, negative, "", full, strspn (full, "0123456789"), 3, spec);
}

gboolean
jinja_format_value (JinjaRender *render, GString *out, JinjaValue *value, const JinjaSpec *spec)
{
  gboolean plain = spec->type == 0 && spec->width == 0 && spec->precision < 0 && spec->sign == 0 && spec->grouping == 0
                   && spec->align == 0 && !spec->alternate && !spec->zero;
  if (plain)
    return jinja_append_str (render, out, value);
  if (value->kind == JINJA_FLOAT)
    return jinja_format_float (render, out, jinja_as_float (value), spec);
  if (jinja_is_integer (value))
    return jinja_format_integer (render, out, value, spec);
  if (value->kind != JINJA_STRING)
    return jinja_fail (render, "a format does not work on “%s”", jinja_type_name (value)) != NULL;
  if ((spec->type != 0 && spec->type != 's') || spec->sign != 0 || spec->alternate || spec->align == '='
      || spec->grouping != 0)
    return fail_type (render, spec->type != 0 ? spec->type : spec->sign != 0 ? spec->sign : '=', "strings");
  return jinja_format_text (render, out, jinja_as_string (value)->text, jinja_as_string (value)->n_bytes, spec);
}
