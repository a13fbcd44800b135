/* mill-chat-formats.h: chat formats for model files that have no template of their own.
 *
 * Thread-safety: constant data.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
  const char *name;
  const char *tokens[3]; /* the special tokens by which a vocabulary is known to be made for it, up to a NULL */
  const char *source;    /* Jinja, with the variables that models' own templates get */
} MillChatFormat;

/* In the order in which they are to be tried; the last asks for no token. Ends with a name of NULL. */
extern const MillChatFormat mill_chat_formats[];

G_END_DECLS
