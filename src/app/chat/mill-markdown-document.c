/* mill-markdown-document.c: the blocks of a text that grows while a model writes it. */

#include "mill-markdown-document.h"

#include "mill-markdown-parser.h"
#include "mill-markdown-splitter.h"

#include <string.h>

struct _MillMarkdownDocument {
  GString             *text;         /* as last set */
  MillMarkdownSplitter splitter;
  GPtrArray           *blocks;
  guint                n_fixed;      /* blocks of the text before `fixed_bytes` */
  gsize                fixed_bytes;
  gsize                parsed_bytes;
};

MillMarkdownDocument *
mill_markdown_document_new (void)
{
  MillMarkdownDocument *self = g_new0 (MillMarkdownDocument, 1);

  self->text = g_string_new (NULL);
  self->blocks = g_ptr_array_new_with_free_func ((GDestroyNotify) mill_markdown_block_unref);
  mill_markdown_splitter_init (&self->splitter);
  return self;
}

void
mill_markdown_document_free (MillMarkdownDocument *self)
{
  g_string_free (self->text, TRUE);
  g_ptr_array_unref (self->blocks);
  g_free (self);
}

/* Length of `text` without a last line of marks only: what such a line will be is decided by what
 * comes behind it, and showing it at once would make lists flash up as headings. */
static gsize
length_without_undecided_line (const char *text, gsize length)
{
  gsize start = length;

  while (start > 0 && text[start - 1] != '\n')
    start--;
  for (gsize i = start; i < length; i++)
    {
      if (strchr ("-=*+#_`~|:> \t\r.)", text[i]) == NULL && !g_ascii_isdigit (text[i]))
        return length;
    }
  return start;
}

static GPtrArray *
parse_part (MillMarkdownDocument *self, gsize from, gsize to)
{
  self->parsed_bytes += to - from;
  return mill_markdown_parse (self->text->str + from, (gssize) (to - from));
}

/* Puts `blocks` in place of those from `index` on; gives the first that differs. Blocks that are
 * equal stay the objects they were. */
static guint
replace_blocks (MillMarkdownDocument *self, guint index, GPtrArray *blocks)
{
  guint same = 0;

  while (same < blocks->len && index + same < self->blocks->len
         && mill_markdown_block_equal (self->blocks->pdata[index + same], blocks->pdata[same]))
    same++;
  g_ptr_array_set_size (self->blocks, (int) (index + same));
  for (guint i = same; i < blocks->len; i++)
    g_ptr_array_add (self->blocks, mill_markdown_block_ref (blocks->pdata[i]));
  return index + same;
}

static void
take_text (MillMarkdownDocument *self, const char *text)
{
  gsize length = strlen (text);

  if (length >= self->text->len && memcmp (text, self->text->str, self->text->len) == 0)
    {
      g_string_append_len (self->text, text + self->text->len, (gssize) (length - self->text->len));
      return;
    }
  g_string_assign (self->text, text);
  mill_markdown_splitter_init (&self->splitter);
  self->n_fixed = 0;
  self->fixed_bytes = 0;
}

guint
mill_markdown_document_set_text (MillMarkdownDocument *self, const char *text, gboolean complete)
{
  g_autoptr (GPtrArray) blocks = NULL;
  g_autoptr (GPtrArray) tail = NULL;
  gsize length, cut;
  guint from;

  take_text (self, text);
  if (complete)
    {
      blocks = parse_part (self, 0, self->text->len);
      self->n_fixed = 0;
      self->fixed_bytes = 0;
      mill_markdown_splitter_init (&self->splitter);
      return replace_blocks (self, 0, blocks);
    }
  cut = mill_markdown_splitter_advance (&self->splitter, self->text->str, self->text->len);
  from = self->n_fixed;
  blocks = parse_part (self, self->fixed_bytes, cut);
  self->n_fixed += blocks->len;
  self->fixed_bytes = cut;
  length = length_without_undecided_line (self->text->str, self->text->len);
  tail = parse_part (self, cut, MAX (length, cut));
  g_ptr_array_extend_and_steal (blocks, g_steal_pointer (&tail));
  return replace_blocks (self, from, blocks);
}

GPtrArray *
mill_markdown_document_get_blocks (MillMarkdownDocument *self)
{
  return self->blocks;
}

gsize
mill_markdown_document_get_parsed_bytes (MillMarkdownDocument *self)
{
  return self->parsed_bytes;
}
