#include "mill-jinja-literal.h"

#include <string.h>

#include "mill-jinja-text.h"

/* Digits of a base with single underscores between them; `at` moves past. An underscore may come
 * first where `lead` says so. */
static gboolean
match_digits (const char *text, gsize length, gsize *at, guint base, gboolean lead)
{
  gsize start = *at;
  while (*at < length)
    {
      gboolean underscore = text[*at] == '_' && (lead || *at > start) && *at + 1 < length;
      int value = g_ascii_xdigit_value (text[*at + underscore]);
      if (value < 0 || value >= (int) base)
        break;
      *at += 1 + underscore;
    }
  return *at > start;
}

gsize
jinja_match_integer (const char *text, gsize length)
{
  gsize at = 0;
  if (length == 0 || !g_ascii_isdigit (*text))
    return 0;
  if (*text != '0')
    {
      match_digits (text, length, &at, 10, FALSE);
      return at;
    }
  if (length > 2)
    {
      char c = g_ascii_tolower (text[1]);
      guint base = c == 'x' ? 16 : c == 'o' ? 8 : c == 'b' ? 2 : 0;
      at = 2;
      if (base != 0 && match_digits (text, length, &at, base, TRUE))
        return at;
    }
  at = 0;
  match_digits (text, length, &at, 1, FALSE);
  return at;
}

gsize
jinja_match_float (const char *text, gsize length)
{
  gsize at = 0, whole;
  if (!match_digits (text, length, &at, 10, FALSE))
    return 0;
  gboolean is_float = FALSE;
  if (at + 1 < length && text[at] == '.')
    {
      whole = at++;
      is_float = match_digits (text, length, &at, 10, FALSE);
      if (!is_float)
        at = whole;
    }
  if (at + 1 < length && (text[at] == 'e' || text[at] == 'E'))
    {
      gsize exponent = at + 1;
      if (text[exponent] == '+' || text[exponent] == '-')
        exponent++;
      if (match_digits (text, length, &exponent, 10, FALSE))
        return exponent;
    }
  return is_float ? at : 0;
}

gsize
jinja_match_string (const char *text, gsize length)
{
  if (length == 0 || (*text != '"' && *text != '\''))
    return 0;
  for (gsize i = 1; i < length; i++)
    {
      if (text[i] == *text)
        return i + 1;
      if (text[i] == '\\')
        i++;
    }
  return 0;
}

static gboolean
read_hex (const char *text, gsize length, gsize *at, guint n, gunichar *c)
{
  *c = 0;
  for (guint i = 0; i < n; i++, (*at)++)
    {
      if (*at >= length || !g_ascii_isxdigit (text[*at]))
        return FALSE;
      *c = *c << 4 | (gunichar) g_ascii_xdigit_value (text[*at]);
    }
  return TRUE;
}

/* \x, \u and \U; `at` is after the letter. A pair of surrogates is one character, half of one U+FFFD. */
static const char *
unescape_hex (const char *text, gsize length, gsize *at, char letter, GString *out)
{
  gunichar c, low;
  if (!read_hex (text, length, at, letter == 'x' ? 2 : letter == 'u' ? 4 : 8, &c))
    return "this escape in a string is cut short";
  if (c > 0x10ffff)
    return "this escape in a string is not a Unicode character";
  if (c >= 0xd800 && c < 0xdc00 && *at + 6 <= length && text[*at] == '\\' && text[*at + 1] == 'u')
    {
      gsize next = *at + 2;
      if (read_hex (text, length, &next, 4, &low) && low >= 0xdc00 && low < 0xe000)
        {
          c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
          *at = next;
        }
    }
  g_string_append_unichar (out, c >= 0xd800 && c < 0xe000 ? 0xfffd : c);
  return NULL;
}

static void
unescape_octal (const char *text, gsize length, gsize *at, GString *out)
{
  gunichar c = 0;
  for (int i = 0; i < 3 && *at < length && text[*at] >= '0' && text[*at] <= '7'; i++)
    c = c * 8 + (gunichar) (text[(*at)++] - '0');
  g_string_append_unichar (out, c);
}

/* `at` is after the backslash. Gives what is wrong. */
static const char *
unescape_one (const char *text, gsize length, gsize *at, GString *out)
{
  static const char names[] = "\\'\"abfnrtv", values[] = "\\'\"\a\b\f\n\r\t\v";
  char c = *at < length ? text[*at] : '\0';
  const char *found = c != '\0' ? strchr (names, c) : NULL;
  if (found != NULL)
    {
      g_string_append_c (out, values[found - names]);
      (*at)++;
    }
  else if (c == '\n')
    (*at)++;
  else if (c >= '0' && c <= '7')
    unescape_octal (text, length, at, out);
  else if (c == 'x' || c == 'u' || c == 'U')
    {
      (*at)++;
      return unescape_hex (text, length, at, c, out);
    }
  else if (c == 'N')
    return "\\N{…} in strings is not supported";
  else
    g_string_append_c (out, '\\');
  return NULL;
}

JinjaValue *
jinja_unescape (const char *text, gsize length, const char **why)
{
  g_autoptr (GString) out = g_string_sized_new (length);
  gsize at = 0;
  while (at < length)
    {
      const char *slash = memchr (text + at, '\\', length - at);
      gsize run = slash != NULL ? (gsize) (slash - text) - at : length - at;
      g_string_append_len (out, text + at, (gssize) run);
      at += run;
      if (slash == NULL)
        break;
      at++;
      *why = unescape_one (text, length, &at, out);
      if (*why != NULL)
        return NULL;
    }
  return jinja_string (NULL, out->str, out->len);
}
