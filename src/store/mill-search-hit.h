/* mill-search-hit.h: a message or a title in which a search found what was looked for.
 *
 * Immutable. Thread-safety: any thread.
 */
#pragma once

#include "mill-message.h"

G_BEGIN_DECLS

#define MILL_TYPE_SEARCH_HIT (mill_search_hit_get_type ())
G_DECLARE_FINAL_TYPE (MillSearchHit, mill_search_hit, MILL, SEARCH_HIT, GObject)

gint64          mill_search_hit_get_conversation_id (MillSearchHit *self);
gint64          mill_search_hit_get_message_id (MillSearchHit *self); /* 0: the title was found */
MillMessageRole mill_search_hit_get_role (MillSearchHit *self);       /* of the message */
const char     *mill_search_hit_get_title (MillSearchHit *self);      /* of the conversation */
gint64          mill_search_hit_get_time (MillSearchHit *self);       /* µs since 1970: the message's, else the conversation's */
/* One line of text around the first place, as Pango markup with what was looked for in <b>. */
const char     *mill_search_hit_get_snippet (MillSearchHit *self);

G_END_DECLS
