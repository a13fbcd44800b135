/* mill-special.h: finds tokens that are matched whole, before text is cut into pieces.
 *
 * Thread-safety: read-only once sorted. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The longest text of such a token, in bytes: a search takes at most this many steps a byte of text. */
#define MILL_SPECIAL_MAX 512

typedef struct _MillSpecial MillSpecial;

MillSpecial *mill_special_new (void);
void         mill_special_free (MillSpecial *self);

/* Adds a token; an empty text is never found. The text must stay. */
void mill_special_add (MillSpecial *self, const char *text, gsize length, guint32 token);
/* To be called once, after the last was added. */
void mill_special_sort (MillSpecial *self);

/* `at` is the end of the text and `length` 0 where none was found. */
typedef struct {
  gsize   at, length;
  guint32 token;
} MillSpecialMatch;

/* The first token at or after `at`, and of those that begin there the longest. */
MillSpecialMatch mill_special_search (const MillSpecial *self, const char *text, gsize length, gsize at);

G_END_DECLS
