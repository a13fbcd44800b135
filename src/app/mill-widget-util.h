/* mill-widget-util.h: small things that several widgets need. Main thread only. */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/* Shows a short message at the bottom of the window that `widget` is in. */
void mill_toast (GtkWidget *widget, const char *text);

/* Opens a web address in the person's browser, because they clicked it. Says so where that fails. */
void mill_open_link (GtkWidget *widget, const char *address);

/* A label for text of an answer: wraps, can be selected with the pointer, and takes the focus only
 * while it is clicked or where it holds links, so that the Tab key need not walk every paragraph. */
GtkWidget *mill_text_label_new (void);
void       mill_text_label_prepare (GtkLabel *label); /* makes one out of a template's label */
void       mill_text_label_set_markup (GtkLabel *label, const char *markup, gboolean has_links);

G_END_DECLS
