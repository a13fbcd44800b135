/* mill-markdown-view.c: an answer's Markdown as widgets, one for each block. */

#include "mill-markdown-view.h"

#include "app/mill-widget-util.h"
#include "mill-code-block.h"
#include "mill-markdown-document.h"
#include "mill-markdown-table.h"

#include <glib/gi18n.h>

#define CURSOR_MARKUP "<span alpha=\"60%\">\302\240▍</span>"
#define BLOCK_SPACING 12
#define TIGHT_SPACING 4

struct _MillMarkdownView {
  GtkWidget             parent_instance;

  MillMarkdownDocument *document;
  guint                 n_built;      /* leading blocks whose widgets show them as they are */
  GtkWidget            *last_built;   /* the widget of the last of them */
  gboolean              complete;
  GtkWidget            *cursor_label; /* shows the mark behind its text; weak */
};

G_DEFINE_FINAL_TYPE (MillMarkdownView, mill_markdown_view, GTK_TYPE_WIDGET)

static GQuark block_quark;

static MillMarkdownBlock *
widget_get_block (GtkWidget *widget)
{
  return g_object_get_qdata (G_OBJECT (widget), block_quark);
}

static void
widget_set_block (GtkWidget *widget, MillMarkdownBlock *block)
{
  g_object_set_qdata_full (G_OBJECT (widget), block_quark, mill_markdown_block_ref (block),
                           (GDestroyNotify) mill_markdown_block_unref);
}

static void reconcile (GtkWidget *parent, GPtrArray *blocks);

static GtkWidget *
heading_new (guint level)
{
  static const char *const classes[] = { "h1", "h2", "h3", "h4", "h4", "h4" };
  GtkWidget *label = mill_text_label_new ();

  gtk_widget_add_css_class (label, classes[CLAMP (level, 1, 6) - 1]);
  return label;
}

static GtkWidget *
box_new (int spacing, const char *css_class)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, spacing);

  if (css_class != NULL)
    gtk_widget_add_css_class (box, css_class);
  return box;
}

/* An item is its marker and a box of its blocks. */
static GtkWidget *
item_new (void)
{
  GtkWidget *item = g_object_new (GTK_TYPE_BOX, "spacing", 8, "accessible-role", GTK_ACCESSIBLE_ROLE_LIST_ITEM, NULL);
  GtkWidget *marker = gtk_label_new (NULL);
  GtkWidget *body = box_new (TIGHT_SPACING, NULL);

  gtk_widget_set_valign (marker, GTK_ALIGN_START);
  gtk_label_set_xalign (GTK_LABEL (marker), 1);
  gtk_label_set_width_chars (GTK_LABEL (marker), 2);
  gtk_widget_add_css_class (marker, "item-marker");
  gtk_widget_set_hexpand (body, TRUE);
  gtk_box_append (GTK_BOX (item), marker);
  gtk_box_append (GTK_BOX (item), body);
  return item;
}

static GtkWidget *
widget_for_kind (const MillMarkdownBlock *block)
{
  switch (block->kind)
    {
    case MILL_MARKDOWN_HEADING:
      return heading_new (block->level);
    case MILL_MARKDOWN_CODE:
      return mill_code_block_new ();
    case MILL_MARKDOWN_QUOTE:
      return box_new (BLOCK_SPACING, "quote");
    case MILL_MARKDOWN_LIST:
      return g_object_new (GTK_TYPE_BOX, "orientation", GTK_ORIENTATION_VERTICAL, "spacing",
                           block->tight ? TIGHT_SPACING : BLOCK_SPACING / 2 + 2, "accessible-role",
                           GTK_ACCESSIBLE_ROLE_LIST, NULL);
    case MILL_MARKDOWN_ITEM:
      return item_new ();
    case MILL_MARKDOWN_TABLE:
      return mill_markdown_table_new ();
    case MILL_MARKDOWN_RULE:
      return gtk_separator_new (GTK_ORIENTATION_HORIZONTAL);
    case MILL_MARKDOWN_PARAGRAPH:
    case MILL_MARKDOWN_ROW:
    case MILL_MARKDOWN_CELL:
    default:
      return mill_text_label_new ();
    }
}

static void
show_item (GtkWidget *item, MillMarkdownBlock *block, const MillMarkdownBlock *list, guint index)
{
  GtkWidget *marker = gtk_widget_get_first_child (item);
  g_autofree char *text = NULL;

  if (block->task != MILL_MARKDOWN_TASK_NONE)
    text = g_strdup (block->task == MILL_MARKDOWN_TASK_DONE ? "☑" : "☐");
  else if (list->ordered)
    text = g_strdup_printf ("%u.", list->start + index);
  else
    text = g_strdup ("•");
  if (!g_str_equal (gtk_label_get_label (GTK_LABEL (marker)), text))
    gtk_label_set_label (GTK_LABEL (marker), text);
  reconcile (gtk_widget_get_last_child (item), block->children);
}

static void
show_list (GtkWidget *widget, MillMarkdownBlock *block)
{
  GtkWidget *item;
  guint i = 0;

  reconcile (widget, block->children);
  for (item = gtk_widget_get_first_child (widget); item != NULL; item = gtk_widget_get_next_sibling (item))
    {
      show_item (item, block->children->pdata[i], block, i);
      i++;
    }
}

/* Makes `widget`, which is right for the block's kind, show the block. */
static void
show_block (GtkWidget *widget, MillMarkdownBlock *block)
{
  switch (block->kind)
    {
    case MILL_MARKDOWN_PARAGRAPH:
    case MILL_MARKDOWN_HEADING:
      mill_text_label_set_markup (GTK_LABEL (widget), block->markup != NULL ? block->markup : "", block->has_links);
      break;
    case MILL_MARKDOWN_CODE:
      mill_code_block_set_code (MILL_CODE_BLOCK (widget), block->text, block->language);
      break;
    case MILL_MARKDOWN_QUOTE:
      reconcile (widget, block->children);
      break;
    case MILL_MARKDOWN_LIST:
      show_list (widget, block);
      break;
    case MILL_MARKDOWN_TABLE:
      mill_markdown_table_set_block (MILL_MARKDOWN_TABLE (widget), block);
      break;
    case MILL_MARKDOWN_ITEM: /* by its list, which knows the number */
    case MILL_MARKDOWN_ROW:
    case MILL_MARKDOWN_CELL:
    case MILL_MARKDOWN_RULE:
    default:
      break;
    }
  widget_set_block (widget, block);
}

static gboolean
can_become (const MillMarkdownBlock *old, const MillMarkdownBlock *block)
{
  return old->kind == block->kind && old->level == block->level && old->ordered == block->ordered
         && old->tight == block->tight;
}

/* The widget of `block` behind `previous` (NULL: first) in `parent`: the one that stands there where
 * it fits, else a new one in its place. */
static GtkWidget *
place_block (GtkWidget *parent, GtkWidget *previous, MillMarkdownBlock *block)
{
  GtkWidget *widget = previous != NULL ? gtk_widget_get_next_sibling (previous) : gtk_widget_get_first_child (parent);

  if (widget != NULL)
    {
      MillMarkdownBlock *old = widget_get_block (widget);

      if (old != NULL && mill_markdown_block_equal (old, block))
        return widget;
      if (old != NULL && can_become (old, block))
        {
          show_block (widget, block);
          return widget;
        }
      gtk_widget_unparent (widget);
    }
  widget = widget_for_kind (block);
  gtk_widget_insert_after (widget, parent, previous);
  show_block (widget, block);
  return widget;
}

static void
remove_behind (GtkWidget *parent, GtkWidget *last)
{
  GtkWidget *widget;

  while ((widget = last != NULL ? gtk_widget_get_next_sibling (last) : gtk_widget_get_first_child (parent)) != NULL)
    gtk_widget_unparent (widget);
}

static void
reconcile (GtkWidget *parent, GPtrArray *blocks)
{
  GtkWidget *last = NULL;

  for (guint i = 0; i < blocks->len; i++)
    last = place_block (parent, last, blocks->pdata[i]);
  remove_behind (parent, last);
}

/* The label of the last text, where the next word will come; NULL where code or a table ends it. */
static GtkWidget *
find_last_label (GtkWidget *widget)
{
  while (widget != NULL && !GTK_IS_LABEL (widget))
    {
      if (MILL_IS_CODE_BLOCK (widget) || MILL_IS_MARKDOWN_TABLE (widget) || GTK_IS_SEPARATOR (widget))
        return NULL;
      widget = gtk_widget_get_last_child (widget);
    }
  return widget;
}

static void
move_cursor (MillMarkdownView *self)
{
  GtkWidget *label = self->complete ? NULL : find_last_label (gtk_widget_get_last_child (GTK_WIDGET (self)));
  MillMarkdownBlock *block;

  if (self->cursor_label != NULL && self->cursor_label != label)
    {
      block = widget_get_block (self->cursor_label);
      if (block != NULL && block->markup != NULL)
        mill_text_label_set_markup (GTK_LABEL (self->cursor_label), block->markup, block->has_links);
    }
  g_set_weak_pointer (&self->cursor_label, label);
  block = label != NULL ? widget_get_block (label) : NULL;
  if (block != NULL && block->markup != NULL)
    {
      g_autofree char *markup = g_strconcat (block->markup, CURSOR_MARKUP, NULL);

      mill_text_label_set_markup (GTK_LABEL (label), markup, block->has_links);
    }
}

void
mill_markdown_view_set_text (MillMarkdownView *self, const char *text, gboolean complete)
{
  guint first;

  g_return_if_fail (MILL_IS_MARKDOWN_VIEW (self));
  g_return_if_fail (text != NULL);
  first = mill_markdown_document_set_text (self->document, text, complete);
  self->complete = complete;
  if (first < self->n_built)
    {
      self->n_built = first;
      self->last_built = NULL;
      if (first > 0)
        {
          self->last_built = gtk_widget_get_first_child (GTK_WIDGET (self));
          for (guint i = 1; i < first; i++)
            self->last_built = gtk_widget_get_next_sibling (self->last_built);
        }
    }
}

gboolean
mill_markdown_view_fill (MillMarkdownView *self, gint64 deadline)
{
  GPtrArray *blocks;

  g_return_val_if_fail (MILL_IS_MARKDOWN_VIEW (self), TRUE);
  blocks = mill_markdown_document_get_blocks (self->document);
  while (self->n_built < blocks->len)
    {
      self->last_built = place_block (GTK_WIDGET (self), self->last_built, blocks->pdata[self->n_built]);
      self->n_built++;
      if (self->n_built < blocks->len && g_get_monotonic_time () >= deadline)
        return FALSE;
    }
  remove_behind (GTK_WIDGET (self), self->last_built);
  move_cursor (self);
  return TRUE;
}

static void
mill_markdown_view_dispose (GObject *object)
{
  MillMarkdownView *self = MILL_MARKDOWN_VIEW (object);

  g_clear_weak_pointer (&self->cursor_label);
  remove_behind (GTK_WIDGET (self), NULL);
  G_OBJECT_CLASS (mill_markdown_view_parent_class)->dispose (object);
}

static void
mill_markdown_view_finalize (GObject *object)
{
  mill_markdown_document_free (MILL_MARKDOWN_VIEW (object)->document);
  G_OBJECT_CLASS (mill_markdown_view_parent_class)->finalize (object);
}

static void
mill_markdown_view_class_init (MillMarkdownViewClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = mill_markdown_view_dispose;
  object_class->finalize = mill_markdown_view_finalize;
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BOX_LAYOUT);
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
  block_quark = g_quark_from_static_string ("mill-markdown-block");
}

static void
mill_markdown_view_init (MillMarkdownView *self)
{
  GtkLayoutManager *layout = gtk_widget_get_layout_manager (GTK_WIDGET (self));

  gtk_orientable_set_orientation (GTK_ORIENTABLE (layout), GTK_ORIENTATION_VERTICAL);
  gtk_box_layout_set_spacing (GTK_BOX_LAYOUT (layout), BLOCK_SPACING);
  gtk_widget_add_css_class (GTK_WIDGET (self), "prose");
  self->document = mill_markdown_document_new ();
  self->complete = TRUE;
}

GtkWidget *
mill_markdown_view_new (void)
{
  return g_object_new (MILL_TYPE_MARKDOWN_VIEW, NULL);
}
