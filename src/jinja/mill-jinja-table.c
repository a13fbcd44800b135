#include "mill-jinja-table.h"

#include <math.h>
#include <string.h>

#include "mill-jinja-heap.h"
#include "mill-jinja-number.h"
#include "mill-jinja-value.h"

#define SMALL 8
#define MAX_KEY_DEPTH 64

static guint32
mix (guint64 h)
{
  /* The finalizer of MurmurHash3 (public domain). */
  h ^= h >> 33;
  h *= G_GUINT64_CONSTANT (0xff51afd7ed558ccd);
  h ^= h >> 33;
  h *= G_GUINT64_CONSTANT (0xc4ceb9fe1a85ec53);
  h ^= h >> 33;
  return (guint32) h;
}

static guint64
get_seed (void)
{
  static gsize seed;
  if (g_once_init_enter (&seed))
    {
      guint64 value = (guint64) g_random_int () << 32 | g_random_int ();
      g_once_init_leave (&seed, (gsize) value | 1);
    }
  return seed;
}

guint32
jinja_hash_bytes (const void *data, gsize length)
{
  const guint8 *at = data;
  guint64 h = get_seed () ^ length;
  for (; length >= 8; at += 8, length -= 8)
    {
      guint64 word;
      memcpy (&word, at, 8);
      h = (h ^ word) * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15);
      h ^= h >> 29;
    }
  for (; length > 0; at++, length--)
    h = (h ^ *at) * G_GUINT64_CONSTANT (0x100000001b3);
  return mix (h);
}

/* The entry at which `index` finds the key, or the free slot where its search ends. */
static guint32
find_slot (const JinjaTable *self, const JinjaValue *key, guint32 hash)
{
  guint32 mask = self->n_index - 1, slot = hash & mask;
  while (self->index[slot] != 0)
    {
      const JinjaEntry *entry = &self->entries[self->index[slot] - 1];
      if (entry->key != NULL && entry->hash == hash && jinja_key_equal (entry->key, key))
        break;
      slot = (slot + 1) & mask;
    }
  return slot;
}

JinjaEntry *
jinja_table_find (const JinjaTable *self, const JinjaValue *key, guint32 hash)
{
  if (self->n_index > 0)
    {
      guint32 slot = find_slot (self, key, hash);
      return self->index[slot] != 0 ? &self->entries[self->index[slot] - 1] : NULL;
    }
  for (guint32 i = 0; i < self->n_entries; i++)
    {
      JinjaEntry *entry = &self->entries[i];
      if (entry->key != NULL && entry->hash == hash && (entry->key == key || jinja_key_equal (entry->key, key)))
        return entry;
    }
  return NULL;
}

/* Drops removed entries and makes the index anew, with room for `room` entries. */
static void
rebuild (JinjaTable *self, guint32 room)
{
  guint32 n = 0;
  for (guint32 i = 0; i < self->n_entries; i++)
    if (self->entries[i].key != NULL)
      self->entries[n++] = self->entries[i];
  self->n_entries = n;

  guint32 n_index = 0;
  if (room > SMALL)
    for (n_index = 16; n_index < room * 2; n_index *= 2)
      ;
  if (n_index != self->n_index)
    {
      jinja_heap_charge (self->heap, (gssize) n_index * sizeof *self->index - (gssize) self->n_index * sizeof *self->index);
      g_free (self->index);
      self->index = n_index > 0 ? g_new (guint32, n_index) : NULL;
      self->n_index = n_index;
    }
  if (n_index == 0)
    return;
  memset (self->index, 0, n_index * sizeof *self->index);
  for (guint32 i = 0; i < n; i++)
    {
      guint32 slot = self->entries[i].hash & (n_index - 1);
      while (self->index[slot] != 0)
        slot = (slot + 1) & (n_index - 1);
      self->index[slot] = i + 1;
    }
}

static void
make_room (JinjaTable *self)
{
  if (self->n_entries < self->allocated)
    return;
  if (self->n < self->n_entries / 2)
    {
      rebuild (self, self->allocated);
      return;
    }
  guint32 allocated = self->allocated == 0 ? 4 : self->allocated * 2;
  jinja_heap_charge (self->heap, (gssize) (allocated - self->allocated) * sizeof *self->entries);
  self->entries = g_renew (JinjaEntry, self->entries, allocated);
  self->allocated = allocated;
  rebuild (self, allocated);
}

JinjaValue *
jinja_table_set (JinjaTable *self, JinjaValue *key, guint32 hash, JinjaValue *value)
{
  JinjaEntry *entry = jinja_table_find (self, key, hash);
  if (entry != NULL)
    {
      JinjaValue *old = entry->value;
      entry->value = value;
      return old;
    }
  make_room (self);
  guint32 at = self->n_entries++;
  self->entries[at] = (JinjaEntry) { key, value, hash };
  self->n++;
  if (self->n_index > 0)
    {
      guint32 slot = find_slot (self, key, hash);
      self->index[slot] = at + 1;
    }
  return NULL;
}

void
jinja_table_remove (JinjaTable *self, JinjaEntry *entry)
{
  /* The index keeps pointing at it, so that searches walk past. */
  entry->key = NULL;
  entry->value = NULL;
  self->n--;
}

void
jinja_table_clear (JinjaTable *self)
{
  jinja_heap_charge (self->heap, -((gssize) self->allocated * (gssize) sizeof *self->entries
                                   + (gssize) self->n_index * (gssize) sizeof *self->index));
  g_clear_pointer (&self->entries, g_free);
  g_clear_pointer (&self->index, g_free);
  self->n_index = self->n_entries = self->allocated = self->n = 0;
}

void
jinja_table_reset (JinjaTable *self)
{
  if (self->n_index > 0)
    memset (self->index, 0, self->n_index * sizeof *self->index);
  self->n_entries = self->n = 0;
}

JinjaEntry *
jinja_table_next (const JinjaTable *self, gsize *at)
{
  while (*at < self->n_entries)
    {
      JinjaEntry *entry = &self->entries[(*at)++];
      if (entry->key != NULL)
        return entry;
    }
  return NULL;
}

/* Equal numbers hash alike: what fits 64 bits as an integer, the rest as a double (a big integer
 * that equals a double converts to it exactly). */
static guint32
hash_int (gint64 value)
{
  return mix (get_seed () ^ (guint64) value);
}

static guint32
hash_double (double value)
{
  if (value >= -9223372036854775808.0 && value < 9223372036854775808.0 && value == floor (value))
    return hash_int ((gint64) value);
  guint64 bits;
  memcpy (&bits, &value, sizeof bits);
  return mix (get_seed () * 3 ^ bits);
}

static JinjaKeyState
hash_key (JinjaValue *key, guint depth, guint32 *hash, JinjaValue **culprit)
{
  switch ((JinjaKind) key->kind)
    {
    case JINJA_STRING: *hash = jinja_string_hash (jinja_as_string (key)); return JINJA_KEY_FINE;
    case JINJA_BOOL: *hash = hash_int (jinja_as_bool (key)); return JINJA_KEY_FINE;
    case JINJA_INT: *hash = hash_int (jinja_as_int (key)); return JINJA_KEY_FINE;
    case JINJA_FLOAT: *hash = hash_double (jinja_as_float (key)); return JINJA_KEY_FINE;
    case JINJA_BIGINT: *hash = hash_double (jinja_big_to_double (key)); return JINJA_KEY_FINE;
    case JINJA_NONE: *hash = 1; return JINJA_KEY_FINE;
    case JINJA_UNDEFINED: *hash = 2; return JINJA_KEY_FINE;
    case JINJA_TUPLE:
      {
        JinjaList *tuple = jinja_as_list (key);
        guint64 h = tuple->n;
        if (depth >= MAX_KEY_DEPTH)
          return JINJA_KEY_TOO_DEEP;
        for (gsize i = 0; i < tuple->n; i++)
          {
            guint32 item;
            JinjaKeyState state = hash_key (tuple->items[i], depth + 1, &item, culprit);
            if (state != JINJA_KEY_FINE)
              return state;
            h = h * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15) + item;
          }
        *hash = mix (h);
        return JINJA_KEY_FINE;
      }
    case JINJA_LIST:
    case JINJA_DICT:
    case JINJA_VIEW:
      *culprit = key;
      return JINJA_KEY_UNHASHABLE;
    default: *hash = mix ((guintptr) key); return JINJA_KEY_FINE;
    }
}

JinjaKeyState
jinja_key_hash (JinjaValue *key, guint32 *hash, JinjaValue **culprit)
{
  JinjaValue *unhashable;
  return hash_key (key, 0, hash, culprit != NULL ? culprit : &unhashable);
}

static gboolean
is_number (const JinjaValue *value)
{
  return value->kind == JINJA_BOOL || value->kind == JINJA_INT || value->kind == JINJA_FLOAT
         || value->kind == JINJA_BIGINT;
}

gboolean
jinja_key_equal (const JinjaValue *a, const JinjaValue *b)
{
  if (a == b)
    return TRUE;
  if (a->kind == JINJA_STRING)
    return b->kind == JINJA_STRING && jinja_string_equal (jinja_as_string (a), jinja_as_string (b));
  if (is_number (a) && is_number (b))
    return jinja_number_compare (a, b) == JINJA_EQUAL;
  if (a->kind != b->kind)
    return FALSE;
  if (a->kind == JINJA_UNDEFINED)
    return TRUE;
  if (a->kind != JINJA_TUPLE)
    return FALSE;

  const JinjaList *left = jinja_as_list (a), *right = jinja_as_list (b);
  if (left->n != right->n)
    return FALSE;
  for (gsize i = 0; i < left->n; i++)
    if (!jinja_key_equal (left->items[i], right->items[i]))
      return FALSE;
  return TRUE;
}
