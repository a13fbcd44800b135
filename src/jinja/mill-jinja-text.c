#include "mill-jinja-text.h"

#include <string.h>

gsize
jinja_utf8_count (const char *text, gsize n_bytes)
{
  gsize n = 0;
  for (gsize i = 0; i < n_bytes; i++)
    n += ((guint8) text[i] & 0xc0) != 0x80;
  return n;
}

gsize
jinja_utf8_valid_prefix (const char *text, gsize n_bytes)
{
  const char *at = text, *end = text + n_bytes;
  while (at < end)
    {
      /* GLib takes NUL for an end. */
      const char *stop;
      if (*at == '\0')
        at++;
      else if (g_utf8_validate_len (at, end - at, &stop))
        return n_bytes;
      else if (stop == at || *stop != '\0')
        return stop - text;
      else
        at = stop;
    }
  return n_bytes;
}

gsize
jinja_utf8_offset (const char *text, gsize n_bytes, gsize index)
{
  gsize at = 0;
  while (index > 0 && at < n_bytes)
    {
      at += g_utf8_skip[(guint8) text[at]];
      index--;
    }
  return MIN (at, n_bytes);
}

gunichar
jinja_utf8_get (const char *at, gsize *n_bytes)
{
  *n_bytes = g_utf8_skip[(guint8) *at];
  return (guint8) *at < 0x80 ? (guint8) *at : g_utf8_get_char (at);
}

gunichar
jinja_utf8_get_before (const char *at, gsize *n_bytes)
{
  const char *start = at - 1;
  while (((guint8) *start & 0xc0) == 0x80)
    start--;
  *n_bytes = at - start;
  return g_utf8_get_char (start);
}

gboolean
jinja_is_space (gunichar c)
{
  if (c < 0x80)
    return (c >= 0x09 && c <= 0x0d) || (c >= 0x1c && c <= 0x20);
  return c == 0x85 || c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029
         || c == 0x202f || c == 0x205f || c == 0x3000;
}

gboolean
jinja_is_line_end (gunichar c)
{
  return (c >= 0x0a && c <= 0x0d) || (c >= 0x1c && c <= 0x1e) || c == 0x85 || c == 0x2028 || c == 0x2029;
}

gboolean
jinja_is_printable (gunichar c)
{
  if (c < 0x80)
    return c >= 0x20 && c < 0x7f;
  switch (g_unichar_type (c))
    {
    case G_UNICODE_CONTROL:
    case G_UNICODE_FORMAT:
    case G_UNICODE_SURROGATE:
    case G_UNICODE_PRIVATE_USE:
    case G_UNICODE_UNASSIGNED:
    case G_UNICODE_LINE_SEPARATOR:
    case G_UNICODE_PARAGRAPH_SEPARATOR:
    case G_UNICODE_SPACE_SEPARATOR: return FALSE;
    default: return TRUE;
    }
}

/* Letters with the properties Other_Lowercase and Other_Uppercase, the common ones. */
static gboolean
is_other_lower (gunichar c)
{
  return c == 0xaa || c == 0xba || (c >= 0x2b0 && c <= 0x2b8) || c == 0x2c0 || c == 0x2c1 || (c >= 0x2e0 && c <= 0x2e4)
         || c == 0x345 || c == 0x37a || (c >= 0x1d2c && c <= 0x1d6a) || c == 0x1d78 || (c >= 0x1d9b && c <= 0x1dbf)
         || c == 0x2071 || c == 0x207f || (c >= 0x2090 && c <= 0x209c) || (c >= 0x2170 && c <= 0x217f)
         || (c >= 0x24d0 && c <= 0x24e9);
}

static gboolean
is_other_upper (gunichar c)
{
  return (c >= 0x2160 && c <= 0x216f) || (c >= 0x24b6 && c <= 0x24cf) || (c >= 0x1f130 && c <= 0x1f149)
         || (c >= 0x1f150 && c <= 0x1f169) || (c >= 0x1f170 && c <= 0x1f189);
}

gboolean
jinja_is_lower (gunichar c)
{
  return c < 0x80 ? g_ascii_islower (c) : g_unichar_type (c) == G_UNICODE_LOWERCASE_LETTER || is_other_lower (c);
}

gboolean
jinja_is_upper (gunichar c)
{
  return c < 0x80 ? g_ascii_isupper (c) : g_unichar_type (c) == G_UNICODE_UPPERCASE_LETTER || is_other_upper (c);
}

gboolean
jinja_is_title (gunichar c)
{
  return g_unichar_type (c) == G_UNICODE_TITLECASE_LETTER;
}

gboolean
jinja_is_cased (gunichar c)
{
  return jinja_is_lower (c) || jinja_is_upper (c) || jinja_is_title (c);
}

gboolean
jinja_is_alpha (gunichar c)
{
  return g_unichar_isalpha (c);
}

gboolean
jinja_is_decimal (gunichar c)
{
  return g_unichar_type (c) == G_UNICODE_DECIMAL_NUMBER;
}

gboolean
jinja_is_digit (gunichar c)
{
  if (jinja_is_decimal (c))
    return TRUE;
  return c == 0xb2 || c == 0xb3 || c == 0xb9 || (c >= 0x1369 && c <= 0x1371) || c == 0x19da || c == 0x2070
         || (c >= 0x2074 && c <= 0x2079) || (c >= 0x2080 && c <= 0x2089) || (c >= 0x2460 && c <= 0x2468)
         || (c >= 0x2474 && c <= 0x247c) || (c >= 0x2488 && c <= 0x2490) || c == 0x24ea || (c >= 0x24f5 && c <= 0x24fd)
         || c == 0x24ff || (c >= 0x2776 && c <= 0x277e) || (c >= 0x2780 && c <= 0x2788) || (c >= 0x278a && c <= 0x2792);
}

gboolean
jinja_is_numeric (gunichar c)
{
  switch (g_unichar_type (c))
    {
    case G_UNICODE_DECIMAL_NUMBER:
    case G_UNICODE_LETTER_NUMBER:
    case G_UNICODE_OTHER_NUMBER: return TRUE;
    default: break;
    }
  /* Ideographs that are numbers. */
  static const gunichar ideographs[] = {
    0x3007, 0x4e00, 0x4e03, 0x4e07, 0x4e09, 0x4e5d, 0x4e8c, 0x4e94, 0x4ebf, 0x4edf, 0x4ee8, 0x4f0d, 0x4f70, 0x5104,
    0x5146, 0x5169, 0x516b, 0x516d, 0x5341, 0x5343, 0x5344, 0x5345, 0x534c, 0x53c1, 0x53c2, 0x53c3, 0x53c4, 0x56db,
    0x58f1, 0x58f9, 0x5e7a, 0x5efe, 0x5eff, 0x5f0c, 0x5f0d, 0x5f0e, 0x5f10, 0x62fe, 0x634c, 0x67d2, 0x6f06, 0x7396,
    0x767e, 0x8086, 0x842c, 0x8cae, 0x8cb3, 0x8d30, 0x9621, 0x9646, 0x964c, 0x9678, 0x96f6,
  };
  for (gsize i = 0; i < G_N_ELEMENTS (ideographs); i++)
    if (ideographs[i] == c)
      return TRUE;
  return FALSE;
}

gboolean
jinja_is_word (gunichar c)
{
  return c == '_' || jinja_is_alpha (c) || jinja_is_numeric (c);
}

gboolean
jinja_is_identifier_start (gunichar c)
{
  return c == '_' || g_unichar_isalpha (c) || g_unichar_type (c) == G_UNICODE_LETTER_NUMBER;
}

gboolean
jinja_is_identifier (gunichar c)
{
  if (c < 0x80)
    return g_ascii_isalnum (c) || c == '_';
  switch (g_unichar_type (c))
    {
    case G_UNICODE_NON_SPACING_MARK:
    case G_UNICODE_SPACING_MARK:
    case G_UNICODE_DECIMAL_NUMBER:
    case G_UNICODE_CONNECT_PUNCTUATION: return TRUE;
    default: return jinja_is_identifier_start (c) || c == 0xb7;
    }
}

void
jinja_utf8_lstrip (const char **text, gsize *n_bytes)
{
  gsize size;
  while (*n_bytes > 0 && jinja_is_space (jinja_utf8_get (*text, &size)))
    {
      *text += size;
      *n_bytes -= size;
    }
}

void
jinja_utf8_rstrip (const char **text, gsize *n_bytes)
{
  gsize size;
  while (*n_bytes > 0 && jinja_is_space (jinja_utf8_get_before (*text + *n_bytes, &size)))
    *n_bytes -= size;
}

void
jinja_utf8_strip (const char **text, gsize *n_bytes)
{
  jinja_utf8_lstrip (text, n_bytes);
  jinja_utf8_rstrip (text, n_bytes);
}

/* GLib's mappings of whole strings know the characters that become several; asked for one character
 * outside ASCII they do not depend on the locale. */
static void
append_mapped (GString *out, const char *at, gsize size, char *(*map) (const char *, gssize))
{
  g_autofree char *mapped = map (at, (gssize) size);
  g_string_append (out, mapped);
}

static void
append_upper (GString *out, const char *at, gsize size)
{
  if (size == 1)
    g_string_append_c (out, g_ascii_toupper (*at));
  else
    append_mapped (out, at, size, g_utf8_strup);
}

/* Whether a cased character stands on that side, characters that case ignores left out. */
static gboolean
is_beside_cased (const char *start, const char *end, const char *at, gboolean before)
{
  while (before ? at > start : at < end)
    {
      gsize size;
      gunichar c = before ? jinja_utf8_get_before (at, &size) : jinja_utf8_get (at, &size);
      GUnicodeType type = g_unichar_type (c);
      gboolean ignored = type == G_UNICODE_NON_SPACING_MARK || type == G_UNICODE_ENCLOSING_MARK
                         || type == G_UNICODE_FORMAT || type == G_UNICODE_MODIFIER_LETTER
                         || type == G_UNICODE_MODIFIER_SYMBOL || c == '\'' || c == '.' || c == ':' || c == 0xb7
                         || c == 0x2019;
      if (!ignored)
        return jinja_is_cased (c);
      at += before ? -(gssize) size : (gssize) size;
    }
  return FALSE;
}

static void
append_lower (GString *out, const char *start, const char *end, const char *at, gsize size)
{
  if (size == 1)
    g_string_append_c (out, g_ascii_tolower (*at));
  else if (g_utf8_get_char (at) == 0x3a3)
    /* Sigma at the end of a word (Unicode, SpecialCasing: Final_Sigma). */
    g_string_append (out, is_beside_cased (start, end, at, TRUE) && !is_beside_cased (start, end, at + size, FALSE)
                            ? "ς" : "σ");
  else
    append_mapped (out, at, size, g_utf8_strdown);
}

static void
append_title (GString *out, const char *at, gsize size)
{
  if (size == 1)
    {
      g_string_append_c (out, g_ascii_toupper (*at));
      return;
    }
  gunichar c = g_utf8_get_char (at), title = g_unichar_totitle (c);
  if (title != c || jinja_is_title (c))
    {
      g_string_append_unichar (out, title);
      return;
    }
  /* ß and ligatures become several: capital up to the first that has a case, small after it. */
  g_autofree char *upper = g_utf8_strup (at, (gssize) size);
  const char *rest = upper;
  while (*rest != '\0' && !jinja_is_cased (g_utf8_get_char (rest)))
    rest = g_utf8_next_char (rest);
  if (*rest != '\0')
    rest = g_utf8_next_char (rest);
  g_string_append_len (out, upper, rest - upper);
  append_mapped (out, rest, strlen (rest), g_utf8_strdown);
}

void
jinja_append_case (GString *out, const char *text, gsize n_bytes, JinjaCase how)
{
  const char *end = text + n_bytes;
  gboolean in_word = FALSE;
  gsize size;
  for (const char *at = text; at < end; at += size)
    {
      gunichar c = jinja_utf8_get (at, &size);
      gboolean upper = how == JINJA_CASE_UPPER || (how == JINJA_CASE_SWAP && jinja_is_lower (c));
      gboolean title = (how == JINJA_CASE_CAPITALIZE && at == text) || (how == JINJA_CASE_TITLE && !in_word);
      if (upper)
        append_upper (out, at, size);
      else if (title)
        append_title (out, at, size);
      else if (how == JINJA_CASE_FOLD && size > 1)
        append_mapped (out, at, size, g_utf8_casefold);
      else if (how == JINJA_CASE_SWAP && !jinja_is_upper (c))
        g_string_append_len (out, at, (gssize) size);
      else
        append_lower (out, text, end, at, size);
      in_word = jinja_is_cased (c);
    }
}

static void
append_escape (GString *out, gunichar c)
{
  if (c == '\n')
    g_string_append (out, "\\n");
  else if (c == '\r')
    g_string_append (out, "\\r");
  else if (c == '\t')
    g_string_append (out, "\\t");
  else if (c <= 0xff)
    g_string_append_printf (out, "\\x%02x", c);
  else if (c <= 0xffff)
    g_string_append_printf (out, "\\u%04x", c);
  else
    g_string_append_printf (out, "\\U%08x", c);
}

void
jinja_append_string_repr (GString *out, const char *text, gsize n_bytes, gboolean ascii)
{
  gboolean has_single = n_bytes > 0 && memchr (text, '\'', n_bytes) != NULL;
  gboolean has_double = n_bytes > 0 && memchr (text, '"', n_bytes) != NULL;
  char quote = has_single && !has_double ? '"' : '\'';
  g_string_append_c (out, quote);
  gsize size;
  for (const char *at = text; at < text + n_bytes; at += size)
    {
      gunichar c = jinja_utf8_get (at, &size);
      if (c == (guchar) quote || c == '\\')
        {
          g_string_append_c (out, '\\');
          g_string_append_c (out, (char) c);
        }
      else if (jinja_is_printable (c) && !(ascii && c >= 0x80))
        g_string_append_len (out, at, (gssize) size);
      else
        append_escape (out, c);
    }
  g_string_append_c (out, quote);
}

void
jinja_append_escaped (GString *out, const char *text, gsize n_bytes)
{
  for (gsize i = 0; i < n_bytes; i++)
    switch (text[i])
      {
      case '&': g_string_append (out, "&amp;"); break;
      case '<': g_string_append (out, "&lt;"); break;
      case '>': g_string_append (out, "&gt;"); break;
      case '"': g_string_append (out, "&#34;"); break;
      case '\'': g_string_append (out, "&#39;"); break;
      default: g_string_append_c (out, text[i]); break;
      }
}
