/* mill-jinja-entities.h: what follows "&" in HTML. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The entity at the start of `text`, which is what follows "&": the bytes it takes and its character.
 * 0 where there is none. */
gsize jinja_match_entity (const char *text, gsize length, gunichar *c);

G_END_DECLS
