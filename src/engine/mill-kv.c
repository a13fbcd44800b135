#include "mill-kv.h"

#include "mill-error.h"

#include <string.h>

struct _MillKv {
  MillKvType      type;
  guint           n_layers;
  guint           n_pages;
  guint           n_free;
  guint          *users; /* [n_pages]: sequences that hold the page */
  MillGpuBuffer **keys;  /* [n_layers] */
  MillGpuBuffer **values;
  GPtrArray      *idle;  /* MillSequence */
};

static guint
pages_for (guint n_positions)
{
  return (n_positions + MILL_KV_PAGE - 1) / MILL_KV_PAGE;
}

static gsize
layer_bytes (const MillHparams *h, MillKvType type, guint n_positions)
{
  return (gsize) pages_for (n_positions) * MILL_KV_PAGE * h->n_kv_heads * h->head_dim * (type == MILL_KV_F16 ? 2 : 4);
}

guint64
mill_kv_size (const MillHparams *h, MillKvType type, guint n_positions)
{
  return (guint64) layer_bytes (h, type, n_positions) * 2 * h->n_layers;
}

static void
sequence_free (MillSequence *sequence)
{
  g_array_unref (sequence->tokens);
  g_array_unref (sequence->pages);
  g_free (sequence);
}

static void
fill_zero (gpointer to, gsize offset, gsize size, gpointer user_data)
{
  memset (to, 0, size);
}

/* Zeros, since a masked position's value is multiplied by 0 and must be finite. */
static MillGpuBuffer *
new_zeroed (MillGpu *gpu, gsize size, const char *label, GError **error)
{
  g_autoptr (MillGpuBuffer) buffer = mill_gpu_buffer_new (gpu, MILL_GPU_MEMORY_DEVICE, size, label, error);
  if (buffer == NULL || !mill_gpu_upload (gpu, buffer, 0, size, 4, fill_zero, NULL, error))
    return NULL;
  return g_steal_pointer (&buffer);
}

MillKv *
mill_kv_new (MillGpu *gpu, const MillHparams *h, MillKvType type, guint n_positions, GError **error)
{
  g_autoptr (MillKv) self = g_new0 (MillKv, 1);
  self->type = type;
  self->n_layers = h->n_layers;
  self->n_pages = self->n_free = pages_for (n_positions);
  self->users = g_new0 (guint, self->n_pages);
  self->keys = g_new0 (MillGpuBuffer *, h->n_layers);
  self->values = g_new0 (MillGpuBuffer *, h->n_layers);
  self->idle = g_ptr_array_new ();
  for (guint i = 0; i < h->n_layers; i++)
    {
      gsize size = layer_bytes (h, type, n_positions);
      self->keys[i] = new_zeroed (gpu, size, "the KV cache", error);
      self->values[i] = self->keys[i] != NULL ? new_zeroed (gpu, size, "the KV cache", error) : NULL;
      if (self->values[i] == NULL)
        return NULL;
    }
  return g_steal_pointer (&self);
}

void
mill_kv_free (MillKv *self)
{
  if (self == NULL)
    return;
  mill_kv_clear (self);
  g_assert (self->n_free == self->n_pages);
  for (guint i = 0; i < self->n_layers; i++)
    {
      mill_gpu_buffer_free (self->keys[i]);
      mill_gpu_buffer_free (self->values[i]);
    }
  g_free (self->keys);
  g_free (self->values);
  g_free (self->users);
  g_ptr_array_unref (self->idle);
  g_free (self);
}

guint
mill_kv_get_n_pages (MillKv *self)
{
  return self->n_pages;
}

MillKvType
mill_kv_get_type (MillKv *self)
{
  return self->type;
}

MillGpuBuffer *
mill_kv_get_keys (MillKv *self, guint layer)
{
  return self->keys[layer];
}

MillGpuBuffer *
mill_kv_get_values (MillKv *self, guint layer)
{
  return self->values[layer];
}

static void
drop_pages (MillKv *self, MillSequence *sequence, guint keep)
{
  for (guint i = keep; i < sequence->pages->len; i++)
    {
      guint page = g_array_index (sequence->pages, guint32, i);
      g_assert (self->users[page] > 0);
      if (--self->users[page] == 0)
        self->n_free++;
    }
  g_array_set_size (sequence->pages, MIN (keep, sequence->pages->len));
}

static void
forget (MillKv *self, guint index)
{
  MillSequence *sequence = g_ptr_array_remove_index (self->idle, index);
  drop_pages (self, sequence, 0);
  sequence_free (sequence);
}

void
mill_kv_clear (MillKv *self)
{
  while (self->idle->len > 0)
    forget (self, self->idle->len - 1);
}

static guint
common_prefix (const MillSequence *sequence, const guint32 *prompt, guint n)
{
  const guint32 *tokens = (const guint32 *) (void *) sequence->tokens->data;
  guint most = MIN (n, sequence->tokens->len), i = 0;
  while (i < most && tokens[i] == prompt[i])
    i++;
  return i;
}

/* Takes the idle sequence that shares most with the prompt out of the idle ones and cuts it to what it
 * shares; else an empty one. */
static MillSequence *
take_best (MillKv *self, const guint32 *prompt, guint n_prompt)
{
  guint best = 0, best_length = 0;
  for (guint i = 0; i < self->idle->len; i++)
    {
      guint length = common_prefix (g_ptr_array_index (self->idle, i), prompt, n_prompt - 1);
      if (length > best_length)
        {
          best = i;
          best_length = length;
        }
    }
  MillSequence *sequence;
  if (best_length > 0)
    {
      sequence = g_ptr_array_remove_index (self->idle, best);
      g_array_set_size (sequence->tokens, best_length);
      drop_pages (self, sequence, pages_for (best_length));
      return sequence;
    }
  sequence = g_new0 (MillSequence, 1);
  sequence->tokens = g_array_new (FALSE, FALSE, sizeof (guint32));
  sequence->pages = g_array_new (FALSE, FALSE, sizeof (guint32));
  return sequence;
}

static void
forget_oldest (MillKv *self)
{
  guint oldest = 0;
  for (guint i = 1; i < self->idle->len; i++)
    if (((MillSequence *) g_ptr_array_index (self->idle, i))->used < ((MillSequence *) g_ptr_array_index (self->idle, oldest))->used)
      oldest = i;
  forget (self, oldest);
}

static guint32
take_page (MillKv *self)
{
  for (guint i = 0; i < self->n_pages; i++)
    if (self->users[i] == 0)
      {
        self->users[i] = 1;
        self->n_free--;
        return i;
      }
  g_assert_not_reached ();
}

MillSequence *
mill_kv_begin (MillKv *self, const guint32 *prompt, guint n_prompt, guint n_positions)
{
  g_assert (n_prompt > 0 && n_positions >= n_prompt);
  MillSequence *sequence = take_best (self, prompt, n_prompt);
  guint needed = pages_for (n_positions);
  guint missing = needed - MIN (needed, sequence->pages->len);
  while (self->n_free < missing && self->idle->len > 0)
    forget_oldest (self);
  if (self->n_free < missing)
    {
      mill_kv_end (self, sequence);
      return NULL;
    }
  while (sequence->pages->len < needed)
    {
      guint32 page = take_page (self);
      g_array_append_val (sequence->pages, page);
    }
  sequence->reserved = n_positions;
  return sequence;
}

void
mill_kv_end (MillKv *self, MillSequence *sequence)
{
  sequence->used = g_get_monotonic_time ();
  sequence->reserved = 0;
  drop_pages (self, sequence, pages_for (sequence->tokens->len));
  if (sequence->tokens->len > 0)
    g_ptr_array_add (self->idle, sequence);
  else
    sequence_free (sequence);
}

void
mill_kv_place (const MillSequence *sequence, guint position, guint32 *page, guint32 *slot)
{
  *page = g_array_index (sequence->pages, guint32, position / MILL_KV_PAGE);
  *slot = position % MILL_KV_PAGE;
}
