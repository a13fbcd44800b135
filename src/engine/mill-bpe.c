#include "mill-bpe.h"

#include "mill-merge-queue.h"

#define NONE G_MAXUINT32

typedef struct {
  guint32 left, right, rank, merged;
} Merge;

/* Merges in an open-addressing table, at most half full; a free place has no left token. */
struct _MillBpe {
  guint32 bytes[256];
  Merge  *table;
  guint   shift; /* 64 less the table's size in bits */
  gsize   mask;
};

/* A run of bytes that is one token so far; runs that were joined to the one before have no token. */
typedef struct {
  guint32 token, before, after;
} Symbol;

MillBpe *
mill_bpe_new (gsize n_merges)
{
  MillBpe *self = g_new (MillBpe, 1);
  guint bits = MAX (g_bit_storage (n_merges) + 1, 4);
  self->shift = 64 - bits;
  self->mask = ((gsize) 1 << bits) - 1;
  self->table = g_new (Merge, self->mask + 1);
  for (gsize i = 0; i <= self->mask; i++)
    self->table[i].left = NONE;
  for (gsize i = 0; i < 256; i++)
    self->bytes[i] = NONE;
  return self;
}

void
mill_bpe_free (MillBpe *self)
{
  g_free (self->table);
  g_free (self);
}

void
mill_bpe_set_byte (MillBpe *self, guint8 byte, guint32 token)
{
  self->bytes[byte] = token;
}

/* The place of a pair in the table, or the free one where it would be. */
static Merge *
find (const MillBpe *self, guint32 left, guint32 right)
{
  /* Fibonacci hashing (Knuth, The Art of Computer Programming 3, 6.4). */
  guint64 hash = ((guint64) left << 32 | right) * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15);
  for (gsize at = hash >> self->shift;; at = (at + 1) & self->mask)
    {
      Merge *merge = &self->table[at];
      if (merge->left == NONE || (merge->left == left && merge->right == right))
        return merge;
    }
}

void
mill_bpe_add_merge (MillBpe *self, guint32 left, guint32 right, guint32 rank, guint32 merged)
{
  Merge *merge = find (self, left, right);
  if (merge->left == NONE)
    *merge = (Merge) { left, right, rank, merged };
}

void
mill_bpe_scratch_init (MillBpeScratch *self)
{
  self->symbols = g_array_new (FALSE, FALSE, sizeof (Symbol));
  self->queue = mill_merge_queue_new ();
}

void
mill_bpe_scratch_clear (MillBpeScratch *self)
{
  g_array_unref (self->symbols);
  g_array_unref (self->queue);
}

static void
consider (const MillBpe *self, const Symbol *symbols, guint32 at, GArray *queue)
{
  if (at == NONE || symbols[at].after == NONE)
    return;
  const Merge *merge = find (self, symbols[at].token, symbols[symbols[at].after].token);
  if (merge->left != NONE)
    mill_merge_queue_push (queue, (MillMergeStep) { merge->rank, at, merge->merged });
}

/* Does the merges in the queue until none is left. A step whose symbols have changed since is passed over:
 * then their pair has another merge or none. */
static void
run_merges (const MillBpe *self, Symbol *symbols, GArray *queue)
{
  while (queue->len > 0)
    {
      MillMergeStep step = mill_merge_queue_pop (queue);
      Symbol *left = &symbols[step.at];
      if (left->token == NONE || left->after == NONE)
        continue;
      Symbol *right = &symbols[left->after];
      const Merge *merge = find (self, left->token, right->token);
      if (merge->left == NONE || merge->rank != step.rank)
        continue;
      left->token = step.value;
      right->token = NONE;
      left->after = right->after;
      if (left->after != NONE)
        symbols[left->after].before = step.at;
      consider (self, symbols, left->before, queue);
      consider (self, symbols, step.at, queue);
    }
}

void
mill_bpe_encode (const MillBpe *self, const char *bytes, gsize n_bytes, MillBpeScratch *scratch, GArray *out)
{
  guint32 n = 0;
  g_array_set_size (scratch->symbols, n_bytes);
  g_array_set_size (scratch->queue, 0);
  Symbol *symbols = (Symbol *) scratch->symbols->data;
  for (gsize i = 0; i < n_bytes; i++)
    {
      guint32 token = self->bytes[(guint8) bytes[i]];
      if (token == NONE)
        continue;
      symbols[n] = (Symbol) { token, n > 0 ? n - 1 : NONE, n + 1 };
      n++;
    }
  if (n == 0)
    return;
  symbols[n - 1].after = NONE;
  for (guint32 i = 0; i + 1 < n; i++)
    consider (self, symbols, i, scratch->queue);
  run_merges (self, symbols, scratch->queue);
  for (guint32 i = 0; i != NONE; i = symbols[i].after)
    g_array_append_val (out, symbols[i].token);
}
