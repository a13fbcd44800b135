/* mill-markdown-table.c: a table of an answer. */

#include "mill-markdown-table.h"

#include "app/mill-widget-util.h"

#include <glib/gi18n.h>

/* A cell wraps beyond this many characters. */
#define MAX_CELL_CHARS 36

struct _MillMarkdownTable {
  GtkWidget          parent_instance;

  GtkWidget         *scroller;
  GtkGrid           *grid;
  MillMarkdownBlock *block;
};

G_DEFINE_FINAL_TYPE (MillMarkdownTable, mill_markdown_table, GTK_TYPE_WIDGET)

/* A column with no side of its own has its numbers at the end, so that they can be compared. */
static gboolean
looks_like_number (const char *markup)
{
  static const char signs[] = "+-−.,:%°$€£¥~≈ /×";
  gboolean digit = FALSE;
  guint letters = 0;

  for (const char *p = markup; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      if (g_unichar_isdigit (c))
        digit = TRUE;
      else if (g_utf8_strchr (signs, -1, c) == NULL && ++letters > 3)
        return FALSE;
    }
  return digit;
}

static gboolean
column_is_numeric (MillMarkdownBlock *table, guint column)
{
  gboolean any = FALSE;

  for (guint y = table->n_head_rows; y < table->children->len; y++)
    {
      MillMarkdownBlock *row = table->children->pdata[y];
      MillMarkdownBlock *cell = column < row->children->len ? row->children->pdata[column] : NULL;

      if (cell == NULL || cell->markup == NULL || *cell->markup == '\0')
        continue;
      if (!looks_like_number (cell->markup))
        return FALSE;
      any = TRUE;
    }
  return any;
}

static float
cell_xalign (MillMarkdownAlign align, gboolean numeric)
{
  switch (align)
    {
    case MILL_MARKDOWN_ALIGN_CENTER:
      return 0.5f;
    case MILL_MARKDOWN_ALIGN_END:
      return 1.0f;
    case MILL_MARKDOWN_ALIGN_START:
      return 0.0f;
    case MILL_MARKDOWN_ALIGN_DEFAULT:
    default:
      return numeric ? 1.0f : 0.0f;
    }
}

static GtkLabel *
ensure_cell (MillMarkdownTable *self, guint column, guint row)
{
  GtkWidget *label = gtk_grid_get_child_at (self->grid, (int) column, (int) row);

  if (label == NULL)
    {
      label = mill_text_label_new ();
      gtk_label_set_max_width_chars (GTK_LABEL (label), MAX_CELL_CHARS);
      gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD);
      gtk_label_set_yalign (GTK_LABEL (label), 0);
      gtk_widget_set_hexpand (label, TRUE);
      gtk_widget_add_css_class (label, "num");
      if (row > 0)
        gtk_widget_add_css_class (label, "below");
      gtk_grid_attach (self->grid, label, (int) column, (int) row, 1, 1);
    }
  return GTK_LABEL (label);
}

static void
show_cell (MillMarkdownTable *self, guint column, guint row, const MillMarkdownBlock *cell, gboolean head,
           gboolean numeric)
{
  GtkLabel *label = ensure_cell (self, column, row);
  const char *markup = cell->markup != NULL ? cell->markup : "";

  if (g_strcmp0 (gtk_label_get_label (label), markup) != 0)
    mill_text_label_set_markup (label, markup, cell->has_links);
  gtk_label_set_xalign (label, cell_xalign (cell->align, numeric));
  if (head)
    gtk_widget_add_css_class (GTK_WIDGET (label), "head");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (label), "head");
}

static void
remove_from (MillMarkdownTable *self, guint n_rows, guint n_columns)
{
  GtkWidget *child = gtk_widget_get_first_child (GTK_WIDGET (self->grid));

  while (child != NULL)
    {
      GtkWidget *next = gtk_widget_get_next_sibling (child);
      int column, row;

      gtk_grid_query_child (self->grid, child, &column, &row, NULL, NULL);
      if ((guint) row >= n_rows || (guint) column >= n_columns)
        gtk_grid_remove (self->grid, child);
      child = next;
    }
}

void
mill_markdown_table_set_block (MillMarkdownTable *self, MillMarkdownBlock *table)
{
  guint n_columns = 0;

  g_return_if_fail (MILL_IS_MARKDOWN_TABLE (self));
  g_return_if_fail (table->kind == MILL_MARKDOWN_TABLE);
  if (table->children->len > 0)
    n_columns = ((MillMarkdownBlock *) table->children->pdata[0])->children->len;
  for (guint x = 0; x < n_columns; x++)
    {
      gboolean numeric = column_is_numeric (table, x);

      for (guint y = 0; y < table->children->len; y++)
        {
          MillMarkdownBlock *row = table->children->pdata[y];

          if (x < row->children->len)
            show_cell (self, x, y, row->children->pdata[x], y < table->n_head_rows, numeric);
        }
    }
  if (self->block != NULL)
    remove_from (self, table->children->len, n_columns);
  mill_markdown_block_ref (table);
  g_clear_pointer (&self->block, mill_markdown_block_unref);
  self->block = table;
}

static void
mill_markdown_table_dispose (GObject *object)
{
  MillMarkdownTable *self = MILL_MARKDOWN_TABLE (object);

  g_clear_pointer (&self->scroller, gtk_widget_unparent);
  g_clear_pointer (&self->block, mill_markdown_block_unref);
  G_OBJECT_CLASS (mill_markdown_table_parent_class)->dispose (object);
}

static void
mill_markdown_table_class_init (MillMarkdownTableClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = mill_markdown_table_dispose;
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_TABLE);
}

static void
mill_markdown_table_init (MillMarkdownTable *self)
{
  GtkScrolledWindow *scroller = GTK_SCROLLED_WINDOW (gtk_scrolled_window_new ());

  self->grid = GTK_GRID (gtk_grid_new ());
  gtk_scrolled_window_set_policy (scroller, GTK_POLICY_AUTOMATIC, GTK_POLICY_NEVER);
  gtk_scrolled_window_set_child (scroller, GTK_WIDGET (self->grid));
  self->scroller = GTK_WIDGET (scroller);
  gtk_widget_set_parent (self->scroller, GTK_WIDGET (self));
  gtk_widget_add_css_class (GTK_WIDGET (self), "table-card");
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Table"), -1);
}

GtkWidget *
mill_markdown_table_new (void)
{
  return g_object_new (MILL_TYPE_MARKDOWN_TABLE, NULL);
}
