#include "mill-jinja-lexer.h"

#include <string.h>

#include "mill-jinja-literal.h"
#include "mill-jinja-number.h"
#include "mill-jinja-text.h"

enum { STATE_TEXT, STATE_BLOCK, STATE_VARIABLE, STATE_RAW };

G_GNUC_PRINTF (3, 4)
static gboolean
fail (JinjaLexer *self, GError **error, const char *format, ...)
{
  va_list args;
  va_start (args, format);
  g_autofree char *why = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, MILL_JINJA_ERROR, MILL_JINJA_ERROR_SYNTAX, "line %u: %s", self->line, why);
  return FALSE;
}

/* CRLF and CR become LF; one newline at the end goes. */
static char *
normalize (const char *source, gsize *length)
{
  char *out = g_malloc (*length + 1);
  gsize n = 0;
  for (gsize i = 0; i < *length; i++)
    {
      if (source[i] == '\r' && i + 1 < *length && source[i + 1] == '\n')
        continue;
      out[n++] = source[i] == '\r' ? '\n' : source[i];
    }
  if (n > 0 && out[n - 1] == '\n')
    n--;
  out[n] = '\0';
  *length = n;
  return out;
}

void
jinja_lexer_init (JinjaLexer *self, const char *source, gsize length, gboolean trim, GPtrArray *values)
{
  *self = (JinjaLexer) { .line = 1, .trim = trim, .line_starting = TRUE, .values = values };
  self->source = normalize (source, &length);
  self->length = length;
  self->brackets = g_string_new (NULL);
}

void
jinja_lexer_clear (JinjaLexer *self)
{
  g_clear_pointer (&self->source, g_free);
  g_string_free (self->brackets, TRUE);
}

static gboolean
starts (const JinjaLexer *self, gsize at, const char *word)
{
  gsize length = strlen (word);
  return self->length - at >= length && memcmp (self->source + at, word, length) == 0;
}

static gsize
skip_space (const JinjaLexer *self, gsize at)
{
  gsize size;
  while (at < self->length && jinja_is_space (jinja_utf8_get (self->source + at, &size)))
    at += size;
  return at;
}

/* Moves on to `to`, counting lines. */
static void
advance (JinjaLexer *self, gsize to)
{
  for (gsize i = self->at; i < to; i++)
    self->line += self->source[i] == '\n';
  if (to > self->at)
    self->line_starting = self->source[to - 1] == '\n';
  self->at = to;
}

/* Where a tag that ends with `closer` at `at` leaves off: after -%} white space goes, after %} in chat
 * templates a newline. 0 where no such end stands there. */
static gsize
match_end (const JinjaLexer *self, gsize at, const char *closer, gboolean is_block)
{
  if (starts (self, at, closer))
    {
      at += 2;
      return is_block && self->trim && at < self->length && self->source[at] == '\n' ? at + 1 : at;
    }
  if (at < self->length && starts (self, at + 1, closer))
    {
      if (self->source[at] == '-')
        return skip_space (self, at + 3);
      if (self->source[at] == '+' && is_block)
        return at + 3;
    }
  return 0;
}

/* {% raw %}, whose end follows. */
static gsize
match_raw_begin (const JinjaLexer *self, gsize at)
{
  at = skip_space (self, at);
  if (!starts (self, at, "raw"))
    return 0;
  at = skip_space (self, at + 3);
  if (starts (self, at, "-%}"))
    return skip_space (self, at + 3);
  return starts (self, at, "%}") ? at + 2 : 0;
}

static char
get_sign (const JinjaLexer *self, gsize at)
{
  char c = at < self->length ? self->source[at] : '\0';
  return c == '-' || c == '+' ? c : '\0';
}

/* The end of the text from self->at to `to`, where a tag with that sign begins. */
static gsize
strip_before (const JinjaLexer *self, gsize to, char sign, gboolean is_variable)
{
  const char *text = self->source + self->at;
  gsize length = to - self->at;
  if (sign == '-')
    {
      jinja_utf8_rstrip (&text, &length);
      return self->at + length;
    }
  if (sign == '+' || !self->trim || is_variable)
    return to;
  /* Only where the tag is the first thing on its line. */
  gsize start = to;
  while (start > self->at && self->source[start - 1] != '\n')
    start--;
  if (start == self->at && !self->line_starting)
    return to;
  return skip_space (self, start) >= to ? start : to;
}

static gboolean
set_token (JinjaToken *token, JinjaTokenType type, guint line, const char *text, gsize length)
{
  *token = (JinjaToken) { .type = type, .line = line, .text = text, .length = length };
  return TRUE;
}

/* Data up to `end`, then everything up to `next` is passed. FALSE where there is none. */
static gboolean
take_data (JinjaLexer *self, JinjaToken *token, gsize end, gsize next)
{
  gboolean any = end > self->at;
  set_token (token, JINJA_TOKEN_DATA, self->line, self->source + self->at, end - self->at);
  advance (self, next);
  return any;
}

static gboolean
skip_comment (JinjaLexer *self, gsize at, GError **error)
{
  for (; at < self->length; at++)
    {
      gsize end = match_end (self, at, "#}", TRUE);
      if (end > 0)
        {
          advance (self, end);
          return TRUE;
        }
    }
  return fail (self, error, "this comment does not end");
}

/* At the text of a template. Sets *found where there was data to give. */
static gboolean
lex_text (JinjaLexer *self, JinjaToken *token, gboolean *found, GError **error)
{
  gsize at = self->at;
  while (at < self->length)
    {
      const char *brace = memchr (self->source + at, '{', self->length - at);
      at = brace != NULL ? (gsize) (brace - self->source) : self->length;
      if (at + 1 < self->length && strchr ("%{#", self->source[at + 1]) != NULL && self->source[at + 1] != '\0')
        break;
      at = MIN (at + 1, self->length);
    }
  if (at >= self->length)
    {
      *found = take_data (self, token, self->length, self->length);
      return TRUE;
    }

  char kind = self->source[at + 1], sign = get_sign (self, at + 2);
  gsize end = strip_before (self, at, sign, kind == '{');
  gsize next = at + 2 + (sign != '\0');
  gsize raw = kind == '%' ? match_raw_begin (self, next) : 0;
  *found = take_data (self, token, end, at);
  if (kind == '#')
    return skip_comment (self, next, error);
  self->state = raw > 0 ? STATE_RAW : kind == '%' ? STATE_BLOCK : STATE_VARIABLE;
  if (raw > 0)
    {
      advance (self, raw);
      return TRUE;
    }
  set_token (&self->begin, kind == '%' ? JINJA_TOKEN_BLOCK_BEGIN : JINJA_TOKEN_VARIABLE_BEGIN, self->line,
             self->source + at, 2);
  advance (self, next);
  return TRUE;
}

/* Where {% endraw %} at `at` leaves off, 0 where it is none. */
static gsize
match_raw_end (const JinjaLexer *self, gsize at)
{
  if (!starts (self, at, "{%"))
    return 0;
  at = skip_space (self, at + 2 + (get_sign (self, at + 2) != '\0'));
  if (!starts (self, at, "endraw"))
    return 0;
  return match_end (self, skip_space (self, at + 6), "%}", TRUE);
}

static gboolean
lex_raw (JinjaLexer *self, JinjaToken *token, gboolean *found, GError **error)
{
  for (gsize at = self->at; at < self->length; at++)
    {
      gsize next = self->source[at] == '{' ? match_raw_end (self, at) : 0;
      if (next == 0)
        continue;
      *found = take_data (self, token, strip_before (self, at, get_sign (self, at + 2), FALSE), next);
      self->state = STATE_TEXT;
      return TRUE;
    }
  return fail (self, error, "this {%% raw %%} has no {%% endraw %%}");
}

static const struct {
  char           text[3];
  JinjaTokenType type;
} operators[] = {
  /* Longer ones first. */
  { "//", JINJA_TOKEN_FLOORDIV }, { "**", JINJA_TOKEN_POW },     { "==", JINJA_TOKEN_EQ },
  { "!=", JINJA_TOKEN_NE },       { ">=", JINJA_TOKEN_GE },      { "<=", JINJA_TOKEN_LE },
  { "+", JINJA_TOKEN_ADD },       { "-", JINJA_TOKEN_SUB },      { "/", JINJA_TOKEN_DIV },
  { "*", JINJA_TOKEN_MUL },       { "%", JINJA_TOKEN_MOD },      { "~", JINJA_TOKEN_TILDE },
  { "[", JINJA_TOKEN_LBRACKET },  { "]", JINJA_TOKEN_RBRACKET }, { "(", JINJA_TOKEN_LPAREN },
  { ")", JINJA_TOKEN_RPAREN },    { "{", JINJA_TOKEN_LBRACE },   { "}", JINJA_TOKEN_RBRACE },
  { ">", JINJA_TOKEN_GT },        { "<", JINJA_TOKEN_LT },       { "=", JINJA_TOKEN_ASSIGN },
  { ".", JINJA_TOKEN_DOT },       { ":", JINJA_TOKEN_COLON },    { "|", JINJA_TOKEN_PIPE },
  { ",", JINJA_TOKEN_COMMA },     { ";", JINJA_TOKEN_SEMICOLON },
};

static gboolean
track_brackets (JinjaLexer *self, JinjaTokenType type, GError **error)
{
  switch (type)
    {
    case JINJA_TOKEN_LPAREN: g_string_append_c (self->brackets, ')'); return TRUE;
    case JINJA_TOKEN_LBRACKET: g_string_append_c (self->brackets, ']'); return TRUE;
    case JINJA_TOKEN_LBRACE: g_string_append_c (self->brackets, '}'); return TRUE;
    case JINJA_TOKEN_RPAREN:
    case JINJA_TOKEN_RBRACKET:
    case JINJA_TOKEN_RBRACE: break;
    default: return TRUE;
    }
  char c = self->source[self->at];
  if (self->brackets->len == 0)
    return fail (self, error, "unexpected “%c”", c);
  char due = self->brackets->str[self->brackets->len - 1];
  if (due != c)
    return fail (self, error, "unexpected “%c”, expected “%c”", c, due);
  g_string_truncate (self->brackets, self->brackets->len - 1);
  return TRUE;
}

static gboolean
lex_operator (JinjaLexer *self, JinjaToken *token, GError **error)
{
  for (gsize i = 0; i < G_N_ELEMENTS (operators); i++)
    if (starts (self, self->at, operators[i].text))
      {
        gsize length = strlen (operators[i].text);
        if (!track_brackets (self, operators[i].type, error))
          return FALSE;
        set_token (token, operators[i].type, self->line, self->source + self->at, length);
        advance (self, self->at + length);
        return TRUE;
      }
  gsize size = g_utf8_skip[(guint8) self->source[self->at]];
  return fail (self, error, "unexpected “%.*s”", (int) size, self->source + self->at);
}

static gboolean
lex_name (JinjaLexer *self, JinjaToken *token, GError **error)
{
  gsize at = self->at, size;
  gboolean valid = jinja_is_identifier_start (jinja_utf8_get (self->source + at, &size));
  while (at < self->length)
    {
      gunichar c = jinja_utf8_get (self->source + at, &size);
      if (!jinja_is_identifier (c) && !jinja_is_word (c))
        break;
      valid = valid && jinja_is_identifier (c);
      at += size;
    }
  if (!valid)
    return fail (self, error, "“%.*s” is not a name", (int) (at - self->at), self->source + self->at);
  set_token (token, JINJA_TOKEN_NAME, self->line, self->source + self->at, at - self->at);
  advance (self, at);
  return TRUE;
}

static gboolean
lex_literal (JinjaLexer *self, JinjaToken *token, JinjaTokenType type, gsize length, GError **error)
{
  const char *why = NULL;
  const char *text = self->source + self->at;
  JinjaValue *value;
  if (type == JINJA_TOKEN_STRING)
    value = jinja_unescape (text + 1, length - 2, &why);
  else if (type == JINJA_TOKEN_INTEGER)
    value = jinja_parse_int (NULL, text, length, 0);
  else
    {
      double number = 0;
      value = jinja_parse_float (text, length, &number) ? jinja_float (NULL, number) : NULL;
    }
  if (value == NULL)
    return fail (self, error, "%s", why != NULL ? why : "this number is too long");
  g_ptr_array_add (self->values, value);
  set_token (token, type, self->line, text, length);
  token->value = value;
  advance (self, self->at + length);
  return TRUE;
}

/* Inside {{ or {%. */
static gboolean
lex_code (JinjaLexer *self, JinjaToken *token, gboolean *found, GError **error)
{
  gboolean is_block = self->state == STATE_BLOCK;
  gsize end = 0, size;
  if (self->brackets->len == 0)
    end = match_end (self, self->at, is_block ? "%}" : "}}", is_block);
  *found = TRUE;
  if (end > 0)
    {
      set_token (token, is_block ? JINJA_TOKEN_BLOCK_END : JINJA_TOKEN_VARIABLE_END, self->line,
                 self->source + self->at, 2);
      advance (self, end);
      self->state = STATE_TEXT;
      return TRUE;
    }

  const char *text = self->source + self->at;
  gunichar c = jinja_utf8_get (text, &size);
  if (jinja_is_space (c))
    {
      *found = FALSE;
      advance (self, skip_space (self, self->at));
      return TRUE;
    }
  gsize left = self->length - self->at, length;
  gboolean after_dot = self->at > 0 && text[-1] == '.';
  if (!after_dot && (length = jinja_match_float (text, left)) > 0)
    return lex_literal (self, token, JINJA_TOKEN_FLOAT, length, error);
  if ((length = jinja_match_integer (text, left)) > 0)
    return lex_literal (self, token, JINJA_TOKEN_INTEGER, length, error);
  if ((length = jinja_match_string (text, left)) > 0)
    return lex_literal (self, token, JINJA_TOKEN_STRING, length, error);
  if (jinja_is_identifier (c) || jinja_is_word (c))
    return lex_name (self, token, error);
  return lex_operator (self, token, error);
}

gboolean
jinja_lexer_next (JinjaLexer *self, JinjaToken *token, GError **error)
{
  gboolean found = FALSE;
  while (!found)
    {
      if (self->begin.type != JINJA_TOKEN_EOF)
        {
          *token = self->begin;
          self->begin.type = JINJA_TOKEN_EOF;
          return TRUE;
        }
      if (self->at >= self->length)
        return set_token (token, JINJA_TOKEN_EOF, self->line, "", 0);
      gboolean fine = self->state == STATE_TEXT  ? lex_text (self, token, &found, error)
                      : self->state == STATE_RAW ? lex_raw (self, token, &found, error)
                                                 : lex_code (self, token, &found, error);
      if (!fine)
        return FALSE;
    }
  return TRUE;
}

char *
jinja_token_describe (const JinjaToken *token)
{
  switch (token->type)
    {
    case JINJA_TOKEN_EOF: return g_strdup ("the end of the template");
    case JINJA_TOKEN_DATA: return g_strdup ("text");
    case JINJA_TOKEN_VARIABLE_BEGIN: return g_strdup ("“{{”");
    case JINJA_TOKEN_VARIABLE_END: return g_strdup ("“}}”");
    case JINJA_TOKEN_BLOCK_BEGIN: return g_strdup ("“{%”");
    case JINJA_TOKEN_BLOCK_END: return g_strdup ("“%}”");
    case JINJA_TOKEN_STRING: return g_strdup ("a string");
    default: return g_strdup_printf ("“%.*s”", (int) MIN (token->length, 60), token->text);
    }
}
