/* The filter wordwrap, by the rules of Python's textwrap: a text is cut into chunks (words, parts of
 * words with hyphens, white space), and lines are filled with as many as fit. */
#include <string.h>

#include "mill-jinja-filters.h"
#include "mill-jinja-repr.h"
#include "mill-jinja-strings.h"

typedef struct {
  JinjaRender *render;
  gsize        width;
  gboolean     break_words, break_hyphens;
  GString     *out;
  const char  *separator; /* between lines */
  gsize        separator_bytes;
  gboolean     first;     /* no line was written yet */
} Wrapper;

typedef struct {
  const char *text;
  gsize       n_bytes, n_chars;
} Chunk;

static gboolean
is_blank (char c)
{
  return c == ' ' || (c >= '\t' && c <= '\r');
}

static gboolean
is_letter (gunichar c)
{
  return jinja_is_word (c) && !jinja_is_decimal (c);
}

/* The character `n` places before or after, 0 beyond the ends. */
static gunichar
look (const char *start, const char *end, const char *at, int n)
{
  gsize size;
  gunichar c = 0;
  for (; n < 0; n++)
    {
      if (at <= start)
        return 0;
      c = jinja_utf8_get_before (at, &size);
      at -= size;
    }
  for (; n > 0; n--)
    {
      if (at >= end)
        return 0;
      c = jinja_utf8_get (at, &size);
      at += size;
    }
  return c;
}

/* Whether a word may be broken at `at`: behind a hyphen between letters. */
static gboolean
is_after_hyphen (const char *start, const char *end, const char *at)
{
  if (at <= start || at[-1] != '-' || at >= end)
    return FALSE;
  gunichar before = look (start, end, at, -2), further = look (start, end, at, -3);
  if (!is_letter (before) || !(is_letter (further) || (further == '-' && is_letter (look (start, end, at, -4)))))
    return FALSE;
  gunichar next = look (start, end, at, 1), second = look (start, end, at, 2);
  return is_letter (next) && (is_letter (second) || (second == '-' && is_letter (look (start, end, at, 3))));
}

/* The length of dashes at `at` that stand between two words, 0 where there are none. */
static gsize
match_dashes (const char *start, const char *end, const char *at)
{
  gsize n = 0;
  gunichar before = look (start, end, at, -1);
  if (!jinja_is_word (before) && (before == 0 || before > 0x7f || strchr ("!\"'&.,?", (int) before) == NULL))
    return 0;
  while (at + n < end && at[n] == '-')
    n++;
  return n >= 2 && jinja_is_word (look (start, end, at + n, 1)) ? n : 0;
}

/* The bytes of the chunk at `at`. */
static gsize
match_chunk (const Wrapper *self, const char *start, const char *end, const char *at)
{
  gsize n = 0;
  if (is_blank (*at))
    {
      while (at + n < end && is_blank (at[n]))
        n++;
      return n;
    }
  if (self->break_hyphens && (n = match_dashes (start, end, at)) > 0)
    return n;
  for (n = g_utf8_skip[(guint8) *at]; at + n < end && !is_blank (at[n]); n += g_utf8_skip[(guint8) at[n]])
    if (self->break_hyphens && (is_after_hyphen (start, end, at + n) || match_dashes (start, end, at + n) > 0))
      break;
  return n;
}

static GArray *
cut_chunks (const Wrapper *self, const char *text, gsize n_bytes)
{
  GArray *chunks = g_array_new (FALSE, FALSE, sizeof (Chunk));
  const char *end = text + n_bytes;
  for (const char *at = text; at < end;)
    {
      Chunk chunk = { at, match_chunk (self, text, end, at), 0 };
      chunk.n_chars = jinja_utf8_count (at, chunk.n_bytes);
      g_array_append_val (chunks, chunk);
      at += chunk.n_bytes;
    }
  return chunks;
}

/* How many characters of a chunk that is too long go on a line with `left` free. */
static gsize
get_break (const Wrapper *self, const Chunk *chunk, gsize left)
{
  if (!self->break_hyphens || chunk->n_chars <= left)
    return left;
  gsize end = jinja_utf8_offset (chunk->text, chunk->n_bytes, left), hyphen = end;
  while (hyphen > 0 && chunk->text[hyphen - 1] != '-')
    hyphen--;
  if (hyphen < 2)
    return left;
  for (gsize i = 0; i < hyphen - 1; i++)
    if (chunk->text[i] != '-')
      return jinja_utf8_count (chunk->text, hyphen);
  return left;
}

/* Writes a line of chunks [from, to), which stand beside each other in the text. */
static gboolean
write_line (Wrapper *self, const char *from, const char *to)
{
  if (!self->first)
    g_string_append_len (self->out, self->separator, (gssize) self->separator_bytes);
  self->first = FALSE;
  g_string_append_len (self->out, from, to - from);
  return self->out->len <= self->render->heap.limit ? jinja_step (self->render, 4)
                                                    : jinja_fail_limit (self->render, "this makes too long a text") != NULL;
}

static gboolean
wrap_line (Wrapper *self, const char *text, gsize n_bytes)
{
  g_autoptr (GArray) chunks = cut_chunks (self, text, n_bytes);
  gboolean first_line = TRUE;
  guint i = 0;
  while (i < chunks->len)
    {
      Chunk *chunk = &g_array_index (chunks, Chunk, i);
      gsize used = 0;
      if (!first_line && is_blank (*chunk->text))
        {
          i++;
          if (i == chunks->len)
            break;
          chunk++;
        }
      const char *from = chunk->text, *to = from, *solid = from;
      for (; i < chunks->len; i++)
        {
          chunk = &g_array_index (chunks, Chunk, i);
          gsize left = self->width - used;
          if (chunk->n_chars > left)
            break;
          used += chunk->n_chars;
          solid = to;
          to = chunk->text + chunk->n_bytes;
        }
      gboolean ends_blank = to > from && is_blank (to[-1]);
      if (i < chunks->len && chunk->n_chars > self->width && (self->break_words ? used < self->width || to == from : to == from))
        {
          gsize n = self->break_words ? get_break (self, chunk, self->width - used) : chunk->n_chars;
          gsize cut = jinja_utf8_offset (chunk->text, chunk->n_bytes, n);
          to = chunk->text + cut;
          ends_blank = FALSE;
          *chunk = (Chunk) { to, chunk->n_bytes - cut, chunk->n_chars - n };
          if (chunk->n_bytes == 0)
            i++;
        }
      if (ends_blank)
        to = solid;
      if (to > from)
        {
          if (!write_line (self, from, to))
            return FALSE;
          first_line = FALSE;
        }
    }
  return TRUE;
}

JinjaValue *
jinja_filter_wordwrap (JinjaRender *render, JinjaValue *input, const JinjaArgs *args)
{
  JinjaValue *values[4];
  gint64 width;
  const char *separator;
  gsize separator_bytes;
  if (!jinja_args_bind (render, args, "width break_long_words wrapstring break_on_hyphens", 0, values)
      || !jinja_arg_int (render, values[0], 79, &width))
    return NULL;
  if (values[2] != NULL && values[2]->kind == JINJA_NONE)
    values[2] = NULL;
  if (!jinja_arg_string (render, values[2], "\n", &separator, &separator_bytes))
    return NULL;
  if (input->kind != JINJA_STRING)
    return input->kind == JINJA_UNDEFINED ? jinja_fail_undefined (render, input)
                                          : jinja_fail (render, "wordwrap asks for a string, not for “%s”", jinja_type_name (input));
  const JinjaString *text = jinja_as_string (input);
  /* Chunks take more room than their text. */
  JinjaList *lines = jinja_reserve_times (render, text->n_bytes, sizeof (Chunk)) ? jinja_string_lines (render, text, FALSE) : NULL;
  if (lines == NULL)
    return NULL;
  if (width <= 0 && lines->n > 0)
    return jinja_fail (render, "wordwrap’s width must be positive");
  g_autoptr (GString) out = g_string_new (NULL);
  Wrapper self = { render, (gsize) width, jinja_arg_bool (values[1], TRUE), jinja_arg_bool (values[3], TRUE), out,
                   separator, separator_bytes, TRUE };
  for (gsize i = 0; i < lines->n; i++)
    {
      if (i > 0)
        g_string_append_len (out, separator, (gssize) separator_bytes);
      self.first = TRUE;
      if (!wrap_line (&self, jinja_as_string (lines->items[i])->text, jinja_as_string (lines->items[i])->n_bytes))
        return NULL;
    }
  return jinja_take_string (render, out, FALSE);
}
