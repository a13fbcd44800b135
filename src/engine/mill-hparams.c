#include "mill-hparams.h"

#include "mill-error.h"

#include <string.h>

#define MOST 1000000000u /* above any real size, and small enough that products fit 64 bits */

static gboolean
read_size (const MillHparams *self, const MillGguf *gguf, const char *key, guint fallback, guint *value, GError **error)
{
  g_autofree char *full = g_strdup_printf ("%s.%s", self->architecture, key);
  g_autoptr (GError) wrong = NULL;
  guint64 number = fallback;
  if (!mill_gguf_get_uint (gguf, full, &number, &wrong) && wrong != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&wrong));
      return FALSE;
    }
  if (number == 0 || number > MOST)
    {
      if (number == 0 && !mill_gguf_has_key (gguf, full))
        g_set_error (error, MILL_ENGINE_ERROR, MILL_ENGINE_ERROR_FILE, "The model file lacks the key %s.", full);
      else
        g_set_error (error, MILL_ENGINE_ERROR, MILL_ENGINE_ERROR_FILE, "The model file's %s is %" G_GUINT64_FORMAT ".", full, number);
      return FALSE;
    }
  *value = number;
  return TRUE;
}

static gboolean
read_number (const MillHparams *self, const MillGguf *gguf, const char *key, double fallback, double *value, GError **error)
{
  g_autofree char *full = g_strdup_printf ("%s.%s", self->architecture, key);
  g_autoptr (GError) wrong = NULL;
  *value = fallback;
  if (!mill_gguf_get_float (gguf, full, value, &wrong) && wrong != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&wrong));
      return FALSE;
    }
  if (!(*value >= 0 && *value < 1e12))
    {
      g_set_error (error, MILL_ENGINE_ERROR, MILL_ENGINE_ERROR_FILE, "The model file's %s is %g.", full, *value);
      return FALSE;
    }
  return TRUE;
}

static gboolean
read_rope (MillHparams *self, const MillGguf *gguf, GError **error)
{
  g_autofree char *type_key = g_strdup_printf ("%s.rope.scaling.type", self->architecture);
  const char *type = mill_gguf_get_string (gguf, type_key, NULL);
  double base, factor;
  if (!read_number (self, gguf, "rope.freq_base", 10000, &base, error) ||
      !read_number (self, gguf, "rope.scaling.factor", 1, &factor, error) ||
      !read_number (self, gguf, "rope.scaling.attn_factor", 0, &self->rope_attention_factor, error) ||
      !read_size (self, gguf, "rope.scaling.original_context_length", self->context, &self->rope_original_context, error))
    return FALSE;
  self->rope_base = base > 0 ? base : 10000;
  self->rope_factor = factor > 0 ? factor : 1;
  self->rope_yarn = g_strcmp0 (type, "yarn") == 0;
  if (type == NULL || strcmp (type, "none") == 0)
    self->rope_factor = 1;
  else if (strcmp (type, "linear") != 0 && !self->rope_yarn)
    {
      g_set_error (error, MILL_ENGINE_ERROR, MILL_ENGINE_ERROR_UNSUPPORTED, "The model's RoPE scaling “%s” is not known.", type);
      return FALSE;
    }
  return TRUE;
}

static gboolean
check (const MillHparams *self, GError **error)
{
  const char *wrong = NULL;
  if (self->n_heads % self->n_kv_heads != 0)
    wrong = "its KV heads do not divide its heads";
  else if (self->n_rot > self->head_dim || self->n_rot % 2 != 0 || self->head_dim % 2 != 0)
    wrong = "its rotated dimensions do not fit its heads";
  else if (self->head_dim > 512 || self->n_layers > 10000 || self->n_heads > 65535 / 3)
    wrong = "it is larger than any that can be run";
  if (wrong != NULL)
    g_set_error (error, MILL_ENGINE_ERROR, MILL_ENGINE_ERROR_FILE, "The model's shape makes no sense: %s.", wrong);
  return wrong == NULL;
}

gboolean
mill_hparams_read (MillHparams *self, const MillGguf *gguf, GError **error)
{
  memset (self, 0, sizeof *self);
  const char *architecture = mill_gguf_get_string (gguf, "general.architecture", error);
  if (architecture == NULL)
    {
      if (error == NULL || *error == NULL)
        g_set_error (error, MILL_ENGINE_ERROR, MILL_ENGINE_ERROR_FILE, "The model file lacks the key general.architecture.");
      return FALSE;
    }
  g_strlcpy (self->architecture, architecture, sizeof self->architecture);

  double epsilon;
  if (!read_size (self, gguf, "block_count", 0, &self->n_layers, error) ||
      !read_size (self, gguf, "embedding_length", 0, &self->n_embd, error) ||
      !read_size (self, gguf, "feed_forward_length", 0, &self->n_ff, error) ||
      !read_size (self, gguf, "attention.head_count", 0, &self->n_heads, error) ||
      !read_size (self, gguf, "attention.head_count_kv", self->n_heads, &self->n_kv_heads, error) ||
      !read_size (self, gguf, "attention.key_length", self->n_embd / MAX (self->n_heads, 1), &self->head_dim, error) ||
      !read_size (self, gguf, "rope.dimension_count", self->head_dim, &self->n_rot, error) ||
      !read_size (self, gguf, "context_length", 2048, &self->context, error) ||
      !read_number (self, gguf, "attention.layer_norm_rms_epsilon", 1e-5, &epsilon, error) ||
      !read_rope (self, gguf, error))
    return FALSE;
  self->norm_epsilon = epsilon;

  const MillGgufTensor *embedding = mill_gguf_find_tensor (gguf, "token_embd.weight");
  if (embedding == NULL || embedding->dims[1] == 0 || embedding->dims[1] > MOST)
    {
      g_set_error (error, MILL_ENGINE_ERROR, MILL_ENGINE_ERROR_FILE, "The model file lacks the tensor token_embd.weight.");
      return FALSE;
    }
  self->n_vocab = embedding->dims[1];
  return check (self, error);
}
