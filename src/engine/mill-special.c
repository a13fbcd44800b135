#include "mill-special.h"

#include <string.h>

typedef struct {
  const guint8 *text;
  guint32       length, token;
} Entry;

struct _MillSpecial {
  GArray *entries;     /* Entry, sorted by bytes once complete */
  guint   begins[257]; /* by first byte: the index of the first entry that begins with it or a higher one */
};

MillSpecial *
mill_special_new (void)
{
  MillSpecial *self = g_new0 (MillSpecial, 1);
  self->entries = g_array_new (FALSE, FALSE, sizeof (Entry));
  return self;
}

void
mill_special_free (MillSpecial *self)
{
  g_array_unref (self->entries);
  g_free (self);
}

void
mill_special_add (MillSpecial *self, const char *text, gsize length, guint32 token)
{
  Entry entry = { .text = (const guint8 *) text, .length = length, .token = token };
  g_assert (length <= MILL_SPECIAL_MAX);
  if (length > 0)
    g_array_append_val (self->entries, entry);
}

static int
compare (gconstpointer a, gconstpointer b)
{
  const Entry *left = a, *right = b;
  int order = memcmp (left->text, right->text, MIN (left->length, right->length));
  if (order != 0)
    return order;
  if (left->length != right->length)
    return left->length < right->length ? -1 : 1;
  return left->token < right->token ? -1 : left->token > right->token;
}

void
mill_special_sort (MillSpecial *self)
{
  guint at = 0;
  g_array_sort (self->entries, compare);
  for (guint byte = 0; byte < 257; byte++)
    {
      while (at < self->entries->len && g_array_index (self->entries, Entry, at).text[0] < byte)
        at++;
      self->begins[byte] = at;
    }
}

/* Of the entries from `low` to `high`, which agree up to `depth`, the first whose byte there is `byte` or
 * more. Those that end at `depth` come first. */
static guint
lower_bound (const Entry *entries, guint low, guint high, guint depth, guint byte)
{
  while (low < high)
    {
      guint middle = low + (high - low) / 2;
      const Entry *entry = &entries[middle];
      if (entry->length <= depth || entry->text[depth] < byte)
        low = middle + 1;
      else
        high = middle;
    }
  return low;
}

/* Narrows the sorted entries byte by byte, as a walk down their trie would. */
static gboolean
match_at (const MillSpecial *self, const guint8 *text, gsize length, MillSpecialMatch *match)
{
  const Entry *entries = (const Entry *) self->entries->data;
  guint low = self->begins[text[0]], high = self->begins[text[0] + 1];
  match->length = 0;
  for (guint depth = 1; low < high; depth++)
    {
      /* One that ends here comes first; of equal texts that is the one with the lowest id. */
      if (entries[low].length == depth)
        {
          match->length = depth;
          match->token = entries[low].token;
        }
      if (depth >= length)
        break;
      guint byte = text[depth];
      low = lower_bound (entries, low, high, depth, byte);
      high = lower_bound (entries, low, high, depth, byte + 1);
    }
  return match->length > 0;
}

MillSpecialMatch
mill_special_search (const MillSpecial *self, const char *text, gsize length, gsize at)
{
  const guint8 *bytes = (const guint8 *) text;
  MillSpecialMatch match = { 0 };
  for (; at < length; at++)
    {
      match.at = at;
      if (self->begins[bytes[at]] < self->begins[bytes[at] + 1] && match_at (self, bytes + at, length - at, &match))
        return match;
    }
  match.at = length;
  return match;
}
