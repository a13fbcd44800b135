/* Parts reasoning from text while both stream. */
#include "mill-reasoning.h"

#include <string.h>

#define OPEN_TAG "<think>"
#define CLOSE_TAG "</think>"

typedef enum {
  BEFORE,    /* nothing but space has come: the answer may begin with <think> */
  THINKING,
  AFTER,     /* reasoning has ended: space goes before the text begins */
  TEXT,
} Phase;

struct _MillReasoning {
  Phase    phase;
  gboolean opened;    /* by the prompt: a model that opens it once more says nothing by that */
  gboolean started;   /* a character of the reasoning that is not space has been given out */
  GString *held;      /* what may turn out to be a tag, or space at the end of the reasoning */
};

MillReasoning *
mill_reasoning_new (gboolean open)
{
  MillReasoning *self = g_new0 (MillReasoning, 1);
  self->phase = open ? THINKING : BEFORE;
  self->opened = open;
  self->held = g_string_new (NULL);
  return self;
}

void
mill_reasoning_free (MillReasoning *self)
{
  g_string_free (self->held, TRUE);
  g_free (self);
}

/* How many bytes of space `text` begins with. */
static gsize
count_space (const GString *text)
{
  gsize n = 0;
  while (n < text->len && g_ascii_isspace (text->str[n]))
    n++;
  return n;
}

/* The first place at which `text` is, or may become with more of it, `tag`; text->len if none. */
static gsize
find_tag (const GString *text, const char *tag, gboolean *whole)
{
  gsize length = strlen (tag);
  for (gsize at = 0; at < text->len; at++)
    {
      gsize n = MIN (length, text->len - at);
      if (memcmp (text->str + at, tag, n) == 0)
        {
          *whole = n == length;
          return at;
        }
    }
  *whole = FALSE;
  return text->len;
}

/* Gives out the first `n` bytes of what is held but keeps the space they end with, which may turn
 * out to stand before the closing tag. */
static void
give_reasoning (MillReasoning *self, gsize n, GString *reasoning)
{
  if (!self->started)
    {
      gsize space = MIN (count_space (self->held), n);
      g_string_erase (self->held, 0, space);
      n -= space;
    }
  while (n > 0 && g_ascii_isspace (self->held->str[n - 1]))
    n--;
  g_string_append_len (reasoning, self->held->str, n);
  g_string_erase (self->held, 0, n);
  self->started |= n > 0;
}

/* Each of these does what is certain in its phase; TRUE if the phase changed, so that there may be more. */

static gboolean
advance_before (MillReasoning *self)
{
  gsize space = count_space (self->held), rest = self->held->len - space, tag = strlen (OPEN_TAG);
  if (memcmp (self->held->str + space, OPEN_TAG, MIN (rest, tag)) != 0)
    {
      self->phase = TEXT;
      return TRUE;
    }
  if (rest < tag)
    return FALSE;
  g_string_erase (self->held, 0, space + tag);
  self->phase = THINKING;
  return TRUE;
}

/* Drops a second <think>; FALSE while what is held may still become one. */
static gboolean
skip_second_tag (MillReasoning *self)
{
  gsize space = count_space (self->held), rest = self->held->len - space, tag = strlen (OPEN_TAG);
  if (memcmp (self->held->str + space, OPEN_TAG, MIN (rest, tag)) != 0)
    self->opened = FALSE;
  else if (rest >= tag)
    {
      g_string_erase (self->held, 0, space + tag);
      self->opened = FALSE;
    }
  return !self->opened;
}

static gboolean
advance_thinking (MillReasoning *self, GString *reasoning)
{
  gboolean whole;
  if (self->opened && !skip_second_tag (self))
    return FALSE;
  gsize at = find_tag (self->held, CLOSE_TAG, &whole), before = self->held->len;
  give_reasoning (self, at, reasoning);
  if (!whole)
    return FALSE;
  at -= before - self->held->len;
  g_string_erase (self->held, 0, at + strlen (CLOSE_TAG));
  self->phase = AFTER;
  return TRUE;
}

static gboolean
advance_after (MillReasoning *self)
{
  g_string_erase (self->held, 0, count_space (self->held));
  if (self->held->len == 0)
    return FALSE;
  self->phase = TEXT;
  return TRUE;
}

void
mill_reasoning_feed (MillReasoning *self, const char *piece, gsize length, GString *reasoning, GString *text)
{
  gboolean more = TRUE;
  g_string_append_len (self->held, piece, length);
  while (more)
    switch (self->phase)
      {
      case BEFORE:
        more = advance_before (self);
        break;
      case THINKING:
        more = advance_thinking (self, reasoning);
        break;
      case AFTER:
        more = advance_after (self);
        break;
      case TEXT:
        g_string_append_len (text, self->held->str, self->held->len);
        g_string_truncate (self->held, 0);
        more = FALSE;
        break;
      }
}

void
mill_reasoning_end (MillReasoning *self, GString *reasoning, GString *text)
{
  if (self->phase == BEFORE)
    g_string_append_len (text, self->held->str, self->held->len);
  else if (self->phase == THINKING)
    give_reasoning (self, self->held->len, reasoning);
  g_string_truncate (self->held, 0);
}
