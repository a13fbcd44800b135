/* mill-store.h: the database of conversations.
 *
 * One SQLite file (WAL), one thread that reads and writes it. The window's models (MillConversation,
 * MillConversationList) live on the main thread; what changes in them is queued here as whole rows and
 * written in order, all that is waiting in one transaction.
 *
 * When writing fails (disk full, another program holds the database), nothing is forgotten: the rows
 * stay queued, newer states of a row replace older ones, "problem" holds what is wrong, "error" is
 * emitted once, and the store tries again, at growing intervals and when mill_store_retry is called.
 * The same holds while the store is not open: conversations work, and are written once it is.
 *
 * A damaged file is renamed (FILE.damaged-DATE, kept), what can still be read of it is copied into
 * a new one, and "error" tells so with MILL_STORE_ERROR_DAMAGED.
 *
 * Thread-safety: main thread (the one that made it), unless said otherwise.
 */
#pragma once

#include "mill-conversation-list.h"
#include "mill-search-hit.h"

G_BEGIN_DECLS

#define MILL_STORE_ERROR (mill_store_error_quark ())
GQuark mill_store_error_quark (void);

typedef enum {
  MILL_STORE_ERROR_FAILED,
  MILL_STORE_ERROR_FULL,      /* no room on the disk */
  MILL_STORE_ERROR_BUSY,      /* another program holds the database */
  MILL_STORE_ERROR_DAMAGED,   /* the file was damaged, and is kept under another name */
  MILL_STORE_ERROR_NEWER,     /* made by a newer version of the program: left alone */
  MILL_STORE_ERROR_READ_ONLY, /* the file or its folder may not be written */
} MillStoreError;

#define MILL_TYPE_STORE (mill_store_get_type ())
G_DECLARE_FINAL_TYPE (MillStore, mill_store, MILL, STORE, GObject)

/* Properties with notify: "opened" (boolean), "problem" (GError or NULL: why changes are not on disk
 * now), "saved" (boolean: nothing waits to be written).
 *
 * Signal "error" (MillStore *self, GError *error): something went wrong that nobody asked for a
 * result of; messages are sentences for people that say what happened and what to do. */

/* A store on the file `path`; NULL: millrace/millrace.db in the user's data folder. Nothing is
 * touched before it is opened. The last unref writes what waits, and ends the thread. */
MillStore *mill_store_new (const char *path);

const char *mill_store_get_path (MillStore *self);

/* Makes the folder and the file where missing, brings an older version up to date, settles answers
 * that a crash interrupted, erases what was deleted, and fills the list of conversations.
 * After an error it may be called again. Errors: MILL_STORE_ERROR. */
void     mill_store_open_async (MillStore *self, GCancellable *cancellable, GAsyncReadyCallback callback,
                                gpointer user_data);
gboolean mill_store_open_finish (MillStore *self, GAsyncResult *result, GError **error);
gboolean mill_store_get_opened (MillStore *self);

/* Where a damaged file that was found is kept now, or NULL. */
const char *mill_store_get_damaged_path (MillStore *self);

/* The conversations, newest first; the same list always (not a new reference). Empty until opened. */
MillConversationList *mill_store_get_conversations (MillStore *self);

/* Why what was changed is not on disk now; NULL where all is well. */
const GError *mill_store_get_problem (MillStore *self);
gboolean      mill_store_get_saved (MillStore *self);

/* Tries again now to write what waits (and to open, where that failed). */
void mill_store_retry (MillStore *self);

/* Ends when all that was changed before the call is on disk, or when writing it failed. */
void     mill_store_flush_async (MillStore *self, GCancellable *cancellable, GAsyncReadyCallback callback,
                                 gpointer user_data);
gboolean mill_store_flush_finish (MillStore *self, GAsyncResult *result, GError **error);
/* The same, waiting: for the end of the program, when no main loop runs any more. */
gboolean mill_store_flush (MillStore *self, GError **error);

/* Searches all messages of all branches, and titles. `query` is what a person typed: words that must
 * all be found, anywhere in words, whatever their case and accents; "…" around words that belong
 * together. Nothing in it is an error; without a word nothing is found.
 * Gives a GListModel of MillSearchHit (transfer full): titles first, then messages, newest first, at
 * most `limit`. A call with a cancelled cancellable costs nothing, so each key may start a new one. */
void        mill_store_search_async (MillStore *self, const char *query, guint limit, GCancellable *cancellable,
                                     GAsyncReadyCallback callback, gpointer user_data);
GListModel *mill_store_search_finish (MillStore *self, GAsyncResult *result, GError **error);

G_END_DECLS
