/* mill-suggestion-card.h: a first question to click, in an empty chat. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* A button that asks `question` (the action win.ask). `hue` is a style class of .tile. */
GtkWidget *mill_suggestion_card_new (const char *icon_name, const char *hue, const char *title, const char *question);

G_END_DECLS
