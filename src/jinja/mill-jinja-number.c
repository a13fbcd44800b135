#include "mill-jinja-number.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mill-jinja-text.h"

gboolean
jinja_is_number (const JinjaValue *value)
{
  return value->kind == JINJA_FLOAT || jinja_is_integer (value);
}

double
jinja_number_to_double (const JinjaValue *value)
{
  switch ((JinjaKind) value->kind)
    {
    case JINJA_FLOAT: return jinja_as_float (value);
    case JINJA_INT: return (double) jinja_as_int (value);
    case JINJA_BOOL: return jinja_as_bool (value);
    default: return jinja_big_to_double (value);
    }
}

static JinjaOrder
order (gint64 a, gint64 b)
{
  return a < b ? JINJA_LESS : a > b ? JINJA_GREATER : JINJA_EQUAL;
}

static JinjaOrder
compare_with_double (const JinjaValue *integer, double value)
{
  if (isnan (value))
    return JINJA_UNORDERED;
  if (isinf (value))
    return value > 0 ? JINJA_LESS : JINJA_GREATER;
  double whole = floor (value);
  int compared;
  if (whole >= -9223372036854775808.0 && whole < 9223372036854775808.0)
    {
      JinjaInt number = { { .kind = JINJA_INT }, (gint64) whole };
      compared = jinja_big_compare (integer, &number.base);
    }
  else
    {
      JinjaValue *number = jinja_big_from_double (NULL, whole);
      compared = jinja_big_compare (integer, number);
      mill_jinja_value_unref (number);
    }
  return compared == 0 && whole < value ? JINJA_LESS : (JinjaOrder) compared;
}

JinjaOrder
jinja_number_compare (const JinjaValue *a, const JinjaValue *b)
{
  if (a->kind == JINJA_INT && b->kind == JINJA_INT)
    return order (jinja_as_int (a), jinja_as_int (b));
  if (a->kind == JINJA_FLOAT && b->kind == JINJA_FLOAT)
    {
      double x = jinja_as_float (a), y = jinja_as_float (b);
      return x < y ? JINJA_LESS : x > y ? JINJA_GREATER : x == y ? JINJA_EQUAL : JINJA_UNORDERED;
    }
  if (b->kind == JINJA_FLOAT)
    return compare_with_double (a, jinja_as_float (b));
  if (a->kind == JINJA_FLOAT)
    {
      JinjaOrder result = compare_with_double (b, jinja_as_float (a));
      return result == JINJA_UNORDERED ? result : (JinjaOrder) -(int) result;
    }
  return (JinjaOrder) jinja_big_compare (a, b);
}

/* Significant decimal digits and the power of ten of the first: value = 0.d₁d₂… × 10^(exponent+1). */
typedef struct {
  char digits[24];
  int  n, exponent;
} Decimal;

static gboolean
get_decimal (double value, int n_digits, Decimal *decimal)
{
  char text[40];
  g_ascii_formatd (text, sizeof text, n_digits == 17 ? "%.16e" : n_digits == 16 ? "%.15e" : "%.14e", value);
  if (g_ascii_strtod (text, NULL) != value)
    return FALSE;
  decimal->n = 0;
  const char *at = text;
  for (; *at != 'e'; at++)
    if (g_ascii_isdigit (*at))
      decimal->digits[decimal->n++] = *at;
  while (decimal->n > 1 && decimal->digits[decimal->n - 1] == '0')
    decimal->n--;
  decimal->exponent = atoi (at + 1);
  return TRUE;
}

/* Very small numbers have fewer digits than 15 to begin with. */
static gboolean
get_short_decimal (double value, Decimal *decimal)
{
  for (int n = 1; n < 15; n++)
    {
      char format[8], text[40];
      g_snprintf (format, sizeof format, "%%.%de", n - 1);
      g_ascii_formatd (text, sizeof text, format, value);
      if (g_ascii_strtod (text, NULL) != value)
        continue;
      const char *at = text;
      for (decimal->n = 0; *at != 'e'; at++)
        if (g_ascii_isdigit (*at))
          decimal->digits[decimal->n++] = *at;
      decimal->exponent = atoi (at + 1);
      return TRUE;
    }
  return FALSE;
}

void
jinja_float_repr (double value, char text[JINJA_FLOAT_SIZE])
{
  if (!isfinite (value))
    {
      strcpy (text, isnan (value) ? "nan" : value > 0 ? "inf" : "-inf");
      return;
    }
  if (signbit (value))
    {
      *text++ = '-';
      value = -value;
    }
  Decimal decimal = { "0", 1, 0 };
  if (value != 0 && !(value < 1e-290 && get_short_decimal (value, &decimal)))
    for (int n = 15; n <= 17 && !get_decimal (value, n, &decimal); n++)
      ;

  char *at = text;
  int point = decimal.exponent + 1;
  if (point > 16 || point < -3)
    {
      *at++ = decimal.digits[0];
      if (decimal.n > 1)
        {
          *at++ = '.';
          memcpy (at, decimal.digits + 1, decimal.n - 1);
          at += decimal.n - 1;
        }
      g_snprintf (at, 8, "e%c%02d", decimal.exponent < 0 ? '-' : '+', abs (decimal.exponent));
      return;
    }
  for (int i = MIN (point, 1) - 1; i < MAX (decimal.n, point + 1); i++)
    {
      if (i == point)
        *at++ = '.';
      *at++ = i >= 0 && i < decimal.n ? decimal.digits[i] : '0';
    }
  *at = '\0';
}

char *
jinja_float_format (double value, char conversion, int precision, gboolean alternate)
{
  char format[16];
  g_snprintf (format, sizeof format, "%%%s.%d%c", alternate ? "#" : "", precision, conversion);
  /* No double has more than 309 digits before the point. */
  gsize size = (gsize) precision + 330;
  g_autofree char *text = g_malloc (size);
  g_ascii_formatd (text, (int) size, format, value);
  return g_steal_pointer (&text);
}

double
jinja_float_round (double value, int digits)
{
  /* Beyond these no digit changes, or none is left (Python's own bounds). */
  if (!isfinite (value) || digits > 323 || value == 0)
    return value;
  if (digits < -308)
    return copysign (0, value);
  if (digits >= 0)
    {
      g_autofree char *text = jinja_float_format (value, 'f', digits, FALSE);
      return g_ascii_strtod (text, NULL);
    }
  /* The scientific form has the rounded figures, unless all are to go: then it is one figure or none. */
  g_autofree char *whole = jinja_float_format (fabs (value), 'e', 17, FALSE);
  int kept = atoi (strchr (whole, 'e') + 1) + 1 + digits;
  if (kept > 0)
    {
      g_autofree char *text = jinja_float_format (value, 'e', kept - 1, FALSE);
      return g_ascii_strtod (text, NULL);
    }
  g_autofree char *unit = g_strdup_printf ("1e%d", -digits);
  double one = g_ascii_strtod (unit, NULL);
  return kept == 0 && fabs (value) > one / 2 ? copysign (one, value) : copysign (0, value);
}

/* Copies a number's text without white space around it and underscores between digits; NULL where an
 * underscore stands elsewhere. */
static char *
clean_number (const char *text, gsize length)
{
  jinja_utf8_strip (&text, &length);
  char *clean = g_malloc (length + 1);
  gsize n = 0;
  for (gsize i = 0; i < length; i++)
    {
      gboolean between = i > 0 && i + 1 < length && g_ascii_isalnum (text[i - 1]) && g_ascii_isalnum (text[i + 1]);
      if ((text[i] == '_' && !between) || text[i] == '\0')
        {
          g_free (clean);
          return NULL;
        }
      if (text[i] != '_')
        clean[n++] = text[i];
    }
  clean[n] = '\0';
  return clean;
}

gboolean
jinja_parse_float (const char *text, gsize length, double *value)
{
  g_autofree char *clean = clean_number (text, length);
  if (clean == NULL)
    return FALSE;
  const char *at = clean + (*clean == '-' || *clean == '+');
  gboolean word = g_ascii_strcasecmp (at, "inf") == 0 || g_ascii_strcasecmp (at, "infinity") == 0
                  || g_ascii_strcasecmp (at, "nan") == 0;
  if (!word && (*at == '\0' || strspn (at, "0123456789.eE+-") != strlen (at)))
    return FALSE;
  char *end;
  *value = g_ascii_strtod (clean, &end);
  return *end == '\0' && end != clean;
}

static guint
get_prefix_base (const char *at)
{
  if (at[0] != '0')
    return 0;
  switch (at[1])
    {
    case 'x': case 'X': return 16;
    case 'o': case 'O': return 8;
    case 'b': case 'B': return 2;
    default: return 0;
    }
}

JinjaValue *
jinja_parse_int (JinjaHeap *heap, const char *text, gsize length, guint base)
{
  g_autofree char *clean = clean_number (text, length);
  if (clean == NULL)
    return NULL;
  gboolean negative = *clean == '-';
  const char *at = clean + (*clean == '-' || *clean == '+');
  guint prefix = get_prefix_base (at);
  if (prefix != 0 && (base == 0 || base == prefix))
    {
      base = prefix;
      at += 2;
    }
  else if (base == 0)
    {
      base = 10;
      if (at[0] == '0' && strspn (at, "0") != strlen (at))
        return NULL;
    }
  gsize n = 0;
  for (; at[n] != '\0'; n++)
    {
      int figure = g_ascii_isdigit (at[n]) ? at[n] - '0'
                   : g_ascii_isalpha (at[n]) ? g_ascii_tolower (at[n]) - 'a' + 10 : 99;
      if (figure >= (int) base)
        return NULL;
    }
  if (n == 0 || n > JINJA_MAX_DIGITS)
    return NULL;
  return jinja_big_parse (heap, negative, at, n, base);
}
