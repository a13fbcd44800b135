/* mill-utf8.h: decoding UTF-8 that may be wrong or cut. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Decodes the character at the start of `n` bytes (n > 0). Gives its length, 1 to 4, and the character;
 * 0 where the bytes are the beginning of one that is not all there; else minus the number of bytes (1 to
 * 3) that can never become one: a maximal subpart, as the Unicode Standard (3.9, U+FFFD substitution)
 * counts them. NUL is a character. */
int mill_utf8_decode (const guint8 *bytes, gsize n, gunichar *character);

G_END_DECLS
