/* mill-code-block.h: a piece of code in an answer: its language, a button that copies it, its text in
 * the language's colours. Grows in place while it is written.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define MILL_TYPE_CODE_BLOCK (mill_code_block_get_type ())
G_DECLARE_FINAL_TYPE (MillCodeBlock, mill_code_block, MILL, CODE_BLOCK, GtkWidget)

GtkWidget *mill_code_block_new (void);

/* Sets the whole text and what the fence called the language (or NULL). Text that only grew is
 * appended, which keeps the selection and the scroll position. */
void mill_code_block_set_code (MillCodeBlock *self, const char *code, const char *language);

G_END_DECLS
