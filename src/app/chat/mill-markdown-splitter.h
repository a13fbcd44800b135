/* mill-markdown-splitter.h: where growing Markdown may be cut, so that what stands before a cut need
 * not be parsed again.
 *
 * A cut is a place where a new top-level block begins whatever follows. Parsing the parts one by one
 * gives the blocks of the whole (link definitions apart, which may stand anywhere: parse the whole
 * once it is complete). Where that is not certain there is no cut, which costs time only.
 *
 * Thread-safety: one thread at a time.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
  gsize    offset;   /* of the first byte not looked at yet: always the start of a line */
  gsize    cut;      /* the last cut */
  int      state;    /* what the part since the cut is: see the source */
  char     fence;    /* the open fence's character, 0 where none is open */
  guint    fence_length;
  guint    content_column; /* in a list: where the text of its last item begins */
  char     marker;         /* in a list: the last character of its last item's marker */
  gboolean tangled;        /* outside a list: there may be a table or a quote */
  guint    after_blank;    /* empty lines just before */
} MillMarkdownSplitter;

/* Starts at the beginning of a text. */
void mill_markdown_splitter_init (MillMarkdownSplitter *self);

/* Looks at the whole lines of `text` that are new since the last call (the text may only have grown)
 * and gives the last place to cut. The line that has no end yet is not looked at. */
gsize mill_markdown_splitter_advance (MillMarkdownSplitter *self, const char *text, gsize length);

G_END_DECLS
