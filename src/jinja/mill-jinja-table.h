/* mill-jinja-table.h: the ordered hash table behind dicts, namespaces and scopes.
 *
 * Keys keep the order in which they came. Up to eight entries are searched one by one; more get an
 * index with open addressing. Hashes are seeded by chance once a process, so that no file can be
 * made to let keys collide.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

struct _MillJinjaValue;
struct _JinjaHeap;

typedef struct {
  struct _MillJinjaValue *key; /* NULL: removed */
  struct _MillJinjaValue *value;
  guint32                 hash;
} JinjaEntry;

typedef struct {
  struct _JinjaHeap *heap; /* that pays for the entries, or NULL */
  JinjaEntry        *entries;
  guint32           *index; /* entry + 1, 0: free; n_index slots, a power of two */
  guint32            n_index;
  guint32            n_entries, allocated; /* removed ones included */
  guint32            n;                    /* entries alive */
} JinjaTable;

/* The hash must be that of jinja_key_hash. */
JinjaEntry *jinja_table_find (const JinjaTable *self, const struct _MillJinjaValue *key, guint32 hash);

/* Sets a key, in place if it is there. Gives the value that was replaced, or NULL. */
struct _MillJinjaValue *jinja_table_set (JinjaTable *self, struct _MillJinjaValue *key, guint32 hash,
                                         struct _MillJinjaValue *value);
void jinja_table_remove (JinjaTable *self, JinjaEntry *entry);
void jinja_table_clear (JinjaTable *self); /* frees the table's own memory */
void jinja_table_reset (JinjaTable *self); /* empties it and keeps the memory */

/* The next live entry at or after *at, which is moved past it; NULL at the end. */
JinjaEntry *jinja_table_next (const JinjaTable *self, gsize *at);

/* Hashes and compares keys: numbers by value whatever their type, strings, none, tuples of those,
 * and anything else by identity. Both are bounded by the depth that jinja_key_hash accepts. */
typedef enum { JINJA_KEY_FINE, JINJA_KEY_UNHASHABLE, JINJA_KEY_TOO_DEEP } JinjaKeyState;
JinjaKeyState jinja_key_hash (struct _MillJinjaValue *key, guint32 *hash, struct _MillJinjaValue **culprit);
gboolean      jinja_key_equal (const struct _MillJinjaValue *a, const struct _MillJinjaValue *b);

guint32 jinja_hash_bytes (const void *data, gsize length);

G_END_DECLS
