/* mill-markdown-table.h: a table of an answer. Wider than its place, it scrolls sideways by itself. */
#pragma once

#include <gtk/gtk.h>

#include "mill-markdown-block.h"

G_BEGIN_DECLS

#define MILL_TYPE_MARKDOWN_TABLE (mill_markdown_table_get_type ())
G_DECLARE_FINAL_TYPE (MillMarkdownTable, mill_markdown_table, MILL, MARKDOWN_TABLE, GtkWidget)

GtkWidget *mill_markdown_table_new (void);

/* Shows `table` (of kind MILL_MARKDOWN_TABLE). Cells that stay the same are left alone. */
void mill_markdown_table_set_block (MillMarkdownTable *self, MillMarkdownBlock *table);

G_END_DECLS
