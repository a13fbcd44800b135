/* mill-markdown-block.h: Markdown as a tree of blocks, ready to be shown.
 *
 * A block never changes once it is made, so that a view may keep it and compare it with what a later
 * parse gives.
 *
 * Thread-safety: a block may be read and released from any thread.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
  MILL_MARKDOWN_PARAGRAPH,
  MILL_MARKDOWN_HEADING,
  MILL_MARKDOWN_CODE,
  MILL_MARKDOWN_QUOTE, /* children: blocks */
  MILL_MARKDOWN_LIST,  /* children: items */
  MILL_MARKDOWN_ITEM,  /* children: blocks */
  MILL_MARKDOWN_TABLE, /* children: rows, the first `n_head_rows` of them head */
  MILL_MARKDOWN_ROW,   /* children: cells */
  MILL_MARKDOWN_CELL,
  MILL_MARKDOWN_RULE,
} MillMarkdownKind;

typedef enum {
  MILL_MARKDOWN_ALIGN_DEFAULT,
  MILL_MARKDOWN_ALIGN_START,
  MILL_MARKDOWN_ALIGN_CENTER,
  MILL_MARKDOWN_ALIGN_END,
} MillMarkdownAlign;

typedef enum {
  MILL_MARKDOWN_TASK_NONE,
  MILL_MARKDOWN_TASK_OPEN,
  MILL_MARKDOWN_TASK_DONE,
} MillMarkdownTask;

typedef struct _MillMarkdownBlock MillMarkdownBlock;

struct _MillMarkdownBlock {
  MillMarkdownKind  kind;
  char             *markup;      /* PARAGRAPH, HEADING, CELL: valid Pango markup, with <a href> */
  gboolean          has_links;   /* whether `markup` holds an <a> */
  char             *text;        /* CODE: as it stands, without the last line break */
  char             *language;    /* CODE: the first word of the fence's line, or NULL */
  guint             level;       /* HEADING: 1 to 6 */
  gboolean          ordered;     /* LIST */
  guint             start;       /* LIST, ordered: number of the first item */
  gboolean          tight;       /* LIST: no space between the items */
  MillMarkdownTask  task;        /* ITEM */
  guint             n_head_rows; /* TABLE */
  MillMarkdownAlign align;       /* CELL */
  GPtrArray        *children;    /* of MillMarkdownBlock, NULL where the kind has none */
};

MillMarkdownBlock *mill_markdown_block_new (MillMarkdownKind kind);
MillMarkdownBlock *mill_markdown_block_ref (MillMarkdownBlock *self);
void               mill_markdown_block_unref (MillMarkdownBlock *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MillMarkdownBlock, mill_markdown_block_unref)

/* Whether both would look the same, children included. */
gboolean mill_markdown_block_equal (const MillMarkdownBlock *a, const MillMarkdownBlock *b);

/* The tree as text, one block a line and children indented: for tests and for debugging. */
char *mill_markdown_blocks_to_string (GPtrArray *blocks);

G_END_DECLS
