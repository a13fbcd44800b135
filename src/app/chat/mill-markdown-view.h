/* mill-markdown-view.h: an answer's Markdown as widgets, one for each block.
 *
 * Text that grows changes only the widgets of the blocks that changed. Making widgets takes time, so
 * it is a step of its own that can be spread over frames: set the text, then call fill until it says
 * that all is there.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define MILL_TYPE_MARKDOWN_VIEW (mill_markdown_view_get_type ())
G_DECLARE_FINAL_TYPE (MillMarkdownView, mill_markdown_view, MILL, MARKDOWN_VIEW, GtkWidget)

GtkWidget *mill_markdown_view_new (void);

/* Takes the whole text. `complete` FALSE: more is to come, and a mark shows where. */
void mill_markdown_view_set_text (MillMarkdownView *self, const char *text, gboolean complete);

/* Makes widgets until all blocks have theirs (TRUE) or the monotonic time `deadline` (µs) has passed;
 * at least one block is done in each call. */
gboolean mill_markdown_view_fill (MillMarkdownView *self, gint64 deadline);

G_END_DECLS
