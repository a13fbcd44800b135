/* mill-reasoning.h: parts what a model thinks from what it says, while both stream.
 *
 * Reasoning is what stands between <think> and </think> where an answer begins with it, or up to
 * </think> where the prompt opened it already. Tags may be cut anywhere. Without a closing tag all that
 * follows is reasoning. Spaces and line breaks around the tags belong to neither part. Tags after the
 * answer has begun are text.
 *
 * Thread-safety: belongs to one thread at a time.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _MillReasoning MillReasoning;

/* `open`: the prompt ended inside of <think>. */
MillReasoning *mill_reasoning_new (gboolean open);
void           mill_reasoning_free (MillReasoning *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MillReasoning, mill_reasoning_free)

/* Takes a piece (whole UTF-8 characters) and appends to `reasoning` and `text` what is certain by now. */
void mill_reasoning_feed (MillReasoning *self, const char *piece, gsize length, GString *reasoning, GString *text);
/* The answer has ended: appends what was held back. */
void mill_reasoning_end (MillReasoning *self, GString *reasoning, GString *text);

G_END_DECLS
