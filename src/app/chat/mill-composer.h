/* mill-composer.h: where a question is written: the text, the model's menu, and Send or Stop.
 *
 * Enter goes to the input method first: while it composes, Enter is its own and never sends.
 *
 * Signals: "changed" (the text did), "submit" (string: the question, not empty), "stop", "edit-last" (Up was pressed in an empty
 * composer), "edit-cancelled". Properties: "running" (Stop instead of Send), "enter-sends".
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define MILL_TYPE_COMPOSER (mill_composer_get_type ())
G_DECLARE_FINAL_TYPE (MillComposer, mill_composer, MILL, COMPOSER, GtkWidget)

void  mill_composer_set_text (MillComposer *self, const char *text);
char *mill_composer_get_text (MillComposer *self);

/* Says that the text is an earlier question written anew, with a way out. */
void     mill_composer_set_editing (MillComposer *self, gboolean editing);
gboolean mill_composer_get_editing (MillComposer *self);

void mill_composer_set_running (MillComposer *self, gboolean running);

/* Whether Enter sends and Shift+Enter breaks the line; else Enter breaks it and Ctrl+Enter sends. */
void mill_composer_set_enter_sends (MillComposer *self, gboolean enter_sends);

/* The model's name on its button, and the menu behind it. */
void mill_composer_set_model_name (MillComposer *self, const char *name);
void mill_composer_set_model_menu (MillComposer *self, GMenuModel *menu);
void mill_composer_open_model_menu (MillComposer *self);

/* What is said quietly under the composer, at its end. */
void mill_composer_set_status (MillComposer *self, const char *status);

G_END_DECLS
