/* mill-markdown-block.c: Markdown as a tree of blocks, ready to be shown. */

#include "mill-markdown-block.h"

static gboolean
kind_has_children (MillMarkdownKind kind)
{
  switch (kind)
    {
    case MILL_MARKDOWN_QUOTE:
    case MILL_MARKDOWN_LIST:
    case MILL_MARKDOWN_ITEM:
    case MILL_MARKDOWN_TABLE:
    case MILL_MARKDOWN_ROW:
      return TRUE;
    case MILL_MARKDOWN_PARAGRAPH:
    case MILL_MARKDOWN_HEADING:
    case MILL_MARKDOWN_CODE:
    case MILL_MARKDOWN_CELL:
    case MILL_MARKDOWN_RULE:
    default:
      return FALSE;
    }
}

MillMarkdownBlock *
mill_markdown_block_new (MillMarkdownKind kind)
{
  MillMarkdownBlock *self = g_atomic_rc_box_new0 (MillMarkdownBlock);

  self->kind = kind;
  if (kind_has_children (kind))
    self->children = g_ptr_array_new_with_free_func ((GDestroyNotify) mill_markdown_block_unref);
  return self;
}

MillMarkdownBlock *
mill_markdown_block_ref (MillMarkdownBlock *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
block_clear (gpointer data)
{
  MillMarkdownBlock *self = data;

  g_free (self->markup);
  g_free (self->text);
  g_free (self->language);
  g_clear_pointer (&self->children, g_ptr_array_unref);
}

void
mill_markdown_block_unref (MillMarkdownBlock *self)
{
  g_atomic_rc_box_release_full (self, block_clear);
}

gboolean
mill_markdown_block_equal (const MillMarkdownBlock *a, const MillMarkdownBlock *b)
{
  if (a == b)
    return TRUE;
  if (a->kind != b->kind || a->level != b->level || a->ordered != b->ordered || a->start != b->start
      || a->tight != b->tight || a->task != b->task || a->n_head_rows != b->n_head_rows || a->align != b->align)
    return FALSE;
  if (g_strcmp0 (a->markup, b->markup) != 0 || g_strcmp0 (a->text, b->text) != 0
      || g_strcmp0 (a->language, b->language) != 0)
    return FALSE;
  if (a->children == NULL)
    return TRUE;
  if (a->children->len != b->children->len)
    return FALSE;
  for (guint i = 0; i < a->children->len; i++)
    {
      if (!mill_markdown_block_equal (a->children->pdata[i], b->children->pdata[i]))
        return FALSE;
    }
  return TRUE;
}

static void
append_escaped (GString *out, const char *text)
{
  /* One block stays one line. */
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  g_autofree char *joined = g_strjoinv ("\\n", lines);

  g_string_append_printf (out, " “%s”", joined);
}

static void
append_block (GString *out, const MillMarkdownBlock *block, guint depth)
{
  static const char *const names[] = { "paragraph", "heading", "code", "quote", "list",
                                       "item",      "table",   "row",  "cell",  "rule" };
  static const char *const aligns[] = { "", " start", " center", " end" };
  static const char *const tasks[] = { "", " open", " done" };

  g_string_append_printf (out, "%*s%s", (int) depth * 2, "", names[block->kind]);
  if (block->kind == MILL_MARKDOWN_HEADING)
    g_string_append_printf (out, " %u", block->level);
  if (block->kind == MILL_MARKDOWN_LIST && block->ordered)
    g_string_append_printf (out, " from %u", block->start);
  if (block->kind == MILL_MARKDOWN_LIST && block->tight)
    g_string_append (out, " tight");
  if (block->kind == MILL_MARKDOWN_TABLE)
    g_string_append_printf (out, " head %u", block->n_head_rows);
  g_string_append (out, tasks[block->task]);
  g_string_append (out, aligns[block->align]);
  if (block->language != NULL)
    g_string_append_printf (out, " %s", block->language);
  if (block->markup != NULL)
    append_escaped (out, block->markup);
  if (block->text != NULL)
    append_escaped (out, block->text);
  g_string_append_c (out, '\n');
  for (guint i = 0; block->children != NULL && i < block->children->len; i++)
    append_block (out, block->children->pdata[i], depth + 1);
}

char *
mill_markdown_blocks_to_string (GPtrArray *blocks)
{
  GString *out = g_string_new (NULL);

  for (guint i = 0; i < blocks->len; i++)
    append_block (out, blocks->pdata[i], 0);
  return g_string_free (out, FALSE);
}
