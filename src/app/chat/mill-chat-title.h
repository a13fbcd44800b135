/* mill-chat-title.h: names made out of what was asked.
 *
 * Thread-safety: any thread.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A title for a conversation that begins with `question`: its first line that has words, cut between
 * words where it is long. */
char *mill_chat_title_from_question (const char *question);

/* A file name for a conversation's export: the title without what file names cannot have, and ".md". */
char *mill_chat_title_to_file_name (const char *title);

G_END_DECLS
