/* mill-markdown-document.h: the blocks of a text that grows while a model writes it.
 *
 * Thread-safety: one thread at a time.
 */
#pragma once

#include "mill-markdown-block.h"

G_BEGIN_DECLS

typedef struct _MillMarkdownDocument MillMarkdownDocument;

MillMarkdownDocument *mill_markdown_document_new (void);
void                  mill_markdown_document_free (MillMarkdownDocument *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MillMarkdownDocument, mill_markdown_document_free)

/* Sets the whole text. Where it goes on from the last one only its last part is parsed; any other
 * text is taken too. With `complete` FALSE more is expected: a last line of which it is not yet known
 * what it will be (“-”, “```”) is left out until it is. With TRUE the whole is parsed, so that link
 * definitions count. Gives the index of the first block that changed (the number of blocks, where
 * none did but the last ones went). */
guint mill_markdown_document_set_text (MillMarkdownDocument *self, const char *text, gboolean complete);

/* The blocks (MillMarkdownBlock), valid until the next call of set_text. */
GPtrArray *mill_markdown_document_get_blocks (MillMarkdownDocument *self);

/* Bytes parsed since the document was made: what growing costs, for tests. */
gsize mill_markdown_document_get_parsed_bytes (MillMarkdownDocument *self);

G_END_DECLS
